"""The pages of mosaics: the list of them, and each as a grid of pictures."""

import sqlite3
from typing import Any, Final

from datasette import NotFound, Response

from .access import may_see, open_database
from .cells import mosaic_url
from .pictures import picture_url
from .schema import Schema
from .window import MOST_COLUMNS, MOST_ROWS, Cell, Span, read_window, span_around

_TITLE_COLUMNS: Final = ("name", "output", "strategy", "created_at", "cost", "bound", "target")
_MOST_LISTED: Final = 500
_SCALE: Final = 1000
"""Units of a photo's side in the coordinates of its crops."""


async def list_mosaics(datasette: Any, request: Any) -> Response:
    """Answer with the list of mosaics, the newest first."""
    database, schema = await open_database(datasette, request, "mosaic", "placement")

    def read(connection: sqlite3.Connection) -> list[dict[str, Any]]:
        return _mosaics(connection, schema, f"ORDER BY id DESC LIMIT {_MOST_LISTED}")

    mosaics = await database.execute_fn(read)
    for mosaic in mosaics:
        mosaic["url"] = mosaic_url(datasette, database.name, mosaic["id"])
    context = {"database": database.name, "mosaics": mosaics, "most": _MOST_LISTED}
    return await _page(datasette, request, "mosaicdb_mosaics.html", context)


async def show_mosaic(datasette: Any, request: Any) -> Response:
    """Answer with the window of a mosaic's grid that a row and a column are in."""
    database, schema = await open_database(datasette, request, "mosaic", "placement")
    mosaic_id = int(request.url_vars["mosaic_id"])
    row, column = _whole(request, "row"), _whole(request, "column")
    visible = frozenset(
        [
            table
            for table in ("thumbnail", "overview", "file")
            if await may_see(datasette, request.actor, database.name, table)
        ]
    )

    def read(
        connection: sqlite3.Connection,
    ) -> tuple[dict[str, Any], Span, Span, list[list[Cell]]] | None:
        mosaics = _mosaics(connection, schema, "WHERE id = ?", mosaic_id)
        if not mosaics:
            return None
        rows = span_around(row, mosaics[0]["rows"], MOST_ROWS)
        columns = span_around(column, mosaics[0]["columns"], MOST_COLUMNS)
        cells = read_window(connection, schema, mosaic_id, rows, columns, visible)
        return mosaics[0], rows, columns, cells

    found = await database.execute_fn(read)
    if found is None:
        raise NotFound(f"No mosaic {mosaic_id} in {database.name}")
    mosaic, rows, columns, cells = found
    context = {
        "database": database.name,
        "mosaic": mosaic,
        "rows": rows,
        "columns": columns,
        "cells": cells,
        "marked": (row, column) if request.args.get("mark") else None,
        "hides_pictures": "thumbnail" not in visible,
        "neighbours": _neighbours(datasette, database.name, mosaic_id, rows, columns),
        "page_url": mosaic_url(datasette, database.name, mosaic_id),
        "list_url": f"{datasette.urls.database(database.name)}/-/mosaic",
        "tile_url": lambda cell: datasette.urls.row(database.name, "tile", str(cell.tile_id)),
        "picture_url": lambda cell: picture_url(
            datasette, database.name, cell.table, cell.tile_id, cell.digest
        ),
        "view_box": _view_box,
        "scale": _SCALE,
        "cell_width": 60,
        "cell_height": max(round(60 * schema.thumb_res[1] / schema.thumb_res[0]), 1),
    }
    return await _page(datasette, request, "mosaicdb_mosaic.html", context)


async def _page(datasette: Any, request: Any, template: str, context: dict[str, Any]) -> Response:
    page = await datasette.render_template(
        template, context, request=request, view_name=template.removesuffix(".html")
    )
    return Response.html(page, headers={"cache-control": "no-cache"})


def _whole(request: Any, name: str) -> int:
    """Give a whole number of the query; what is none counts as 0."""
    text = request.args.get(name) or "0"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _mosaics(
    connection: sqlite3.Connection, schema: Schema, clause: str, *values: int
) -> list[dict[str, Any]]:
    shown = [name for name in _TITLE_COLUMNS if name in schema.columns["mosaic"]]
    names = ", ".join(shown)
    statement = f'SELECT id, "columns", "rows", {names or "NULL"} FROM mosaic {clause}'  # noqa: S608
    mosaics = []
    for mosaic_id, columns, rows, *rest in connection.execute(statement, values):
        mosaic = dict.fromkeys(_TITLE_COLUMNS) | dict(zip(shown, rest, strict=False))
        mosaic |= {"id": mosaic_id, "columns": _count(columns), "rows": _count(rows)}
        mosaic["title"] = mosaic["name"] or f"Mosaic {mosaic_id}"
        mosaics.append(mosaic)
    return mosaics


def _count(value: object) -> int:
    return max(value, 0) if isinstance(value, int) else 0


def _neighbours(
    datasette: Any, database: str, mosaic_id: int, rows: Span, columns: Span
) -> list[tuple[str, str, str | None]]:
    """Give arrow, label and URL of the windows around one; no URL where the grid ends."""
    places = (
        ("←", "Cells to the left", (rows.start, columns.before)),
        ("→", "Cells to the right", (rows.start, columns.after)),
        ("↑", "Cells above", (rows.before, columns.start)),
        ("↓", "Cells below", (rows.after, columns.start)),
    )
    return [
        (
            arrow,
            label,
            None
            if None in place
            else mosaic_url(datasette, database, mosaic_id, place, mark=False),
        )
        for arrow, label, place in places
    ]


def _view_box(cell: Cell) -> str:
    return " ".join(f"{part * _SCALE:.6g}" for part in cell.crop or (0, 0, 1, 1))
