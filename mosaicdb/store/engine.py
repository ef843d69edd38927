"""Open connections to the database: URLs, SQLite settings, transactions, error messages."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final, cast
from urllib.parse import unquote, urlsplit

from sqlalchemy import Connection, Engine, Transaction, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from ..errors import DatabaseError, LockedError, ReadOnlyError, UsageError, printable

BUSY_TIMEOUT_S: Final = 30
OWN_TABLE: Final = "thumbnail"
"""A table that only a database of this program has."""
_PAGE_BYTES: Final = 8192  # a quarter smaller than with the usual 4096
_READ_ONLY: Final = "mosaicdb_read_only"


def database_url(location: str | Path) -> URL:
    """Turn a path, or a URL such as `sqlite:///photos.db`, into a URL.

    Raises:
        UsageError: it is a URL that is not understood.
    """
    if str(location) == ":memory:":
        raise UsageError("a database in memory would be gone at once: give a path")
    if "://" not in str(location):
        return URL.create("sqlite", database=os.path.expanduser(location))
    try:
        url = make_url(str(location))
        url.get_dialect()().create_connect_args(url)  # checks what follows the question mark
    except (ArgumentError, ValueError):
        raise UsageError(f"{printable(location)} is no database URL") from None
    in_memory = ":memory:" in str(url.database) or "mode=memory" in str(location)
    if url.get_backend_name() != "sqlite" or not url.database or in_memory:
        raise UsageError(f"{printable(location)}: give a path or sqlite:///PATH")
    return url


def database_path(url: URL) -> Path:
    """Return the path of a database's file.

    With `uri=true`, what follows `sqlite:///` is a URI of SQLite's own, such as
    `file:///photos/x.db?mode=ro`; SQLite decodes percent signs in it and ignores a fragment.
    """
    (name,), options = url.get_dialect()().create_connect_args(url)
    if not options.get("uri"):
        return Path(str(url.database))
    if not name.startswith("file:"):
        return Path(name)
    return Path(unquote(urlsplit(name).path, errors="surrogateescape"))


def database_exists(location: str | Path) -> bool:
    """Return whether the file of a database exists.

    Args:
        location: a path or URL.

    Raises:
        UsageError: it is a URL that is not understood.
    """
    return database_path(database_url(location)).exists()


def require_database(url: URL) -> None:
    """Check that the file of a database exists.

    Raises:
        DatabaseError: it does not.
    """
    path = database_path(url)
    if not path.exists():
        raise DatabaseError(f"no database at {printable(path)}: run `mosaicdb ingest` first")


def read_only_uri(url: URL) -> str:
    """Return the URI by which SQLite opens a database for reading only."""
    path = database_path(url).absolute()
    return f"{path.as_uri()}?mode=ro" + ("" if _is_writable(path) else "&immutable=1")


def make_engine(url: URL) -> Engine:
    """Create an engine whose transactions start explicitly.

    A write transaction takes SQLite's lock at its start (BEGIN IMMEDIATE), where it waits for
    other writers; it cannot fail later because another connection has written meanwhile.
    """
    engine = create_engine(_reachable(url), connect_args={"timeout": BUSY_TIMEOUT_S})
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def write_transaction(connection: Connection) -> Transaction:
    """Begin a transaction that may write, after waiting for other writers."""
    return connection.execution_options(**{_READ_ONLY: False}).begin()


def read_transaction(connection: Connection) -> Transaction:
    """Begin a read transaction: it sees one snapshot and does not block writers."""
    return connection.execution_options(**{_READ_ONLY: True}).begin()


def copy_database(url: URL, path: Path) -> None:
    """Copy a database with SQLite's online backup; the original is not modified.

    Raises:
        DatabaseError: it cannot be read, or the copy cannot be written.
    """
    engine = create_engine(_reachable(url), connect_args={"timeout": BUSY_TIMEOUT_S})
    try:
        with engine.connect() as connection, closing(sqlite3.connect(path)) as copy:
            cast(sqlite3.Connection, connection.connection.dbapi_connection).backup(copy)
    except (DBAPIError, sqlite3.Error) as error:
        raise explain(error, url) from error
    finally:
        engine.dispose()


def _reachable(url: URL) -> URL:
    """Open a database in a write-protected folder as immutable: SQLite would need its journal."""
    path = database_path(url).absolute()
    if not path.is_file() or _is_writable(path):
        return url
    return url.set(database=path.as_uri(), query={"uri": "true", "mode": "ro", "immutable": "1"})


def _is_writable(path: Path) -> bool:
    """Return whether SQLite can keep its journal beside a database."""
    return os.access(path.parent, os.W_OK)


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN does not cover DDL
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    if tables and OWN_TABLE not in tables:
        return  # another program's: it is refused later and must not be modified
    try:
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
            connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_READONLY:
            raise


def _begin(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(_READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def read_only(url: URL) -> ReadOnlyError:
    """Return the error for a database that cannot be written."""
    place = printable(database_path(url))
    return ReadOnlyError(
        f"{place}: it is read-only: change its permissions or name another with --db"
    )


def explain(error: Exception, url: URL) -> DatabaseError:
    """Convert a driver's error to one whose message names the database and a remedy."""
    place = printable(database_path(url))
    text = str(getattr(error, "orig", None) or error)
    if "readonly database" in text:
        return read_only(url)
    if "database is locked" in text:
        advice = f"another program has kept it locked for {BUSY_TIMEOUT_S} s"
        return LockedError(f"{place}: {advice}: try again when it is done")
    for sign, advice in _ADVICE.items():
        if sign in text:
            return DatabaseError(f"{place}: {advice}")
    if isinstance(error, OSError):
        text = f"it cannot be opened ({error.strerror}): check the folder and its permissions"
    return DatabaseError(f"{place}: {printable(text)}")


_FULL: Final = "the disk is full: free some space and run the same command again"
_ADVICE: Final = {
    "disk is full": _FULL,
    "No space left": _FULL,
    "file is not a database": "it is not an SQLite database: name another file with --db",
    "unable to open": "it cannot be opened: check the folder and its permissions",
    "FOREIGN KEY constraint failed": "what this needs was pruned meanwhile: run the command again",
    "malformed": "it is damaged: restore it from a backup, or see `mosaicdb check`",
}
