import re
import secrets
import socket
from collections.abc import Iterator

import pytest
from fakes import PORT, FakeContents

from mosaicdb.errors import MatchingError, UsageError
from mosaicdb.viewing import Access, listen, make_app

pytest.importorskip("starlette")
testclient = pytest.importorskip("starlette.testclient")

LOCAL = Access("127.0.0.1", PORT, token="local-token")
OPEN = Access("0.0.0.0", PORT, token="open-token")


class FakeEditor:
    """Notes the changes that are asked for."""

    contents = FakeContents()
    can_undo = False

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    def swap(self, *what: object) -> str:
        self.asked.append(("swap", *what))
        return "swapped"

    def ban(self, *what: object) -> str:
        raise MatchingError("too few photos are left")

    def undo(self, *what: object) -> str:
        self.asked.append(("undo", *what))
        return "undone"


@pytest.fixture
def editor() -> FakeEditor:
    return FakeEditor()


@pytest.fixture
def editing(editor: FakeEditor) -> Iterator[object]:
    app = make_app(editor, LOCAL)
    with testclient.TestClient(app, base_url=f"http://127.0.0.1:{PORT}") as browser:
        yield browser


SWAP = {"kind": "swap", "version": "v", "row": 0, "column": 0, "tile": 7}
OWN = {"origin": f"http://127.0.0.1:{PORT}", "x-mosaicdb-token": LOCAL.token}


def client(access: Access, url: str = f"http://127.0.0.1:{PORT}", **options: object):
    app = make_app(FakeContents(), access)
    return testclient.TestClient(app, base_url=url, follow_redirects=False, **options)


@pytest.fixture
def local() -> Iterator[object]:
    with client(LOCAL) as browser:
        yield browser


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/mosaic_files/0/0_0.jpeg?v={}", "private, max-age=86400"),
        ("/mosaic_files/0/0_0.jpeg?v=of-an-earlier-picture", "no-store"),
        ("/mosaic_files/0/0_0.jpeg", "no-store"),
        ("/photos/0/7.jpg?v={}", "no-store"),
    ],
)
def test_only_pictures_of_this_version_are_kept_by_browsers(local, path: str, kept: str) -> None:
    version = local.get("/mosaic.json").json()["version"]
    assert local.get(path.format(version)).headers["cache-control"] == kept


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/viewer.js", "javascript"),
        ("/mosaic.json", "application/json"),
        ("/cells/0_0.json", "application/json"),
        ("/photos/0.json", "application/json"),
        ("/photos/0/7.jpg", "image/jpeg"),
        ("/mosaic_files/0/0_0.jpeg", "image/jpeg"),
        ("/search.json?text=b", "application/json"),
    ],
)
def test_everything_is_served_with_its_kind_and_the_policy(local, path: str, kind: str) -> None:
    answer = local.get(path)
    assert answer.status_code == 200
    assert kind in answer.headers["content-type"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy


@pytest.mark.parametrize(
    "path",
    [
        "/cells/1_0.json",
        "/photos/0/8.jpg",
        "/photos/0/99999999999999999999999.jpg",
        "/mosaic_files/0/1_0.jpeg",
        "/target.jpg",
        "/photos/0/..%2f..%2fetc%2fpasswd",
        "/..%2f..%2fpyproject.toml",
        "/%2e%2e/pages.py",
        "/vendor/../../pages.py",
        "//etc/passwd",
    ],
)
def test_what_is_not_shown_is_not_found(local, path: str) -> None:
    assert local.get(path).status_code in (404, 405)


@pytest.mark.parametrize("host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1:1", ""])
def test_a_request_with_a_foreign_host_is_refused(local, host: str) -> None:
    assert local.get("/mosaic.json", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", [f"localhost:{PORT}", f"127.0.0.1:{PORT}", f"[::1]:{PORT}"])
def test_a_viewer_on_this_machine_is_known_by_its_names(local, host: str) -> None:
    assert local.get("/mosaic.json", headers={"host": host}).status_code == 200


def test_a_page_elsewhere_gets_no_answer(local) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    assert local.get("/photos/0/7.jpg", headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("origin", "token"),
    [
        ("http://evil.example", LOCAL.token),
        ("null", LOCAL.token),
        (None, LOCAL.token),
        (f"https://127.0.0.1:{PORT}", LOCAL.token),
        (f"http://127.0.0.1:{PORT}", "wrong"),
        (f"http://127.0.0.1:{PORT}", "é"),
        (f"http://127.0.0.1:{PORT}", None),
    ],
)
def test_a_forged_change_is_refused(
    editing, editor: FakeEditor, origin: str | None, token: str | None
) -> None:
    given = {"origin": origin, "x-mosaicdb-token": token and token.encode()}
    headers = {name: value for name, value in given.items() if value is not None}
    assert editing.post("/changes", json=SWAP, headers=headers).status_code == 403
    assert editing.post("/changes", json=SWAP, headers=headers | {"host": "x"}).status_code == 421
    assert editor.asked == []


def test_the_page_itself_can_change_the_mosaic(editing, editor: FakeEditor) -> None:
    token = editing.get("/mosaic.json").json()["token"]
    headers = OWN | {"x-mosaicdb-token": token}
    answer = editing.post("/changes", json=SWAP, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"said": "swapped"})
    next_best = SWAP | {"tile": None}
    assert editing.post("/changes", json=next_best, headers=headers).status_code == 200
    undo = {"kind": "undo", "version": "v"}
    assert editing.post("/changes", json=undo, headers=headers).json() == {"said": "undone"}
    assert editor.asked == [("swap", "v", 0, 0, 7), ("swap", "v", 0, 0, None), ("undo", "v")]


def test_a_change_that_cannot_be_is_told_in_a_line(editing) -> None:
    ban = {"kind": "ban", "version": "v", "tile": 7}
    answer = editing.post("/changes", json=ban, headers=OWN)
    assert (answer.status_code, answer.text) == (409, "too few photos are left")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b'{"kind": "drop", "version": "v"}',
        b'{"kind": "swap", "version": "v", "row": "0", "column": 0}',
        b'{"kind": "swap", "version": "v", "row": -1, "column": 0}',
        b'{"kind": "swap", "version": "v", "row": 0, "column": 0, "tile": true}',
        b'{"kind": "ban", "version": "v", "tile": 9999999999999999999999}',
        b'{"kind": "undo", "version": null}',
    ],
    ids=lambda body: body[:60].decode("latin-1"),
)
def test_what_is_no_change_is_refused(editing, editor: FakeEditor, body: bytes) -> None:
    assert editing.post("/changes", content=body, headers=OWN).status_code == 400
    assert editor.asked == []


def test_a_mosaic_that_is_only_shown_cannot_be_changed(local) -> None:
    summary = local.get("/mosaic.json").json()
    assert not summary["isEditable"] and "token" not in summary
    assert local.post("/changes", json=SWAP, headers=OWN).status_code == 404


def test_names_are_data_in_every_document(local) -> None:
    assert local.get("/cells/0_0.json").json()["names"] == {"7": "<b>"}
    assert local.get("/photos/0.json").json()["7"]["path"] == "/a/<b>"
    assert local.get("/search.json?text=x").json() == [[7, "/a/<b>", 0, 0]]
    assert b"<i>" not in local.get("/").content


def test_what_the_system_refuses_is_said_in_a_line(local) -> None:
    answer = local.get("/photos/0/5.jpg")
    assert (answer.status_code, answer.text) == (500, "photos.db-shm: No space left on device")


def test_viewers_on_two_ports_do_not_take_each_others_cookies() -> None:
    other = Access(OPEN.host, PORT + 1, token="another-token")
    assert other.cookie != OPEN.cookie


def test_a_viewer_beyond_this_machine_asks_for_its_token() -> None:
    with client(OPEN, f"http://192.168.1.9:{PORT}") as browser:
        answer = browser.get("/mosaic.json")
        assert answer.status_code == 401
        assert "token" in answer.text and OPEN.token not in answer.text
        assert browser.get("/?token=wrong").status_code == 401
        answer = browser.get("/", params={"token": OPEN.token})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert re.search(r"httponly.*samesite=lax", answer.headers["set-cookie"], re.I)
        assert browser.get("/mosaic.json").json()["title"] == "<i>"


def test_names_of_others_are_foreign_beyond_this_machine_too() -> None:
    with client(OPEN, f"http://evil.example:{PORT}") as browser:
        assert browser.get("/", params={"token": OPEN.token}).status_code == 421
    for host in ("10.1.2.3", "[fe80::1]", socket.gethostname().lower()):
        assert OPEN.knows_host(f"{host}:{PORT}")
    for host in ("evil.example", "user@10.1.2.3", "10.1.2.3/", "[", "10.1.2.3.evil.example"):
        assert not OPEN.knows_host(f"{host}:{PORT}")


def test_each_viewer_has_a_token_that_is_not_shown_by_chance() -> None:
    one, other = Access("127.0.0.1", PORT), Access("127.0.0.1", PORT)
    assert one.token != other.token
    assert len(one.token) >= len(secrets.token_urlsafe(16))
    assert one.token not in repr(one)
    assert LOCAL.link == f"http://127.0.0.1:{PORT}/"
    assert OPEN.link == f"http://{socket.gethostname().lower()}:{PORT}/?token=open-token"


def test_a_port_that_is_taken_is_named_in_a_line() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(UsageError, match=rf"^port {port} is taken: name another with --port"):
            listen("127.0.0.1", port)
    with pytest.raises(UsageError, match=r"^--host 192\.0\.2\.1: "):
        listen("192.0.2.1", 0)
