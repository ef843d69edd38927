"""Edits of recorded mosaics: written beside what they changed, so that they can be undone."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from ..errors import DatabaseError
from ..records import Mosaic
from .database import Database
from .grids import Grids
from .mosaics import (
    OWN_PARAMETERS,
    PLACEMENT,
    changing_values,
    placements_of,
    put_placements,
    put_prices,
)
from .schema import MATCHED_HASH, OUTPUT_HASH, mosaic, mosaic_edit, placement

KEPT_EDITS: Final = 100
"""Edits of each mosaic that can be undone."""

_KEPT: Final = ("parameters", "cost", "bound", "tiles_before")
"""Columns of a mosaic that an edit keeps as they were."""


def record_edit(
    database: Database,
    before: Mosaic,
    after: Mosaic,
    output_hash: str | None,
    edit: str | None,
    *,
    undoes: bool = False,
    can_undo: bool = True,
    is_kept: Callable[[], bool] | None = None,
) -> Mosaic:
    """Write what an edit made of a mosaic.

    Args:
        database: is written in one transaction.
        before: the mosaic as it was read; its id and version are heeded.
        after: the mosaic as it is now.
        output_hash: SHA-256 of its picture's bytes.
        edit: what was asked, to be kept with what it changes; None: there is nothing to undo, as
            where only the proof is better now; the version stays.
        undoes: whether this undoes the last edit, which is forgotten.
        can_undo: whether what it was is kept.
        is_kept: called in the transaction: whether its file still holds its picture.

    Returns:
        The mosaic with its new version.

    Raises:
        DatabaseError: the mosaic was changed, rendered again or forgotten since it was read.
    """
    mosaic_id = _recorded_id(before)
    changed = after.changed_from(before)
    if before.cell_costs is not None and after.cell_costs is not None:
        changed |= ~np.isclose(before.cell_costs, after.cell_costs, rtol=1e-9)
    version = before.version + (undoes or edit is not None)
    with database.write() as connection:
        stored = connection.execute(select(mosaic).where(mosaic.c.id == mosaic_id)).first()
        is_same = stored is not None and stored.version == before.version
        if stored is None or not is_same or (is_kept is not None and not is_kept()):
            raise DatabaseError(
                f"mosaic {mosaic_id} was changed, rendered again or forgotten meanwhile: "
                "nothing is recorded of this; look at it and try again"
            )
        if undoes:
            _forget_last(connection, mosaic_id)
        elif edit is not None and can_undo:
            _keep(connection, stored, edit, before, changed)
        values = changing_values(after, output_hash)
        same = mosaic.c.id == mosaic_id
        connection.execute(update(mosaic).where(same).values(version=version, **values))
        _replace_placements(database, connection, mosaic_id, after, changed)
        if after.prices is not None:
            put_prices(connection, mosaic_id, after.prices)
    return replace(after, version=version)


def _recorded_id(recorded: Mosaic) -> int:
    if recorded.id is None:
        raise ValueError("this mosaic is not recorded")
    return recorded.id


def _keep(
    connection: Connection, stored: Any, edit: str, before: Mosaic, changed: NDArray[np.bool_]
) -> None:
    """Write what an edit changes, as it was, and forget what can no longer be undone."""
    rows = [*placements_of(stored.id, before, changed)]
    names = PLACEMENT[1:]  # without its mosaic
    values = {name: getattr(stored, name) for name in _KEPT}
    values |= {
        "mosaic_id": stored.id,
        "version": stored.version,
        "edit": edit,
        "edited_at": datetime.now(UTC).replace(tzinfo=None),
        "cells": {"columns": names, "rows": [row[1:] for row in rows]},
    }
    connection.execute(insert(mosaic_edit).values(values))
    own = mosaic_edit.c.mosaic_id == stored.id
    newest = select(mosaic_edit.c.version).where(own).order_by(mosaic_edit.c.version.desc())
    kept = newest.limit(KEPT_EDITS).subquery()
    oldest = select(func.min(kept.c.version)).scalar_subquery()
    connection.execute(delete(mosaic_edit).where(own, mosaic_edit.c.version < oldest))


def _forget_last(connection: Connection, mosaic_id: int) -> None:
    own = mosaic_edit.c.mosaic_id == mosaic_id
    last = select(func.max(mosaic_edit.c.version)).where(own).scalar_subquery()
    connection.execute(delete(mosaic_edit).where(own, mosaic_edit.c.version == last))


def _replace_placements(
    database: Database,
    connection: Connection,
    mosaic_id: int,
    after: Mosaic,
    changed: NDArray[np.bool_],
) -> None:
    names = ("mosaic_id", "row", "column")
    cells = np.argwhere(changed).tolist()
    places = [
        {"its_mosaic_id": mosaic_id, "its_row": row, "its_column": column} for row, column in cells
    ]
    own = [placement.c[name] == bindparam(f"its_{name}") for name in names]
    if places:
        connection.execute(delete(placement).where(*own), places)
    put_placements(database, connection, placements_of(mosaic_id, after, changed))


def before_last_edit(database: Database, now: Mosaic) -> tuple[Mosaic, str] | None:
    """Give what a mosaic was before its last edit, and what was asked in that.

    Args:
        database: is read.
        now: the mosaic as it is recorded.

    Returns:
        None: no edit of it is kept.
    """
    own = mosaic_edit.c.mosaic_id == now.id
    last = select(mosaic_edit).where(own).order_by(mosaic_edit.c.version.desc()).limit(1)
    with database.read() as connection:
        row = connection.execute(last).first()
    if row is None:
        return None
    grids = Grids(now.tile_ids.shape, now)
    for place in _places(row.cells):
        grids.put(place)
    kept = {key: value for key, value in row.parameters.items() if key not in OWN_PARAMETERS}
    earlier = replace(
        now,
        **grids.fields(),
        cost=row.cost,
        bound=row.bound,
        tiles_before=row.tiles_before,
        matched_hash=row.parameters.get(MATCHED_HASH),
        parameters=kept,
    )
    return earlier, row.edit


def count_edits(database: Database, paths: Collection[str]) -> int:
    """Count the edits that can be undone of mosaics that were written to one of these paths."""
    there = mosaic_edit.join(mosaic, mosaic.c.id == mosaic_edit.c.mosaic_id)
    count = select(func.count()).select_from(there).where(mosaic.c.output.in_(paths))
    with database.read() as connection:
        return int(connection.scalar(count) or 0)


def tiles_once_in(database: Database, now: Mosaic, row: int, column: int) -> set[int]:
    """Give the tiles that stood in a cell of a mosaic before edits that can be undone."""
    own = select(mosaic_edit.c.cells).where(mosaic_edit.c.mosaic_id == now.id)
    with database.read() as connection:
        edits = connection.scalars(own).all()
    return {
        place["tile_id"]
        for cells in edits
        for place in _places(cells)
        if (place["row"], place["column"]) == (row, column)
    }


def _places(cells: Any) -> Iterator[dict[str, Any]]:
    """Yield the placements that an edit keeps."""
    for values in cells["rows"]:
        yield dict(zip(cells["columns"], values, strict=True))


def output_hash_of(database: Database, mosaic_id: int) -> str | None:
    """Give SHA-256 of a mosaic's picture when it was written; None: that is not recorded."""
    own = select(mosaic.c.parameters).where(mosaic.c.id == mosaic_id)
    with database.read() as connection:
        parameters = connection.scalar(own) or {}
    written: str | None = parameters.get(OUTPUT_HASH)
    return written
