"""Read many rows in pieces: a page of a table at a time, or the rows with given ids."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Connection, Select

from ..batches import in_batches
from .database import Database

IDS_A_STATEMENT: Final = 500
"""How many ids a statement lists: SQLite limits a statement's parameters."""

T = TypeVar("T")


def read_pages(
    database: Database,
    statement: Select[Any],
    size: int,
    convert: Callable[[Connection, Sequence[Any]], list[T]],
    first: int = 0,
) -> Iterator[list[T]]:
    """Yield the rows of a statement a page at a time, each read in a transaction of its own.

    Args:
        database: others may write to it between the pages.
        statement: without an order; its first column is a unique integer, by which rows are
            ordered.
        size: rows a page.
        convert: called with each page's rows in the page's transaction, also with the last, empty
            page; returns what is yielded.
        first: least value of the first column.
    """
    key = next(iter(statement.selected_columns))
    statement = statement.order_by(key).limit(size)
    while True:
        with database.read() as connection:
            rows = connection.execute(statement.where(key >= first)).all()
            page = convert(connection, rows)
        if not rows:
            return
        yield page
        first = rows[-1][0] + 1


def rows_with_ids(
    connection: Connection, statement: Select[Any], column: ColumnElement[int], ids: Iterable[int]
) -> Iterator[Any]:
    """Yield the rows of a statement whose column holds one of some ids.

    Args:
        connection: in a transaction.
        statement: ordered by the column first.
        column: of the ids.
        ids: in any order; rows come by ascending id.
    """
    for batch in in_batches(sorted(set(ids)), IDS_A_STATEMENT):
        yield from connection.execute(statement.where(column.in_(batch)))


def plain_tuples(_connection: Connection, rows: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return rows as tuples that can be sent to other processes."""
    return [tuple(row) for row in rows]
