"""Mosaics: what was rendered, and which tile went where."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, insert

from ..executors import in_batches
from ..model import MosaicRecord
from .database import Database
from .schema import EMPTY_CELLS, mosaic, placement

_PLACEMENTS_A_STATEMENT: Final = 10_000


def record_mosaic(database: Database, record: MosaicRecord) -> int:
    """Write a mosaic and its placements: none for an empty cell.

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
        for some in in_batches(_placements(mosaic_id, record), _PLACEMENTS_A_STATEMENT):
            connection.execute(insert(placement), some)
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
