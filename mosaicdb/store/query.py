"""Read-only SQL, a description of the schema, and statistics."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select

from ..errors import DatabaseError, UsageError, printable
from ..records import Size
from .database import Database
from .engine import (
    BUSY_TIMEOUT_S,
    database_exists,
    database_path,
    database_url,
    read_only_uri,
    require_database,
)
from .schema import ban, file, metadata, mosaic, setting, tile
from .settings import THUMB_RES
from .views import views

_ALLOWED_ACTIONS: Final = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
_ALLOWED_PRAGMAS: Final = {"table_info", "table_xinfo", "table_list", "index_list", "index_info"}
_INSTRUCTIONS_BETWEEN_SIGNALS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a statement."""

    columns: list[str]
    """Names of the columns."""
    rows: Iterator[tuple[Any, ...]]
    """The rows, fetched as they are asked for."""


@contextmanager
def run_sql(location: str | Path, statement: str) -> Iterator[Answer]:
    """Run one read-only statement: an authorizer has SQLite refuse everything else.

    Args:
        location: a path or URL of a database.
        statement: SQL.

    Raises:
        UsageError: the statement is wrong, or would write.
        DatabaseError: the database cannot be read.
        KeyboardInterrupt: Ctrl-C was pressed while the statement ran.
    """
    url = database_url(location)
    require_database(url)
    connection = sqlite3.connect(read_only_uri(url), uri=True, timeout=BUSY_TIMEOUT_S)
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
        raise _explain(error, database_path(url)) from error
    except UnicodeEncodeError as error:
        raise UsageError("a statement must be UTF-8") from error
    except sqlite3.Warning as error:
        raise UsageError(f"give one statement: {printable(error)}") from error
    finally:
        connection.close()


def stored_thumb_res(location: str | Path) -> Size | None:
    """Read the size of thumbnails, in pixels, of a database of any revision; it is not upgraded.

    Args:
        location: a path or URL.

    Returns:
        Width and height; None where there is no database, or one that has none or is damaged.
    """
    statement = select(setting.c.value).where(setting.c.key == THUMB_RES)
    text = str(statement.compile(compile_kwargs={"literal_binds": True}))
    try:
        if not database_exists(location):
            return None
        with run_sql(location, text) as answer:
            row = next(iter(answer.rows), None)
    except (DatabaseError, UsageError):
        return None
    return None if row is None else tuple(json.loads(row[0]))


def tiles_where(location: str | Path, condition: str) -> list[int]:
    """List the tiles for which a condition on the view `tile_stats` holds, by ascending id.

    Args:
        location: a path or URL of a database.
        condition: an SQL expression, such as `taken_at >= '2019-06-01'`.

    Raises:
        UsageError: it is no expression, or is wrong.
        DatabaseError: the database cannot be read.
    """
    tiles = "SELECT tile_id FROM tile_stats WHERE"
    try:
        # What parses both with and without parentheses around it is one expression: an unmatched
        # parenthesis is refused here, a clause that follows the condition below.
        with run_sql(location, f"EXPLAIN {tiles} {condition}\n"):
            pass
        with run_sql(location, f"{tiles} ({condition}\n) ORDER BY tile_id") as answer:
            return [row[0] for row in answer.rows]
    except UsageError as error:
        text = printable(condition)
        raise UsageError(
            f"the condition {text!r} on the view tile_stats is not allowed: {error}"
        ) from error


def _go_on() -> int:
    """Let the statement continue; a KeyboardInterrupt that is raised here interrupts it."""
    return 0


def _authorize(action: int, first: str | None, second: str | None, *_: object) -> int:
    if action in _ALLOWED_ACTIONS and second != "load_extension":
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_PRAGMA and first in _ALLOWED_PRAGMAS:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _explain(error: sqlite3.DatabaseError, path: Path) -> UsageError | DatabaseError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if code == sqlite3.SQLITE_AUTH or "not authorized" in str(error):
        return UsageError("only reading is allowed here: give a SELECT")
    if code == sqlite3.SQLITE_ERROR or isinstance(error, sqlite3.ProgrammingError):
        return UsageError(f"{printable(error)}; `mosaicdb schema` lists views and columns")
    return DatabaseError(f"{printable(path)}: {printable(error)}")


@dataclass(frozen=True, slots=True)
class Description:
    """Name, columns and meaning of a table or view."""

    name: str
    """Name in SQL."""
    kind: str
    """`table` or `view`."""
    comment: str
    """What it holds."""
    columns: tuple[tuple[str, str, str], ...]
    """Name, type and meaning of each column."""


def describe_schema() -> list[Description]:
    """Describe every table and view with a line of meaning each."""
    described = [
        Description(
            table.name,
            "table",
            table.comment or "",
            tuple((column.name, str(column.type), _meaning(column)) for column in table.columns),
        )
        for table in metadata.sorted_tables
    ]
    for view in views:
        columns = [
            (column.name, str(column.type), _meaning(column))
            for column in view.query.selected_columns
        ]
        described.append(Description(view.name, "view", view.comment, tuple(columns)))
    return described


def _meaning(column: Any) -> str:
    base = next(iter(column.base_columns))
    if getattr(base, "comment", None):
        return str(base.comment)
    keys = getattr(base, "foreign_keys", None)
    return f"→ {next(iter(keys)).target_fullname}" if keys else ""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts and mean colours of a database."""

    photos: int
    """Tiles: different photos."""
    files: int
    """Paths that hold, or held, a photo."""
    duplicates: int
    """Files beyond the first of their photo, without those that are missing."""
    missing: int
    """Files that were not there any more."""
    without_file: int
    """Tiles whose photo no file holds any more."""
    rejected: int
    """Files that hold no readable photo."""
    banned: int
    """Photos that no mosaic may show."""
    mosaics: int
    """Mosaics rendered."""
    bytes: int
    """Size of the database on disk."""
    thumb_res: Size
    """Width and height of thumbnails, in pixels."""
    mean_rgb: tuple[float, float, float] | None
    """Mean of the tiles' mean colours."""
    spread_rgb: tuple[float, float, float] | None
    """Standard deviation of the tiles' mean colours."""


def statistics(database: Database) -> Statistics:
    """Count what is in a database."""
    colours = (tile.c.mean_r, tile.c.mean_g, tile.c.mean_b)
    with database.read() as connection:
        photos = connection.scalar(select(func.count()).select_from(tile)) or 0
        there = select(func.count(file.c.tile_id), func.count(file.c.tile_id.distinct()))
        files_with_tile, tiles_with_file = connection.execute(there.where(~file.c.missing)).one()
        sums = connection.execute(
            select(*map(func.avg, colours), *(func.avg(colour * colour) for colour in colours))
        ).one()
        pairs = [(sums[i], sums[i + 3]) for i in range(3)] if photos else []
        means = [mean for mean, _ in pairs]
        spreads = [max(square - mean * mean, 0.0) ** 0.5 for mean, square in pairs]
        return Statistics(
            photos=photos,
            files=connection.scalar(select(func.count()).select_from(file)) or 0,
            duplicates=files_with_tile - tiles_with_file,
            missing=connection.scalar(select(func.count()).where(file.c.missing)) or 0,
            without_file=photos - tiles_with_file,
            rejected=connection.scalar(select(func.count(file.c.error))) or 0,
            banned=connection.scalar(select(func.count()).select_from(ban)) or 0,
            mosaics=connection.scalar(select(func.count()).select_from(mosaic)) or 0,
            bytes=sum(
                part.stat().st_size
                for part in database.path.parent.glob(database.path.name + "*")
                if part.name in {database.path.name + end for end in ("", "-wal")}
            ),
            thumb_res=database.thumb_res,
            mean_rgb=(means[0], means[1], means[2]) if pairs else None,
            spread_rgb=(spreads[0], spreads[1], spreads[2]) if pairs else None,
        )
