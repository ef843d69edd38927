"""Every cell its nearest tile, repeats allowed."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..model import Match

_NEIGHBOURS: Final = 8
_ROUNDING: Final = 1e-9  # by how much the tree may misjudge a distance, relative


def nearest(tiles: NDArray[np.float64], cells: NDArray[np.float64]) -> Match:
    """Match each cell with the tile of least squared distance, ties to the lowest row.

    Args:
        tiles: features, shape (tiles, dimensions).
        cells: features, shape (cells, dimensions).

    Returns:
        What brute force gives, `((tiles - cell) ** 2).sum(1).argmin()`, in time
        O((tiles + cells) log tiles) for few dimensions.
    """
    from scipy.spatial import KDTree

    colours, first = np.unique(tiles, axis=0, return_index=True)
    count = min(_NEIGHBOURS, len(colours))
    reach, near = KDTree(colours).query(cells, k=range(1, count + 1))
    rows = np.sort(first[near], axis=1)
    costs = _squared_distances(tiles[rows], cells[:, None, :])
    best = costs.argmin(axis=1)[:, None]
    indices = np.take_along_axis(rows, best, axis=1)[:, 0]
    least = np.take_along_axis(costs, best, axis=1)[:, 0]
    if count < len(colours):  # where all neighbours tie, more tiles might
        unsure = reach[:, -1] <= reach[:, 0] * (1 + _ROUNDING)
        for cell in np.flatnonzero(unsure):
            indices[cell] = _squared_distances(tiles, cells[cell]).argmin()
    cost = float(least.sum())
    return Match(indices.astype(np.intp), cost, cost)


def _squared_distances(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    distances: NDArray[np.float64] = ((a - b) ** 2).sum(axis=-1)
    return distances
