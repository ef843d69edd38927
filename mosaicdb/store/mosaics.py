"""Record mosaics and their placements, and find the mosaic of a picture."""

from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, delete, insert, select

from ..batches import in_batches
from ..records import EMPTY_CELL, Mosaic
from .database import Database
from .schema import EMPTY_CELLS, MEAN_SHIFT, MOST_SHIFT, OUTPUT_HASH, mosaic, placement

_PLACEMENTS_A_STATEMENT: Final = 10_000


def record_mosaic(
    database: Database,
    record: Mosaic,
    output_hash: str | None = None,
    *,
    paths: Collection[str] = (),
    is_kept: Callable[[], bool] | None = None,
) -> int | None:
    """Write a mosaic and its placements: none for an empty cell.

    It replaces what is recorded of earlier mosaics that were written to the same file.

    Args:
        database: is written in one transaction.
        record: the mosaic.
        output_hash: SHA-256 of its picture's bytes, by which `find_mosaic` knows it again.
        paths: other paths by which its file may be recorded.
        is_kept: called in the transaction: whether its file still holds its picture. Of mosaics
            written to one file at the same time, the one whose picture stays is recorded.

    Returns:
        The mosaic's id; None if it is not recorded, since its picture is not kept.
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
        if is_kept is not None and not is_kept():
            return None
        mosaic_id = _insert(connection, values)
        same_file = mosaic.c.output.in_({str(record.output), *paths})
        connection.execute(delete(mosaic).where(same_file, mosaic.c.id != mosaic_id))
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
    """Find the mosaic that a picture shows, if it was rendered here, wherever the file is now.

    Args:
        database: is read.
        paths: where the file is: a mosaic that was written there goes before others with the same
            bytes.
        content_hash: SHA-256 of its bytes: the file may have been overwritten since.
    """
    same_bytes = mosaic.c.parameters[OUTPUT_HASH].as_string() == content_hash
    best_first = mosaic.c.output.in_(paths).desc(), mosaic.c.id.desc()
    with database.read() as connection:
        row = connection.execute(select(mosaic).where(same_bytes).order_by(*best_first)).first()
        return None if row is None else _mosaic_of(connection, row)


def find_recorded(
    database: Database, mosaic_id: int | None = None, paths: Collection[str] | None = None
) -> Mosaic | None:
    """Find the newest of the mosaics that are recorded.

    Args:
        database: is read.
        mosaic_id: the mosaic's id; None: any.
        paths: where its picture was written, as given and with symbolic links resolved; None:
            anywhere.
    """
    newest = select(mosaic).order_by(mosaic.c.id.desc()).limit(1)
    if mosaic_id is not None:
        newest = newest.where(mosaic.c.id == mosaic_id)
    if paths is not None:
        newest = newest.where(mosaic.c.output.in_(paths))
    with database.read() as connection:
        row = connection.execute(newest).first()
        return None if row is None else _mosaic_of(connection, row)


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
