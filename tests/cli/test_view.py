import json
import re
import socket
import sys
from pathlib import Path

import pytest
from support import Command

from mosaicdb.viewing import listen


@pytest.fixture
def kitchen(photos: Path, mosaicdb: Command) -> None:
    mosaicdb("ingest", photos, "--workers", 1)
    mosaicdb("render", "--target", 1, "--grid", "3x2", "--output", "k.png", "--name", "kitchen")


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Press Ctrl-C as soon as the viewer is served."""

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("uvicorn.Server.run", interrupt)


def test_a_viewer_prints_its_link_until_it_is_interrupted(
    kitchen: None, interrupted: None, mosaicdb: Command
) -> None:
    out = mosaicdb("view", "kitchen", "--no-browser", "--port", 0, expect=130)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\n", out)
    assert mosaicdb.error_line == "Ctrl-C ends it"


def test_a_viewer_for_others_names_the_risk_and_has_a_token(
    kitchen: None, interrupted: None, mosaicdb: Command
) -> None:
    out = mosaicdb("view", "--host", "0.0.0.0", "--port", 0, "--no-browser", expect=130)
    name = re.escape(socket.gethostname().lower())
    assert re.fullmatch(rf"http://{name}:\d+/\?token=[\w-]{{20,}}\n", out)
    assert mosaicdb.err.startswith("whoever reaches 0.0.0.0 sees the photos and their paths")


def test_the_browser_is_opened_at_the_link(
    kitchen: None, interrupted: None, mosaicdb: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr("threading.Thread.start", lambda thread: thread.run())
    assert mosaicdb("view", "--port", 0, expect=130).strip() == opened[0]


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (["hall"], 1, "hall is no mosaic that this database recorded"),
        (["--port", "x"], 2, "--port = 'x' is not allowed: give a whole number from 0 to 65535"),
        (["--port", "99999"], 2, "--port = '99999' is not allowed"),
        (["--host", "a b"], 2, "--host = 'a b' is not allowed"),
        (["--host", "192.0.2.1"], 2, "--host 192.0.2.1: "),
    ],
)
def test_what_cannot_be_viewed_is_told_in_a_line(
    kitchen: None, mosaicdb: Command, arguments: list[str], code: int, line: str
) -> None:
    mosaicdb("view", "--no-browser", "--port", 0, *arguments, expect=code)
    assert line in mosaicdb.error_line


def test_a_port_that_is_taken_is_told_in_a_line(kitchen: None, mosaicdb: Command) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        mosaicdb("view", "--no-browser", "--port", port, expect=2)
    assert mosaicdb.error_line.startswith(f"mosaicdb: port {port} is taken: name another")


def test_a_viewer_without_its_extra_says_what_to_install(
    kitchen: None, mosaicdb: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "starlette.applications", None)
    assert mosaicdb("view", "--no-browser", "--port", 0, expect=1) == ""
    assert "pip install 'mosaicdb[viewer]'" in mosaicdb.error_line


def test_a_viewer_is_exported_and_told_about(kitchen: None, mosaicdb: Command) -> None:
    exported = json.loads(mosaicdb("export-viewer", "kitchen", "site", "--json", "--quiet"))
    assert exported == {
        "mosaic": 1,
        "folder": "site",
        "columns": 3,
        "rows": 2,
        "photos": exported["photos"],
        "from_thumbnails": [],
    }
    assert mosaicdb.err == ""
    mosaicdb("export-viewer", 1, "site", expect=2)
    assert "site holds a viewer already" in mosaicdb.error_line
    mosaicdb("export-viewer", 1, "site", "--replace", "--photo-side", 32)
    assert "python3 -m http.server --bind 127.0.0.1 --directory site" in mosaicdb.error_line
