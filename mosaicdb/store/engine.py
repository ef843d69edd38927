"""Open databases: URLs, the backend of each, and transactions."""

import os
from pathlib import Path
from typing import Final

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from ..errors import DatabaseError, UsageError, printable, without_password
from .backend import Backend
from .postgresql import Postgresql
from .sqlite import Sqlite


def database_url(location: str | Path | URL) -> URL:
    """Turn a path, or a URL such as `sqlite:///photos.db`, into a URL.

    Raises:
        UsageError: it is a URL that is not understood.
        MissingExtraError: it needs an extra that is not installed.
    """
    if isinstance(location, URL):
        return location
    if str(location) == ":memory:":
        raise UsageError("a database in memory would be gone at once: give a path")
    if "://" not in str(location):
        return URL.create("sqlite", database=os.path.expanduser(location))
    shown = printable(without_password(str(location)))
    try:
        url = make_url(str(location))
        backend = _BACKENDS.get(url.get_backend_name())
        if backend is not None and backend.allows(url):
            return backend.complete(url)
    except (ArgumentError, ValueError):
        raise UsageError(f"{shown} is no database URL") from None
    raise UsageError(f"{shown}: give a path, sqlite:///PATH or postgresql+psycopg://USER@HOST/NAME")


_BACKENDS: Final[dict[str, type[Sqlite] | type[Postgresql]]] = {
    "sqlite": Sqlite,
    "postgresql": Postgresql,
}


def backend_of(location: str | Path | URL) -> Backend:
    """Return the backend of a database.

    Raises:
        UsageError: its location is a URL that is not understood.
        MissingExtraError: it needs an extra that is not installed.
    """
    url = database_url(location)
    return _BACKENDS[url.get_backend_name()](url)


def database_exists(location: str | Path | URL) -> bool:
    """Return whether a database exists.

    Args:
        location: a path or URL.

    Raises:
        UsageError: it is a URL that is not understood.
        DatabaseError: its server cannot be asked.
    """
    return backend_of(location).exists()


def require_database(backend: Backend) -> None:
    """Check that a database exists.

    Raises:
        DatabaseError: it does not, or its server cannot be asked.
    """
    if not backend.exists():
        raise DatabaseError(f"no database at {backend.name}: run `mosaicdb ingest` first")
