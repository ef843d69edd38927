"""The tiles that a cell may try: those that are cheapest for it at the optimal prices."""

import numpy as np

from ..arrays import Floats, Ints
from ..kernels import kernel
from ..owners import Owners
from ..price_tree import (
    PriceTree,
    Ranking,
    build_order,
    build_tree,
    refresh,
    search,
    set_references,
)


def cheapest_tiles(
    tiles: Floats, owners: Owners, prices: Floats, cells: Floats, count: int
) -> Ints:
    """Find the tiles of least squared distance plus price for each cell.

    Args:
        tiles: (rows, dimensions) features.
        owners: which row belongs to which tile.
        prices: (tiles,) in squared units of features.
        cells: (cells, dimensions) features.
        count: how many tiles of each cell; no more than there are tiles.

    Returns:
        (cells, count) tiles, the cheapest first.
    """
    order = build_order(tiles, cells)
    points = np.ascontiguousarray(tiles[order])
    squares = np.square(points).sum(axis=1)
    owner = owners.of_row[order]
    numbers = owner if owners.single else np.arange(len(owners))
    tree = build_tree(points, squares, prices[numbers], np.argsort(numbers)[owner])
    queries = -2.0 * cells
    set_references(tree, np.tile(queries.mean(axis=0), (len(points), 1)))
    refresh(tree)
    found = np.empty((len(cells), count), dtype=np.int64)
    _search_all(tree, queries, found)
    return numbers[found]


@kernel
def _search_all(tree: PriceTree, queries: Floats, found: Ints) -> None:
    count = found.shape[1]
    costs, values = np.empty(count), np.empty(count)
    for row in range(len(queries)):
        search(tree, queries[row], count, Ranking(found[row], costs, values))
