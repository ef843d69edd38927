"""What a server of a live mosaic answers, and whom."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from fakes import PORT, FakeContents

from mosaicdb.viewing import Access, Arrival, Found, Growth, Summary, make_app

pytest.importorskip("starlette")
testclient = pytest.importorskip("starlette.testclient")

HERE = f"http://127.0.0.1:{PORT}"
LOCAL = Access("127.0.0.1", PORT, token="guest", change_token="host")
OPEN = Access("192.0.2.7", PORT, token="guest", change_token="host")
OWN = {"origin": HERE, "x-mosaicdb-token": "host"}
YES = {"shown": [7], "refused": []}


class FakeLive:
    """A wall on which the photo 7, called `<b>`, waits."""

    contents = FakeContents()

    def growth(self, since: str) -> Growth:
        return Growth("v", 1, 2, [Arrival("<b>", (0, 1))], [(0, 1)] if since == "u" else None)

    def __init__(self) -> None:
        self.answers: list[tuple[Sequence[int], Sequence[int]]] = []

    def waiting(self) -> list[Found]:
        return [Found(7, "<b>", (0, 0))]

    def waiting_jpeg(self, tile_id: int) -> bytes | None:
        return b"small" if tile_id == 7 else None

    def answer(self, shown: Sequence[int], refused: Sequence[int]) -> str:
        self.answers.append((shown, refused))
        return "1 photo shown, 0 refused"


@pytest.fixture
def live() -> FakeLive:
    return FakeLive()


@pytest.fixture
def browser(live: FakeLive) -> Iterator:
    with testclient.TestClient(make_app(live, LOCAL), base_url=HERE) as browser:
        yield browser


def test_everyone_sees_how_far_a_wall_has_grown(browser) -> None:
    told = browser.get("/growth.json?since=u").json()
    assert told == {"version": "v", "photos": 1, "cells": 2} | {
        "newest": [["<b>", 0, 1]],
        "changed": [[0, 1]],
    }
    assert browser.get("/growth.json").json()["changed"] is None
    summary = browser.get("/mosaic.json").json()
    assert (summary["isLive"], summary["isEditable"]) == (True, False)
    assert "token" not in summary
    assert browser.get("/tile.jpg").status_code == 404


class Changing(FakeContents):
    """Becomes another version when it has been looked at."""

    looks = 0

    @property
    def summary(self) -> Summary:
        Changing.looks += 1
        version = "u" if self.looks < 3 else "v"
        return replace(FakeContents.summary, version=version)


def test_who_has_seen_all_is_answered_when_there_is_news(
    browser, live: FakeLive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "contents", Changing())
    assert browser.get("/growth.json?since=u").json()["changed"] == [[0, 1]]
    assert Changing.looks == 3


def test_who_has_seen_all_is_answered_in_the_end(
    browser, live: FakeLive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mosaicdb.viewing.live._PATIENCE_S", 0)
    version = live.contents.summary.version
    assert browser.get(f"/growth.json?since={version}").json()["version"] == "v"


@pytest.mark.parametrize("path", ["/waiting.json", "/waiting/7.jpg"])
@pytest.mark.parametrize("token", ["", "guest", "høst"])
def test_only_the_host_sees_what_waits(browser, path: str, token: str) -> None:
    headers = {"x-mosaicdb-token": token.encode()}
    assert browser.get(path, headers=headers).status_code == 403
    assert browser.get(path, headers=OWN).status_code == 200


def test_the_host_says_yes_and_no(browser, live: FakeLive) -> None:
    assert browser.get("/waiting.json", headers=OWN).json() == [[7, "<b>"]]
    assert browser.get("/waiting/8.jpg", headers=OWN).status_code == 404
    answer = browser.post("/answers", json={"shown": [7], "refused": [8, 9]}, headers=OWN)
    assert answer.json() == {"said": "1 photo shown, 0 refused"}
    assert live.answers == [([7], [8, 9])]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": HERE},
        {"origin": HERE, "x-mosaicdb-token": "guest"},
        {"x-mosaicdb-token": "host"},
        OWN | {"origin": "http://elsewhere.example"},
        OWN | {"origin": "null"},
        OWN | {"host": f"elsewhere.example:{PORT}"},
        OWN | {"host": "127.0.0.1:1"},
        OWN | {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"},
    ],
)
def test_a_forged_yes_shows_nothing(browser, live: FakeLive, headers: dict[str, str]) -> None:
    assert browser.post("/answers", json=YES, headers=headers).status_code in (403, 421)
    assert live.answers == []


@pytest.mark.parametrize(
    "body",
    ["", "{}", "[]", '{"shown": 7, "refused": []}', '{"shown": ["7"], "refused": []}']
    + ['{"shown": [true], "refused": []}', '{"shown": [-1], "refused": []}', "[" * 100_000],
)
def test_what_is_no_answer_is_refused(browser, live: FakeLive, body: str) -> None:
    assert browser.post("/answers", content=body, headers=OWN).status_code == 400
    assert live.answers == []


def test_a_viewer_has_nothing_of_a_wall() -> None:
    app = make_app(FakeContents(), LOCAL)
    with testclient.TestClient(app, base_url=HERE) as browser:
        assert browser.get("/growth.json").status_code == 404
        assert browser.get("/waiting.json", headers=OWN).status_code == 404
        assert browser.get("/mosaic.json").json()["isLive"] is False


def test_guests_beyond_this_machine_need_a_token_that_does_not_make_them_hosts(
    live: FakeLive,
) -> None:
    here = f"http://192.0.2.7:{PORT}"
    with testclient.TestClient(
        make_app(live, OPEN), base_url=here, follow_redirects=False
    ) as browser:
        assert browser.get("/growth.json").status_code == 401
        entered = browser.get("/host.html?token=guest")
        assert (entered.status_code, entered.headers["location"]) == (303, "/host.html")
        assert browser.get("/growth.json").status_code == 200
        assert browser.get("/waiting.json").status_code == 403
        own = {"origin": here, "x-mosaicdb-token": "guest"}
        assert browser.post("/answers", json=YES, headers=own).status_code == 403
        own["x-mosaicdb-token"] = "host"
        assert browser.post("/answers", json=YES, headers=own).status_code == 200


def test_the_links_name_each_token_where_it_belongs() -> None:
    assert LOCAL.link == f"{HERE}/"
    assert LOCAL.host_link == f"{HERE}/host.html#token=host"
    assert OPEN.host_link == f"http://192.0.2.7:{PORT}/host.html?token=guest#token=host"
    assert "host" not in repr(LOCAL).replace("host=", "")
