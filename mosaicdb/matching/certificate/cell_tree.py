"""A tree over cells that tiles ask one by one: so that bounds can be proven over tiles in blocks.

Every cell j has a value v_j, in units of cost: what it pays in all. Weak duality holds for any
values: a tile that pays back the most that any cell would pay for it, max_j (v_j - c(i, j)), keeps
all cells from gaining by it. Tiles that no cell would pay for change nothing, and most are of this
kind: they are found by branch and bound, in memory that does not grow with their number.
"""

from typing import NamedTuple

import numpy as np

from ..arrays import Floats, Ints
from ..kernels import inlined_kernel, kernel
from .branch_and_bound import halve

LEAF = 16
"""Most cells of a leaf. A choice."""

STACK = 64
"""Nodes that a depth-first search may put off: one a level, more than any memory holds."""

LOWERED_AT_ONCE = 4096
"""Tiles between two looks at the greatest values of nodes. A choice."""


class CellTree(NamedTuple):
    """A complete binary tree in heap layout; leaves are runs of `order` of one size.

    No bound needs room for rounding: it is summed up in the order of what it bounds, and every
    operation of floating-point arithmetic is monotonic.
    """

    order: Ints
    """(leaves * size,) cells; the last one is repeated until all leaves are full."""
    points: Floats
    """(leaves, dimensions, size) features, those of one dimension side by side."""
    weights: Floats
    """(leaves, size) factors of the squared distances."""
    values: Floats
    """(leaves, size) what cells pay; changed by `lower_values`."""
    best: Ints
    """(leaves, size) the number of the tile that lowered a value last, or -1."""
    low: Floats
    """(nodes, dimensions) least coordinates."""
    high: Floats
    """(nodes, dimensions) greatest coordinates."""
    least: Floats
    """(nodes,) least weight."""
    greatest: Floats
    """(nodes,) greatest value, or more."""


def build_cell_tree(cells: Floats, weights: Floats, values: Floats) -> CellTree:
    """Build a tree over cells.

    Args:
        cells: (cells, dimensions) features.
        weights: (cells,) factors of the squared distances.
        values: (cells,) in units of cost.
    """
    order, leaves = halve(cells, LEAF)
    inside = cells[order].reshape(leaves, -1, cells.shape[1])
    of_weights = weights[order].reshape(leaves, -1)
    low, high, least = [inside.min(axis=1)], [inside.max(axis=1)], [of_weights.min(axis=1)]
    while len(low[0]) > 1:
        low.insert(0, low[0].reshape(len(low[0]) // 2, 2, -1).min(axis=1))
        high.insert(0, high[0].reshape(len(high[0]) // 2, 2, -1).max(axis=1))
        least.insert(0, least[0].reshape(-1, 2).min(axis=1))
    tree = CellTree(
        order,
        np.ascontiguousarray(inside.swapaxes(1, 2)),
        of_weights,
        np.empty(of_weights.shape),
        np.full(of_weights.shape, -1, dtype=np.int64),
        np.concatenate(low),
        np.concatenate(high),
        np.concatenate(least),
        np.empty(2 * leaves - 1),
    )
    set_values(tree, values)
    return tree


def set_values(tree: CellTree, values: Floats) -> None:
    """Give all cells new values, (cells,)."""
    tree.values[:] = values[tree.order].reshape(tree.values.shape)
    _set_greatest(tree)


def values_of(tree: CellTree) -> Floats:
    """Give the (cells,) values."""
    values = np.empty(int(tree.order.max()) + 1)
    values[tree.order] = tree.values.ravel()
    return values


def take_best(tree: CellTree) -> Ints:
    """Give the (cells,) numbers of tiles that lowered values since the last time, or -1."""
    best = np.empty(int(tree.order.max()) + 1, dtype=np.int64)
    best[tree.order] = tree.best.ravel()
    tree.best[:] = -1
    return best


def most_paid(tree: CellTree, tiles: Floats, floor: float) -> Floats:
    """Compute max_j (v_j - w_j |x_i - y_j|^2) for tiles i, or the floor where that is more.

    Args:
        tree: of the cells.
        tiles: (tiles, dimensions) features.
        floor: what need not be told apart, in units of cost.
    """
    paid = np.empty(len(tiles))
    _most_paid(tree, tiles, floor, paid)
    return paid


def lower_values(tree: CellTree, tiles: Floats) -> None:
    """Lower the values of cells to min_i w_j |x_i - y_j|^2, where that is less.

    Args:
        tree: of the cells; its `best` says which tile it was, the first of those that are equal.
        tiles: (tiles, dimensions) features.
    """
    for start in range(0, len(tiles), LOWERED_AT_ONCE):
        _lower_values(tree, tiles, start, min(start + LOWERED_AT_ONCE, len(tiles)))
        _set_greatest(tree)


def _set_greatest(tree: CellTree) -> None:
    greatest = tree.values.max(axis=1)
    stop = len(tree.greatest)
    while True:
        tree.greatest[stop - len(greatest) : stop] = greatest
        stop -= len(greatest)
        if not stop:
            return
        greatest = greatest.reshape(-1, 2).max(axis=1)


@inlined_kernel
def _square_outside(tree: CellTree, node: int, tile: Floats) -> float:
    """No cell of the node is nearer to the tile, by the squared distance."""
    square = 0.0
    for k in range(len(tile)):
        outside = max(tree.low[node, k] - tile[k], tile[k] - tree.high[node, k], 0.0)
        square += outside * outside
    return float(square)


@inlined_kernel
def _set_squares(tree: CellTree, leaf: int, tile: Floats, squares: Floats) -> None:
    for at in range(len(squares)):
        squares[at] = 0.0
    for k in range(len(tile)):
        for at in range(len(squares)):
            difference = tile[k] - tree.points[leaf, k, at]
            squares[at] += difference * difference


@kernel
def _most_paid(tree: CellTree, tiles: Floats, floor: float, paid: Floats) -> None:
    inner = len(tree.greatest) >> 1
    stack, bounds = np.empty(STACK, dtype=np.int64), np.empty(STACK)
    squares = np.empty(tree.values.shape[1])
    for i in range(len(tiles)):
        tile, most = tiles[i], floor
        stack[0], bounds[0], depth = 0, np.inf, 1
        while depth > 0:
            depth -= 1
            node = stack[depth]
            if bounds[depth] <= most:
                continue
            if node >= inner:
                leaf = node - inner
                _set_squares(tree, leaf, tile, squares)
                for at in range(len(squares)):
                    value = tree.values[leaf, at] - tree.weights[leaf, at] * squares[at]
                    most = max(most, value)
                continue
            for child in range(2 * node + 1, 2 * node + 3):
                saved = tree.least[child] * _square_outside(tree, child, tile)
                bound = tree.greatest[child] - saved
                if bound > most:
                    stack[depth], bounds[depth] = child, bound
                    depth += 1
            if depth > 1 and bounds[depth - 1] < bounds[depth - 2]:
                stack[depth - 1], stack[depth - 2] = stack[depth - 2], stack[depth - 1]
                bounds[depth - 1], bounds[depth - 2] = bounds[depth - 2], bounds[depth - 1]
        paid[i] = most


@kernel
def _lower_values(tree: CellTree, tiles: Floats, start: int, stop: int) -> None:
    inner = len(tree.greatest) >> 1
    stack = np.empty(STACK, dtype=np.int64)
    squares = np.empty(tree.values.shape[1])
    for i in range(start, stop):
        tile = tiles[i]
        stack[0], depth = 0, 1
        while depth > 0:
            depth -= 1
            node = stack[depth]
            if tree.least[node] * _square_outside(tree, node, tile) >= tree.greatest[node]:
                continue
            if node < inner:
                stack[depth], stack[depth + 1] = 2 * node + 1, 2 * node + 2
                depth += 2
                continue
            leaf = node - inner
            _set_squares(tree, leaf, tile, squares)
            for at in range(len(squares)):
                cost = tree.weights[leaf, at] * squares[at]
                if cost < tree.values[leaf, at]:
                    tree.values[leaf, at], tree.best[leaf, at] = cost, i
