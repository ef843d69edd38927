"""Record mosaics and their placements, and find the mosaic of a picture."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, insert, select

from ..executors import in_batches
from ..records import EMPTY_CELL, MosaicRecord
from .database import Database
from .schema import EMPTY_CELLS, OUTPUT_HASH, mosaic, placement

_PLACEMENTS_A_STATEMENT: Final = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class RecordedMosaic:
    """A recorded mosaic: its target, placements and parameters."""

    id: int
    """The mosaic's id."""
    target: str | None
    """Path of the target."""
    target_tile_id: int | None
    """The target's tile, where it is one."""
    tile_ids: NDArray[np.int64]
    """The match: shape (rows, columns); -1: the cell is empty."""
    parameters: Mapping[str, Any]
    """Its options: see `mosaicdb.MosaicOptions`."""


def record_mosaic(database: Database, record: MosaicRecord) -> int:
    """Write a mosaic and its placements; an empty cell has none.

    Returns:
        The mosaic's id.
    """
    rows, columns = record.tile_ids.shape
    empty = int((record.tile_ids < 0).sum())
    values = {
        "created_at": datetime.now(UTC).replace(tzinfo=None),
        "target": record.target,
        "target_tile_id": record.target_tile_id,
        "columns": columns,
        "rows": rows,
        "strategy": record.strategy,
        "parameters": record.parameters | ({EMPTY_CELLS: empty} if empty else {}),
        "cost": record.cost,
        "bound": record.bound,
        "output": record.output,
    }
    with database.write() as connection:
        mosaic_id = _insert(connection, values)
        for batch in in_batches(_placements(mosaic_id, record), _PLACEMENTS_A_STATEMENT):
            connection.execute(insert(placement), batch)
    return mosaic_id


def _insert(connection: Connection, values: dict[str, object]) -> int:
    statement = insert(mosaic).values(values).returning(mosaic.c.id)
    return int(connection.execute(statement).scalar_one())


def _placements(mosaic_id: int, record: MosaicRecord) -> Iterator[dict[str, object]]:
    tile_ids = record.tile_ids.tolist()
    costs = None if record.cell_costs is None else record.cell_costs.tolist()
    flipped = None if record.flipped is None else record.flipped.tolist()
    for row, ids in enumerate(tile_ids):
        for column, tile_id in enumerate(ids):
            if tile_id < 0:
                continue
            yield {
                "mosaic_id": mosaic_id,
                "row": row,
                "column": column,
                "tile_id": tile_id,
                "cost": None if costs is None else costs[row][column],
                "flipped": flipped is not None and flipped[row][column],
            }


def find_mosaic(
    database: Database, paths: Collection[str], content_hash: str
) -> RecordedMosaic | None:
    """Find the mosaic that a picture shows, if it was rendered here.

    Args:
        database: is read.
        paths: the file's path, as given and with symbolic links resolved.
        content_hash: SHA-256 of its bytes: the file may have been overwritten since.
    """
    written = select(mosaic).where(mosaic.c.output.in_(paths)).order_by(mosaic.c.id.desc())
    cells = select(placement.c.row, placement.c.column, placement.c.tile_id)
    with database.read() as connection:
        for row in connection.execute(written):
            if row.parameters.get(OUTPUT_HASH) == content_hash:
                placed = connection.execute(cells.where(placement.c.mosaic_id == row.id))
                tile_ids = np.full((row.rows, row.columns), EMPTY_CELL, dtype=np.int64)
                for place in placed:
                    tile_ids[place.row, place.column] = place.tile_id
                return RecordedMosaic(
                    row.id, row.target, row.target_tile_id, tile_ids, row.parameters
                )
    return None
