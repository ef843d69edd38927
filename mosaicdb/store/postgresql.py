"""PostgreSQL: connections, transactions and locks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Select,
    Table,
    any_,
    create_engine,
    event,
    func,
    inspect,
    literal,
    select,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from ..errors import DatabaseError, MissingExtraError, ReadOnlyError, UsageError, printable
from .backend import ACCESS, OWN_TABLE, Access, Answer, Row
from .postgresql_copy import insert_rows, read_array, update_rows
from .postgresql_errors import explain, read_only
from .postgresql_query import answer

_LOCKS: Final = 0x6D6F73  # "mos": sets this program's advisory locks apart from others'
_INGESTS: Final = 1
_WRITERS: Final = 2
_EDITS: Final = 3
_WRITER_TIMEOUT_S: Final = 300
_CONNECTING: Final = {
    "application_name": "mosaicdb",
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
"""How a server that went away without a word is noticed, in seconds, the last in milliseconds."""
_NOTICED_BY_SERVER: Final = {
    "tcp_keepalives_idle": "keepalives_idle",
    "tcp_keepalives_interval": "keepalives_interval",
    "tcp_keepalives_count": "keepalives_count",
    "tcp_user_timeout": "tcp_user_timeout",
}
"""Settings of a session by which the server notices likewise that this program has gone: it would
keep its locks for hours otherwise."""


class Postgresql:
    """A database on a server: see `Backend`."""

    def __init__(self, url: URL) -> None:
        try:
            import psycopg
        except ImportError as error:
            raise MissingExtraError("PostgreSQL", "postgres") from error
        self.url = url
        self.errors: tuple[type[Exception], ...] = (DBAPIError, psycopg.Error)

    @staticmethod
    def allows(url: URL) -> bool:
        """Return whether a URL names a database that is reached by psycopg."""
        return url.drivername in ("postgresql", "postgresql+psycopg") and bool(url.database)

    @staticmethod
    def complete(url: URL) -> URL:
        """Return a URL with its driver.

        Raises:
            UsageError: characters of its password that are special in URLs are not escaped.
        """
        if "@" in str(url.host):
            raise UsageError("a password in a URL is written with %40 for @, and %25 for %")
        return url.set(drivername="postgresql+psycopg")

    @property
    def name(self) -> str:
        """Return the URL without a password."""
        query = [key for key in self.url.query if "password" in key.lower()]
        shown = self.url.difference_update_query(query)._replace(password=None)
        return printable(shown.render_as_string())

    @property
    def files(self) -> tuple[Path, ...]:
        """Return none: the server has them."""
        return ()

    def exists(self) -> bool:
        """Return whether the database holds tables of this program."""
        engine = self.make_engine()
        try:
            with engine.connect() as connection:
                return inspect(connection).has_table(OWN_TABLE)
        except DBAPIError as error:
            raise self.explain(error) from error
        finally:
            engine.dispose()

    def prepare(self) -> None:
        """Do nothing: the server's administrator has made the database."""

    def make_engine(self) -> Engine:
        """Create an engine whose transactions begin as their `Access` demands.

        A write transaction takes a lock at its start that all writers take, so that each sees
        all that those before it have written, as in SQLite.
        """
        known = self.url.query
        connecting = {key: value for key, value in _CONNECTING.items() if key not in known}
        engine = create_engine(self.url, connect_args=connecting, pool_pre_ping=True)
        event.listen(engine, "connect", partial(_set_up, {**_CONNECTING, **known}))
        event.listen(engine, "begin", _begin)
        return engine

    def read_only(self) -> ReadOnlyError:
        """Return the error for a database that cannot be written."""
        return read_only(self.name)

    def explain(self, error: Exception) -> DatabaseError:
        """Convert a driver's error to one whose message names the database and a remedy."""
        return explain(error, self.name)

    @contextmanager
    def alone(self, wait: Callable[[], None]) -> Iterator[None]:
        """Hold an advisory lock in a session of its own: it ends with the session."""
        with self._locking() as connection:
            _lock(connection, "", wait)
            yield

    @contextmanager
    def editing(self, wait: Callable[[], None]) -> Iterator[None]:
        """Hold an advisory lock likewise."""
        with self._locking() as connection:
            _lock(connection, "", wait, _EDITS)
            yield

    @contextmanager
    def together(
        self, wait: Callable[[], None], is_ready: Callable[[], bool], get_ready: Callable[[], None]
    ) -> Iterator[None]:
        """Hold a shared advisory lock in a session of its own: several machines can."""
        with self._locking() as connection:
            _lock(connection, "_shared", wait)
            if not is_ready():
                _unlock(connection, "_shared")
                _lock(connection, "", wait)
                get_ready()
                _lock(connection, "_shared", wait)  # at once: it does not conflict with its own
                _unlock(connection, "")
            yield

    @contextmanager
    def _locking(self) -> Iterator[Connection]:
        engine = self.make_engine().execution_options(isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise self.explain(error) from error
        finally:
            engine.dispose()

    def is_held(self) -> bool:
        """Return whether any session holds the lock that `alone` takes."""
        held = (
            "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database "
            "WHERE datname = current_database() AND locktype = 'advisory' AND granted "
            "AND mode = 'ExclusiveLock' AND classid = %s AND objid = %s)"
        )
        with self._locking() as connection:
            return bool(connection.exec_driver_sql(held, (_LOCKS, _INGESTS)).scalar())

    def back_up(self, revision: str, head: str) -> None:
        """Do nothing: an upgrade that fails is rolled back, and backups are the server's."""

    def copy_to(self, path: Path) -> bool:  # noqa: ARG002
        """Say that there is no faster way than row by row."""
        return False

    def faults(self, connection: Connection) -> Iterator[str]:  # noqa: ARG002
        """Yield nothing: the server enforces what can be checked from here."""
        yield from ()

    def size(self, connection: Connection) -> int:
        """Return the size of the tables with their indices."""
        size = (
            "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
        )
        return int(connection.exec_driver_sql(size).scalar_one())

    def read_array(
        self,
        connection: Connection,
        statement: Select[Any],
        dtype: np.dtype[np.void],
        count: int = -1,  # noqa: ARG002
    ) -> NDArray[np.void]:
        """Read rows by a binary COPY, without a Python object a value."""
        return read_array(connection, statement, dtype)

    def among(self, column: ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[bool]:
        """Send one array: each value that is named by itself takes its time."""
        return column == any_(literal(list(values), ARRAY(column.type)))

    def insert_rows(
        self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]
    ) -> None:
        """Insert rows by a binary COPY."""
        if rows:
            insert_rows(connection, table, columns, rows)

    def update_rows(
        self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]
    ) -> None:
        """Update rows by one statement that gets them as arrays."""
        if rows:
            update_rows(connection, table, columns, rows)

    def follow_ids(self, connection: Connection, column: Column[int]) -> None:
        """Set the sequence behind a column."""
        sequence = func.pg_get_serial_sequence(column.table.name, column.name)
        highest = select(func.max(column)).scalar_subquery()
        connection.execute(select(func.setval(sequence, func.coalesce(highest, 1), highest > 0)))

    @contextmanager
    def answer(self, statement: str) -> Iterator[Answer]:
        """Run one statement by a cursor in a read-only transaction."""
        engine = self.make_engine()
        try:
            with engine.connect() as connection, answer(connection, self.name, statement) as rows:
                yield rows
        except DBAPIError as error:
            raise self.explain(error) from error
        finally:
            engine.dispose()

    def check(self, statement: str) -> None:
        """Check that a statement could be run: a cursor plans it, and reads no row yet."""
        with self.answer(statement):
            pass


def _set_up(values: Mapping[str, Any], connection: Any, _record: object) -> None:
    """Have the server notice what the driver does, in a transaction of its own."""
    for setting, name in _NOTICED_BY_SERVER.items():
        connection.execute("SELECT set_config(%s, %s, false)", (setting, values[name]))
    connection.commit()


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return
    match options.get(ACCESS, Access.WRITE):
        case Access.READ:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        case Access.SCRATCH:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        case Access.WRITE:
            connection.exec_driver_sql(
                "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; "
                f"SET LOCAL lock_timeout = '{_WRITER_TIMEOUT_S}s'; "
                f"SELECT pg_advisory_xact_lock({_LOCKS}, {_WRITERS})"
            )


def _lock(
    connection: Connection, kind: str, wait: Callable[[], None], lock: int = _INGESTS
) -> None:
    key = f"{kind}({_LOCKS}, {lock})"
    if not connection.exec_driver_sql(f"SELECT pg_try_advisory_lock{key}").scalar():
        wait()
        connection.exec_driver_sql(f"SELECT pg_advisory_lock{key}")


def _unlock(connection: Connection, kind: str) -> None:
    connection.exec_driver_sql(f"SELECT pg_advisory_unlock{kind}({_LOCKS}, {_INGESTS})")
