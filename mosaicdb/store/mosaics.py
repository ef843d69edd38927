"""Record mosaics and their placements, and find the mosaic of a picture."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    Connection,
    case,
    delete,
    func,
    insert,
    null,
    select,
    update,
)

from ..batches import in_batches
from ..errors import DatabaseError, printable
from ..listings import ListedMosaic
from ..object_storage import to_path
from ..records import EMPTY_CELL, Mosaic, TilePrices
from .database import Database
from .grids import Grids, placement_table
from .pages import IDS_A_STATEMENT
from .schema import (
    CROP_COLUMNS,
    EMPTY_CELLS,
    MATCHED_HASH,
    MEAN_SHIFT,
    MOST_SHIFT,
    OUTPUT_HASH,
    PAINT,
    dual_price,
    file,
    map_row,
    mosaic,
    placement,
)

OWN_PARAMETERS: Final = {OUTPUT_HASH, MEAN_SHIFT, MOST_SHIFT, PAINT, EMPTY_CELLS, MATCHED_HASH}
"""Keys of a mosaic's parameters that only the store knows."""

_PLACEMENTS_A_STATEMENT: Final = 10_000
PLACEMENT: Final = ("mosaic_id", "row", "column", "tile_id", "cost", "flipped", *CROP_COLUMNS)


def record_mosaic(
    database: Database,
    record: Mosaic,
    output_hash: str | None = None,
    *,
    paths: Collection[str] = (),
    is_kept: Callable[[], bool] | None = None,
) -> int | None:
    """Write a mosaic and its placements: none for an empty cell.

    It replaces what is recorded of earlier mosaics that were written to the same file, and takes
    over the name of the last of these if it has none of its own.

    Args:
        database: is written in one transaction.
        record: the mosaic.
        output_hash: SHA-256 of its picture's bytes, by which `find_mosaic` knows it again.
        paths: other paths by which its file may be recorded.
        is_kept: called in the transaction: whether its file still holds its picture. Of mosaics
            written to one file at the same time, the one whose picture stays is recorded.

    Returns:
        The mosaic's id; None if it is not recorded, since its picture is not kept.

    Raises:
        DatabaseError: another mosaic has the name.
    """
    columns, rows = record.grid
    values: dict[str, object] = {
        "created_at": datetime.now(UTC).replace(tzinfo=None),
        "target": record.target,
        "target_tile_id": record.target_tile_id,
        "target_hash": record.target_hash,
        "columns": columns,
        "rows": rows,
        "strategy": record.strategy,
        "output": None if record.output is None else str(record.output),
        **changing_values(record, output_hash),
    }
    with database.write() as connection:
        if is_kept is not None and not is_kept():
            return None
        mosaic_id = _insert(connection, values)
        replaced = mosaic.c.output.in_({str(record.output), *paths}), mosaic.c.id != mosaic_id
        before = select(mosaic.c.name).where(*replaced, mosaic.c.name.is_not(None))
        name = record.name or connection.scalar(before.order_by(mosaic.c.id.desc()))
        connection.execute(delete(mosaic).where(*replaced))
        if name is not None:
            _refuse_taken(connection, name)
            connection.execute(update(mosaic).where(mosaic.c.id == mosaic_id).values(name=name))
        put_placements(database, connection, placements_of(mosaic_id, record))
        connection.execute(insert(map_row), list(_map_rows(mosaic_id, columns, rows)))
        if record.prices is not None:
            put_prices(connection, mosaic_id, record.prices)
    return mosaic_id


def changing_values(record: Mosaic, output_hash: str | None) -> dict[str, object]:
    """Give the columns of a mosaic that an edit changes, but for its version.

    Args:
        record: the mosaic.
        output_hash: SHA-256 of its picture's bytes.
    """
    columns, rows = record.grid
    empty = rows * columns - record.cells
    own = {
        OUTPUT_HASH: output_hash,
        MEAN_SHIFT: record.mean_shift,
        MOST_SHIFT: record.most_shift,
        PAINT: record.paint,
        EMPTY_CELLS: empty or None,
        MATCHED_HASH: record.matched_hash,
    }
    known = {key: value for key, value in own.items() if value is not None}
    return {
        "parameters": {**known, **record.parameters},
        "cost": record.cost,
        "bound": record.bound,
        "form": null() if record.form is None else dict(record.form),
        "tiles_before": record.tiles_before,
    }


def check_name(database: Database, name: str, paths: Collection[str]) -> None:
    """Check that a mosaic that is to be written to a file may have a name.

    Raises:
        DatabaseError: another mosaic, which was written to another file than `paths`, has it.
    """
    with database.read() as connection:
        _refuse_taken(connection, name, paths)


def _refuse_taken(connection: Connection, name: str, paths: Collection[str] = ()) -> None:
    taken = select(mosaic.c.id, mosaic.c.output).where(
        mosaic.c.name == name, mosaic.c.output.not_in(paths)
    )
    if row := connection.execute(taken).first():
        raise DatabaseError(
            f"mosaic {row.id} ({printable(row.output)}) has the name {printable(name)} already: "
            f"choose another, or `mosaicdb forget {row.id}`"
        )


def delete_mosaics(database: Database, ids: Collection[int]) -> None:
    """Delete what is recorded of some mosaics."""
    with database.write() as connection:
        for batch in in_batches(ids, IDS_A_STATEMENT):
            connection.execute(delete(mosaic).where(mosaic.c.id.in_(batch)))


def list_mosaics(database: Database) -> Iterator[ListedMosaic]:
    """Yield what is known of every mosaic without its cells, by ascending id."""
    held = select(file.c.tile_id).where(file.c.tile_id.is_not(None), ~file.c.missing).distinct()
    held_tile = held.subquery("held_tile")
    gone = case((held_tile.c.tile_id.is_(None), placement.c.tile_id))
    placements = placement.outerjoin(held_tile, held_tile.c.tile_id == placement.c.tile_id)
    counts = (
        select(
            placement.c.mosaic_id,
            func.count().label("cells"),
            func.count(placement.c.tile_id.distinct()).label("tiles_used"),
            func.count(gone.distinct()).label("tiles_gone"),
        )
        .select_from(placements)
        .group_by(placement.c.mosaic_id)
    ).subquery("counts")
    listed = select(mosaic, counts).outerjoin(counts, counts.c.mosaic_id == mosaic.c.id)
    with database.read() as connection:
        for row in connection.execute(listed.order_by(mosaic.c.id)):
            yield ListedMosaic(
                id=row.id,
                name=row.name,
                created_at=row.created_at,
                target=row.target,
                target_tile_id=row.target_tile_id,
                grid=(row.columns, row.rows),
                strategy=row.strategy,
                cost=row.cost,
                bound=row.bound,
                cells=row.cells or 0,
                tiles_used=row.tiles_used or 0,
                tiles_gone=row.tiles_gone or 0,
                output=row.output,
            )


def _insert(connection: Connection, values: dict[str, object]) -> int:
    statement = insert(mosaic).values(values).returning(mosaic.c.id)
    return int(connection.execute(statement).scalar_one())


def put_placements(
    database: Database, connection: Connection, rows: Iterable[tuple[object, ...]]
) -> None:
    """Write placements of cells that have none, in rows of `PLACEMENT`."""
    for batch in in_batches(rows, _PLACEMENTS_A_STATEMENT):
        database.backend.insert_rows(connection, placement, PLACEMENT, batch)


def put_prices(connection: Connection, mosaic_id: int, prices: TilePrices) -> None:
    """Write the prices of a mosaic's tiles, in the place of those that were there."""
    connection.execute(delete(dual_price).where(dual_price.c.mosaic_id == mosaic_id))
    values = {
        "mosaic_id": mosaic_id,
        "tile_ids": prices.ids.astype("<i8").tobytes(),
        "prices": prices.prices.astype("<f8").tobytes(),
    }
    connection.execute(insert(dual_price).values(values))


def load_prices(database: Database, mosaic_id: int) -> TilePrices | None:
    """Load the prices that a mosaic's match ended with; None: none are recorded."""
    of_mosaic = select(dual_price).where(dual_price.c.mosaic_id == mosaic_id)
    with database.read() as connection:
        row = connection.execute(of_mosaic).first()
    if row is None:
        return None
    ids, prices = np.frombuffer(row.tile_ids, "<i8"), np.frombuffer(row.prices, "<f8")
    return TilePrices(ids.astype(np.int64), prices.astype(np.float64))


def placements_of(
    mosaic_id: int, record: Mosaic, cells: NDArray[np.bool_] | None = None
) -> Iterator[tuple[object, ...]]:
    """Yield the placements of a mosaic as rows, row by row of cells: none for an empty cell.

    Args:
        mosaic_id: its id.
        record: which tile is where.
        cells: those that are wanted, shape (rows, columns); None: all.
    """
    tile_ids = record.tile_ids.tolist()
    costs = None if record.cell_costs is None else record.cell_costs.tolist()
    flipped = None if record.flipped is None else record.flipped.tolist()
    crops = None if record.crops is None else record.crops.tolist()
    wanted = record.tile_ids != EMPTY_CELL
    if cells is not None:
        wanted &= cells
    for row, column in np.argwhere(wanted).tolist():
        tile_id = tile_ids[row][column]
        cost = None if costs is None else costs[row][column]
        is_flipped = flipped is not None and flipped[row][column]
        crop = _crop_of(crops, row, column)
        yield mosaic_id, row, column, tile_id, cost, is_flipped, *crop


def _crop_of(
    crops: list[list[list[float]]] | None, row: int, column: int
) -> Sequence[float | None]:
    crop = None if crops is None else crops[row][column]
    return crop if crop and any(crop) else (None,) * len(CROP_COLUMNS)


def _map_rows(mosaic_id: int, columns: int, rows: int) -> Iterator[dict[str, object]]:
    """Number rows of cells as MBTiles does: from the bottom of the least square that holds them."""
    zoom = (max(columns, rows) - 1).bit_length()
    for row in range(rows):
        tile_row = 2**zoom - 1 - row
        yield {"mosaic_id": mosaic_id, "tile_row": tile_row, "row": row, "zoom_level": zoom}


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
    database: Database,
    mosaic_id: int | None = None,
    *,
    name: str | None = None,
    paths: Collection[str] | None = None,
) -> Mosaic | None:
    """Find the newest of the mosaics that are recorded.

    Args:
        database: is read.
        mosaic_id: the mosaic's id; None: any.
        name: what it is called; None: anything.
        paths: where its picture was written, as given and with symbolic links resolved; None:
            anywhere.
    """
    newest = select(mosaic).order_by(mosaic.c.id.desc()).limit(1)
    if mosaic_id is not None:
        newest = newest.where(mosaic.c.id == mosaic_id)
    if name is not None:
        newest = newest.where(mosaic.c.name == name)
    if paths is not None:
        newest = newest.where(mosaic.c.output.in_(paths))
    with database.read() as connection:
        row = connection.execute(newest).first()
        return None if row is None else _mosaic_of(connection, row)


def _mosaic_of(connection: Connection, row: Any) -> Mosaic:
    grids = Grids((row.rows, row.columns))
    grids.put_all(placement_table(connection, row.id))
    return Mosaic(
        strategy=row.strategy,
        **grids.fields(),
        cost=row.cost,
        bound=row.bound,
        target=row.target,
        target_tile_id=row.target_tile_id,
        parameters={
            key: value for key, value in row.parameters.items() if key not in OWN_PARAMETERS
        },
        mean_shift=row.parameters.get(MEAN_SHIFT),
        most_shift=row.parameters.get(MOST_SHIFT),
        paint=row.parameters.get(PAINT),
        output=to_path(row.output),
        name=row.name,
        id=row.id,
        version=row.version,
        tiles_before=row.tiles_before,
        matched_hash=row.parameters.get(MATCHED_HASH),
        target_hash=row.target_hash,
        form=row.form,
    )
