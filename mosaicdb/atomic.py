"""Write files atomically: a reader sees the old content or the new."""

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import MosaicdbError, printable


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, which replaces `path` on exit.

    If `path` is a symbolic link, its target is replaced. A device or a pipe is written directly.

    Args:
        path: of the file; missing parent folders are created.

    Raises:
        MosaicdbError: the folder cannot be written to, or the disk is full; `path` is unchanged.
    """
    temporary: Path | None = None
    try:
        place = Path(os.path.realpath(path))
        if place.exists() and not (place.is_file() or place.is_dir()):
            yield path
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(suffix=place.suffix, prefix=".", dir=place.parent)
        os.close(descriptor)
        temporary = Path(name)
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(place)
    except OSError as error:
        raise MosaicdbError(f"cannot write {printable(path)}: {error.strerror or error}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path, temporary: Path) -> Iterator[None]:
    """Make a temporary folder, which replaces a folder, or nothing, on exit.

    Folders cannot be exchanged in one step everywhere: between two renames nothing is at `path`.

    Args:
        path: of the folder.
        temporary: of the temporary one, which is not there yet, beside `path`.

    Raises:
        MosaicdbError: it cannot be written, or the disk is full; `path` is unchanged.
    """
    old = temporary.with_name(f"{temporary.name}.old")
    try:
        temporary.mkdir()
        yield
        if path.exists():
            path.rename(old)
        temporary.rename(path)
    except OSError as error:
        raise MosaicdbError(f"cannot write {printable(path)}: {error.strerror or error}") from error
    finally:
        if old.exists() and not path.exists():
            old.rename(path)
        for folder in (old, temporary):
            shutil.rmtree(folder, ignore_errors=True)


def sha256_of(temporary: Path) -> str | None:
    """Give the SHA-256 of what was written, in hexadecimal; None: it is a device or a pipe."""
    if not temporary.is_file():
        return None
    with temporary.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_writable(path: Path) -> None:
    """Check that a file can be written, before the work begins.

    Args:
        path: of the file; missing parent folders are created, as by `replacing`.

    Raises:
        MosaicdbError: it is a folder, write-protected, or in a folder that cannot be written to.
    """
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
