"""Tiles that an earlier reader made: find their photos, and replace what was read of them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, Final

from sqlalchemy import Select, bindparam, func, select, update

from ..records import READER, OutdatedTile, Tile
from .database import Database
from .pages import plain_tuples, read_pages
from .readings import tile_row
from .schema import file, thumbnail, tile

_TILES_A_PAGE: Final = 256
_NEVER_CHANGES: Final = ("id", "content_hash")


def count_outdated(database: Database, seen_at: datetime) -> int:
    """Count the tiles of earlier readers whose photo a survey has found.

    Args:
        database: is read.
        seen_at: of the survey.
    """
    with database.read() as connection:
        outdated = _outdated(seen_at).subquery()
        return connection.scalar(select(func.count()).select_from(outdated)) or 0


def outdated_tiles(database: Database, seen_at: datetime) -> Iterator[OutdatedTile]:
    """Yield the tiles of earlier readers whose photo a survey has found, by ascending id.

    Args:
        database: read in pages; others may write to it in between.
        seen_at: of the survey.
    """
    pages = read_pages(database, _outdated(seen_at), _TILES_A_PAGE, plain_tuples)
    yield from (OutdatedTile(*row) for row in chain.from_iterable(pages))


def _outdated(seen_at: datetime) -> Select[Any]:
    first_file = (
        select(file.c.path)
        .where(file.c.tile_id == tile.c.id, file.c.seen_at == seen_at, ~file.c.missing)
        .order_by(file.c.id)
        .limit(1)
        .scalar_subquery()
    )
    columns = (tile.c.id, tile.c.content_hash, first_file.label("path"))
    return select(*columns).where(tile.c.reader < READER, first_file.is_not(None))


def record_reread(database: Database, tiles: Sequence[tuple[int, Tile]]) -> None:
    """Replace what is stored of some tiles; ids and content hashes stay.

    Args:
        database: written in one transaction.
        tiles: id and what was read of the same photo.
    """
    if not tiles:
        return
    rows = []
    for tile_id, content in tiles:
        row = {f"new_{name}": value for name, value in tile_row(tile_id, content).items()}
        rows.append({"row_id": tile_id, "jpeg": content.thumbnail.jpeg, **row})
    names = [name for name in tile_row(*tiles[0]) if name not in _NEVER_CHANGES]
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    replaced = update(tile).where(tile.c.id == bindparam("row_id")).values(values)
    redrawn = update(thumbnail).where(thumbnail.c.tile_id == bindparam("row_id"))
    with database.write() as connection:
        connection.execute(replaced, rows)
        connection.execute(redrawn.values(jpeg=bindparam("jpeg")), rows)
