"""Overviews of photos, and what their crops are compared by."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, select

from ..batches import in_batches
from ..crops import CROP_BYTES, Crop, count_too_small, crops_of
from ..readings import Overview
from ..records import SIGNATURE_SIDE, TileCrops
from .database import Database
from .pages import IDS_A_STATEMENT, rows_with_ids
from .schema import crop_descriptor, overview, tile


@dataclass(frozen=True, slots=True, eq=False)
class LoadedCrops:
    """The crops of some tiles, and what is missing."""

    crops: TileCrops
    """Those that can be shown."""
    unread: int
    """Photos that would have crops, but whose overview was not made yet."""
    too_small: int
    """Crops that have fewer pixels than a thumbnail."""
    photos_too_small: int
    """Photos that have such crops."""


def load_crops(database: Database, ids: NDArray[np.int64], zoom: float) -> LoadedCrops:
    """Load the crops that tiles may show.

    Args:
        database: is read.
        ids: of the tiles, ascending, shape (tiles,).
        zoom: see `mosaicdb.crops.crops_of`.
    """
    statement = (
        select(tile.c.id, tile.c.width, tile.c.height, crop_descriptor.c.crops)
        .outerjoin(crop_descriptor, crop_descriptor.c.tile_id == tile.c.id)
        .order_by(tile.c.id)
    )
    wanted = dict(zip(ids.tolist(), range(len(ids)), strict=True))
    rows: list[int] = []
    boxes: list[Crop] = []
    described: list[bytes] = []
    unread = too_small = photos_too_small = 0
    with database.read() as connection:
        for tile_id, width, height, stored in connection.execute(statement):
            if tile_id not in wanted:
                continue
            photo = width, height
            crops = crops_of(photo, database.thumb_res, zoom)
            small = count_too_small(photo, database.thumb_res, zoom)
            too_small, photos_too_small = too_small + small, photos_too_small + (small > 0)
            if crops and (stored is None or len(stored) < len(crops) * CROP_BYTES):
                unread += 1
            elif crops:
                rows += [wanted[tile_id]] * len(crops)
                boxes += crops
                described.append(stored[: len(crops) * CROP_BYTES])
    table = np.frombuffer(b"".join(described), np.uint8).reshape(-1, CROP_BYTES)
    crops_loaded = TileCrops(
        np.array(rows, np.intp),
        np.array(boxes, np.float64).reshape(-1, 4),
        table[:, :3].astype(np.float64),
        table[:, 3:].reshape(-1, SIGNATURE_SIDE, SIGNATURE_SIDE),
    )
    return LoadedCrops(crops_loaded, unread, too_small, photos_too_small)


def load_overviews(database: Database, ids: Iterable[int]) -> Iterator[tuple[int, bytes]]:
    """Yield (tile id, JPEG) for those of some tiles that have an overview, by ascending id."""
    statement = select(overview.c.tile_id, overview.c.jpeg).order_by(overview.c.tile_id)
    with database.read() as connection:
        for row in rows_with_ids(connection, statement, overview.c.tile_id, ids):
            yield row.tile_id, row.jpeg


def insert_overviews(
    database: Database, connection: Connection, overviews: Sequence[tuple[int, Overview]]
) -> None:
    """Write the overviews of tiles that have none, with what their crops are compared by."""
    pictures = [(tile_id, made.jpeg) for tile_id, made in overviews]
    crops = [(tile_id, made.crops) for tile_id, made in overviews]
    insert_rows = database.backend.insert_rows
    insert_rows(connection, overview, ("tile_id", "jpeg"), pictures)
    insert_rows(connection, crop_descriptor, ("tile_id", "crops"), crops)


def replace_overviews(
    database: Database, connection: Connection, overviews: Sequence[tuple[int, Overview | None]]
) -> None:
    """Replace the overviews of some tiles.

    A photo that has no crops any more, since thumbnails are larger now, keeps its overview:
    recorded mosaics may show crops of it.
    """
    made = [(tile_id, one) for tile_id, one in overviews if one is not None]
    forget_crops(connection, [tile_id for tile_id, _ in overviews])
    for batch in in_batches([tile_id for tile_id, _ in made], IDS_A_STATEMENT):
        connection.execute(delete(overview).where(overview.c.tile_id.in_(batch)))
    insert_overviews(database, connection, made)


def forget_crops(connection: Connection, ids: Iterable[int]) -> None:
    """Let some tiles show nothing but their thumbnails in new mosaics."""
    for batch in in_batches(ids, IDS_A_STATEMENT):
        connection.execute(delete(crop_descriptor).where(crop_descriptor.c.tile_id.in_(batch)))
