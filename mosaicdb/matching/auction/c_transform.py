"""The c-transform: prices of tiles from the dual values of cells, of this level or a coarser one.

Every tile is priced at what the cell would pay that wants it most: p_i = max_J (v_J - c(i, J)), or
a little less: any prices are a fair start (Peyré and Cuturi, Computational Optimal Transport, 2019,
section 5.1; as a start of the next finer level: Mérigot 2011, Schmitzer 2016).
"""

import numpy as np

from ..arrays import Floats, Ints
from ..kernels import kernel
from ..price_tree import (
    STACK_SIZE,
    PriceTree,
    build_tree,
    node_bound,
    pair_cost,
    refresh,
    set_costs,
    set_references,
)
from ..tree_order import build_order
from .transport_problem import TransportProblem

MOST_LEAVES = 48
"""Leaves that the search for one tile's price visits; measured by
`benchmarks/matching_constants.py`."""


def price_by_values(
    problem: TransportProblem, values: Floats, held: Ints, tiles: Floats
) -> tuple[Floats, Ints]:
    """Price rows of tiles, and find for each the cell that would pay the most.

    A tile's price is the greatest of its rows'.

    Args:
        problem: a solved one, whose cells pay.
        values: (groups,) cost + price of each cell's best tile, without `own_costs`.
        held: (groups,) a row of the problem that each cell uses, or -1: makes it quick.
        tiles: (rows, dimensions) features of tiles that want prices.

    Returns:
        (rows,) prices in units of cost, and (rows,) groups.
    """
    tree, order = tree_of_cells(problem, values, held)
    queries = queries_of_tiles(problem, tiles)
    winners, lowest = np.empty(len(queries), dtype=np.int64), np.empty(len(queries))
    find_low_values(tree, queries, winners, lowest)
    return -(lowest + own_costs_of_tiles(problem, tiles)), order[winners]


def tree_of_cells(problem: TransportProblem, values: Floats, held: Ints) -> tuple[PriceTree, Ints]:
    """Build a tree that finds the cells that would pay the most for a tile.

    The value of a cell for `queries_of_tiles` is cost - dual value, less `own_costs_of_tiles`.

    Args:
        problem: a solved one, whose cells pay.
        values: (groups,) dual values.
        held: (groups,) a row of the problem that each cell uses, or -1: makes it quick.

    Returns:
        The tree, over groups, and (groups,) the group of each of its points.
    """
    points = problem.cells
    if problem.weights is not None:
        weights = problem.weights[:, None]
        points = np.hstack((weights, weights * problem.cells))
    queries = queries_of_tiles(problem, problem.tiles)
    references = np.tile(queries.mean(axis=0), (len(points), 1))
    references[held >= 0] = queries[held[held >= 0]]
    order = build_order(points, queries)
    base, own = np.zeros(len(order)), np.arange(len(order))
    tree = build_tree(np.ascontiguousarray(points[order]), base, -values[order], own)
    set_references(tree, references[order])
    refresh(tree)
    return tree, order


@kernel
def find_low_values(tree: PriceTree, queries: Floats, winners: Ints, values: Floats) -> None:
    """Find a point of low value for each query: the best of the first few leaves of the tree.

    That is nearly always the best of all, and most of a full search would only go to prove it.
    """
    nodes, price = tree.nodes, tree.price
    inner = len(nodes) >> 1
    stack, bounds = np.empty(STACK_SIZE, dtype=np.int64), np.empty(STACK_SIZE)
    costs = np.empty(tree.lanes.shape[2])
    for row in range(len(queries)):
        query = queries[row]
        # The last query was a near one: its winner is a good bid to begin with.
        winners[row] = winners[row - 1] if row > 0 else 0
        values[row] = pair_cost(tree, query, winners[row]) + price[winners[row]]
        leaves = 0
        stack[0], bounds[0], depth = 0, -np.inf, 1
        while depth > 0 and leaves < MOST_LEAVES:
            depth -= 1
            node = stack[depth]
            if bounds[depth] >= values[row]:
                continue
            while node < inner:
                node, far = 2 * node + 1, 2 * node + 2
                near_bound = node_bound(nodes, node, query)
                far_bound = node_bound(nodes, far, query)
                if far_bound < near_bound:
                    node, far, far_bound = far, node, near_bound
                stack[depth], bounds[depth] = far, far_bound
                depth += 1
            leaves += 1
            set_costs(tree, node - inner, query, costs)
            for i in range(tree.first[node], tree.first[node + 1]):
                value = costs[i - tree.first[node]] + price[i]
                if value < values[row]:
                    values[row], winners[row] = value, i


def queries_of_tiles(problem: TransportProblem, tiles: Floats) -> Floats:
    """(tiles, dimensions) what tiles ask the tree of `tree_of_cells`."""
    if problem.weights is None:
        return -2.0 * tiles
    return np.column_stack((_squares(tiles), -2.0 * tiles))


def own_costs_of_tiles(problem: TransportProblem, tiles: Floats) -> Floats:
    """(tiles,) the part of their costs that the tree of `tree_of_cells` leaves out."""
    return _squares(tiles) if problem.weights is None else np.zeros(len(tiles))


def _squares(points: Floats) -> Floats:
    squares: Floats = np.square(points).sum(axis=1)
    return squares
