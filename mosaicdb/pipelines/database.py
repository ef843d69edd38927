"""Open a database, and ask it questions."""

from contextlib import AbstractContextManager, nullcontext

from ..records import Size
from ..store import (
    Database,
    Statistics,
    database_exists,
    describe_schema,
    rehearsal,
    run_sql,
    statistics,
    stored_thumb_res,
)

__all__ = [
    "Database",
    "Statistics",
    "describe_schema",
    "open_copy",
    "open_existing",
    "open_if_exists",
    "open_or_create",
    "run_sql",
    "statistics",
    "stored_thumb_res",
]


def open_existing(location: str) -> Database:
    """Open a database that there is.

    Args:
        location: its path or URL.

    Raises:
        DatabaseError: there is none, or it cannot be opened.
    """
    return Database(location, create=False)


def open_if_exists(location: str) -> AbstractContextManager[Database | None]:
    """Open a database, or give None where there is none; raises as `open_existing`."""
    return open_existing(location) if database_exists(location) else nullcontext()


def open_or_create(location: str, thumb_res: Size) -> Database:
    """Open a database, and make one where there is none.

    Args:
        location: its path or URL.
        thumb_res: width and height of the thumbnails of a new one, in pixels.

    Raises:
        DatabaseError: it cannot be opened or made.
    """
    return Database(location, thumb_res=thumb_res)


def open_copy(location: str, thumb_res: Size) -> AbstractContextManager[Database]:
    """Open a copy of a database that is gone afterwards, made before anything else happens."""
    return rehearsal(location, thumb_res)
