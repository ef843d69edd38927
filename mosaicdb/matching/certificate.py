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

BLOCK_CELLS = 96
BLOCK_TILES = 1 << 16
MARGIN = 2.0**-40


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
    for start in range(0, len(cells), BLOCK_TILES):
        part = slice(start, start + BLOCK_TILES)
        costs = np.square(tiles[indices[part]] - cells[part]).sum(axis=1)
        pieces.append(math.fsum(costs if weights is None else costs * weights[part]))
    return math.fsum(pieces)


def lower_bound(
    tiles: Floats, cells: Floats, weights: Floats | None, prices: Floats, low: Ints, high: Ints
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
    """
    demand, cells, weights = _distinct(cells, weights)
    values = np.empty(len(cells))
    for block in _blocks(cells, weights):
        values[block] = _lowest_values(tiles, prices, cells[block], weights[block])
    paid = np.where(prices > 0, high, low) * prices
    bound = math.fsum(values * demand) - math.fsum(paid)
    return max(bound, 0.0)


def _distinct(cells: Floats, weights: Floats | None) -> tuple[Ints, Floats, Floats]:
    factors = np.ones(len(cells)) if weights is None else weights
    rows, demand = np.unique(np.column_stack((cells, factors)), axis=0, return_counts=True)
    return demand, np.ascontiguousarray(rows[:, :-1]), np.ascontiguousarray(rows[:, -1])


def _blocks(cells: Floats, weights: Floats) -> list[Ints]:
    """Part the cells into blocks of neighbours: halved on the widest side until small."""
    sides = np.column_stack((cells, weights * np.abs(cells).max()))
    pending, done = [np.arange(len(cells))], []
    while pending:
        rows = pending.pop()
        if len(rows) <= BLOCK_CELLS:
            done.append(rows)
            continue
        side = sides[rows, np.argmax(np.ptp(sides[rows], axis=0))]
        halves = np.argpartition(side, len(rows) // 2)
        pending.append(rows[halves[: len(rows) // 2]])
        pending.append(rows[halves[len(rows) // 2 :]])
    return done


def _lowest_values(tiles: Floats, prices: Floats, cells: Floats, weights: Floats) -> Floats:
    """Compute min_i (w_j |x_i - y_j|^2 + p_i) for the cells of one block."""
    lowest = np.full(len(cells), np.inf)
    rows = _candidates(tiles, prices, cells, weights)
    for start in range(0, len(rows), BLOCK_TILES):
        part = rows[start : start + BLOCK_TILES]
        np.minimum(lowest, _lowest_of(tiles[part], prices[part], cells, weights), out=lowest)
    return lowest


def _candidates(tiles: Floats, prices: Floats, cells: Floats, weights: Floats) -> Ints:
    """Find the tiles that may be best for a cell of the block; the others are proven not to be.

    With the block's middle y0, half-widths r, and z = w y: the value of tile i less that of a
    rival k is s_i - s_k - 2 <x_i - x_k, z - z0> + (w - w0) (|x_i|^2 - |x_k|^2), so that i cannot be
    best where s_i - s_k exceeds what the last two terms can take off.
    """
    pulls = weights[:, None] * cells
    low, high = pulls.min(axis=0), pulls.max(axis=0)
    middle, half = (low + high) / 2, (high - low) / 2
    weight, spread = (weights.min() + weights.max()) / 2, np.ptp(weights) / 2
    squares = np.einsum("ik,ik->i", tiles, tiles)
    level = weight * squares - 2.0 * (tiles @ middle) + prices
    rival = int(np.argmin(level))
    swing = np.zeros(len(tiles))
    for k in range(tiles.shape[1]):
        swing += np.abs(tiles[:, k] - tiles[rival, k]) * (2.0 * half[k])
    swing += np.abs(squares - squares[rival]) * spread
    # Rounding: well above what the sums above can lose.
    slack = MARGIN * (
        weights.max() * squares.max()
        + np.abs(pulls).max() * np.abs(tiles).max()
        + np.abs(prices).max()
    )
    return np.flatnonzero(level - swing <= level[rival] + slack)


def _lowest_of(tiles: Floats, prices: Floats, cells: Floats, weights: Floats) -> Floats:
    """Find the lowest values among a few tiles: estimate, then compute those near it exactly."""
    squares = np.einsum("ik,ik->i", tiles, tiles)
    own = np.einsum("jk,jk->j", cells, cells)
    estimate = weights[:, None] * (own[:, None] + squares - 2.0 * (cells @ tiles.T)) + prices
    slack = MARGIN * (weights * (own + squares.max()) + np.abs(prices).max())
    near = estimate <= (estimate.min(axis=1) + slack)[:, None]
    j, i = np.nonzero(near)
    values = weights[j] * np.square(tiles[i] - cells[j]).sum(axis=1) + prices[i]
    lowest = np.full(len(cells), np.inf)
    np.minimum.at(lowest, j, values)
    return lowest
