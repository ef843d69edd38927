"""The certificate: cost and lower bound, computed afresh from the features and prices alone.

For any prices p of tiles that may be used between lo_i and hi_i times, weak duality gives

    sum_j c(sigma(j), j)
        >=  sum_j min_i (c(i, j) + p_i) - sum_i (hi_i p_i if p_i > 0 else lo_i p_i)

with c(i, j) = w_j |x_i - y_j|^2, for every feasible assignment sigma. Nothing here is shared with
the search that found the prices, and nothing has to be believed about it.
"""

import math

import numpy as np

from .arrays import AnyArray, Floats, Ints

BLOCK = 1 << 16
FEW_PAIRS = 1 << 21


def assignment_cost(
    tiles: Floats, cells: Floats, weights: Floats | None, indices: AnyArray
) -> float:
    """Add up the weighted squared distances of cells to their tiles.

    Args:
        tiles: (tiles, dimensions) features.
        cells: (cells, dimensions) features.
        weights: (cells,) factors, or None for 1.
        indices: (cells,) row of the tile of each cell.
    """
    pieces = []
    for start in range(0, len(cells), BLOCK):
        part = slice(start, start + BLOCK)
        costs = np.square(tiles[indices[part]] - cells[part]).sum(axis=1)
        pieces.append(math.fsum(costs if weights is None else costs * weights[part]))
    return math.fsum(pieces)


def lower_bound(
    tiles: Floats,
    cells: Floats,
    weights: Floats | None,
    prices: Floats,
    low: Ints,
    high: Ints,
    likely: AnyArray | None = None,
    deadline: float = math.inf,
) -> float:
    """Compute from any prices a cost that no assignment within the limits can undercut.

    Takes O(tiles * cells) time at worst, a small part of it where prices are good, and memory
    linear in tiles + cells.

    Args:
        tiles: (tiles, dimensions) features.
        cells: (cells, dimensions) features.
        weights: (cells,) factors of the squared distances, or None for 1.
        prices: (tiles,) any finite numbers, in units of cost.
        low, high: (tiles,) least and most uses of each tile.
        likely: (cells,) for each cell a tile that may be its best: makes it quick, no more.
        deadline: on the clock `time.monotonic`; cells that are not settled by then are bounded
            from below, and the bound is valid, but lower.
    """
    factors = np.ones(len(cells)) if weights is None else weights
    rows, first, demand = np.unique(
        np.column_stack((cells, factors)), axis=0, return_index=True, return_counts=True
    )
    cells, factors = np.ascontiguousarray(rows[:, :-1]), np.ascontiguousarray(rows[:, -1])
    if len(tiles) * len(cells) <= FEW_PAIRS:
        values = _by_brute_force(tiles, prices, cells, factors)
    else:
        from .lowest import lowest_values

        hints = np.zeros(len(cells), dtype=np.int64) if likely is None else likely[first]
        values = lowest_values(tiles, prices, cells, factors, hints.astype(np.int64), deadline)
    paid = np.where(prices > 0, high, low) * prices
    bound = math.fsum(values * demand) - math.fsum(paid)
    return max(bound, 0.0)


def _by_brute_force(tiles: Floats, prices: Floats, cells: Floats, weights: Floats) -> Floats:
    """Compute min_i (w_j |x_i - y_j|^2 + p_i) for all cells j, a few at a time."""
    values = np.empty(len(cells))
    step = max(1, BLOCK // len(tiles))
    for start in range(0, len(cells), step):
        part = slice(start, start + step)
        squares = np.zeros((len(cells[part]), len(tiles)))
        for k in range(tiles.shape[1]):
            squares += np.square(tiles[:, k] - cells[part, k, None])
        values[part] = (squares * weights[part, None] + prices).min(axis=1)
    return values
