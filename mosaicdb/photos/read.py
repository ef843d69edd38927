"""Read a file: hash it, and make a tile of it unless its content is known."""

import hashlib
import os
import stat
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from ..errors import printable
from ..object_storage import is_url, read_object
from ..options import ReadOptions
from ..readings import LATEST_NS, FileStat, Known, PendingFile, Reading, Rejected, Tile
from .capture import read_capture
from .formats import MissingDecoderError
from .integrity import lacks_end
from .overview import make_overview
from .picture import cut, open_picture, upright_size
from .status import status_of
from .thumbnail import make_thumbnail

_MOST_BYTES: Final = 1 << 30
_CLOCK_STEP_NS: Final = 20_000_000  # resolution of kernel timestamps
_COARSE_CLOCK_STEP_NS: Final = 2_000_000_000  # of file systems that store whole seconds


def read_photo(file: PendingFile, options: ReadOptions) -> Reading:
    """Read a file and make a tile of the photo in it.

    Args:
        file: the file, with the content hashes that need no decoding.
        options: how photos are read.

    Returns:
        A reading whose content is a `Tile`, `Known`, or `Rejected` with the reason. Its
        `mtime_ns` is None if the file has to be read again next time: because it could not be
        read, or because it may change again without a change of its modification time.

    Raises:
        StorageError: it is an object, and no other in its bucket could be read either.
    """
    unread, known = FileStat(file.path, 0, None, file.etag), file.known_hashes
    file = replace(file, known_hashes=())  # possibly thousands, which the caller has already
    try:
        data, file_stat = _read_object(file) if is_url(file.path) else _read_file(file.path)
    except OSError as error:
        rejected = Rejected(file.path, error.strerror or str(error))
        what_is_there = _stat_of_no_file(file.path)
        return Reading(file, what_is_there or unread, rejected, is_file=what_is_there is None)
    content_hash = hashlib.sha256(data).hexdigest()
    if content_hash in known:
        return Reading(file, file_stat, Known(content_hash))
    try:
        return Reading(file, file_stat, _make_tile(data, content_hash, options))
    except (MissingDecoderError, MemoryError) as error:
        return Reading(file, unread, Rejected(file.path, _reason(error, data)))
    except Exception as error:  # noqa: BLE001 - decoders raise anything; it is reported
        return Reading(file, file_stat, Rejected(file.path, _reason(error, data)))


def lost_reading(file: PendingFile, reason: str) -> Reading:
    """Return the reading of a file whose process died or was killed."""
    if is_url(file.path):
        return Reading(file, _stat_of_object(file, file.size), Rejected(file.path, reason))
    try:
        status = os.stat(file.path)
        file_stat = FileStat(file.path, status.st_size, _settled_mtime(status))
    except OSError:
        file_stat = FileStat(file.path, 0, None)
    return Reading(file, file_stat, Rejected(file.path, reason))


def read_bytes(path: str) -> bytes:
    """Return the bytes of a regular file, or of an object.

    Raises:
        OSError: it cannot be read, or is no regular file.
        StorageError: it is an object, and its server does not answer, or forbids all.
    """
    return read_object(path) if is_url(path) else _read_bytes(path)[0]


def hash_file(path: str) -> str:
    """Return the SHA-256 of the bytes of a file or an object, in hexadecimal."""
    if is_url(path):
        return hashlib.sha256(read_object(path)).hexdigest()
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def holds(path: str | Path, content_hash: str) -> bool:
    """Say whether a file that can be read has the bytes of this SHA-256, in hexadecimal."""
    try:
        return hash_file(str(path)) == content_hash
    except OSError:
        return False


def _read_file(path: str) -> tuple[bytes, FileStat]:
    data, status = _read_bytes(path)
    return data, FileStat(path, len(data), _settled_mtime(status))


def _read_object(file: PendingFile) -> tuple[bytes, FileStat]:
    """Read an object; what the listing said of it is kept, since it was there before the bytes."""
    _check_size(file.size)
    data = read_object(file.path)
    return data, _stat_of_object(file, len(data))


def _stat_of_object(file: PendingFile, size: int) -> FileStat:
    return FileStat(file.path, size, time.time_ns() if file.etag else None, file.etag)


def _check_size(size: int) -> None:
    if size > _MOST_BYTES:
        raise OSError(0, f"{size:,} bytes: more than {_MOST_BYTES:,} allowed")


def _stat_of_no_file(path: str) -> FileStat | None:
    """Give what tells a change of a link to nothing, a pipe, a socket or a device; else None."""
    try:
        status = status_of(path)
    except OSError:
        return None
    if stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode):
        return None
    return FileStat(path, status.st_size, _settled_mtime(status))


def _read_bytes(path: str) -> tuple[bytes, os.stat_result]:
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(0, "not a regular file")  # to open a pipe or a device may change it
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # do not block on a pipe
    try:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise OSError(0, "not a regular file")
        _check_size(before.st_size)
        with open(descriptor, "rb", closefd=False) as stream:
            data = stream.read()
        after = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    if (after.st_mtime_ns, after.st_size) != (before.st_mtime_ns, len(data)):
        raise OSError(0, "it is being written to: the next ingest reads it")
    return data, after


def _make_tile(data: bytes, content_hash: str, options: ReadOptions) -> Tile:
    with open_picture(data, options.max_pixels, options.accept_truncated) as image:
        width, height = upright_size(image)
        kind, capture = image.format or "unknown", read_capture(image)
        thumbnail = make_thumbnail(cut(image, options.thumb_res))
        overview = make_overview(image, (width, height), options.thumb_res)
    return Tile(content_hash, width, height, kind, capture, thumbnail, overview)


def _settled_mtime(status: os.stat_result) -> int | None:
    """Return the modification time, or None while a later change could get the same one."""
    mtime = min(status.st_mtime_ns, LATEST_NS)
    step = _COARSE_CLOCK_STEP_NS if mtime % 1_000_000_000 == 0 else _CLOCK_STEP_NS
    return mtime if abs(time.time_ns() - mtime) > step else None


def _reason(error: Exception, data: bytes) -> str:
    text = printable(str(error).strip()) or type(error).__name__
    if any(sign in text.lower() for sign in _SIGNS_OF_A_MISSING_END):
        return f"its end is missing: {text}"
    if lacks_end(data):
        return f"its end is missing, and what is left cannot be decoded: {text}"
    return text if isinstance(error, ValueError | OSError) else f"{type(error).__name__}: {text}"


_SIGNS_OF_A_MISSING_END: Final = ("truncated", "lacks rows", "broken data stream")
