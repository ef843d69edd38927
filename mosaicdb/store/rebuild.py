"""Change the size of thumbnails: all are made again, in batches, and a stop can be resumed."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, select, update

from ..errors import DatabaseError
from ..readings import SCALED, Remade, StaleTile
from ..records import Size
from .crops import forget_crops
from .database import Database
from .descriptors import DESCRIPTOR_COLUMNS, descriptor_row
from .files import paths_of_tiles
from .pages import read_pages
from .readings import replace_tiles
from .schema import thumbnail, tile
from .settings import get_rebuild_next, put_rebuild_next, put_thumb_res

_TILES_A_PAGE: Final = 256


def set_thumb_res(database: Database, thumb_res: Size) -> bool:
    """Set the size of thumbnails of a database without tiles; say whether it has that size now.

    Args:
        database: locked by the caller with `alone`, since a running ingest keeps the size that
            it started with.
        thumb_res: width and height in pixels.
    """
    if thumb_res == database.thumb_res:
        return True
    with database.write() as connection:
        if connection.scalar(select(func.count()).select_from(tile)):
            return False
        put_thumb_res(connection, thumb_res)
    database.thumb_res = thumb_res
    return True


def start_rebuild(database: Database, thumb_res: Size) -> None:
    """Set another size; tiles cannot be loaded until all thumbnails have it."""
    with database.write() as connection:
        put_thumb_res(connection, thumb_res)
        put_rebuild_next(connection, 0)
    database.thumb_res = thumb_res


def refuse_half_rebuilt(database: Database, connection: Connection) -> None:
    """Raise an error while only some thumbnails and descriptors have the new size.

    Args:
        database: whose lock tells a running rebuild from an interrupted one.
        connection: in the transaction that reads the tiles.

    Raises:
        DatabaseError: a rebuild is running, or was interrupted.
    """
    if get_rebuild_next(connection) is None:
        return
    if database.is_held():
        raise DatabaseError("a rebuild is at work here: try again when it is done")
    raise DatabaseError("a rebuild stopped half-way: `mosaicdb ingest` finishes it")


def rebuild_progress(database: Database) -> int | None:
    """Count the tiles that a rebuild has left to process; None if there is no rebuild."""
    with database.read() as connection:
        first = get_rebuild_next(connection)
        if first is None:
            return None
        return connection.scalar(select(func.count()).where(tile.c.id >= first)) or 0


def stale_tiles(database: Database) -> Iterator[StaleTile]:
    """Yield the tiles that a rebuild has left to process, by ascending id.

    Args:
        database: read in pages; others may write to it in between.
    """
    statement = select(tile.c.id, tile.c.content_hash, thumbnail.c.jpeg).join(thumbnail)

    def with_paths(connection: Connection, rows: Sequence[Any]) -> list[StaleTile]:
        paths = paths_of_tiles(connection, [row.id for row in rows])
        return [
            StaleTile(row.id, row.content_hash, paths.get(row.id, ()), row.jpeg) for row in rows
        ]

    with database.read() as connection:
        first = get_rebuild_next(connection) or 0
    pages = read_pages(database, statement, _TILES_A_PAGE, with_paths, first)
    yield from chain.from_iterable(pages)


def record_rebuilt(database: Database, thumbnails: Sequence[Remade]) -> None:
    """Write what was read of some photos, or thumbnails and descriptors, by ascending tile id."""
    reread = [(remade.tile_id, remade.tile) for remade in thumbnails if remade.tile is not None]
    scaled = [
        {"row_id": remade.tile_id, "jpeg": new.jpeg, **descriptor_row(new.descriptors)}
        for remade in thumbnails
        if remade.tile is None and (new := remade.thumbnail) is not None
    ]
    with database.write() as connection:
        if reread:
            replace_tiles(database, connection, reread)
        if scaled:
            connection.execute(
                update(thumbnail)
                .where(thumbnail.c.tile_id == bindparam("row_id"))
                .values(jpeg=bindparam("jpeg")),
                scaled,
            )
            forget_crops(connection, [one.tile_id for one in thumbnails if one.tile is None])
            values: dict[str, Any] = {name: bindparam(name) for name in DESCRIPTOR_COLUMNS}
            statement = update(tile).where(tile.c.id == bindparam("row_id"))
            connection.execute(statement.values(values | {"reader": SCALED}), scaled)
        put_rebuild_next(connection, thumbnails[-1].tile_id + 1)


def end_rebuild(database: Database) -> None:
    """Mark the rebuild as complete, so that tiles can be loaded."""
    with database.write() as connection:
        put_rebuild_next(connection, None)
