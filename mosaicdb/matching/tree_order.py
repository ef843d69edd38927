"""The order of points in which every node of a median-split tree is a run of them.

A k-d tree: Friedman, Bentley and Finkel, "An algorithm for finding best matches in logarithmic
expected time", ACM Transactions on Mathematical Software 3 (1977).
"""

import numpy as np

from .arrays import Floats, Ints
from .kernels import inner_kernel, kernel

LEAF_SIZE = 24
"""Most points of a leaf; measured by `benchmarks/matching_constants.py`."""


def build_order(points: Floats, queries: Floats) -> Ints:
    """Sort the rows of points into the order of a median-split tree.

    A bound loses what queries differ times what points differ, side by side: nodes are split on the
    side where that is most. A side along which all queries agree is never split.

    Args:
        points: (points, dimensions) coordinates.
        queries: (queries, dimensions) what will be asked, or a multiple of that.
    """
    order = np.arange(len(points), dtype=np.int64)
    split(points * queries.std(axis=0), order, depth_of(len(points)))
    return order


def depth_of(points: int) -> int:
    """Give how often so many points are halved."""
    depth = 0
    while points > LEAF_SIZE << depth:
        depth += 1
    return depth


@inner_kernel
def select(keys: Floats, order: Ints, low: int, high: int, middle: int) -> None:
    """Quickselect: order[middle] gets its sorted place, smaller keys before it."""
    while low < high:
        pivot = keys[order[(low + high) >> 1]]
        i, j = low, high
        while i <= j:
            while keys[order[i]] < pivot:
                i += 1
            while keys[order[j]] > pivot:
                j -= 1
            if i <= j:
                order[i], order[j] = order[j], order[i]
                i += 1
                j -= 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            return


@kernel
def split(points: Floats, order: Ints, depth: int) -> None:
    """Sort order so that every node is a run of it, split on the widest side of its points."""
    count, dimensions = points.shape
    keys = np.empty(count)
    for level in range(depth):
        for node in range(1 << level):
            start = (count * node) >> level
            stop = (count * (node + 1)) >> level
            widest, width = 0, -1.0
            for k in range(dimensions):
                low, high = np.inf, -np.inf
                for r in range(start, stop):
                    value = points[order[r], k]
                    low, high = min(low, value), max(high, value)
                if high - low > width:
                    widest, width = k, high - low
            for r in range(start, stop):
                keys[order[r]] = points[order[r], widest]
            select(keys, order, start, stop - 1, (count * (2 * node + 1)) >> (level + 1))
