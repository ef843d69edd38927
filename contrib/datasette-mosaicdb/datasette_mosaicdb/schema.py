"""Which databases are mosaicdb's, and what of their schema there is to show.

Databases of older and newer versions differ in columns and tables that came later. What the plugin
cannot do without is in `_NEEDED`; everything else is looked for.
"""

import json
import sqlite3
import time
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

_NEEDED: Final = {
    "tile": {"id", "content_hash"},
    "thumbnail": {"tile_id", "jpeg"},
    "file": {"id", "path", "tile_id"},
    "mosaic": {"id", "columns", "rows"},
    "placement": {"mosaic_id", "row", "column", "tile_id"},
    "setting": {"key", "value"},
}
_VIEWS: Final = ("tile_stats", "tile_uses", "shared_tile")
"""Views whose column `tile_id` holds tiles; of tables, foreign keys say so."""
_SECONDS: Final = 5.0
"""How long it is remembered what a database is: an upgrade shows after that, without a restart."""

PICTURES: Final = ("thumbnail", "overview")
"""Tables with a JPEG for each tile, in the columns `tile_id` and `jpeg`."""


@dataclass(frozen=True, slots=True)
class Schema:
    """What a database of mosaicdb holds that can be shown."""

    tile_columns: frozenset[tuple[str, str]]
    """Tables and their columns that hold ids of tiles."""
    mosaic_columns: frozenset[tuple[str, str]]
    """Tables and their columns that hold ids of mosaics."""
    columns: dict[str, frozenset[str]]
    """Columns of the tables that the plugin reads."""
    thumb_res: tuple[int, int]
    """Width and height of thumbnails, in pixels."""


_known: WeakKeyDictionary[Any, tuple[float, Schema | None]] = WeakKeyDictionary()


async def schema_of(database: Any) -> Schema | None:
    """Give what a database of Datasette holds, or None if it is not one of mosaicdb."""
    now = time.monotonic()
    found_at, schema = _known.get(database, (-_SECONDS, None))
    if now - found_at >= _SECONDS:
        schema = await database.execute_fn(_read_schema)
        _known[database] = now, schema
    return schema


def _read_schema(connection: sqlite3.Connection) -> Schema | None:
    try:
        columns = {table: _columns(connection, table) for table in (*_NEEDED, "overview")}
        if any(not needed <= columns[table] for table, needed in _NEEDED.items()):
            return None
        views = [(view, "tile_id") for view in _VIEWS if "tile_id" in _columns(connection, view)]
        tile_columns = _references(connection, "tile") | {*views}
        mosaic_columns = _references(connection, "mosaic")
        return Schema(tile_columns, mosaic_columns, columns, _thumb_res(connection))
    except sqlite3.DatabaseError:
        return None


def _columns(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    rows = connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
    return frozenset(name for (name,) in rows)


def _references(connection: sqlite3.Connection, table: str) -> frozenset[tuple[str, str]]:
    rows = connection.execute(
        'SELECT m.name, k."from" FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS k '
        "WHERE m.type = 'table' AND k.\"table\" = ?",
        (table,),
    )
    return frozenset((name, column) for name, column in rows)


def _thumb_res(connection: sqlite3.Connection) -> tuple[int, int]:
    row = connection.execute("SELECT value FROM setting WHERE key = 'thumb_res'").fetchone()
    try:
        width, height = json.loads(row[0])
        return max(int(width), 1), max(int(height), 1)
    except (TypeError, ValueError):
        return 1, 1
