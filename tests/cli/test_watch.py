import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import Command, write_photo

from mosaicdb import Database, MosaicOptions, Outputs, render
from mosaicdb.cli.progress import TerminalProgress
from mosaicdb.cli.update import update_each
from mosaicdb.cli.watch import keep_watching
from mosaicdb.config import load_config
from mosaicdb.errors import DatabaseError, LockedError
from mosaicdb.pipelines.progress import SILENT

pytest.importorskip("watchfiles")


@pytest.fixture(autouse=True)
def hears_ctrl_c() -> Iterator[None]:
    """Shells let programs in the background ignore it, tests among them."""
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, heard)


@pytest.fixture
def watching(photos: Path) -> Iterator["subprocess.Popen[str]"]:
    """Watch the photos in a process of its own, with the database among them."""
    command = [sys.executable, "-m", "mosaicdb", "ingest", "photos", "--watch", "--json"]
    options = ["--db", "photos/tiles.db", "--quiet", "--workers", "1"]
    with subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def next_round(process: "subprocess.Popen[str]") -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.stderr.read() if process.stderr else ""
    found: dict[str, Any] = json.loads(line)
    return found


def test_a_photo_comes_in_when_it_is_written_completely(
    photos: Path, tmp_path: Path, watching: "subprocess.Popen[str]"
) -> None:
    assert next_round(watching)["new"] == 12
    data = write_photo(tmp_path / "elsewhere.png", 77).read_bytes()
    with open(photos / "slow.png", "wb") as stream:
        for start in range(0, len(data), len(data) // 6 + 1):
            stream.write(data[start : start + len(data) // 6 + 1])
            stream.flush()
            time.sleep(0.3)
    arrived = next_round(watching)
    assert (arrived["seen"], arrived["new"], arrived["rejected"]) == (13, 1, [])
    os.replace(photos / "slow.png", photos / "b" / "moved.png")
    assert next_round(watching)["moved"] == 1
    (photos / "new folder").mkdir()
    (tmp_path / "elsewhere.png").rename(photos / "new folder" / "twin.png")
    assert next_round(watching)["duplicate"] == 1
    watching.send_signal(signal.SIGINT)
    out, err = watching.communicate(timeout=120)
    assert (watching.returncode, out, err) == (130, "", "")


def test_a_folder_that_is_replaced_is_watched_anew(
    photos: Path, tmp_path: Path, watching: "subprocess.Popen[str]"
) -> None:
    assert next_round(watching)["new"] == 12
    photos.rename(tmp_path / "away")
    (tmp_path / "away").rename(photos)
    assert next_round(watching)["unchanged"] == 12
    write_photo(photos / "arrived.png", 77)
    assert next_round(watching)["new"] == 1
    photos.rename(tmp_path / "away")
    out, err = watching.communicate(timeout=120)
    told = f"mosaicdb: {photos} is gone: there is nothing left to watch\n"
    assert (watching.returncode, out, err) == (1, "", told)


def test_a_mosaic_that_cannot_be_updated_does_not_end_a_watch(
    filled: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    render(filled, 1, MosaicOptions(grid=(2, 1)), outputs=Outputs(Path("m.png"), name="kitchen"))
    Path("m.png").write_bytes(b"something else")
    options = argparse.Namespace(
        quiet=False, no_progress=True, debug=False, json=False, watch=True, update=["kitchen"]
    )
    config = load_config({}, environment={})
    update_each(options, config, filled, TerminalProgress(options))
    assert "mosaic kitchen is not up to date: " in capsys.readouterr().err
    options.watch = False
    with pytest.raises(DatabaseError, match="is not the picture of mosaic 1 any more"):
        update_each(options, config, filled, TerminalProgress(options))


def test_a_watch_outlasts_a_lock(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rounds = iter([LockedError("tiles.db: it is locked"), LockedError("still")])

    def ingest() -> object:
        raise next(rounds, KeyboardInterrupt())

    options = argparse.Namespace(quiet=False, no_progress=True, debug=False)
    progress = TerminalProgress(options)
    assert keep_watching(options, ["photos"], [Path("tiles.db")], ingest, progress) == 130
    assert capsys.readouterr().err.splitlines() == [
        "tiles.db: it is locked; this goes on trying",
        "still; this goes on trying",
    ]


class Dropped:
    def __init__(self, number: signal.Signals) -> None:
        self.number = number

    def __del__(self) -> None:
        signal.raise_signal(self.number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_a_watch_even_where_its_exception_is_lost(
    photos: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    lost = []
    monkeypatch.setattr(sys, "unraisablehook", lost.append)
    options = argparse.Namespace(quiet=True, debug=False)
    database = Path("tiles.db")
    assert keep_watching(options, ["photos"], [database], lambda: Dropped(number), SILENT) == 130
    assert isinstance(lost[0].exc_value, KeyboardInterrupt)
    assert handlers == (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))


def test_a_watch_that_cannot_be_is_told(
    photos: Path, mosaicdb: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    mosaicdb("ingest", "nowhere", "--watch", expect=2)
    assert "nowhere: no such file or folder" in mosaicdb.error_line
    mosaicdb("ingest", photos, "--watch", "--dry-run", expect=2)
    assert "leave out one of them" in mosaicdb.error_line
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    mosaicdb("ingest", photos, "--watch", expect=1)
    assert "--watch needs the extra 'watch': pip install 'mosaicdb[watch]'" in mosaicdb.error_line
