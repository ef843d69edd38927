"""Tell people about single photos: what they are, where they are, and how to find them by name."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import exists, select

from .database import Database
from .pages import rows_with_ids
from .schema import file, placement, tile


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """What is known of the photo of a tile."""

    tile_id: int
    """The tile."""
    path: str
    """Of the first file that holds it or, where none does any more, held it; empty: unknown."""
    is_gone: bool
    """Whether no file holds it any more."""
    width: int
    """Upright, in pixels."""
    height: int
    """Upright, in pixels."""
    taken_at: datetime | None
    """When it was taken, in the camera's local time."""
    camera: str
    """Which camera took it; empty: unknown."""
    mean_rgb: tuple[float, float, float]
    """Mean sRGB of its thumbnail, 0 to 255 each."""


def photo_facts(database: Database, ids: Iterable[int]) -> Iterator[PhotoFacts]:
    """Yield what is known of the photos of those of some tiles that exist, by ascending id."""
    statement = (
        select(tile, file.c.path, file.c.missing)
        .outerjoin(file, file.c.tile_id == tile.c.id)
        .order_by(tile.c.id, file.c.missing, file.c.id)
    )
    with database.read() as connection:
        rows = rows_with_ids(connection, statement, tile.c.id, ids)
        for _, group in groupby(rows, key=lambda row: row.id):
            row = next(group)
            yield PhotoFacts(
                tile_id=row.id,
                path=row.path or "",
                is_gone=row.missing is not False,
                width=row.width,
                height=row.height,
                taken_at=row.taken_at,
                camera=" ".join(filter(None, (row.camera_make, row.camera_model))),
                mean_rgb=(row.mean_r, row.mean_g, row.mean_b),
            )


def find_in_paths(
    database: Database, mosaic_id: int, text: str, most: int
) -> list[tuple[int, str]]:
    """Find photos of a mosaic by a part of their paths.

    Args:
        database: is read.
        mosaic_id: the mosaic.
        text: is in the path, in upper or lower case.
        most: give no more than so many.

    Returns:
        Tile ids and paths, by path.
    """
    in_mosaic = exists().where(
        placement.c.mosaic_id == mosaic_id, placement.c.tile_id == file.c.tile_id
    )
    found = (
        select(file.c.tile_id, file.c.path)
        .where(file.c.path.icontains(text, autoescape=True), in_mosaic)
        .order_by(file.c.path)
        .limit(most)
    )
    with database.read() as connection:
        return [(row.tile_id, row.path) for row in connection.execute(found)]
