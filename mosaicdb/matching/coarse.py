"""From coarse to fine: prices of a task from those of a task a fraction of its size.

Runs of tiles and of cells that are neighbours are replaced by their means (Mérigot 2011,
Schmitzer 2016). The coarse values then price every fine tile at what the cell would pay that
wants it most: p_i = max_J (v_J - c(i, J)), or a little less: any prices are a fair start.
"""

import math

import numpy as np

from .arrays import Floats, Ints
from .compiled import kernel
from .market import Task
from .tree import (
    STACK_SIZE,
    PriceTree,
    build_order,
    build_tree,
    node_bound,
    pair_cost,
    refresh,
    set_references,
)

LEAVES = 96


def coarsen(task: Task, factor: int) -> Task:
    """Replace every `factor` neighbours, tiles or cells, by their mean (Mérigot 2011).

    Args:
        task: tiles in the order of the price tree.
        factor: how many times smaller the new task is.
    """
    tiles = _means(np.repeat(task.tiles, task.copies, axis=0), None, factor)[0]
    order = build_order(task.cells)
    members = np.repeat(order, task.demand[order])
    weight = None if task.weight is None else task.weight[members]
    cells, means = _means(task.cells[members], weight, factor)
    order = build_order(tiles)
    average = len(cells) / len(tiles)
    least = min(int((task.least / task.copies).max()), math.floor(average))
    most = max(int((task.most / task.copies).min()), math.ceil(average))
    return Task(
        tiles=tiles[order],
        copies=np.ones(len(tiles), dtype=np.int64),
        cells=cells,
        demand=np.ones(len(cells), dtype=np.int64),
        weight=means,
        least=np.full(len(tiles), least),
        most=np.full(len(tiles), most),
    )


def _means(rows: Floats, weight: Floats | None, factor: int) -> tuple[Floats, Floats | None]:
    starts = np.arange(0, len(rows), factor)
    counts = np.diff(np.append(starts, len(rows)))[:, None]
    plain = np.add.reduceat(rows, starts, axis=0) / counts
    if weight is None:
        return plain, None
    totals = np.add.reduceat(weight, starts)[:, None]
    weighted = np.add.reduceat(rows * weight[:, None], starts, axis=0)
    means = np.where(totals > 0, weighted / np.where(totals > 0, totals, 1.0), plain)
    return means, (totals / counts).ravel()


@kernel
def _nearest(
    tree: PriceTree, price: Floats, queries: Floats, winners: Ints, values: Floats
) -> None:
    """Find a point of low value for each query: the best of the first few leaves of the tree.

    That is nearly always the best of all, and most of a full search would only go to prove it.
    """
    nodes, inner = tree.nodes, len(tree.nodes) >> 1
    stack, bounds = np.empty(STACK_SIZE, dtype=np.int64), np.empty(STACK_SIZE)
    for row in range(len(queries)):
        query = queries[row]
        # The last query was a near one: its winner is a good bid to begin with.
        winners[row] = winners[row - 1] if row > 0 else 0
        values[row] = pair_cost(tree, query, winners[row]) + price[winners[row]]
        leaves = 0
        stack[0], bounds[0], depth = 0, -np.inf, 1
        while depth > 0 and leaves < LEAVES:
            depth -= 1
            node = stack[depth]
            if bounds[depth] >= values[row]:
                continue
            while node < inner:
                node, far = 2 * node + 1, 2 * node + 2
                near_bound, far_bound = (
                    node_bound(nodes, node, query),
                    node_bound(nodes, far, query),
                )
                if far_bound < near_bound:
                    node, far, far_bound = far, node, near_bound
                stack[depth], bounds[depth] = far, far_bound
                depth += 1
            leaves += 1
            for i in range(tree.first[node], tree.first[node + 1]):
                value = pair_cost(tree, query, i) + price[i]
                if value < values[row]:
                    values[row], winners[row] = value, i


def carry_down(coarse: Task, values: Floats, owned: Ints, tiles: Floats) -> tuple[Floats, Ints]:
    """Price tiles, and find for each the coarse cell that would pay the most.

    Args:
        coarse: a solved task.
        values: (groups of coarse,) cost + price of each cell's best tile, without `own_part`.
        owned: (groups of coarse,) a tile of coarse that each cell holds, or -1: makes it quick.
        tiles: (tiles, dimensions) features of tiles that want prices.
    """
    if coarse.weight is None:
        points, rest = coarse.cells, _squares(tiles)
    else:
        weight = coarse.weight[:, None]
        points, rest = np.hstack((weight, weight * coarse.cells)), np.zeros(len(tiles))
    queries = _reverse_queries(coarse, tiles)
    references = np.tile(queries.mean(axis=0), (len(points), 1))
    references[owned >= 0] = _reverse_queries(coarse, coarse.tiles[owned[owned >= 0]])
    order = build_order(points)
    price = -values[order]
    tree = build_tree(np.ascontiguousarray(points[order]), np.zeros(len(order)))
    set_references(tree, references[order])
    refresh(tree, price)
    winners, lowest = np.empty(len(queries), dtype=np.int64), np.empty(len(queries))
    _nearest(tree, price, queries, winners, lowest)
    return -(lowest + rest), order[winners]


def _reverse_queries(coarse: Task, tiles: Floats) -> Floats:
    """(tiles, dimensions) what tiles ask the tree over cells."""
    if coarse.weight is None:
        return -2.0 * tiles
    return np.column_stack((_squares(tiles), -2.0 * tiles))


def _squares(points: Floats) -> Floats:
    squares: Floats = np.square(points).sum(axis=1)
    return squares
