"""Write files atomically: a reader sees the old content or the new.

What is written stands in a hidden folder beside its place, which is locked meanwhile: without a
lock it is what a killed program has left, and the next one that writes there removes it.
"""

import errno
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from .errors import MosaicdbError, UsageError, printable
from .object_storage import is_url, object_exists, write_object

_PREFIX: Final = ".mosaicdb-"
_OF_OURS: Final = re.compile(r"\.mosaicdb-[a-z0-9_]{8}")  # nothing else is removed


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield the path of an empty temporary file, which replaces `path` on exit.

    What else is put into its folder is removed. If `path` is a symbolic link, its target is
    replaced. A device or a pipe is written directly. What replaces an object is uploaded on exit.

    Args:
        path: of the file, or a URL; missing parent folders are created.

    Raises:
        MosaicdbError: the folder cannot be written to, or the disk is full; `path` is unchanged.
    """
    try:
        if is_url(path):
            with tempfile.TemporaryDirectory(prefix=_PREFIX) as name:
                temporary = Path(name, f"new{path.suffix}")
                temporary.touch(0o600)
                yield temporary
                write_object(temporary, str(path))
            return
        place = Path(os.path.realpath(path))
        if is_device(place):
            yield path
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(place.parent)
        with _locked_folder(place.parent) as folder:
            temporary = folder / f"new{place.suffix}"
            temporary.touch(0o600)
            yield temporary
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(place)
    except OSError as error:
        raise MosaicdbError(f"cannot write {printable(path)}: {error.strerror or error}") from error


@contextmanager
def _locked_folder(parent: Path) -> Iterator[Path]:
    """Make a temporary folder that nobody takes for a leftover."""
    folder, lock = _new_folder(parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _new_folder(parent: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        with suppress(FileNotFoundError):
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            with suppress(OSError):  # some file systems know no locks: nothing is removed there
                fcntl.flock(lock, fcntl.LOCK_EX)
            if folder.exists():  # nobody took it for a leftover before it was locked
                return folder, lock
            os.close(lock)


def _remove_leftovers(parent: Path) -> None:
    """Remove the temporary folders that nobody writes into any more."""
    for folder in parent.glob(f"{_PREFIX}*"):
        if not _OF_OURS.fullmatch(folder.name):
            continue
        with suppress(OSError):
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
            finally:
                os.close(lock)


@contextmanager
def replacing_folder(path: Path, temporary: Path, file: Path) -> Iterator[None]:
    """Make a temporary folder, which replaces a folder, or nothing, on exit.

    Two names cannot be exchanged in one step everywhere. Between the steps neither the folder nor
    the file that describes it is there: never do they stand beside each other and do not match.

    Args:
        path: of the folder.
        temporary: of the temporary one, which is not there yet, beside `path`.
        file: describes what is in the folder; removed on exit, to be written anew.

    Raises:
        MosaicdbError: it cannot be written, or the disk is full; `path` and `file` are unchanged.
    """
    old = temporary.with_name(f"{temporary.name}.old")
    try:
        temporary.mkdir()
        yield
        old.mkdir()
        for part in (file, path):
            if part.exists():
                part.rename(old / part.name)
        temporary.rename(path)
    except BaseException as error:
        for part in (path, file):
            if (old / part.name).exists():
                (old / part.name).rename(part)
        if isinstance(error, OSError):
            reason = error.strerror or error
            raise MosaicdbError(f"cannot write {printable(path)}: {reason}") from error
        raise
    finally:
        for folder in (old, temporary):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def replacing_whole_folder(path: Path) -> Iterator[Path]:
    """Yield the path of an empty temporary folder, which replaces a folder, or nothing, on exit.

    Args:
        path: of the folder; missing parent folders are created. What is in it goes at the end.

    Raises:
        MosaicdbError: it cannot be written, or the disk is full; `path` is unchanged.
        UsageError: it is a URL.
    """
    if is_url(path):
        raise UsageError(f"{printable(path)}: object storage takes files, not folders of them")
    try:
        place = Path(os.path.realpath(path))
        place.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(place.parent)
        with _locked_folder(place.parent) as folder:
            temporary, old = folder / "new", folder / "old"
            temporary.mkdir()
            yield temporary
            if place.exists():
                place.rename(old)
            try:
                temporary.rename(place)
            except OSError:
                if old.exists():
                    old.rename(place)
                raise
    except OSError as error:
        raise MosaicdbError(f"cannot write {printable(path)}: {error.strerror or error}") from error


def is_device(path: Path) -> bool:
    """Say whether a path, or what a symbolic link leads to, is a device or a pipe."""
    return path.exists() and not (path.is_file() or path.is_dir())


def sha256_of(temporary: Path) -> str | None:
    """Give the SHA-256 of what was written, in hexadecimal; None: it is a device or a pipe."""
    if not temporary.is_file():
        return None
    with temporary.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_writable(path: Path) -> None:
    """Check that a file can be written, before the work begins.

    Args:
        path: of the file; missing parent folders are created, as by `replacing`. Of a URL, it is
            only checked that there is such a bucket.

    Raises:
        MosaicdbError: it is a folder, write-protected, or in a folder that cannot be written to.
    """
    if is_url(path):
        object_exists(str(path))
        return
    place = Path(os.path.realpath(path))
    try:
        if place.exists():
            if place.is_dir():
                raise IsADirectoryError(errno.EISDIR, "it is a folder")
            if not os.access(place, os.W_OK):
                raise PermissionError(errno.EACCES, "it is write-protected")
            if not place.is_file():
                return
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(prefix=".", dir=place.parent):
            pass
    except OSError as error:
        raise MosaicdbError(f"cannot write {printable(path)}: {error.strerror or error}") from error


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
