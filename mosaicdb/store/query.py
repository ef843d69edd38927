"""Read-only SQL, a description of the schema, and statistics."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import URL

from ..errors import MosaicdbError, UsageError, printable
from ..records import Size
from .backend import Answer
from .database import Database
from .engine import backend_of, require_database
from .schema import ban, file, metadata, mosaic, setting, tile
from .settings import THUMB_RES
from .views import views


@contextmanager
def run_sql(location: str | Path | URL, statement: str) -> Iterator[Answer]:
    """Run one statement that can only read: the database refuses everything else.

    Args:
        location: a path or URL of a database.
        statement: SQL.

    Raises:
        UsageError: the statement is wrong, or would write.
        DatabaseError: the database cannot be read.
        KeyboardInterrupt: Ctrl-C was pressed while the statement ran.
    """
    backend = backend_of(location)
    require_database(backend)
    with backend.answer(statement) as answer:
        yield answer


def stored_thumb_res(location: str | Path | URL) -> Size | None:
    """Read the size of thumbnails, in pixels, of a database of any revision; it is not upgraded.

    Args:
        location: a path or URL.

    Returns:
        Width and height; None where there is no database, or one that has none or is damaged.
    """
    statement = select(setting.c.value).where(setting.c.key == THUMB_RES)
    text = str(statement.compile(compile_kwargs={"literal_binds": True}))
    try:
        with run_sql(location, text) as answer:
            row = next(iter(answer.rows), None)
    except MosaicdbError:
        return None
    return None if row is None else tuple(json.loads(row[0]))


def tiles_where(location: str | Path | URL, condition: str) -> list[int]:
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
        backend = backend_of(location)
        require_database(backend)
        backend.check(f"{tiles} {condition}\n")
        with run_sql(location, f"{tiles} ({condition}\n) ORDER BY tile_id") as answer:
            return [row[0] for row in answer.rows]
    except UsageError as error:
        text = printable(condition)
        raise UsageError(
            f"the condition {text!r} on the view tile_stats is not allowed: {error}"
        ) from error


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
            bytes=database.backend.size(connection),
            thumb_res=database.thumb_res,
            mean_rgb=(means[0], means[1], means[2]) if pairs else None,
            spread_rgb=(spreads[0], spreads[1], spreads[2]) if pairs else None,
        )
