"""Tiles that come from, and go to, other programs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select

from ..records import Tile
from .database import Database
from .pages import read_pages
from .readings import tile_row
from .rebuild import refuse_half_rebuilt
from .schema import file, thumbnail, tile
from .settings import get_next_number, put_next_number, take_numbers

_TILES_A_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class StoredTile:
    """A tile as another program may want it."""

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
    taken_at: datetime | None
    """When the photo was taken."""
    jpeg: bytes
    """Its thumbnail."""


@dataclass(frozen=True, slots=True)
class ImportedTile:
    """A tile that another program made."""

    source: str
    """What stands for the path of its file."""
    number: int | None
    """The number that it had there."""
    tile: Tile
    """The tile."""


def stored_tiles(database: Database) -> Iterator[StoredTile]:
    """Yield all tiles, by ascending id.

    Raises:
        DatabaseError: a rebuild is at work, or stopped half-way.
    """
    photo = (tile.c.content_hash, tile.c.width, tile.c.height, tile.c.format, tile.c.taken_at)
    statement = select(tile.c.id, *photo, thumbnail.c.jpeg).join(thumbnail)

    def unless_half_rebuilt(connection: Connection, rows: Sequence[Any]) -> list[StoredTile]:
        refuse_half_rebuilt(database, connection)
        return [StoredTile(*row) for row in rows]

    yield from chain.from_iterable(
        read_pages(database, statement, _TILES_A_PAGE, unless_half_rebuilt)
    )


def record_imported(database: Database, tiles: Sequence[ImportedTile]) -> int:
    """Write tiles that are not known yet, all or none.

    Tiles keep the numbers they bring where all of these are still to be given.

    Returns:
        How many were not known.
    """
    with database.write() as connection:
        hashes = select(tile.c.content_hash)
        known = set(
            connection.scalars(
                hashes.where(tile.c.content_hash.in_([made.tile.content_hash for made in tiles]))
            )
        )
        new = {made.tile.content_hash: made for made in reversed(tiles)}
        fresh = [made for made in reversed(new.values()) if made.tile.content_hash not in known]
        if not fresh:
            return 0
        numbers = _numbers(connection, fresh)
        rows = list(zip(numbers, fresh, strict=True))
        connection.execute(delete(file).where(file.c.path.in_([made.source for made in fresh])))
        connection.execute(insert(tile), [tile_row(number, made.tile) for number, made in rows])
        connection.execute(
            insert(thumbnail),
            [{"tile_id": number, "jpeg": made.tile.thumbnail.jpeg} for number, made in rows],
        )
        connection.execute(insert(file), [_file_row(number, made) for number, made in rows])
    return len(fresh)


def _numbers(connection: Connection, tiles: Sequence[ImportedTile]) -> list[int]:
    next_number = get_next_number(connection)
    own = [made.number for made in tiles if made.number is not None]
    if len(set(own)) == len(tiles) and min(own) >= next_number:
        put_next_number(connection, max(own) + 1)
        return own
    first = take_numbers(connection, len(tiles))
    return list(range(first, first + len(tiles)))


def _file_row(number: int, made: ImportedTile) -> dict[str, object]:
    return {
        "id": number,
        "path": made.source,
        "size": len(made.tile.thumbnail.jpeg),
        "mtime_ns": 0,
        "tile_id": number,
        "missing": False,
        "seen_at": datetime.now(UTC).replace(tzinfo=None),
    }
