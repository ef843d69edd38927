"""The tiles that a cell may try: those that are cheapest for it at the optimal prices."""

import numpy as np

from ..arrays import Floats, Ints
from ..kernels import kernel
from ..owners import Owners
from ..price_tree import PriceTree, build_tree, refresh, search, set_references
from ..problem import Problem
from ..ranking import Ranking
from ..tree_order import build_order


def cheapest_tiles(
    tiles: Floats,
    owners: Owners,
    prices: Floats,
    cells: Floats,
    weights: Floats | None,
    count: int,
) -> Ints:
    """Find the tiles of least cost plus price for each cell.

    Args:
        tiles: (rows, dimensions) features.
        owners: which row belongs to which tile.
        prices: (tiles,) in units of cost.
        cells: (cells, dimensions) features.
        weights: (cells,) factors of the squared distances, or None for 1.
        count: how many tiles of each cell; no more than there are tiles.

    Returns:
        (cells, count) tiles, the cheapest first.
    """
    order = build_order(tiles, cells)
    points = np.ascontiguousarray(tiles[order])
    base, queries = np.square(points).sum(axis=1), -2.0 * cells
    if weights is not None:
        points = np.column_stack((points, base))
        base, queries = np.zeros(len(base)), np.column_stack((queries, np.ones(len(cells))))
        queries *= weights[:, None]
    owner = owners.of_row[order]
    numbers = owner if owners.single else np.arange(len(owners))
    curved = weights is not None
    tree = build_tree(points, base, prices[numbers], np.argsort(numbers)[owner], curved)
    set_references(tree, np.tile(queries.mean(axis=0), (len(points), 1)))
    refresh(tree)
    found = np.empty((len(cells), count), dtype=np.int64)
    _search_all(tree, queries, found)
    return numbers[found]


def pair_costs(problem: Problem, tiles: Ints) -> Floats:
    """Compute what some tiles cost each cell, (cells, count) of them, by their nearest rows."""
    costs = np.empty(tiles.shape)
    owners = problem.owners
    _set_costs(problem.tiles, owners.first, owners.rows, problem.cells, tiles, costs)
    return costs if problem.weights is None else costs * problem.weights[:, None]


@kernel
def _set_costs(
    rows: Floats, own_first: Ints, own_rows: Ints, cells: Floats, tiles: Ints, costs: Floats
) -> None:
    for cell in range(len(cells)):
        for at in range(tiles.shape[1]):
            least = np.inf
            for own in range(own_first[tiles[cell, at]], own_first[tiles[cell, at] + 1]):
                total = 0.0
                for k in range(cells.shape[1]):
                    step = rows[own_rows[own], k] - cells[cell, k]
                    total += step * step
                least = min(least, total)
            costs[cell, at] = least


@kernel
def _search_all(tree: PriceTree, queries: Floats, found: Ints) -> None:
    count = found.shape[1]
    costs, values = np.empty(count), np.empty(count)
    for row in range(len(queries)):
        search(tree, queries[row], count, Ranking(found[row], costs, values))
