"""SQLite: connections, transactions, locks, copies, and what its errors mean."""

import errno
import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from itertools import chain, count
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import unquote, urlsplit

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Select,
    Table,
    bindparam,
    create_engine,
    event,
    insert,
    update,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from ..atomic import replacing
from ..errors import DatabaseError, LockedError, ReadOnlyError, printable
from .backend import ACCESS, OWN_TABLE, Access, Answer, Row, bind
from .sqlite_query import answer

BUSY_TIMEOUT_S: Final = 30
_PAUSE_S: Final = 0.01
_PAGE_BYTES: Final = 8192  # a quarter smaller than with the usual 4096


class Sqlite:
    """A database in a file: see `Backend`."""

    errors: tuple[type[Exception], ...] = (DBAPIError, sqlite3.Error)

    def __init__(self, url: URL) -> None:
        self.url = url
        self.path = database_path(url)

    @staticmethod
    def allows(url: URL) -> bool:
        """Return whether a URL names a file.

        Raises:
            ArgumentError: what follows the question mark is not understood.
            ValueError: likewise.
        """
        url.get_dialect()().create_connect_args(url)
        name = str(url.database)
        in_memory = ":memory:" in name or "mode=memory" in name or url.query.get("mode") == "memory"
        return bool(url.database) and not in_memory

    @staticmethod
    def complete(url: URL) -> URL:
        """Return a URL as it is."""
        return url

    @property
    def name(self) -> str:
        """Return the path."""
        return printable(self.path)

    @property
    def files(self) -> tuple[Path, ...]:
        """Return the path of the database, and of what SQLite and this program keep beside it."""
        ends = ("", "-wal", "-shm", "-journal", ".lock", ".edits.lock")
        return tuple(Path(f"{self.path}{end}") for end in ends)

    def exists(self) -> bool:
        """Return whether the file exists."""
        return self.path.exists()

    def prepare(self) -> None:
        """Make the folder."""
        self.path.parent.mkdir(parents=True, exist_ok=True)

    def make_engine(self) -> Engine:
        """Create an engine whose transactions start explicitly.

        A write transaction takes SQLite's lock at its start (BEGIN IMMEDIATE), where it waits for
        other writers; it cannot fail later because another connection has written meanwhile.
        """
        engine = self._connecting_engine()
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _begin)
        return engine

    def _connecting_engine(self) -> Engine:
        return create_engine(self._reachable(), connect_args={"timeout": BUSY_TIMEOUT_S})

    def _reachable(self) -> URL:
        """Open a database in a write-protected folder as immutable: SQLite needs its journal."""
        path = self.path.absolute()
        if not path.is_file() or _is_writable(path):
            return self.url
        query = {"uri": "true", "mode": "ro", "immutable": "1"}
        return self.url.set(database=path.as_uri(), query=query)

    def read_only(self) -> ReadOnlyError:
        """Return the error for a database that cannot be written."""
        return ReadOnlyError(
            f"{self.name}: it is read-only: change its permissions or name another with --db"
        )

    def explain(self, error: Exception) -> DatabaseError:
        """Convert a driver's error to one whose message names the database and a remedy."""
        text = str(getattr(error, "orig", None) or error)
        if "readonly database" in text:
            return self.read_only()
        if "database is locked" in text:
            advice = f"another program has kept it locked for {BUSY_TIMEOUT_S} s"
            return LockedError(f"{self.name}: {advice}: try again when it is done")
        for sign, advice in _ADVICE.items():
            if sign in text:
                return DatabaseError(f"{self.name}: {advice}")
        if isinstance(error, OSError):
            text = f"it cannot be opened ({error.strerror}): check the folder and its permissions"
        return DatabaseError(f"{self.name}: {printable(text)}")

    def alone(self, wait: Callable[[], None]) -> AbstractContextManager[None]:
        """Hold the lock of a file beside the database."""
        return self._locked(".lock", wait)

    def editing(self, wait: Callable[[], None]) -> AbstractContextManager[None]:
        """Hold the lock of another file beside the database."""
        return self._locked(".edits.lock", wait)

    @contextmanager
    def _locked(self, end: str, wait: Callable[[], None]) -> Iterator[None]:
        try:
            lock = open(f"{self.path}{end}", "w")  # noqa: SIM115 - closed below
        except OSError as error:
            if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
                raise self.read_only() from error
            raise self.explain(error) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                wait()
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def together(
        self, wait: Callable[[], None], is_ready: Callable[[], bool], get_ready: Callable[[], None]
    ) -> Iterator[None]:
        """Hold the lock of `alone`: a file has one writer at a time anyway."""
        with self.alone(wait):
            if not is_ready():
                get_ready()
            yield

    def is_held(self) -> bool:
        """Return whether any process holds the lock that `alone` takes."""
        try:
            with open(f"{self.path}.lock") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:  # it was never taken, or cannot be read
            return False
        return False

    def back_up(self, revision: str, head: str) -> None:
        """Copy the database to `<name>.before-<head>`; copies of other revisions are kept."""
        first = Path(f"{self.path}.before-{head}")
        paths = chain([first], (Path(f"{first}.{number}") for number in count(2)))
        path = next(
            path
            for path in paths
            if not path.exists() or _revision_of_copy(path) in (revision, None)
        )
        with replacing(path) as temporary:
            self.copy_to(temporary)

    def copy_to(self, path: Path) -> bool:
        """Copy the database with SQLite's online backup; the original is not modified.

        Raises:
            DatabaseError: it cannot be read, or the copy cannot be written.
        """
        if not self.exists():
            return True
        engine = self._connecting_engine()
        try:
            with engine.connect() as connection, closing(sqlite3.connect(path)) as copy:
                cast(sqlite3.Connection, connection.connection.dbapi_connection).backup(copy)
        except (DBAPIError, sqlite3.Error) as error:
            raise self.explain(error) from error
        finally:
            engine.dispose()
        return True

    def faults(self, connection: Connection) -> Iterator[str]:
        """Yield what SQLite's own checks find."""
        for (line,) in connection.exec_driver_sql("PRAGMA integrity_check"):
            if line != "ok":
                yield f"SQLite: {line}"
        for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            yield f"{row[0]}: a row refers to a {row[2]} that there is not"

    def size(self, connection: Connection) -> int:  # noqa: ARG002
        """Return the size of the file and of its write-ahead log."""
        return sum(path.stat().st_size for path in self.files[:2] if path.exists())

    def read_array(
        self,
        connection: Connection,
        statement: Select[Any],
        dtype: np.dtype[np.void],
        count: int = -1,
    ) -> NDArray[np.void]:
        """Read rows from the driver's cursor: SQLAlchemy's rows take twenty times as long."""
        sql = str(statement.compile(connection, compile_kwargs={"literal_binds": True}))
        rows = cast(Iterable[object], connection.exec_driver_sql(sql).cursor)
        return np.fromiter(rows, dtype=dtype, count=count)

    def among(self, column: ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[bool]:
        """Name each value."""
        return column.in_(values)

    def insert_rows(
        self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]
    ) -> None:
        """Insert rows by position: four times as fast as by name."""
        if rows:
            in_order = [column.name for column in table.columns if column.name in columns]
            statement = str(insert(table).compile(connection, column_keys=in_order))
            places = [columns.index(name) for name in in_order]
            bound = bind(connection.dialect, table, columns, rows)
            ordered = [tuple(row[place] for place in places) for row in bound]
            connection.exec_driver_sql(statement, ordered)

    def update_rows(
        self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]
    ) -> None:
        """Update row by row: in the same process that costs nothing more."""
        if rows:
            values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
            statement = update(table).where(table.c.id == bindparam("row_id")).values(values)
            keys = ["row_id", *(f"new_{name}" for name in columns)]
            connection.execute(statement, [dict(zip(keys, row, strict=True)) for row in rows])

    def follow_ids(self, connection: Connection, column: Column[int]) -> None:
        """Do nothing: SQLite looks for the highest id each time."""

    @contextmanager
    def answer(self, statement: str) -> Iterator[Answer]:
        """Run one read-only statement: an authorizer has SQLite refuse everything else."""
        uri = f"{self.path.absolute().as_uri()}?mode=ro"
        uri += "" if _is_writable(self.path.absolute()) else "&immutable=1"
        with answer(uri, BUSY_TIMEOUT_S, self.name, statement) as rows:
            yield rows

    def check(self, statement: str) -> None:
        """Check that a statement could be run."""
        with self.answer(f"EXPLAIN {statement}"):
            pass


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


def _is_writable(path: Path) -> bool:
    """Return whether SQLite can keep its journal beside a database."""
    return os.access(path.parent, os.W_OK)


def _revision_of_copy(path: Path) -> str | None:
    """Return the revision of a copy; None if it is not a database, as after a crash."""
    try:
        with closing(sqlite3.connect(path)) as copy:
            row = copy.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError:
        return None
    return str(row[0]) if row else None


def _set_up(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN does not cover DDL
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    if tables and OWN_TABLE not in tables:
        return  # another program's: it is refused later and must not be modified
    until = time.monotonic() + BUSY_TIMEOUT_S
    while not _keeps_wal(connection):
        if time.monotonic() > until:
            raise sqlite3.OperationalError("database is locked")
        time.sleep(_PAUSE_S)


def _keeps_wal(connection: sqlite3.Connection) -> bool:
    """Have a write-ahead log, where files can be written; False: another program is in the way.

    SQLite waits for others by itself, but not when the kind of journal is to change.
    """
    try:
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
            connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        code = error.sqlite_errorcode & 0xFF
        if code not in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY):
            raise
        return code == sqlite3.SQLITE_READONLY
    return True


def _begin(connection: Connection) -> None:
    access = connection.get_execution_options().get(ACCESS, Access.WRITE)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if access is Access.WRITE else "BEGIN")


_FULL: Final = "the disk is full: free some space and run the same command again"
_ADVICE: Final = {
    "disk is full": _FULL,
    "No space left": _FULL,
    "file is not a database": "it is not an SQLite database: name another file with --db",
    "unable to open": "it cannot be opened: check the folder and its permissions",
    "FOREIGN KEY constraint failed": "what this needs was pruned meanwhile: run the command again",
    "malformed": "it is damaged: restore it from a backup, or see `mosaicdb check`",
}
