"""The reference solver: `ot.emd`, the network simplex of POT, on a dense matrix."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from .arrays import Floats, Indices, squared_distances
from .problem import Problem

MOST_PIVOTS = 1_000_000_000
"""More pivots than any dense problem that fits in memory takes: no limit."""

BLOCK = 1 << 16
"""Numbers that are held at once, so that they stay in a cache: 0.5 MB. A choice."""


@contextmanager
def _no_backends() -> Iterator[None]:
    """Keep `import ot` from loading torch, jax, cupy and tensorflow."""
    names = [f"POT_BACKEND_DISABLE_{name}" for name in ("PYTORCH", "JAX", "CUPY", "TENSORFLOW")]
    added = [name for name in names if name not in os.environ]
    os.environ.update(dict.fromkeys(added, "1"))
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


def solve_dense(problem: Problem) -> tuple[Indices, Floats]:
    """Find the tile of each cell, and dual prices of the tiles, by `ot.emd`.

    Each tile is a source of its optional uses, and another of its compulsory ones, which are kept
    from the sink of unused tiles by a prohibitive cost. Memory is O(tiles * cells).

    Returns:
        (cells,) tiles, and (tiles,) dual prices in units of cost.

    References:
        Bonneel, van de Panne, Paris and Heidrich, "Displacement interpolation using Lagrangian mass
        transport", ACM Transactions on Graphics 30 (2011): the network simplex of POT.
    """
    with _no_backends():
        from ot.lp import emd

    cost = _costs(problem)
    tiles, cells = cost.shape
    sources, rows = _sources(problem)
    unused = float(sources.sum() - cells)
    sinks = np.ones(cells)
    matrix = cost[rows]
    if unused > 0:
        compulsory = np.arange(len(rows)) < np.count_nonzero(problem.low)
        wall = (float(cost.max()) + 1.0) * (tiles + cells)
        matrix = np.column_stack((matrix, np.where(compulsory, wall, 0.0)))
        sinks = np.append(sinks, unused)
    plan, log = emd(sources, sinks, np.ascontiguousarray(matrix), numItermax=MOST_PIVOTS, log=True)
    which, cell = np.nonzero(np.rint(plan[:, :cells]))
    indices = np.empty(cells, dtype=np.intp)
    indices[cell] = rows[which]
    prices = np.full(tiles, np.inf)
    np.minimum.at(prices, rows, -np.asarray(log["u"]))
    return indices, prices


def worth_of_cells(costs: Floats) -> Floats:
    """Spread tiles evenly over cells at least cost, and give what each cell adds to that.

    Tiles may be parted: of n tiles and m cells, each tile fills m / n of a cell.

    Args:
        costs: of each tile in each cell, shape (tiles, cells).

    Returns:
        (cells,) dual values in units of cost, up to a constant.
    """
    with _no_backends():
        from ot.lp import emd

    tiles, cells = costs.shape
    uses, filled = np.full(tiles, 1 / tiles), np.full(cells, 1 / cells)
    _, log = emd(uses, filled, costs, numItermax=MOST_PIVOTS, log=True)
    worth: Floats = np.asarray(log["v"])
    return worth


def _costs(problem: Problem) -> Floats:
    """Compute what each tile costs in each cell, a few tiles at a time: their rows fit a cache."""
    owners, cells = problem.owners, problem.cells
    costs = np.empty((len(owners), len(cells)))
    step = max(1, BLOCK * len(owners) // (len(owners.rows) * len(cells)))
    for start in range(0, len(owners), step):
        part = np.arange(start, min(start + step, len(owners)))
        rows, starts = owners.rows_of(part)
        squares = squared_distances(problem.tiles[rows], cells)
        np.minimum.reduceat(squares, starts, axis=0, out=costs[start : start + step])
    if problem.weights is not None:
        costs *= problem.weights
    return costs


def _sources(problem: Problem) -> tuple[Floats, Indices]:
    """Give the uses of each source and whose they are: compulsory ones, then optional ones."""
    optional = problem.high - problem.low
    rows = np.concatenate((np.flatnonzero(problem.low), np.flatnonzero(optional)))
    uses = np.concatenate((problem.low[problem.low > 0], optional[optional > 0]))
    return uses.astype(np.float64), rows
