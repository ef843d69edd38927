"""Check a database for faults, and delete records of files that are gone."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import RenderingError
from ..object_storage import is_url
from ..photos import lies_among_derivatives
from ..rendering import decode_overview, decode_thumbnail
from ..store import Database, all_overviews, all_thumbnails, database_faults, forget, missing_files


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was, or would be, forgotten."""

    files: tuple[str, ...]
    """Paths that are gone."""
    tiles: tuple[int, ...]
    """Ids of tiles without a file that stand in no mosaic, or in mosaics that are forgotten."""
    mosaics: tuple[tuple[int, str], ...] = ()
    """Id and output of the mosaics that are forgotten, since they use tiles without a file."""
    kept_tiles: tuple[int, ...] = ()
    """Ids of tiles without a file that stay, since mosaics use them."""
    kept_mosaics: tuple[tuple[int, str], ...] = ()
    """Id and output of these mosaics."""


def check(database: Database) -> Iterator[str]:
    """Yield everything that is wrong with a database, in a line each."""
    yield from database_faults(database)
    for tile_id, jpeg in all_thumbnails(database):
        try:
            decode_thumbnail(jpeg, database.thumb_res)
        except RenderingError as error:
            yield f"tile {tile_id}: {error}"
    for tile_id, jpeg in all_overviews(database):
        try:
            decode_overview(jpeg)
        except RenderingError as error:
            yield f"tile {tile_id}: {error}"


def prune(database: Database, *, mosaics: bool = False, dry_run: bool = False) -> Pruned:
    """Forget files that are gone, and tiles that have no file left and stand in no mosaic.

    A file is gone when an ingest looked for it in vain and it is still not there, or it lies in a
    folder of thumbnails, previews, snapshots or trash, which ingests pass over. An object is gone
    when the last listing did not hold it.

    Args:
        database: is written in one transaction.
        mosaics: forget the mosaics too that show or rebuild what is gone. Their pictures stay.
        dry_run: only say what would be forgotten.
    """
    gone = [(number, path) for number, path in missing_files(database) if _is_gone(path)]
    numbers, paths = [number for number, _ in gone], tuple(path for _, path in gone)
    forgotten = forget(database, numbers, mosaics=mosaics, dry_run=dry_run)
    if mosaics:
        return Pruned(paths, forgotten.tiles, forgotten.mosaics)
    return Pruned(paths, forgotten.tiles, (), forgotten.kept_tiles, forgotten.mosaics)


def _is_gone(path: str) -> bool:
    if is_url(path):
        return True  # it was not in the last listing
    return not os.path.lexists(path) or lies_among_derivatives(path)
