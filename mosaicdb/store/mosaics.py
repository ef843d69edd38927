"""Record mosaics and their placements, and find the mosaic of a picture."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, insert, select

from ..batches import in_batches
from ..records import EMPTY_CELL, Mosaic
from .database import Database
from .schema import EMPTY_CELLS, MEAN_SHIFT, MOST_SHIFT, OUTPUT_HASH, mosaic, placement

_PLACEMENTS_A_STATEMENT: Final = 10_000


def record_mosaic(database: Database, record: Mosaic, output_hash: str | None = None) -> int:
    """Write a mosaic and its placements: none for an empty cell.

    Args:
        database: is written in one transaction.
        record: the mosaic.
        output_hash: SHA-256 of its picture's bytes, by which `find_mosaic` knows it again.

    Returns:
        The mosaic's id.
    """
    columns, rows = record.grid
    empty = rows * columns - record.cells
    own = {
        OUTPUT_HASH: output_hash,
        MEAN_SHIFT: record.mean_shift,
        MOST_SHIFT: record.most_shift,
        EMPTY_CELLS: empty or None,
    }
    known = {key: value for key, value in own.items() if value is not None}
    values: dict[str, object] = {
        "created_at": datetime.now(UTC).replace(tzinfo=None),
        "target": record.target,
        "target_tile_id": record.target_tile_id,
        "columns": columns,
        "rows": rows,
        "strategy": record.strategy,
        "parameters": {**known, **record.parameters},
        "cost": record.cost,
        "bound": record.bound,
        "output": None if record.output is None else str(record.output),
    }
    with database.write() as connection:
        mosaic_id = _insert(connection, values)
        for batch in in_batches(_placements(mosaic_id, record), _PLACEMENTS_A_STATEMENT):
            connection.execute(insert(placement), batch)
    return mosaic_id


def _insert(connection: Connection, values: dict[str, object]) -> int:
    statement = insert(mosaic).values(values).returning(mosaic.c.id)
    return int(connection.execute(statement).scalar_one())


def _placements(mosaic_id: int, record: Mosaic) -> Iterator[dict[str, object]]:
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


def find_mosaic(database: Database, paths: Collection[str], content_hash: str) -> Mosaic | None:
    """Find the mosaic that a picture shows, if it was rendered here.

    Args:
        database: is read.
        paths: the file's path in every form under which it may be recorded: with symbolic links
            or resolved, in one Unicode normal form or another.
        content_hash: SHA-256 of its bytes: the file may have been overwritten since.
    """
    written = select(mosaic).where(mosaic.c.output.in_(paths)).order_by(mosaic.c.id.desc())
    with database.read() as connection:
        for row in connection.execute(written):
            if row.parameters.get(OUTPUT_HASH) == content_hash:
                return _mosaic_of(connection, row)
    return None


def _mosaic_of(connection: Connection, row: Any) -> Mosaic:
    shape = row.rows, row.columns
    tile_ids = np.full(shape, EMPTY_CELL, np.int64)
    flipped, costs = np.zeros(shape, np.bool_), np.zeros(shape, np.float64)
    known_costs = True
    placements = select(placement).where(placement.c.mosaic_id == row.id)
    for place in connection.execute(placements):
        cell = place.row, place.column
        tile_ids[cell], flipped[cell] = place.tile_id, place.flipped
        known_costs = known_costs and place.cost is not None
        costs[cell] = place.cost or 0.0
    own = {OUTPUT_HASH, MEAN_SHIFT, MOST_SHIFT, EMPTY_CELLS}
    return Mosaic(
        strategy=row.strategy,
        tile_ids=tile_ids,
        flipped=flipped if flipped.any() else None,
        cell_costs=costs if known_costs else None,
        cost=row.cost,
        bound=row.bound,
        target=row.target,
        target_tile_id=row.target_tile_id,
        parameters={key: value for key, value in row.parameters.items() if key not in own},
        mean_shift=row.parameters.get(MEAN_SHIFT),
        most_shift=row.parameters.get(MOST_SHIFT),
        output=Path(row.output),
        id=row.id,
    )
