"""The lowest value of any tile for every cell, by branch and bound: the work of the certificate.

The value of tile i for cell j is w_j |x_i - y_j|^2 + p_i. A tree over the tiles, halved on the
widest side, keeps for every node the box of its tiles and an affine bound on their values: with
s_i = |x_i|^2 and a reference (w0, z0), the value less w_j |y_j|^2 is

    w_j s_i - 2 <w_j y_j, x_i> + p_i  =  (w0 s_i - 2 <z0, x_i> + p_i)
                                         + (w_j - w0) s_i - 2 <w_j y_j - z0, x_i>

of which the first part is no less than its minimum over the node, and the rest no less than over
the box. References only make bounds tight; any are valid. Nothing is shared with the search's tree.
"""

import time
from typing import NamedTuple

import numpy as np

from ..arrays import Flags, Floats, Ints
from ..kernels import inlined_kernel, inner_kernel, kernel
from .surcharges import Surcharges, no_surcharges

LEAF = 192
"""Most tiles of a leaf; measured by `benchmarks/matching_constants.py`."""

LANES = 8
"""Tiles of a leaf are a multiple of this: what a processor works on at a time."""

STACK = 64
"""Nodes that a depth-first search may put off: one a level, more than any memory holds."""

SLICE = 1024
"""Cells between two looks at the clock: 3 to 6 ms for 5,000 tiles of 3 dimensions. A choice."""

MARGIN = 2.0**-40
"""Relative rounding of the sums that is allowed for: 8,000 times that of one operation, more than
n operations lose in any sum below (Higham, Accuracy and Stability of Numerical Algorithms, 3.1)."""

NO_LIMIT = 1 << 62
"""Leaves that a cell may visit where the time is not limited."""

LEAST_EFFORT = 200
"""Leaves that a cell may visit however late it is. A choice: with good prices, nearly all cells are
settled by then."""

STRIDES = (64, 8)
"""One of so many cells is a sample that improves the references: 2 %, then 12 % of the work."""

HARD = 8
"""Leaves a cell of the sample above which the references are thought poor; measured by
`benchmarks/matching_constants.py`."""

RIGHT = 0.9
"""Part of the guesses for a sample that must be right for references made of them to be as good as
they get. A choice."""


class Work(NamedTuple):
    """What is asked, and the answers."""

    tiles: Floats
    """(tiles, dimensions)"""
    prices: Floats
    """(tiles,)"""
    cells: Floats
    """(cells, dimensions)"""
    queries: Floats
    """(cells, 1 + dimensions) w and -2 w y."""
    values: Floats
    """(cells,) written: the lowest value, or a bound on it."""
    likely: Ints
    """(cells,) a tile that may be the best; written: the best that was found."""
    settled: Flags
    """(cells,) written: whether the value is the lowest, and no mere bound."""
    owner: Ints
    """(tiles,) for whom surcharges count."""
    first_charge: Ints
    """(cells + 1,) where the cell's surcharges start."""
    charged: Ints
    """(surcharges,) owners, ascending for each cell."""
    charges: Floats
    """(surcharges,) what a cell pays more for tiles of these owners."""


class Boxes(NamedTuple):
    """A complete binary tree in heap layout; leaves are runs of rows of `order` of one size."""

    order: Ints
    """(leaves * size,) rows of tiles."""
    points: Floats
    """(leaves, dimensions, size) coordinates of the tiles of each leaf: those of one dimension lie
    side by side, so that a processor works on several tiles at a time."""
    prices: Floats
    """(leaves, size) prices of the same."""
    low: Floats
    """(nodes, 1 + dimensions) least coordinates of the node's points (|x|^2, x)."""
    high: Floats
    """(nodes, 1 + dimensions) greatest coordinates of the node's points: with `low`, the box."""
    reference: Floats
    """(nodes, 1 + dimensions) w0 and -2 z0."""
    least: Floats
    """(nodes,) least value of the node's tiles at its reference."""
    slack: float
    """What the sums may lose by rounding, in units of cost."""


def lowest_values(
    tiles: Floats,
    prices: Floats,
    cells: Floats,
    weights: Floats,
    likely: Ints,
    deadline: float = np.inf,
    owner: Ints | None = None,
    surcharges: Surcharges | None = None,
) -> tuple[Floats, bool]:
    """Compute min_i (w_j |x_i - y_j|^2 + p_i) for all cells j, or a little less if time is short.

    Branch and bound (Land and Doig 1960) in depth-first order over a tree of boxes.

    Args:
        tiles: (tiles, dimensions) features.
        prices: (tiles,) in units of cost.
        cells: (cells, dimensions) features; quickest if neighbours follow each other.
        weights: (cells,) factors.
        likely: (cells,) a tile that may be the best; good guesses make it quick.
        deadline: on the clock `time.monotonic`; what is not settled by then is bounded from below.
        owner: (tiles,) for whom surcharges count; None: each for itself.
        surcharges: what cells pay on top, by owner, or None for nothing.

    Returns:
        (cells,) values in units of cost, and whether all of them are the lowest.
    """
    queries = np.column_stack((weights, -2.0 * weights[:, None] * cells))
    values, settled = np.empty(len(cells)), np.ones(len(cells), dtype=np.bool_)
    charged = no_surcharges(len(cells)) if surcharges is None else surcharges
    work = Work(
        tiles,
        prices,
        cells,
        queries,
        values,
        likely.copy(),
        settled,
        np.arange(len(tiles)) if owner is None else owner,
        charged.first,
        charged.tiles,
        charged.amounts,
    )
    order, leaves = halve(tiles * queries[:, 1:].std(axis=0), LEAF)
    asked = np.arange(len(cells))
    boxes = _fill(order, leaves, work, asked)
    for stride in STRIDES:
        sample = np.arange(0, len(cells), stride)
        guessed = _values_of_guesses(work, sample)
        spent = settle(boxes, work, sample, NO_LIMIT)
        right = np.count_nonzero(work.values[sample] >= guessed - boxes.slack)
        if spent <= HARD * len(sample) or right >= RIGHT * len(sample):
            break
        # Poor guesses: what a sample of the cells found makes better references.
        boxes = _fill(order, leaves, work, sample)
    _settle_all(boxes, work, deadline)
    return work.values, bool(work.settled.all())


def _values_of_guesses(work: Work, asked: Ints) -> Floats:
    """(asked,) values of the likely tiles, without surcharges."""
    likely = work.likely[asked]
    squares = np.square(work.tiles[likely] - work.cells[asked]).sum(axis=1)
    values: Floats = work.queries[asked, 0] * squares + work.prices[likely]
    return values


def _settle_all(boxes: Boxes, work: Work, deadline: float) -> None:
    """Settle all cells, each with its share of the time that is left."""
    cells = len(work.cells)
    effort, spent, begun = NO_LIMIT, 0, time.monotonic()
    for start in range(0, cells, SLICE):
        stop = min(start + SLICE, cells)
        spent += settle(boxes, work, np.arange(start, stop), effort)
        if deadline < np.inf:
            now = time.monotonic()
            rate = (spent + 1) / max(now - begun, 1e-6)
            share = max(deadline - now, 0.0) / max(1, cells - stop)
            effort = max(LEAST_EFFORT, int(rate * share))


def halve(rows: Floats, most: int) -> tuple[Ints, int]:
    """Sort rows so that every node is a run of them, halved on its widest side; count the leaves.

    A bound loses what queries differ times the width of the box, side by side: coordinates come
    multiplied by the former.

    All leaves are of one size, about `most` or less: the last row is repeated until they are full.
    """
    leaves = 1
    while leaves * most < len(rows):
        leaves *= 2
    size = LANES * -(-len(rows) // (LANES * leaves))
    parts = np.minimum(np.arange(leaves * size), len(rows) - 1)[None]
    while len(parts) < leaves:
        nodes, size = parts.shape
        inside = rows[parts]
        side = np.argmax(np.ptp(inside, axis=1), axis=1)
        keys = np.take_along_axis(inside, side[:, None, None], axis=2)[:, :, 0]
        parts = np.take_along_axis(parts, np.argpartition(keys, size // 2, axis=1), axis=1)
        parts = parts.reshape(2 * nodes, size // 2)
    return parts.ravel(), leaves


def _fill(order: Ints, leaves: int, work: Work, asked: Ints) -> Boxes:
    """Set up all nodes, with references from the likely tiles of the cells asked."""
    points = np.column_stack((np.square(work.tiles).sum(axis=1), work.tiles))[order]
    low, high, least = [], [], []
    references = _references(order, leaves, work, asked)
    for reference in references:
        inside = points.reshape(len(reference), -1, points.shape[1])
        low.append(inside.min(axis=1))
        high.append(inside.max(axis=1))
        values = np.einsum("nik,nk->ni", inside, reference)
        least.append((values + work.prices[order].reshape(values.shape)).min(axis=1))
    leaf_points = work.tiles[order].reshape(leaves, -1, work.tiles.shape[1]).swapaxes(1, 2)
    return Boxes(
        order,
        np.ascontiguousarray(leaf_points),
        work.prices[order].reshape(leaves, -1),
        np.concatenate(low),
        np.concatenate(high),
        np.concatenate(references),
        np.concatenate(least),
        _slack(points, work),
    )


def _references(order: Ints, leaves: int, work: Work, asked: Ints) -> list[Floats]:
    """By level, root first: the mean query of the cells whose likely tile is in the node."""
    tiles, likely = len(work.tiles), work.likely[asked]
    counts = np.bincount(likely, minlength=tiles)[order].astype(np.float64)
    totals = np.column_stack([np.bincount(likely, q, tiles) for q in work.queries[asked].T])[order]
    references: list[Floats] = []
    while len(references) <= leaves.bit_length() - 1:
        nodes = 1 << len(references)
        count = counts.reshape(nodes, -1).sum(axis=1)[:, None]
        total = totals.reshape(nodes, -1, totals.shape[1]).sum(axis=1)
        above = np.repeat(references[-1], 2, axis=0) if references else total
        references.append(np.where(count > 0, total / np.maximum(count, 1.0), above))
    return references


def _slack(points: Floats, work: Work) -> float:
    """Bound from far above what the sums below can lose by rounding."""
    most = np.abs(work.queries).max(axis=0) @ np.abs(points).max(axis=0)
    own = work.queries[:, 0].max() * np.square(work.cells).sum(axis=1).max()
    return float(MARGIN * (most + own + np.abs(work.prices).max()))


@inlined_kernel
def _node_bound(boxes: Boxes, node: int, query: Floats) -> float:
    value = boxes.least[node]
    for k in range(len(query)):
        slope = query[k] - boxes.reference[node, k]
        value += slope * (boxes.low[node, k] if slope > 0.0 else boxes.high[node, k])
    return float(value)


@inner_kernel
def _surcharge(work: Work, tile: int, cell: int) -> float:
    """Find what a cell pays more for a tile, by bisection."""
    low, end = work.first_charge[cell], work.first_charge[cell + 1]
    owner, high = work.owner[tile], end
    while low < high:
        middle = (low + high) // 2
        if work.charged[middle] < owner:
            low = middle + 1
        else:
            high = middle
    return float(work.charges[low]) if low < end and work.charged[low] == owner else 0.0


@inlined_kernel
def _value(work: Work, tile: int, cell: int) -> float:
    square = 0.0
    for k in range(work.cells.shape[1]):
        square += (work.tiles[tile, k] - work.cells[cell, k]) ** 2
    return float(work.queries[cell, 0] * square + work.prices[tile] + _surcharge(work, tile, cell))


@inlined_kernel
def _set_values(boxes: Boxes, work: Work, leaf: int, cell: int, values: Floats) -> None:
    """Write the values of a leaf's tiles without surcharges, summed up as `_value` does it.

    Tile by tile, most of the time would go into waiting for one sum after the other.
    """
    for at in range(len(values)):
        values[at] = 0.0
    for k in range(work.cells.shape[1]):
        coordinate = work.cells[cell, k]
        for at in range(len(values)):
            values[at] += (boxes.points[leaf, k, at] - coordinate) ** 2
    weight = work.queries[cell, 0]
    for at in range(len(values)):
        values[at] = weight * values[at] + boxes.prices[leaf, at]


@kernel
def settle(boxes: Boxes, work: Work, asked: Ints, effort: int) -> int:
    """Write the values of the cells asked, at `effort` leaves each or less; return the leaves."""
    inner = len(boxes.least) >> 1
    stack, bounds = np.empty(STACK, dtype=np.int64), np.empty(STACK)
    of_leaf = np.empty(boxes.prices.shape[1])
    spent, guess = 0, 0
    for j in asked:
        query, own = work.queries[j], 0.0
        for k in range(work.cells.shape[1]):
            own += work.cells[j, k] ** 2
        own = own * query[0] - boxes.slack
        lowest = _value(work, work.likely[j], j)
        # Neighbours often have the same best tile.
        value = _value(work, guess, j)
        if value < lowest:
            lowest, work.likely[j] = value, guess
        unsettled, leaves = np.inf, 0
        stack[0], bounds[0], depth = 0, -np.inf, 1
        while depth > 0:
            depth -= 1
            node = stack[depth]
            if bounds[depth] >= lowest:
                continue
            if leaves >= effort:
                unsettled = min(unsettled, bounds[depth])
            elif node < inner:
                for child in range(2 * node + 1, 2 * node + 3):
                    stack[depth] = child
                    bounds[depth] = _node_bound(boxes, child, query) + own
                    depth += 1
                if bounds[depth - 1] > bounds[depth - 2]:
                    stack[depth - 1], stack[depth - 2] = stack[depth - 2], stack[depth - 1]
                    bounds[depth - 1], bounds[depth - 2] = bounds[depth - 2], bounds[depth - 1]
            else:
                leaves += 1
                _set_values(boxes, work, node - inner, j, of_leaf)
                for at in range(len(of_leaf)):
                    if of_leaf[at] < lowest:
                        tile = boxes.order[(node - inner) * len(of_leaf) + at]
                        value = of_leaf[at] + _surcharge(work, tile, j)
                        if value < lowest:
                            lowest, work.likely[j] = value, tile
        guess = work.likely[j]
        work.values[j] = min(lowest, unsettled)
        work.settled[j] = lowest <= unsettled
        spent += leaves
    return spent
