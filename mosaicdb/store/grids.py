"""What stands in the cells of a mosaic: placements as arrays."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, literal_column, select

from ..records import EMPTY_CELL, Mosaic
from .schema import CROP_COLUMNS, placement

_PLACEMENT: Final = np.dtype(
    [("row", "i8"), ("column", "i8"), ("tile_id", "i8"), ("flipped", "?"), ("cost", "f8")]
    + [("has_cost", "?"), *((name, "f8") for name in CROP_COLUMNS)]
)


def placement_table(connection: Connection, mosaic_id: int) -> NDArray[np.void]:
    """Read the placements of a mosaic straight from the driver: there may be a million."""
    cost = placement.c.cost
    statement = select(
        placement.c.row,
        placement.c.column,
        placement.c.tile_id,
        placement.c.flipped,
        func.coalesce(cost, literal_column("0.0")),
        cost.is_not(None),
        *(func.coalesce(placement.c[name], literal_column("0.0")) for name in CROP_COLUMNS),
    ).where(placement.c.mosaic_id == mosaic_id)
    text = str(statement.compile(connection, compile_kwargs={"literal_binds": True}))
    rows = cast(Iterable[object], connection.exec_driver_sql(text).cursor)
    return np.fromiter(rows, dtype=_PLACEMENT)


class Grids:
    """What stands in each cell of a mosaic, as arrays of shape (rows, columns).

    Args:
        shape: rows and columns.
        of: a mosaic whose cells these are; None: all are empty.
    """

    def __init__(self, shape: tuple[int, int], of: Mosaic | None = None) -> None:
        self._tile_ids = np.full(shape, EMPTY_CELL, np.int64)
        self._flipped = np.zeros(shape, np.bool_)
        self._costs = np.zeros(shape, np.float64)
        self._crops = np.zeros((*shape, len(CROP_COLUMNS)), np.float64)
        if of is not None:
            self._tile_ids[:] = of.tile_ids
            self._flipped[:] = False if of.flipped is None else of.flipped
            self._costs[:] = np.nan if of.cell_costs is None else of.cell_costs
            self._crops[:] = 0 if of.crops is None else of.crops

    def put(self, place: Mapping[str, Any]) -> None:
        """Put a placement into its cell: the values of its columns by name."""
        cell = place["row"], place["column"]
        self._tile_ids[cell], self._flipped[cell] = place["tile_id"], place["flipped"]
        self._costs[cell] = np.nan if place["cost"] is None else place["cost"]
        self._crops[cell] = [place.get(name) or 0 for name in CROP_COLUMNS]

    def put_all(self, places: NDArray[np.void]) -> None:
        """Put placements into their cells: see `placement_table`."""
        cells = places["row"], places["column"]
        self._tile_ids[cells], self._flipped[cells] = places["tile_id"], places["flipped"]
        self._costs[cells] = np.where(places["has_cost"], places["cost"], np.nan)
        self._crops[cells] = np.stack([places[name] for name in CROP_COLUMNS], axis=1)

    def fields(self) -> dict[str, Any]:
        """Give what a `Mosaic` holds of its cells."""
        return {
            "tile_ids": self._tile_ids,
            "flipped": self._flipped if self._flipped.any() else None,
            "crops": self._crops if self._crops.any() else None,
            "cell_costs": None if np.isnan(self._costs).any() else self._costs,
        }
