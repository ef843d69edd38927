"""Find the files that hold, or held, the photos of tiles."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from .pages import rows_with_ids
from .schema import file


def paths_of_tiles(connection: Connection, ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """Return the paths of some tiles' files by tile id: first those that are not missing.

    Args:
        connection: in a transaction.
        ids: of the tiles; those without a file are left out.
    """
    statement = (
        select(file.c.tile_id, file.c.path)
        .where(file.c.tile_id.is_not(None))
        .order_by(file.c.tile_id, file.c.missing, file.c.id)
    )
    paths: dict[int, list[str]] = {}
    for tile_id, path in rows_with_ids(connection, statement, file.c.tile_id, ids):
        paths.setdefault(tile_id, []).append(path)
    return {tile_id: tuple(held) for tile_id, held in paths.items()}
