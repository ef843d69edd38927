"""Cells of Datasette's tables that show pictures, or lead to mosaics."""

import sqlite3
from typing import Any, Final
from urllib.parse import urlencode

from markupsafe import Markup

from .pictures import digest_of, is_jpeg, picture_url
from .schema import PICTURES, Schema, schema_of

_LARGEST: Final = 48
"""Of a picture in a cell, in pixels."""


async def render(
    row: Any, value: Any, column: str, table: str | None, database: str, datasette: Any
) -> Markup | None:
    """Give the HTML of a cell, or None where Datasette shows it as any other."""
    if value is None and (table, column) != ("mosaic", "name"):
        return None
    schema = await schema_of(datasette.get_database(database))
    if schema is None:
        return None
    if is_jpeg(value):
        return await _picture(row, value, table, database, datasette)
    if (table, column) == ("tile", "content_hash"):
        return _tile(datasette, database, schema, number_in(row, "id"), value)
    if (table, column) in schema.tile_columns or (table is None and column == "tile_id"):
        tile_id = _number(value)
        return _tile(datasette, database, schema, tile_id, tile_id)
    return _mosaic(row, value, column, table, database, datasette, schema)


def number_in(row: Any, column: str) -> int | None:
    """Give the whole number in a column of a row, or None if there is none."""
    try:
        return _number(row[column])
    except (KeyError, IndexError):
        return None


def _number(value: Any) -> int | None:
    if isinstance(value, dict):  # a foreign key with the label of what it points to
        value = value.get("value")
    return value if isinstance(value, int) and value >= 0 else None


async def _picture(
    row: Any, jpeg: bytes, table: str | None, database: str, datasette: Any
) -> Markup | None:
    tile_id = number_in(row, "tile_id")
    if tile_id is None:
        return None
    kind = table if table in PICTURES else await _kind(datasette, database, tile_id, jpeg)
    if kind is None:
        return None
    url = picture_url(datasette, database, kind, tile_id, digest_of(jpeg))
    return Markup(
        '<a class="mosaicdb-picture" href="{0}"><img src="{0}" alt="{1} of tile {2}" '
        'loading="lazy"></a>'
    ).format(url, kind.capitalize(), tile_id)


async def _kind(datasette: Any, database: str, tile_id: int, jpeg: bytes) -> str | None:
    """Give the table in which a picture stands that a query or view found somewhere."""

    def find(connection: sqlite3.Connection) -> str | None:
        for table in PICTURES:
            statement = f"SELECT 1 FROM {table} WHERE tile_id = ? AND jpeg = ?"  # noqa: S608
            try:
                if connection.execute(statement, (tile_id, jpeg)).fetchone():
                    return table
            except sqlite3.OperationalError:  # an older database has no overviews
                continue
        return None

    found: str | None = await datasette.get_database(database).execute_fn(find)
    return found


def _tile(
    datasette: Any, database: str, schema: Schema, tile_id: int | None, text: object
) -> Markup | None:
    if tile_id is None:
        return None
    width, height = schema.thumb_res
    scale = _LARGEST / max(width, height)
    return Markup(
        '<a class="mosaicdb-tile" href="{}"><img src="{}" alt="" width="{}" height="{}" '
        'loading="lazy"> {}</a>'
    ).format(
        datasette.urls.row(database, "tile", str(tile_id)),
        picture_url(datasette, database, "thumbnail", tile_id),
        max(round(width * scale), 1),
        max(round(height * scale), 1),
        text,
    )


def _mosaic(
    row: Any,
    value: Any,
    column: str,
    table: str | None,
    database: str,
    datasette: Any,
    schema: Schema,
) -> Markup | None:
    if table == "mosaic" and column in ("id", "name"):
        mosaic_id = number_in(row, "id")
        text = value if column == "name" and value else f"mosaic {mosaic_id}"
        place = None
    elif (table, column) in schema.mosaic_columns or (table is None and column == "mosaic_id"):
        mosaic_id = _number(value)
        text = value.get("label") or mosaic_id if isinstance(value, dict) else value
        place = number_in(row, "row"), number_in(row, "column")
    else:
        return None
    if mosaic_id is None:
        return None
    url = mosaic_url(datasette, database, mosaic_id, place)
    return Markup('<a class="mosaicdb-mosaic" href="{}">{}</a>').format(url, text)


def mosaic_url(
    datasette: Any,
    database: str,
    mosaic_id: int,
    place: tuple[int | None, int | None] | None = None,
    *,
    mark: bool = True,
) -> str:
    """Give the URL of a mosaic's grid, where it shows the cell at a place (row and column)."""
    url = f"{datasette.urls.database(database)}/-/mosaic/{mosaic_id}"
    if place is None or None in place:
        return url
    query = {"row": place[0], "column": place[1], **({"mark": 1} if mark else {})}
    return f"{url}?{urlencode(query)}"
