import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support import Command, write_photo

from mosaicdb.cli import demo


def test_the_demo_makes_mosaics_of_a_cat_and_says_what_next(
    mosaicdb: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "_PHOTOS", 60)
    monkeypatch.setattr(demo, "_GRID", (6, 4))
    mosaicdb("demo")
    assert Path("mosaicdb-demo/mosaic_nearest.jpg").exists()
    assert Path("mosaicdb-demo/mosaic_unique.jpg").exists()
    assert "What next" in mosaicdb.err
    mosaicdb("demo")
    os.chdir("mosaicdb-demo")
    mosaicdb("render", "--target", 7, "--grid", "5x5")
    mosaicdb("check")


def test_the_demo_leaves_a_folder_of_something_else_alone(mosaicdb: Command) -> None:
    Path("full").mkdir()
    Path("full/diary.txt").write_text("mine")
    mosaicdb("demo", "--folder", "full", expect=2)
    assert "is not empty" in mosaicdb.error_line
    assert os.listdir("full") == ["diary.txt"]
    Path("full/config.toml").write_text("target_id = 7")
    mosaicdb("demo", "--folder", "full", expect=2)
    assert Path("full/config.toml").read_text() == "target_id = 7"


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_ends_an_ingest_with_one_line_and_the_next_run_goes_on(
    stop: signal.Signals, tmp_path: Path, mosaicdb: Command
) -> None:
    for seed in range(400):
        write_photo(tmp_path / "photos" / f"{seed}.png", seed)
    command = [sys.executable, "-m", "mosaicdb", "ingest", "photos", "--db", "x.db"]
    running = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True, cwd=tmp_path
    )
    while not (tmp_path / "x.db").exists():
        time.sleep(0.01)
    time.sleep(0.2)
    os.killpg(running.pid, stop)
    _, err = running.communicate(timeout=60)
    if running.returncode:  # else it was faster than the signal
        stopped = "mosaicdb: interrupted; what was finished is kept\n"
        assert (running.returncode, err) == (130, stopped)
    assert '"tiles": 400' in mosaicdb(*command[3:], "--json")
