"""Replace tiles that an earlier reader made, or a rebuild only scaled, once photos are found."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, Select, exists, func, select

from ..readings import READER, SCALED, OutdatedTile, Tile
from .database import Database
from .files import paths_of_tiles
from .pages import read_pages
from .readings import replace_tiles
from .schema import file, tile

_TILES_A_PAGE: Final = 256


def count_outdated(database: Database, seen_at: datetime) -> int:
    """Count the tiles of earlier readers whose photo a survey has found.

    Args:
        database: is read.
        seen_at: of the survey.
    """
    with database.read() as connection:
        outdated = _outdated(seen_at).subquery()
        return connection.scalar(select(func.count()).select_from(outdated)) or 0


def count_scaled(database: Database) -> int:
    """Count the tiles whose thumbnail a rebuild scaled, and whose photo was not found since."""
    with database.read() as connection:
        return connection.scalar(select(func.count()).where(tile.c.reader == SCALED)) or 0


def outdated_tiles(database: Database, seen_at: datetime) -> Iterator[OutdatedTile]:
    """Yield the tiles of earlier readers whose photo a survey has found, by ascending id.

    Args:
        database: read in pages; others may write to it in between.
        seen_at: of the survey.
    """
    pages = read_pages(database, _outdated(seen_at), _TILES_A_PAGE, _with_paths)
    yield from chain.from_iterable(pages)


def _outdated(seen_at: datetime) -> Select[Any]:
    found = exists().where(file.c.tile_id == tile.c.id, file.c.seen_at == seen_at, ~file.c.missing)
    return select(tile.c.id, tile.c.content_hash).where(tile.c.reader < READER, found)


def _with_paths(connection: Connection, rows: Sequence[Any]) -> list[OutdatedTile]:
    paths = paths_of_tiles(connection, [row.id for row in rows])
    return [OutdatedTile(row.id, row.content_hash, paths.get(row.id, ())) for row in rows]


def record_reread(database: Database, tiles: Sequence[tuple[int, Tile]]) -> None:
    """Replace what is stored of some tiles; ids and content hashes stay.

    Args:
        database: written in one transaction.
        tiles: id and what was read of the same photo.
    """
    if tiles:
        with database.write() as connection:
            replace_tiles(database, connection, tiles)
