"""The size of thumbnails: set once, or all made anew, a batch at a time, even after a stop."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, select, update

from ..errors import DatabaseError
from ..records import Remade, Size, StaleTile
from .database import Database
from .descriptors import DESCRIPTOR_COLUMNS, descriptor_row
from .pages import plain_tuples, read_pages
from .schema import file, thumbnail, tile
from .settings import get_rebuild_next, put_rebuild_next, put_thumb_res

_TILES_A_PAGE: Final = 256


def set_thumb_res(database: Database, thumb_res: Size) -> bool:
    """Set the size of thumbnails of a database without tiles; say whether it has that size now.

    Args:
        database: is held alone by the caller: an ingest at work would go on with the size that it
            began with.
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
    """Set another size; until all thumbnails have it, the tiles cannot be loaded."""
    with database.write() as connection:
        put_thumb_res(connection, thumb_res)
        put_rebuild_next(connection, 0)
    database.thumb_res = thumb_res


def refuse_half_rebuilt(database: Database, connection: Connection) -> None:
    """Refuse to give out thumbnails or descriptors of which only some are made anew.

    Args:
        database: is looked at.
        connection: in the transaction that is to read the tiles.

    Raises:
        DatabaseError: a rebuild is at work, or stopped half-way.
    """
    if get_rebuild_next(connection) is None:
        return
    if database.is_held():
        raise DatabaseError("a rebuild is at work here: try again when it is done")
    raise DatabaseError("a rebuild stopped half-way: `mosaicdb ingest` finishes it")


def rebuild_progress(database: Database) -> int | None:
    """Count the tiles that a rebuild has left to do; None where there is no rebuild."""
    with database.read() as connection:
        first = get_rebuild_next(connection)
        if first is None:
            return None
        return connection.scalar(select(func.count()).where(tile.c.id >= first)) or 0


def stale_tiles(database: Database) -> Iterator[StaleTile]:
    """Yield the tiles that a rebuild has left to do, by ascending id.

    Args:
        database: is read a page at a time, between which others may write.
    """
    first_file = (
        select(file.c.path)
        .where(file.c.tile_id == tile.c.id, ~file.c.missing)
        .order_by(file.c.id)
        .limit(1)
        .scalar_subquery()
    )
    columns = (tile.c.id, tile.c.content_hash, first_file, thumbnail.c.jpeg)
    statement = select(*columns).join(thumbnail)
    with database.read() as connection:
        first = get_rebuild_next(connection) or 0
    for page in read_pages(database, statement, _TILES_A_PAGE, plain_tuples, first):
        yield from (StaleTile(*row) for row in page)


def record_rebuilt(database: Database, thumbnails: Sequence[Remade]) -> None:
    """Write the thumbnails and descriptors of some tiles, by ascending tile id."""
    rows = [
        {"row_id": remade.tile_id, "jpeg": new.jpeg, **descriptor_row(new.descriptors)}
        for remade in thumbnails
        if (new := remade.thumbnail) is not None
    ]
    with database.write() as connection:
        connection.execute(
            update(thumbnail)
            .where(thumbnail.c.tile_id == bindparam("row_id"))
            .values(jpeg=bindparam("jpeg")),
            rows,
        )
        descriptors: dict[str, Any] = {name: bindparam(name) for name in DESCRIPTOR_COLUMNS}
        statement = update(tile).where(tile.c.id == bindparam("row_id"))
        connection.execute(statement.values(descriptors), rows)
        put_rebuild_next(connection, thumbnails[-1].tile_id + 1)


def end_rebuild(database: Database) -> None:
    """Let the tiles be loaded again."""
    with database.write() as connection:
        put_rebuild_next(connection, None)
