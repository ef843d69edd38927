"""Copy a database into another one, of either kind, and compare the two by hashes."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from sqlalchemy import Connection, LargeBinary, Table, func, insert, literal, select, tuple_

from ..errors import DatabaseError
from .database import Database
from .schema import metadata, mosaic, setting
from .settings import is_half_copied, put_half_copied

_ROWS_A_PAGE: Final = 2_000
_COPIED: Final = [table for table in metadata.sorted_tables if table is not setting]


def count_rows(database: Database) -> int:
    """Count the rows that `copy_rows` copies."""
    with database.read() as connection:
        counts = (select(func.count()).select_from(table) for table in _COPIED)
        return sum(connection.scalar(count) or 0 for count in counts)


def start_copy(database: Database) -> None:
    """Mark a database as a copy that is not complete, so that nothing else uses it.

    Args:
        database: locked by the caller with `alone`.

    Raises:
        DatabaseError: it holds something that was not copied.
    """
    with database.write() as connection:
        if is_half_copied(connection):
            return
        if any(connection.execute(select(table).limit(1)).first() for table in _COPIED):
            raise DatabaseError(f"{database.name} is not empty: copy into a new database")
        put_half_copied(connection)


def copy_rows(source: Database, target: Database, done: Callable[[int], None]) -> None:
    """Copy all rows; go on where an earlier copy has stopped; compare all that is there.

    Args:
        source: read in one transaction: what is written to it meanwhile is not copied.
        target: written in batches; `start_copy` has marked it.
        done: called with how many more rows are there.

    Raises:
        DatabaseError: a table is not equal in both, so that the copy stays marked.
    """
    with source.read() as reading:
        digests = [_copy_table(reading, target, table, done) for table in _COPIED]
        settings = [dict(row._mapping) for row in reading.execute(select(setting))]
    with target.read() as reading:
        for table, digest in zip(_COPIED, digests, strict=True):
            copied = hashlib.sha256()
            for rows in _pages(reading, table):
                _update(copied, table, rows)
            if copied.hexdigest() != digest:
                raise DatabaseError(
                    f"the table {table.name} is not the same in {source.name} and {target.name}: "
                    "it was changed since the copy began: copy into a new database"
                )
    with target.write() as connection:
        connection.execute(setting.delete())
        connection.execute(insert(setting), settings)
        target.backend.follow_ids(connection, mosaic.c.id)


def _copy_table(
    reading: Connection, target: Database, table: Table, done: Callable[[int], None]
) -> str:
    """Copy the rows that are not there yet; give the hash of all of them."""
    with target.read() as connection:
        backwards = [column.desc() for column in table.primary_key]
        last = connection.execute(select(*table.primary_key).order_by(*backwards).limit(1)).first()
    digest = hashlib.sha256()
    names = table.columns.keys()
    places = [names.index(column.name) for column in table.primary_key]
    for rows in _pages(reading, table):
        _update(digest, table, rows)
        new = [row for row in rows if last is None or _key(row, places) > tuple(last)]
        if new:
            with target.write() as connection:
                target.backend.insert_rows(connection, table, names, new)
        done(len(rows))
    return digest.hexdigest()


def _key(row: Any, places: list[int]) -> tuple[Any, ...]:
    return tuple(row[place] for place in places)


def _pages(reading: Connection, table: Table) -> Iterator[list[Any]]:
    """Yield the rows of a table in the order of its key."""
    keys = list(table.primary_key)
    places = [table.columns.keys().index(key.name) for key in keys]
    page = select(table).order_by(*keys).limit(_ROWS_A_PAGE)
    rows = reading.execute(page).all()
    while rows:
        yield list(rows)
        last = [literal(rows[-1][place], table.columns[place].type) for place in places]
        rows = reading.execute(page.where(tuple_(*keys) > tuple_(*last))).all()


def _update(digest: Any, table: Table, rows: list[Any]) -> None:
    """Add rows to a hash: what both kinds of databases give for equal values is equal."""
    binary = {
        place for place, column in enumerate(table.columns) if isinstance(column.type, LargeBinary)
    }
    for row in rows:
        values = tuple(row)
        if binary:
            values = tuple(
                hashlib.sha256(value).digest() if place in binary and value is not None else value
                for place, value in enumerate(values)
            )
        digest.update(repr(values).encode("utf-8", "surrogateescape"))
