"""What a window of a mosaic's grid shows: a part that is small enough for one page."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from .pictures import digest_of, is_jpeg
from .schema import Schema

MOST_COLUMNS: Final = 40
MOST_ROWS: Final = 30
"""Of a window."""

_CROP: Final = ("crop_left", "crop_top", "crop_width", "crop_height")
_IN_WINDOW: Final = (
    'FROM placement WHERE mosaic_id = :mosaic AND "row" >= :top AND "row" < :bottom '
    'AND "column" >= :left AND "column" < :right'
)


@dataclass(frozen=True, slots=True)
class Span:
    """The rows, or columns, of a window: from `start` to before `stop`, of `count`."""

    start: int
    stop: int
    count: int

    @property
    def before(self) -> int | None:
        """One of the window before this one, or None at the edge."""
        return self.start - 1 if self.start > 0 else None

    @property
    def after(self) -> int | None:
        """The first of the window after this one, or None at the edge."""
        return self.stop if self.stop < self.count else None


def span_around(place: int, count: int, most: int) -> Span:
    """Give the window that a row or column is in; windows cut the grid into equal parts."""
    if count < 1:
        return Span(0, 0, 0)
    windows = -(-count // most)
    number = ((min(place, count - 1) + 1) * windows - 1) // count
    return Span(number * count // windows, (number + 1) * count // windows, count)


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a window."""

    row: int
    column: int
    tile_id: int | None
    """None: no tile stands there."""
    name: str
    """Name of the photo's file; empty: unknown, or not for everyone."""
    table: str | None
    """Where the picture is that it shows; None: there is none to show."""
    digest: str
    flipped: bool
    crop: tuple[float, float, float, float] | None
    """Left, top, width and height of the part of the overview that it shows; None: all."""


def read_window(
    connection: sqlite3.Connection,
    schema: Schema,
    mosaic_id: int,
    rows: Span,
    columns: Span,
    visible: frozenset[str],
) -> list[list[Cell]]:
    """Read the cells of a window, row by row.

    Args:
        visible: Tables with pictures and names that may be shown, of `thumbnail`, `overview`
            and `file`.
    """
    window = {"mosaic": mosaic_id, "top": rows.start, "bottom": rows.stop}
    window |= {"left": columns.start, "right": columns.stop}
    digests: dict[str, dict[int, str]] = {
        table: _digests(connection, table, window)
        for table in ("thumbnail", "overview")
        if table in visible and "jpeg" in schema.columns[table]
    }
    names = _names(connection, schema, window) if "file" in visible else {}
    placed = _placed(connection, schema, window)
    return [
        [
            _cell(row, column, placed.get((row, column)), names, digests)
            for column in range(columns.start, columns.stop)
        ]
        for row in range(rows.start, rows.stop)
    ]


def _placed(
    connection: sqlite3.Connection, schema: Schema, window: dict[str, int]
) -> dict[tuple[int, int], Sequence[Any]]:
    """Give tile id, flipped and crop by row and column."""
    known = schema.columns["placement"]
    later = ", ".join(name if name in known else "NULL" for name in ("flipped", *_CROP))
    statement = f'SELECT "row", "column", tile_id, {later} {_IN_WINDOW}'
    return {(row[0], row[1]): row[2:] for row in connection.execute(statement, window)}


def _digests(connection: sqlite3.Connection, table: str, window: dict[str, int]) -> dict[int, str]:
    statement = (
        f"SELECT tile_id, jpeg FROM {table} "  # noqa: S608, constants
        f"WHERE tile_id IN (SELECT tile_id {_IN_WINDOW})"
    )
    found = connection.execute(statement, window)
    return {tile_id: digest_of(jpeg) for tile_id, jpeg in found if is_jpeg(jpeg)}


def _names(
    connection: sqlite3.Connection, schema: Schema, window: dict[str, int]
) -> dict[int, str]:
    missing = "missing" if "missing" in schema.columns["file"] else "0"
    statement = (
        f"SELECT tile_id, path FROM file WHERE tile_id IN (SELECT tile_id {_IN_WINDOW}) "  # noqa: S608
        f"ORDER BY {missing} DESC, id DESC"  # the last one stays: the first that is there
    )
    return {
        tile_id: str(path).replace("\\", "/").rsplit("/", 1)[-1]
        for tile_id, path in connection.execute(statement, window)
    }


def _cell(
    row: int,
    column: int,
    placed: Sequence[Any] | None,
    names: dict[int, str],
    digests: dict[str, dict[int, str]],
) -> Cell:
    if placed is None:
        return Cell(row, column, None, "", None, "", flipped=False, crop=None)
    tile_id, flipped, *crop = placed
    has_crop = all(isinstance(part, float | int) for part in crop)
    table = None
    for candidate in ("overview", "thumbnail") if has_crop else ("thumbnail",):
        if tile_id in digests.get(candidate, {}):
            table = candidate
            break
    return Cell(
        row,
        column,
        tile_id,
        names.get(tile_id, ""),
        table,
        digests[table][tile_id] if table else "",
        bool(flipped),
        (crop[0], crop[1], crop[2], crop[3]) if table == "overview" else None,
    )
