"""Import and export tiles."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select

from ..capture import Capture
from ..readings import Tile
from .bans import put_bans
from .database import Database
from .pages import read_pages
from .readings import insert_tiles
from .rebuild import refuse_half_rebuilt
from .schema import CAPTURE_COLUMNS, ban, file, overview, thumbnail, tile
from .settings import get_next_number, put_next_number, take_numbers

_TILES_A_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class StoredTile:
    """A tile for export."""

    id: int
    """Its id."""
    content_hash: str
    """SHA-256 of the photo's bytes."""
    width: int
    """Of the photo, in pixels."""
    height: int
    """Of the photo, in pixels."""
    format: str
    """Of the photo."""
    jpeg: bytes
    """Its thumbnail."""
    reader: int
    """Version of the reader that made it."""
    capture: Capture
    """How the photo was taken."""
    overview: bytes | None
    """Its overview, a JPEG; None: there is none."""
    banned: bool
    """Whether its photo may be in no mosaic."""


@dataclass(frozen=True, slots=True)
class ImportedTile:
    """A tile for import."""

    source: str
    """Stored in place of the path of its file until an ingest finds one; see `import_source`."""
    number: int | None
    """Its number in the source, if it has one."""
    tile: Tile
    """The tile."""
    banned: bool = False
    """Whether its photo may be in no mosaic."""


def stored_tiles(database: Database) -> Iterator[StoredTile]:
    """Yield all tiles, by ascending id.

    Raises:
        DatabaseError: a rebuild is running, or was interrupted.
    """
    photo = (tile.c.content_hash, tile.c.width, tile.c.height, tile.c.format)
    captured = (tile.c[name] for name in CAPTURE_COLUMNS)
    columns = (tile.c.id, *photo, tile.c.reader, *captured, thumbnail.c.jpeg)
    statement = (
        select(
            *columns,
            overview.c.jpeg.label("overview"),
            ban.c.content_hash.is_not(None).label("banned"),
        )
        .join(thumbnail, thumbnail.c.tile_id == tile.c.id)
        .outerjoin(overview, overview.c.tile_id == tile.c.id)
        .outerjoin(ban, ban.c.content_hash == tile.c.content_hash)
    )

    def unless_half_rebuilt(connection: Connection, rows: Sequence[Any]) -> list[StoredTile]:
        refuse_half_rebuilt(database, connection)
        return [_stored_tile(row._asdict()) for row in rows]

    yield from chain.from_iterable(
        read_pages(database, statement, _TILES_A_PAGE, unless_half_rebuilt)
    )


def _stored_tile(values: dict[str, Any]) -> StoredTile:
    capture = Capture(**{name: values.pop(name) for name in CAPTURE_COLUMNS})
    return StoredTile(**values, capture=capture)


def record_imported(database: Database, tiles: Sequence[ImportedTile]) -> int:
    """Write the tiles that are not in the database yet, and bans, in one transaction.

    Tiles keep their own numbers if none of these was ever given.

    Returns:
        The number of new tiles.
    """
    by_hash = {imported.tile.content_hash: imported for imported in reversed(tiles)}
    with database.write() as connection:
        put_bans(connection, (one.tile.content_hash for one in tiles if one.banned))
        known = select(tile.c.content_hash).where(tile.c.content_hash.in_(list(by_hash)))
        for content_hash in connection.scalars(known).all():
            del by_hash[content_hash]
        new = list(reversed(by_hash.values()))
        if not new:
            return 0
        rows = list(zip(_numbers(connection, new), new, strict=True))
        sources = [imported.source for imported in new]
        connection.execute(delete(file).where(file.c.path.in_(sources)))
        insert_tiles(database, connection, [(number, imported.tile) for number, imported in rows])
        connection.execute(insert(file), [_file_row(*row) for row in rows])
    return len(new)


def _numbers(connection: Connection, tiles: Sequence[ImportedTile]) -> list[int]:
    next_number = get_next_number(connection)
    own_numbers = [imported.number for imported in tiles if imported.number is not None]
    if len(set(own_numbers)) == len(tiles) and min(own_numbers) >= next_number:
        put_next_number(connection, max(own_numbers) + 1)
        return own_numbers
    first = take_numbers(connection, len(tiles))
    return list(range(first, first + len(tiles)))


def _file_row(number: int, imported: ImportedTile) -> dict[str, object]:
    return {
        "id": number,
        "path": imported.source,
        "size": len(imported.tile.thumbnail.jpeg),
        "mtime_ns": 0,
        "tile_id": number,
        "missing": False,
        "seen_at": datetime.now(UTC).replace(tzinfo=None),
    }
