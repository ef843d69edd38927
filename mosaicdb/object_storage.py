"""Object storage: its URLs, and the objects behind them. Nothing else knows fsspec."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PosixPath
from typing import Any, Final

from .errors import MissingExtraError, StorageError, UsageError, printable, without_password

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://", re.ASCII)
_CREDENTIALS: Final = re.compile(r"[^:/]*:.*@|.*[?&][\w-]*(?:key|token|secret|password|signature)=")
_COARSE_CLOCK: Final = timedelta(seconds=2)
_TIMES: Final = ("LastModified", "last_modified", "updated", "mtime", "modified", "created")
_OF_ONE_OBJECT: Final = ("AccessDenied", "InvalidObjectState")
"""Codes of S3 that say nothing of other objects: it is forbidden, or archived."""
_NO_BUCKET: Final = "NoSuchBucket"


@dataclass(frozen=True, slots=True)
class ObjectStat:
    """What a listing says of an object."""

    url: str
    """Where it is."""
    size: int
    """Bytes."""
    etag: str | None
    """What is equal only while the object is the same: its ETag, else its time of change; None:
    neither can be relied on."""


class RemotePath(PosixPath):
    """The URL of an object where a path can be given: `s3://bucket/a.jpg`, not `s3:/bucket/a.jpg`.

    Names and suffixes are taken from it as from other paths; nothing on the disk is.
    """

    def __str__(self) -> str:
        """Give the URL."""
        scheme, rest = super().__str__().split(":/", 1)
        return f"{scheme}://{rest}"

    def is_absolute(self) -> bool:
        """Say that it is relative to no folder."""
        return True

    def absolute(self) -> "RemotePath":
        """Give itself."""
        return self


def is_url(path: str | Path) -> bool:
    """Say whether a path is a URL, as of an object in object storage."""
    return isinstance(path, RemotePath) or (isinstance(path, str) and _URL.match(path) is not None)


def to_path(text: str) -> Path:
    """Give a path, or URL, that people typed as a `Path`; the home folder stands for `~`.

    Raises:
        UsageError: see `canonical_url`; or a part of the URL is empty, as between two slashes.
    """
    if not is_url(text):
        return Path(os.path.expanduser(text))
    path = RemotePath(canonical_url(text))
    if str(path) != canonical_url(text):
        raise UsageError(f"{printable(text)}: a part of this URL is empty")
    return path


def canonical_url(text: str) -> str:
    """Give the URL under which an object, or all below a prefix, is recorded.

    Raises:
        UsageError: it names nothing, or holds credentials, which would be recorded with it.
    """
    scheme, _, rest = text.partition("://")
    if _CREDENTIALS.match(rest):
        place = printable(without_password(text).partition("?")[0])
        raise UsageError(
            f"{place}: credentials in a URL would be recorded with each photo: set variables such "
            "as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile"
        )
    if not rest.strip("/"):
        raise UsageError(f"{printable(text)}: give the name of a bucket too")
    return f"{scheme}://{rest.rstrip('/')}"


def list_objects(url: str) -> Iterator[ObjectStat]:
    """Yield all objects at and below a URL, which are asked for at once, in any order.

    Raises:
        MissingExtraError: what reads such URLs is not installed.
        StorageError: there is no such bucket, it is forbidden, or the server does not answer.
    """
    with _explained(url):
        storage, root = _storage(url)
        storage.invalidate_cache()
        found = storage.find(root, detail=True)
        storage.invalidate_cache()  # which holds them all too
    now = datetime.now(UTC)
    for name, entry in found.items():
        below = name[len(root) :]
        yield ObjectStat(url + below, int(entry["size"] or 0), _etag(entry, now))


def read_object(url: str) -> bytes:
    """Read an object.

    Raises:
        OSError: this object is gone or forbidden; others may be read.
        StorageError, MissingExtraError: see `list_objects`.
    """
    with _explained(url):
        storage, path = _storage(url)
        try:
            data: bytes = storage.cat_file(path, start=0)  # s3fs asks for the size without start
        except FileNotFoundError as error:
            if _code(error) == _NO_BUCKET:
                raise
            raise _ObjectError(errno.ENOENT, "it is not there any more") from None
        except OSError as error:
            if _code(error) in _OF_ONE_OBJECT:
                raise _ObjectError(errno.EACCES, f"not allowed: {_text(error)}") from error
            if _code(error) != "InvalidRange":
                raise
            data = b""  # an empty object has no byte to start at
    return data


def object_exists(url: str) -> bool:
    """Say whether there is an object.

    Raises:
        StorageError, MissingExtraError: see `list_objects`.
    """
    with _explained(url):
        storage, path = _storage(url)
        storage.invalidate_cache()
        try:
            return bool(storage.info(path)["type"] == "file")
        except FileNotFoundError as error:
            if "bucket does not exist" in str(error):
                raise
            return False


def write_object(file: Path, url: str) -> None:
    """Store a file as an object, in the place of what is there; it is there whole or not at all.

    Raises:
        StorageError, MissingExtraError: see `list_objects`.
    """
    with _explained(url):
        storage, path = _storage(url)
        storage.put_file(str(file), path)


class _ObjectError(OSError):
    """Something is wrong with one object."""


def _etag(entry: dict[str, Any], now: datetime) -> str | None:
    """Give what tells an object from the one that was there before."""
    if tag := entry.get("ETag") or entry.get("etag"):
        return str(tag).strip('"')
    changed = next((entry[name] for name in _TIMES if entry.get(name)), None)
    if isinstance(changed, int | float):
        changed = datetime.fromtimestamp(changed, UTC)
    if isinstance(changed, str):
        changed = datetime.fromisoformat(changed)
    if not isinstance(changed, datetime) or abs(now - _aware(changed)) < _COARSE_CLOCK:
        return None
    return f"{_aware(changed).isoformat()} {entry['size']}"


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _storage(url: str) -> tuple[Any, str]:
    """Give the file system of fsspec that a URL belongs to, and its path there."""
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise MissingExtraError(f"object storage ({printable(url)})", "s3") from error
    scheme, _, rest = url.partition("://")
    try:
        # not of the whole URL: fsspec takes a name with :: in it for a chain of URLs
        storage, _ = url_to_fs(f"{scheme}://{rest.partition('/')[0]}")
    except ImportError as error:
        if url.startswith("s3"):
            raise MissingExtraError(f"object storage ({printable(url)})", "s3") from error
        raise StorageError(f"{printable(url)}: {_text(error)}") from error
    return storage, storage._strip_protocol(url)


@contextmanager
def _explained(url: str) -> Iterator[None]:
    """Say in a line what object storage refuses, or that it does not answer."""
    try:
        yield
    except (_ObjectError, StorageError, MissingExtraError):
        raise
    except FileNotFoundError as error:
        raise StorageError(f"{printable(url)}: there is no such bucket") from error
    except PermissionError as error:
        raise StorageError(f"{printable(url)}: not allowed: {_text(error)}") from error
    except Exception as error:  # the libraries of each protocol raise their own
        raise StorageError(f"{printable(url)}: {_advice(error)}") from error


def _advice(error: Exception) -> str:
    kind = type(error).__name__
    if "Credential" in kind:
        return (
            f"{_text(error)}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile; for "
            """a bucket that all may read, FSSPEC_S3='{"anon": true}'"""
        )
    if "Connect" in kind or "Timeout" in kind:
        return f"the server does not answer: {_text(error)}"
    return _text(error)


def _code(error: Exception) -> str:
    response = getattr(error.__cause__, "response", {})
    return str(response.get("Error", {}).get("Code", ""))


def _text(error: Exception) -> str:
    text = without_password(str(error)).partition("?")[0]  # what follows repeats the request
    return printable(text.replace('"', "").strip().rstrip(".")) or type(error).__name__
