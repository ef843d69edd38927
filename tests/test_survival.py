"""Whatever is killed, and whenever: the next run goes on, and nothing is lost or done twice."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from support import contents, write_photo

MOMENTS = 6
MOMENTS_OF_A_SOAK = 200

SEED = int(os.environ.get("SURVIVAL_SEED", "1"))
"""Decides what is killed and when; another is tried with SURVIVAL_SEED=2 pytest …"""


def make_collection(folder: Path, count: int) -> Path:
    for number in range(count):
        write_photo(folder / f"{number % 7}" / f"{number:03d}.jpg", number % (count - 20))
    for number in range(5):
        (folder / f"bad{number}.jpg").write_bytes(b"garbage" * number)
        os.utime(folder / f"bad{number}.jpg", ns=(10**18 + 5, 10**18 + 5))
    return folder


def command(folder: Path, database: Path | str) -> list[str]:
    arguments = ["ingest", str(folder), "--db", str(database), "--thumb-res", "9x7"]
    return [sys.executable, "-m", "mosaicdb", *arguments, "--workers", "2"]


def children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue  # it has ended meanwhile
            if int(fields[1]) == pid:
                found += [int(entry.name), *children(int(entry.name))]
    return found


def seeded() -> random.Random:
    print(f"SURVIVAL_SEED={SEED}")  # noqa: T201 - shown where a test fails
    return random.Random(SEED)


def kill_something(running: subprocess.Popen[bytes], dice: random.Random) -> None:
    family = [running.pid, *children(running.pid)]
    try:
        if dice.random() < 0.3:
            os.killpg(running.pid, signal.SIGKILL)
        else:
            os.kill(dice.choice(family), dice.choice([signal.SIGKILL, signal.SIGINT]))
    except ProcessLookupError:
        pass  # it was faster


def ingest_among_killings(folder: Path, database: Path, dice: random.Random, times: int) -> None:
    for _ in range(times):
        running = subprocess.Popen(
            command(folder, database), stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(dice.uniform(0.1, 1.5))
        kill_something(running, dice)
        try:
            running.wait(timeout=60)
        finally:
            running.kill()
    done = subprocess.run(command(folder, database), capture_output=True, check=False)
    assert done.returncode in (0, 3), done.stderr


def broken(tmp_path: Path, moments: int) -> list[Path]:
    """Kill ingests at many moments; give the databases that are not as an undisturbed one."""
    folder = make_collection(tmp_path / "photos", 260)
    done = subprocess.run(command(folder, tmp_path / "calm.db"), capture_output=True, check=False)
    assert done.returncode == 3, done.stderr
    calm = contents(tmp_path / "calm.db")
    dice = seeded()
    databases = [tmp_path / f"killed{number}.db" for number in range(max(1, moments // 3))]
    for database in databases:
        ingest_among_killings(folder, database, dice, times=3)
    return [database for database in databases if contents(database) != calm]


def test_an_ingest_that_is_killed_again_and_again_ends_as_an_undisturbed_one(
    tmp_path: Path,
) -> None:
    assert broken(tmp_path, MOMENTS) == []


def test_filling_in_features_that_is_killed_again_and_again_ends_as_an_undisturbed_one(
    tmp_path: Path,
) -> None:
    folder = make_collection(tmp_path / "photos", 260)
    database = tmp_path / "old.db"
    subprocess.run(command(folder, database), capture_output=True, check=False)
    calm = contents(database)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE tile SET signature = NULL")
    ingest_among_killings(folder, database, seeded(), times=3)
    assert contents(database) == calm


@pytest.mark.soak
def test_an_ingest_survives_two_hundred_killings(tmp_path: Path) -> None:
    assert broken(tmp_path, MOMENTS_OF_A_SOAK) == []


def test_workers_do_not_outlive_a_parent_that_is_killed(tmp_path: Path) -> None:
    folder = make_collection(tmp_path / "photos", 260)
    running = subprocess.Popen(command(folder, tmp_path / "x.db"), stderr=subprocess.DEVNULL)
    family: list[int] = []
    while len(family) < 3 and running.poll() is None:  # fork server and workers
        family = children(running.pid)
    running.kill()
    running.wait()
    deadline = time.monotonic() + 60
    while any(Path(f"/proc/{pid}").exists() for pid in family):
        assert time.monotonic() < deadline
        time.sleep(0.1)
