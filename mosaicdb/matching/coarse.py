"""From coarse to fine: prices of a task from those of a task a fraction of its size.

Runs of tiles and of cells that are neighbours are replaced by their means (Mérigot 2011,
Schmitzer 2016). The coarse values then price every fine tile at what the cell would pay that
wants it most: p_i = max_J (v_J - c(i, J)).
"""

import math

import numpy as np

from .arrays import Floats, Ints
from .compiled import kernel
from .market import Task
from .tree import (
    PriceTree,
    build_order,
    build_tree,
    refresh,
    search,
    set_references,
)


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
    found = np.empty(2, dtype=np.int64)
    costs, best = np.empty(2), np.empty(2)
    for row in range(len(queries)):
        search(tree, price, queries[row], 1, found, costs, best)
        winners[row], values[row] = found[0], best[0]


def carry_down(coarse: Task, values: Floats, tiles: Floats) -> tuple[Floats, Ints]:
    """Price tiles, and find for each the coarse cell that would pay the most.

    Args:
        coarse: a solved task.
        values: (groups of coarse,) cost + price of each cell's best tile, without `own_part`.
        tiles: (tiles, dimensions) features of tiles that want prices.
    """
    squares = np.square(tiles).sum(axis=1)
    if coarse.weight is None:
        points, queries, rest = coarse.cells, -2.0 * tiles, squares
    else:
        weight = coarse.weight[:, None]
        points = np.hstack((weight, weight * coarse.cells))
        queries, rest = np.column_stack((squares, -2.0 * tiles)), np.zeros(len(squares))
    order = build_order(points)
    price = -values[order]
    tree = build_tree(np.ascontiguousarray(points[order]), np.zeros(len(order)))
    set_references(tree, np.tile(queries.mean(axis=0), (len(order), 1)))
    refresh(tree, price)
    winners, lowest = np.empty(len(queries), dtype=np.int64), np.empty(len(queries))
    _nearest(tree, price, np.ascontiguousarray(queries), winners, lowest)
    return -(lowest + rest), order[winners]
