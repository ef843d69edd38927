"""Where cells lie: needed to keep repeats apart."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import MatchingError
from ..arrays import Ints

NOTHING = -1
"""Stands for no cell, no tile."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Rows and columns, not every place of which needs to have a cell."""

    rows: int
    """Down."""
    columns: int
    """Across."""
    places: Ints
    """(cells,) row * columns + column of each cell, ascending."""

    @property
    def full(self) -> bool:
        """Say whether every place has a cell."""
        return len(self.places) == self.rows * self.columns

    def cell_at(self) -> Ints:
        """(rows * columns,) the cell at each place, or NOTHING."""
        found = np.full(self.rows * self.columns, NOTHING, dtype=np.int64)
        found[self.places] = np.arange(len(self.places))
        return found

    def spread_limit(self, distance: int) -> int:
        """How many cells can share a tile at most."""
        return math.ceil(self.rows / distance) * math.ceil(self.columns / distance)

    def __str__(self) -> str:
        return f"{self.columns}x{self.rows} cells"


def make_grid(given: Any, cells: int) -> Grid:
    """Check where cells lie.

    Args:
        given: (rows, columns), or a boolean array of that shape, true where there is a cell.
        cells: how many there are.

    Raises:
        MatchingError: given is neither, or has another number of cells.
    """
    shape = given.shape if isinstance(given, np.ndarray) else given
    if shape is not None and len(shape) == 2 and min(shape) >= 1:
        there = given if isinstance(given, np.ndarray) else np.ones(shape, dtype=np.bool_)
        places = np.flatnonzero(there)
        if len(places) == cells:
            return Grid(int(shape[0]), int(shape[1]), places)
    raise MatchingError(
        f"min_distance needs the grid of the {cells} cells as (rows, columns), "
        f"or an array of where they are, not {given}"
    )
