"""`mosaicdb live`, mostly as a process that is really stopped."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support import Command, write_photo

from mosaicdb import Database
from mosaicdb.errors import MosaicdbError
from mosaicdb.pipelines.mosaics import find_named
from mosaicdb.records import EMPTY_CELL
from mosaicdb.viewing import listen

pytest.importorskip("watchfiles")
pytest.importorskip("uvicorn")

NAMES = [b"<script>alert(1).jpg", b"a\nb.jpg", b"'\"&.jpg", b"not utf-8 \xff.jpg"]
LIVE = ("live", "target.png", "incoming", "--grid", "4x3", "--db", "party.db", "--no-browser")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_photo(tmp_path / "target.png", 99)
    (tmp_path / "incoming").mkdir()
    return tmp_path / "incoming"


class Running:
    """A live wall in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        assert process.stdout is not None
        self.link = process.stdout.readline().strip()
        assert self.link, process.stderr.read() if process.stderr else ""

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.link + path, timeout=60) as answer:
            return json.loads(answer.read())

    def wait_for(self, photos: int) -> Any:
        deadline = time.monotonic() + 60
        while (growth := self.get("growth.json"))["photos"] != photos:
            assert time.monotonic() < deadline, growth
            assert self.process.poll() is None
            time.sleep(0.05)
        return growth


@contextmanager
def running(*more: object) -> Iterator[Running]:
    command = [sys.executable, "-m", "mosaicdb", *LIVE, "--port", "0", *map(str, more)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        try:
            yield Running(process)
        finally:
            process.kill()


def placed(database: Path) -> dict[int, tuple[int, int]]:
    with Database(database) as opened:
        tile_ids = find_named(opened, "live").tile_ids
    return {
        int(tile_ids[row, column]): (row, column)
        for row in range(3)
        for column in range(4)
        if tile_ids[row, column] != EMPTY_CELL
    }


def test_a_wall_goes_on_where_it_was_when_it_is_killed_and_started_again(
    folder: Path, tmp_path: Path
) -> None:
    for number, name in enumerate(NAMES):
        write_photo(folder / "x.jpg", number).rename(folder / os.fsdecode(name))
    with running("--fixed") as wall:
        assert wall.wait_for(4)["cells"] == 12
        write_photo(folder / "fifth.jpg", 5)
        newest = wall.wait_for(5)["newest"]
        assert newest[0][0] == "fifth.jpg"
        wall.process.send_signal(signal.SIGKILL)
        wall.process.wait()
    before = placed(tmp_path / "party.db")
    write_photo(folder / "sixth.jpg", 6)  # while nobody looks
    with running("--fixed", "--json") as wall:
        wall.wait_for(6)
        found = wall.get("search.json?text=fifth")
        assert tuple(found[0][2:]) == tuple(newest[0][1:]) == before[found[0][0]]
        names = {name for _, name, *_ in wall.get("search.json?text=.jpg")}
        assert "<script>alert(1).jpg" in names
        assert not any("\n" in name for name in names)
        wall.process.send_signal(signal.SIGINT)
        out, err = wall.process.communicate(timeout=120)
    after = placed(tmp_path / "party.db")
    assert {tile: after[tile] for tile in before} == before
    report = json.loads(out)
    assert wall.process.returncode == 130, err
    assert (report["photos"], report["cells"], report["without_place"]) == (6, 12, 0)
    assert report["ratio"] >= 1
    assert "live.jpg: 6 photos in 12 cells" in err
    assert (tmp_path / "live.jpg").exists()


def test_only_the_host_lets_photos_be_shown(folder: Path) -> None:
    write_photo(folder / "one.jpg", 1)
    with running("--approve") as wall:
        assert wall.process.stderr is not None
        token = wall.process.stderr.readline().strip().partition("#token=")[2]
        own = {"x-mosaicdb-token": token, "origin": wall.link.rstrip("/")}

        def ask(path: str, headers: dict[str, str], data: bytes | None = None) -> Any:
            request = urllib.request.Request(wall.link + path, data, headers)
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read())

        ((tile, name),) = ask("waiting.json", own)
        assert (name, wall.get("growth.json")["photos"]) == ("one.jpg", 0)
        body = json.dumps({"shown": [tile], "refused": []}).encode()
        with pytest.raises(urllib.error.HTTPError, match="403"):
            ask("answers", own | {"origin": "http://elsewhere.example"}, body)
        with pytest.raises(urllib.error.HTTPError, match="421"):
            ask("answers", own | {"host": "elsewhere.example"}, body)
        assert wall.get("growth.json")["photos"] == 0
        assert ask("answers", own, body) == {"said": "1 photo shown, 0 refused"}
        assert wall.get("growth.json")["photos"] == 1


def test_what_ends_the_watch_ends_the_wall_in_a_line(
    folder: Path, mosaicdb: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MosaicdbError("incoming is gone: there is nothing left to watch")

    monkeypatch.setattr("mosaicdb.pipelines.live.ingest_on_arrival", fail)
    mosaicdb(*LIVE, "--port", 0, "--quiet", expect=1)
    assert mosaicdb.error_line == "mosaicdb: incoming is gone: there is nothing left to watch"


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (["live", "target.png", "nowhere"], 2, "nowhere: no such file or folder"),
        (["live", "target.png", "target.png"], 2, "target.png is no folder"),
        (["live", "nothing.png", "incoming"], 1, "cannot read the target nothing.png"),
        (["live", "7", "incoming"], 1, "no photo has the number 7"),
        (["live", "target.png", "incoming", "--stickers", "s"], 2, "give --fixed too"),
        (["live", "target.png", "incoming", "--name", "12"], 2, "--name = '12' is not allowed"),
        (["live", "target.png", "incoming", "--faint", "2"], 2, "--faint = '2' is not allowed"),
        (["live", "target.png", "incoming", "--output", "x.doc"], 2, "x.doc"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(
    folder: Path, mosaicdb: Command, arguments: list[str], code: int, line: str
) -> None:
    mosaicdb(*arguments, "--db", "party.db", "--port", 0, "--no-browser", expect=code)
    assert line in mosaicdb.error_line


def test_a_port_that_is_taken_makes_no_wall(folder: Path, mosaicdb: Command) -> None:
    with listen("127.0.0.1", 0) as taken:
        mosaicdb(*LIVE, "--port", taken.getsockname()[1], expect=2)
    assert "is taken: name another with --port" in mosaicdb.error_line
    assert mosaicdb("mosaics", "--db", "party.db", "--json") == ""


def test_a_missing_extra_is_named(
    folder: Path, mosaicdb: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    mosaicdb(*LIVE, "--port", 0, expect=1)
    assert mosaicdb.error_line == (
        "mosaicdb: `mosaicdb live` needs the extra 'watch': pip install 'mosaicdb[watch]'"
    )


def test_a_wall_for_others_names_the_risk(
    folder: Path, mosaicdb: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("uvicorn.Server.run", interrupt)
    out = mosaicdb(*LIVE, "--port", 0, "--host", "0.0.0.0", "--approve", expect=130)
    assert "/?token=" in out
    assert "whoever reaches 0.0.0.0 sees the photos" in mosaicdb.err
    assert "the page for the host, who says yes or no: http://" in mosaicdb.err
