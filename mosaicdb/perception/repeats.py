"""Count how a mosaic repeats its tiles."""

import numpy as np
from numpy.typing import NDArray

from ..records import Repeats


def count_repeats(tile_ids: NDArray[np.int64]) -> Repeats:
    """Count the tiles of a mosaic, and find the two nearest uses of one.

    Args:
        tile_ids: which tile is in which cell, shape (rows, columns); -1: the cell is empty.
    """
    cells = np.argwhere(tile_ids >= 0)
    _, tiles, uses = np.unique(tile_ids[tile_ids >= 0], return_inverse=True, return_counts=True)
    again = uses[tiles] > 1
    most = int(uses.max()) if len(uses) else 0
    return Repeats(len(uses), most, _nearest_pair(cells[again], tiles[again], sum(tile_ids.shape)))


def _nearest_pair(cells: NDArray[np.intp], tiles: NDArray[np.intp], far: int) -> int | None:
    """Return the least Chebyshev distance of two cells of one tile.

    One tree finds each cell's nearest other use: tiles are kept apart by a third coordinate.
    """
    from scipy.spatial import cKDTree

    if not len(cells):
        return None
    points = np.column_stack([cells, tiles * far])
    distances, _ = cKDTree(points).query(points, k=2, p=np.inf)
    return int(distances[:, 1].min())
