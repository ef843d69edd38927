"""Read-only statements in SQLite."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ..errors import DatabaseError, UsageError, printable
from .backend import Answer

_ALLOWED_ACTIONS: Final = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
_ALLOWED_PRAGMAS: Final = {"table_info", "table_xinfo", "table_list", "index_list", "index_info"}
_INSTRUCTIONS_BETWEEN_SIGNALS: Final = 100_000


@contextmanager
def answer(uri: str, timeout: float, name: str, statement: str) -> Iterator[Answer]:
    """Run one read-only statement: an authorizer has SQLite refuse everything else.

    Args:
        uri: opens the database for reading only.
        timeout: how long writers are waited for, in seconds.
        name: of the database in messages.
        statement: SQL.

    Raises:
        UsageError: the statement is wrong, or would write.
        DatabaseError: the database cannot be read.
        KeyboardInterrupt: Ctrl-C was pressed while the statement ran.
    """
    connection = sqlite3.connect(uri, uri=True, timeout=timeout)
    try:
        connection.set_authorizer(_authorize)
        connection.set_progress_handler(_go_on, _INSTRUCTIONS_BETWEEN_SIGNALS)
        cursor = connection.execute(statement)
        if cursor.description is None:
            raise UsageError("give one statement that returns rows, such as SELECT …")
        yield Answer([column[0] for column in cursor.description], cursor)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
            raise KeyboardInterrupt from error
        raise _explain(error, name) from error
    except UnicodeEncodeError as error:
        raise UsageError("a statement must be UTF-8") from error
    except sqlite3.Warning as error:
        raise UsageError(f"give one statement: {printable(error)}") from error
    finally:
        connection.close()


def _go_on() -> int:
    """Let the statement continue; a KeyboardInterrupt that is raised here interrupts it."""
    return 0


def _authorize(action: int, first: str | None, second: str | None, *_: object) -> int:
    if action in _ALLOWED_ACTIONS and second != "load_extension":
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and first in _ALLOWED_PRAGMAS:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _explain(error: sqlite3.DatabaseError, name: str) -> UsageError | DatabaseError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if code == sqlite3.SQLITE_AUTH or "not authorized" in str(error):
        return UsageError("only reading is allowed here: give a SELECT")
    if code == sqlite3.SQLITE_ERROR or isinstance(error, sqlite3.ProgrammingError):
        return UsageError(f"{printable(error)}; `mosaicdb schema` lists views and columns")
    return DatabaseError(f"{name}: {printable(error)}")
