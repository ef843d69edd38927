"""Make every thumbnail anew in another size, a batch at a time, and go on after a stop."""

from collections.abc import Sequence
from typing import Any, Final, cast

from sqlalchemy import bindparam, func, select, update

from ..model import PendingFile, Size, Thumbnail
from .database import Database, get_setting, put_setting
from .schema import file, thumbnail, tile

_NEXT: Final = "rebuild_next"


def start_rebuild(database: Database, thumb_res: Size) -> None:
    """Set another size; until all thumbnails have it, the tiles cannot be loaded."""
    with database.write() as connection:
        put_setting(connection, "thumb_res", list(thumb_res))
        put_setting(connection, _NEXT, 0)
    database.thumb_res = thumb_res


def rebuild_progress(database: Database) -> int | None:
    """Count the tiles that a rebuild has left to do; None where there is no rebuild."""
    with database.read() as connection:
        first = cast(int | None, get_setting(connection, _NEXT))
        if first is None:
            return None
        return connection.scalar(select(func.count()).where(tile.c.id >= first)) or 0


def next_to_rebuild(database: Database, limit: int) -> list[tuple[PendingFile, str, bytes]]:
    """List tiles to make anew: (number and path of a file, content hash, old thumbnail).

    The path is empty where the tile has no file any more.
    """
    first_file = (
        select(file.c.path)
        .where(file.c.tile_id == tile.c.id, ~file.c.missing)
        .order_by(file.c.id)
        .limit(1)
        .scalar_subquery()
    )
    with database.read() as connection:
        start = cast(int, get_setting(connection, _NEXT))
        rows = connection.execute(
            select(tile.c.id, tile.c.content_hash, thumbnail.c.jpeg, first_file.label("path"))
            .join(thumbnail, thumbnail.c.tile_id == tile.c.id)
            .where(tile.c.id >= start)
            .order_by(tile.c.id)
            .limit(limit)
        ).all()
    return [(PendingFile(row.id, row.path or ""), row.content_hash, row.jpeg) for row in rows]


def record_rebuilt(database: Database, thumbnails: Sequence[tuple[int, Thumbnail]]) -> None:
    """Write some tiles' thumbnails and features, by ascending tile id; none ends the rebuild."""
    rows = [
        {
            "which": tile_id,
            "jpeg": made.jpeg,
            "mean_r": made.mean_rgb[0],
            "mean_g": made.mean_rgb[1],
            "mean_b": made.mean_rgb[2],
        }
        for tile_id, made in thumbnails
    ]
    with database.write() as connection:
        if not rows:
            put_setting(connection, _NEXT, None)
            return
        connection.execute(
            update(thumbnail)
            .where(thumbnail.c.tile_id == bindparam("which"))
            .values(jpeg=bindparam("jpeg")),
            rows,
        )
        means: dict[str, Any] = {name: bindparam(name) for name in ("mean_r", "mean_g", "mean_b")}
        connection.execute(update(tile).where(tile.c.id == bindparam("which")).values(means), rows)
        put_setting(connection, _NEXT, thumbnails[-1][0] + 1)
