"""What differs between the kinds of databases: a backend for each, and how one is chosen."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Column, ColumnElement, Connection, Engine, Select, Table, Transaction
from sqlalchemy.engine import URL, Dialect

from ..errors import DatabaseError, ReadOnlyError

OWN_TABLE: Final = "thumbnail"
"""A table that only a database of this program has."""

ACCESS: Final = "mosaicdb_access"
"""The execution option of a connection that says for what its transactions are."""

Row = Sequence[Any]


class Access(Enum):
    """What a transaction is for."""

    READ = "read"
    """It sees one snapshot, and neither blocks nor awaits writers."""
    WRITE = "write"
    """It waits for other writers at its start, and sees all that they have written."""
    SCRATCH = "scratch"
    """It writes temporary tables alone, and neither blocks nor awaits writers."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a statement."""

    columns: list[str]
    """Names of the columns."""
    rows: Iterator[tuple[Any, ...]]
    """The rows, fetched as they are asked for."""


class Backend(Protocol):
    """A database's URL, and all that is done otherwise in SQLite than in PostgreSQL."""

    url: URL
    """Opens the database; may hold a password."""
    errors: tuple[type[Exception], ...]
    """What SQLAlchemy raises, and the driver where it is called directly: see `explain`."""

    @property
    def name(self) -> str:
        """Name the database in messages: one line, without a password."""

    @property
    def files(self) -> tuple[Path, ...]:
        """Return the files that the database consists of on this machine, itself first."""

    @staticmethod
    def allows(url: URL) -> bool:
        """Return whether a URL is complete.

        Raises:
            ArgumentError: an option in it is not understood.
            ValueError: likewise.
        """

    @staticmethod
    def complete(url: URL) -> URL:
        """Return a URL with what may be left out.

        Raises:
            UsageError: it is ambiguous.
        """

    def exists(self) -> bool:
        """Return whether there is a database of this program, or a file in its place."""

    def prepare(self) -> None:
        """Make what has to be there before a new database is opened."""

    def make_engine(self) -> Engine:
        """Create an engine whose transactions begin as their `Access` demands."""

    def explain(self, error: Exception) -> DatabaseError:
        """Convert a driver's error to one whose message names the database and a remedy."""

    def read_only(self) -> ReadOnlyError:
        """Return the error for a database that cannot be written."""

    def alone(self, wait: Callable[[], None]) -> AbstractContextManager[None]:
        """Hold the lock that excludes all others of its kind; call `wait` before waiting."""

    def editing(self, wait: Callable[[], None]) -> AbstractContextManager[None]:
        """Hold the lock of edits of mosaics; call `wait` before waiting."""

    def together(
        self, wait: Callable[[], None], is_ready: Callable[[], bool], get_ready: Callable[[], None]
    ) -> AbstractContextManager[None]:
        """Hold the lock that `alone` excludes, together with others where the database allows it.

        Args:
            wait: called once, before waiting.
            is_ready: called with the lock held.
            get_ready: called with the lock held that excludes all others, if it is not ready.
        """

    def is_held(self) -> bool:
        """Return whether any process holds the lock that `alone` takes."""

    def back_up(self, revision: str, head: str) -> None:
        """Keep a copy of the database before an upgrade, where upgrades can damage it."""

    def copy_to(self, path: Path) -> bool:
        """Copy the database to an SQLite file if there is a fast way; say whether there is."""

    def faults(self, connection: Connection) -> Iterator[str]:
        """Yield a line for each fault that the database system finds."""

    def size(self, connection: Connection) -> int:
        """Return how many bytes the database takes on disk."""

    def read_array(
        self,
        connection: Connection,
        statement: Select[Any],
        dtype: np.dtype[np.void],
        count: int = -1,
    ) -> NDArray[np.void]:
        """Read the rows of a statement without NULL straight into an array.

        Args:
            connection: in a transaction.
            statement: with a column a field, of integers, floats or bytes.
            dtype: of the rows; shorter bytes are filled up with zeros.
            count: how many rows there are, where that is known.
        """

    def among(self, column: ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[bool]:
        """Ask for rows whose column holds one of some values, a few hundred at most."""

    def insert_rows(
        self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]
    ) -> None:
        """Insert many rows in the fastest way.

        Args:
            connection: in a transaction.
            table: other columns get their defaults.
            columns: names.
            rows: values in their order.
        """

    def update_rows(
        self, connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]
    ) -> None:
        """Update many rows in the fastest way.

        Args:
            connection: in a transaction.
            table: has an `id`.
            columns: names of those that change.
            rows: the id, which no two have in common, and the values in their order.
        """

    def follow_ids(self, connection: Connection, column: Column[int]) -> None:
        """Have ids that the database gives follow those that were inserted."""

    def answer(self, statement: str) -> AbstractContextManager[Answer]:
        """Run one statement that can only read.

        Raises:
            UsageError: the statement is wrong, or would write.
            DatabaseError: the database cannot be read.
        """

    def check(self, statement: str) -> None:
        """Check that a statement could be run; raises as `answer`."""


def bind(
    dialect: Dialect, table: Table, columns: Sequence[str], rows: Sequence[Row]
) -> Sequence[Row]:
    """Convert rows to what a driver takes.

    Args:
        dialect: of the driver.
        table: knows the types.
        columns: names.
        rows: values in their order.
    """
    types = [table.c[name].type.dialect_impl(dialect) for name in columns]
    processors = [each.bind_processor(dialect) for each in types]
    if not any(processors):
        return rows
    return [
        [
            value if process is None or value is None else process(value)
            for process, value in zip(processors, row, strict=True)
        ]
        for row in rows
    ]


def write_transaction(connection: Connection) -> Transaction:
    """Begin a transaction that may write, after waiting for other writers."""
    return connection.execution_options(**{ACCESS: Access.WRITE}).begin()


def read_transaction(connection: Connection) -> Transaction:
    """Begin a read transaction: it sees one snapshot and does not block writers."""
    return connection.execution_options(**{ACCESS: Access.READ}).begin()


def scratch_transaction(connection: Connection) -> Transaction:
    """Begin a transaction that writes temporary tables alone: it does not block writers."""
    return connection.execution_options(**{ACCESS: Access.SCRATCH}).begin()
