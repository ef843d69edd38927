"""Real media that are full, or that nobody may write to."""

import shlex
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from support import Command

OLD = Path(__file__).parents[1] / "store" / "revision_0001.db"


def mounted(commands: str) -> subprocess.CompletedProcess[str]:
    """Run shell commands that may mount things: nobody else sees these."""
    words = ["unshare", "--map-root-user", "--mount", "bash", "-c", "set -e; " + commands]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def error_line(arguments: str, mount: str) -> str:
    """Give the one line in which a command ends on a medium."""
    program = f"{shlex.quote(sys.executable)} -m mosaicdb"
    done = mounted(f"{mount}; {program} {arguments}")
    assert done.returncode == 1, done.stderr
    (line,) = done.stderr.splitlines()
    return line


@pytest.fixture(autouse=True)
def _can_mount() -> None:
    if not shutil.which("unshare") or mounted("mount -t tmpfs none /mnt").returncode:
        pytest.skip("mounts are not allowed here")


@pytest.mark.parametrize("command", ["stats", "ingest photos", "render --target photos/00.jpg"])
def test_an_old_database_that_cannot_be_written_is_told_to_need_an_upgrade(
    command: str, photos: Path
) -> None:
    Path("medium").mkdir()
    shutil.copy(OLD, "medium/old.db")
    line = error_line(f"{command} --db medium/old.db", "mount -o bind,ro medium medium")
    assert "old.db: it is read-only" in line
    assert "has to be upgraded" in line
    assert photos.exists()


def test_an_ingest_on_a_medium_that_is_read_only_is_told_so(
    photos: Path, mosaicdb: Command
) -> None:
    mosaicdb("ingest", photos, "--db", "medium/new.db")
    line = error_line("ingest photos --db medium/new.db", "mount -o bind,ro medium medium")
    assert "new.db: it is read-only" in line
    line = error_line("ingest photos --db medium/x/y.db", "mount -o bind,ro medium medium")
    assert "y.db: it cannot be opened (Read-only file system)" in line


def test_a_disk_that_is_full_is_told_before_an_upgrade_and_keeps_no_half_copy() -> None:
    Path("medium").mkdir()
    kilobytes = OLD.stat().st_size * 3 // 2 // 1024
    mount = (
        f"mount -t tmpfs -o size={kilobytes}k none medium; cp {shlex.quote(str(OLD))} medium/old.db"
    )
    mounts = f"{mount}; trap 'cp -a medium/. kept' EXIT"
    Path("kept").mkdir()
    line = error_line("stats --db medium/old.db", mounts)
    assert "the disk is full" in line
    assert not [path.name for path in Path("kept").iterdir() if "before" in path.name]
    with closing(sqlite3.connect("kept/old.db")) as kept:
        assert kept.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)


def test_a_folder_that_cannot_be_made_is_told(photos: Path, mosaicdb: Command) -> None:
    mosaicdb("ingest", photos, "--db", "/proc/foo/a.db", expect=1)
    assert "/proc/foo/a.db: it cannot be opened (No such file" in mosaicdb.error_line


def test_a_dry_run_reads_an_old_database_from_a_medium_that_is_read_only(photos: Path) -> None:
    Path("medium").mkdir()
    shutil.copy(OLD, "medium/old.db")
    program = f"{shlex.quote(sys.executable)} -m mosaicdb"
    done = mounted(
        f"mount -o bind,ro medium medium; {program} ingest photos --db medium/old.db --dry-run"
    )
    assert done.returncode == 0, done.stderr
    assert "8 new, 4 duplicate" in done.stderr
    assert Path("medium/old.db").read_bytes() == OLD.read_bytes()
    assert photos.exists()
