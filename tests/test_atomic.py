"""Files that are replaced only when they are whole."""

import errno
import fcntl
import os
import stat
import threading
from pathlib import Path

import pytest

from mosaicdb.atomic import replacing, replacing_folder
from mosaicdb.errors import MosaicdbError


def test_the_file_is_replaced_at_the_end_only(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
        assert temporary.parent.parent == tmp_path  # else it could not be moved in one step
        assert temporary.suffix == ".txt"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_new_file_is_there_at_the_end_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a.txt"
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, MosaicdbError])
def test_an_exception_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, error: type[BaseException]
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(error), replacing(path) as temporary:
        temporary.write_text("half of the n")
        raise error
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_full_disk_is_an_error_in_a_line(tmp_path: Path) -> None:
    path = tmp_path / "a\n.txt"
    path.write_text("old")
    with pytest.raises(MosaicdbError) as caught, replacing(path) as temporary:
        temporary.write_text("half of the n")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert str(caught.value) == f"cannot write {tmp_path}/a\\n.txt: No space left on device"
    assert path.read_text() == "old"
    assert len(os.listdir(tmp_path)) == 1


def test_an_error_without_a_number_is_told_as_well(tmp_path: Path) -> None:
    with pytest.raises(MosaicdbError, match="encoder error -2"), replacing(tmp_path / "a"):
        raise OSError("encoder error -2")


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_the_mode_follows_the_umask(tmp_path: Path, mask: int, mode: int) -> None:
    before = os.umask(mask)
    try:
        with replacing(tmp_path / "a.txt") as temporary:
            temporary.write_text("new")
    finally:
        after = os.umask(before)
    assert after == mask
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == mode


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    refused = pytest.raises(MosaicdbError, match="cannot write")
    with refused, replacing(tmp_path / "folder") as temporary:
        temporary.write_text("new")
    assert os.listdir(tmp_path) == ["folder"]
    assert (tmp_path / "folder").is_dir()


def test_a_folder_that_cannot_be_written_to_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    refused = pytest.raises(MosaicdbError, match=r"a\.txt: Permission denied")
    with refused, replacing(tmp_path / "a.txt"):
        pytest.fail("nothing can be written here")


def test_a_link_stays_a_link_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "a.txt").write_text("old")
    (tmp_path / "link").symlink_to("far/a.txt")
    with replacing(tmp_path / "link") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "far" / "a.txt").read_text() == "new"
    assert os.listdir(tmp_path / "far") == ["a.txt"]


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    heard: list[str] = []
    reader = threading.Thread(target=lambda: heard.append(pipe.read_text()))
    reader.start()
    with replacing(pipe) as temporary:
        temporary.write_text("new")
    reader.join()
    assert heard == ["new"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_device_is_written_to_and_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.mkdtemp", None)  # or a mistake could cost a real device
    with replacing(Path("/dev/null")) as temporary:
        temporary.write_text("new")
    full = pytest.raises(MosaicdbError, match="/dev/full: No space left on device")
    with full, replacing(Path("/dev/full")) as temporary:
        temporary.write_text("new")


def test_a_folder_is_replaced_at_the_end_only(tmp_path: Path) -> None:
    folder, temporary, file = tmp_path / "tiles", tmp_path / ".new", tmp_path / "file"
    for content in ("old", "new"):
        with replacing_folder(folder, temporary, file):
            (temporary / content).write_text(content)
            assert folder.exists() == file.exists() == (content == "new")
        assert os.listdir(folder) == [content]
        assert os.listdir(tmp_path) == ["tiles"]  # the file belonged to the old one
        file.touch()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tiles").mkdir()
    (tmp_path / "tiles" / "old").touch()
    (tmp_path / "file").touch()
    return tmp_path / "tiles"


def is_unchanged(folder: Path) -> bool:
    return (os.listdir(folder), sorted(os.listdir(folder.parent))) == (["old"], ["file", "tiles"])


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(errno.ENOSPC, "No space left")])
def test_a_failure_leaves_the_old_folder_and_nothing_else(
    folder: Path, error: BaseException
) -> None:
    temporary = folder.with_name(".new")
    with pytest.raises((KeyboardInterrupt, MosaicdbError)):
        with replacing_folder(folder, temporary, folder.with_name("file")):
            (temporary / "half of the n").touch()
            raise error
    assert is_unchanged(folder)


@pytest.mark.parametrize("refused", [".new", "tiles", "file"])
def test_the_old_folder_comes_back_where_the_new_one_cannot_be_moved_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self == folder.with_name(refused):
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    file = folder.with_name("file")
    with pytest.raises(KeyboardInterrupt), replacing_folder(folder, folder.with_name(".new"), file):
        pass
    assert is_unchanged(folder)


def test_what_a_killed_program_left_is_removed_and_what_another_writes_is_not(
    tmp_path: Path,
) -> None:
    (tmp_path / ".mosaicdb-0_ab_3x7" / "new_files").mkdir(parents=True)
    (tmp_path / ".mosaicdb-0_ab_3x7" / "new.dzi").touch()
    users = {".mosaicdb-notes", ".mosaicdb-0_ab_3x7_", ".mosaicdb-12345678"}
    for name in users - {".mosaicdb-12345678"}:
        (tmp_path / name).mkdir()
    (tmp_path / ".mosaicdb-12345678").touch()  # no folder
    with replacing(tmp_path / "a.txt") as first:
        with replacing(tmp_path / "b.txt") as second:
            entries = {path.name for path in tmp_path.iterdir()}
            assert entries == {*users, first.parent.name, second.parent.name}
    assert set(os.listdir(tmp_path)) == {*users, "a.txt", "b.txt"}


def test_a_temporary_file_may_be_locked_by_who_writes_it(tmp_path: Path) -> None:
    with replacing(tmp_path / "a.h5") as temporary, temporary.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # as HDF5 does
        file.write(b"written under a lock")
    assert (tmp_path / "a.h5").read_bytes() == b"written under a lock"
