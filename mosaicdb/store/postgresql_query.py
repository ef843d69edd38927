"""Read-only statements in PostgreSQL.

A statement runs as a cursor's query in a READ ONLY transaction that has its snapshot. Only what
reads can be a cursor's query; the extended protocol takes one statement, so that none can follow;
and from its snapshot on, a transaction cannot be made to write. It is rolled back at the end. The
role must be one that cannot read files of the server or run programs there: such a role is refused.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, cast

from sqlalchemy import Connection

from ..errors import DatabaseError, UsageError, printable
from .backend import Answer, read_transaction
from .postgresql_errors import explain

_ROWS_A_FETCH: Final = 1_000
_CURSOR: Final = "DECLARE mosaicdb_answer NO SCROLL CURSOR FOR "
_REACHES_FILES: Final = """
SELECT bool_or(pg_has_role(session_user, oid, 'MEMBER')) FROM pg_roles
WHERE rolsuper
OR rolname IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')
"""
_READ_ONLY: Final = "only reading is allowed here: give a SELECT"


@contextmanager
def answer(connection: Connection, name: str, statement: str) -> Iterator[Answer]:
    """Run one statement that can only read.

    Args:
        connection: without a transaction.
        name: of the database in messages.
        statement: SQL.

    Raises:
        UsageError: the statement is wrong, or would write.
        DatabaseError: the database cannot be read, or its user may read files of the server.
        KeyboardInterrupt: Ctrl-C was pressed while the statement ran.
    """
    import psycopg

    transaction = read_transaction(connection)
    try:
        if connection.exec_driver_sql(_REACHES_FILES).scalar():
            raise DatabaseError(
                f"{name}: its user may read files of the server, and SQL that is typed could too: "
                "name a user who may not, as docs/postgres.md shows"
            )
        cursor = cast(Any, connection.connection.driver_connection).cursor()
        cursor.execute(_CURSOR + statement, prepare=True)
        cursor.execute("FETCH 0 FROM mosaicdb_answer")  # reads nothing, and names the columns
        columns = [column.name for column in cursor.description]
        yield Answer(columns, _rows(cursor))
    except UnicodeEncodeError as error:
        raise UsageError("a statement must be UTF-8") from error
    except psycopg.Error as error:
        raise _explain(error, name, statement) from error
    finally:
        transaction.rollback()


def _rows(cursor: Any) -> Iterator[tuple[Any, ...]]:
    fetch = f"FETCH {_ROWS_A_FETCH} FROM mosaicdb_answer"
    while rows := cursor.execute(fetch).fetchall():
        for row in rows:
            yield tuple(map(_plain, row))


def _plain(value: object) -> object:
    """Return a value as SQLite gives it."""
    match value:
        case None | float() | str() | bytes():
            return value
        case int():
            return int(value)
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime():
            return value.isoformat(" ", "microseconds")
        case dict() | list():
            return json.dumps(value)
    return str(value)


def _explain(error: Any, name: str, statement: str) -> DatabaseError | UsageError:
    state = error.sqlstate or ""
    text = printable(str(error).partition("\n")[0])
    if state in ("25006", "0A000"):
        return UsageError(_READ_ONLY)
    if "multiple commands" in text:
        return UsageError(f"give one statement: {text}")
    if state == "42601":
        leading = len(statement) - len(statement.lstrip())
        at_start = str(len(_CURSOR) + leading + 1)
        if error.diag.statement_position == at_start:
            return UsageError(f"{_READ_ONLY} ({text})")
    if state[:2] in ("22", "42", "21", "2F", "38"):
        return UsageError(f"{text}; `mosaicdb schema` lists views and columns")
    return explain(error, name)
