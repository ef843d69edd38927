"""What windows charge: the part of a bound that knows of a least distance of repeats.

No two cells of a square of places as wide as the distance share a tile. So in any match all cells
together pay each window, a square for one tile, its amount once at most, if all pay it that use the
tile there; what each cell pays at least, less all amounts, is no more than the match costs.
"""

from dataclasses import dataclass

import numpy as np

from ..arrays import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Surcharges:
    """What cells pay for tiles on top of cost and price; none is negative."""

    first: Ints
    """(cells + 1,) where the cell's surcharges start in `tiles`."""
    tiles: Ints
    """(surcharges,) ascending for each cell."""
    amounts: Floats
    """(surcharges,) in units of cost."""
    windows: Floats
    """(windows,) what each window is paid at most."""

    def of(self, cells: Ints) -> "Surcharges":
        """Give the surcharges of some cells, in their order."""
        counts = np.diff(self.first)[cells]
        first = np.concatenate(([0], np.cumsum(counts)))
        at = np.repeat(self.first[cells] - first[:-1], counts) + np.arange(first[-1])
        return Surcharges(first, self.tiles[at], self.amounts[at], self.windows)


def no_surcharges(cells: int) -> Surcharges:
    """Give those of cells that pay nothing but costs and prices."""
    first, nothing = np.zeros(cells + 1, dtype=np.int64), np.zeros(0)
    return Surcharges(first, nothing.astype(np.int64), nothing, nothing)


def spread_over_cells(
    tiles: Ints, corners: Ints, amounts: Floats, distance: int, there: Ints, tile_count: int
) -> Surcharges:
    """Add up what the windows around each cell charge for each tile.

    Args:
        tiles: (windows,) the tile of each.
        corners: (windows, 2) its first row and column.
        amounts: (windows,) at least 0, in units of cost.
        distance: rows and columns of a window.
        there: (rows, columns) the cell at each place of the grid, or -1.
        tile_count: how many tiles there are.
    """
    if (amounts < 0).any():
        raise ValueError("a window charges less than nothing: it would prove nothing")
    rows, columns = there.shape
    cells, of_windows = [], []
    for down in range(min(distance, rows)):
        for right in range(min(distance, columns)):
            row, column = corners[:, 0] + down, corners[:, 1] + right
            inside = np.flatnonzero((row < rows) & (column < columns))
            cell = there[row[inside], column[inside]]
            cells.append(cell[cell >= 0])
            of_windows.append(inside[cell >= 0])
    cell, window = np.concatenate(cells), np.concatenate(of_windows)
    pairs, place = np.unique(cell * tile_count + tiles[window], return_inverse=True)
    cell_of_pair, tile_of_pair = np.divmod(pairs, tile_count)
    first = np.searchsorted(cell_of_pair, np.arange(int(there.max()) + 2))
    totals = np.zeros(len(pairs))
    np.add.at(totals, place.ravel(), amounts[window])
    return Surcharges(first, tile_of_pair, totals, amounts)
