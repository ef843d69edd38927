"""Rankings: the cheapest of what a search meets, in order, or in a heap where they are many."""

from typing import NamedTuple

import numpy as np

from .arrays import Floats, Ints
from .kernels import inlined_kernel, inner_kernel

FEW = 32
"""Items up to which each new one is put in its place among the others. Beyond, a group of 2,000
equal cells would move a thousand for each new one, and a heap is quicker: see `push`."""


class Ranking(NamedTuple):
    """Owners of points, or slots, by value for a query, in arrays that may have room for more."""

    items: Ints
    """Owners, or slots."""
    costs: Floats
    """Base + <query, point>: the value before the price."""
    values: Floats
    """Cost + price, ascending."""


def new_ranking(capacity: int) -> Ranking:
    """Make room for so many items."""
    return Ranking(np.empty(capacity, dtype=np.int64), np.empty(capacity), np.empty(capacity))


@inlined_kernel
def insert(ranking: Ranking, count: int, wanted: int, item: int, cost: float, value: float) -> int:
    """Insert an item that belongs among the first `wanted`; return how many there are now."""
    items, costs, values = ranking
    at = count if count < wanted else wanted - 1
    while at > 0 and values[at - 1] > value:
        items[at], costs[at], values[at] = items[at - 1], costs[at - 1], values[at - 1]
        at -= 1
    items[at], costs[at], values[at] = item, cost, value
    return min(count + 1, wanted)


@inner_kernel
def remove_dearer(ranking: Ranking, count: int, item: int, value: float) -> int:
    """Make way for an item of this value: give how many stay, or -1 if it is there for no more."""
    items, costs, values = ranking
    for at in range(count):
        if items[at] != item:
            continue
        if values[at] <= value:
            return -1
        for to in range(at, count - 1):
            items[to], costs[to], values[to] = items[to + 1], costs[to + 1], values[to + 1]
        return count - 1
    return count


@inner_kernel
def push(ranking: Ranking, count: int, wanted: int, item: int, cost: float, value: float) -> int:
    """Put an item into a heap of the best `wanted`, the dearest first; return how many there are.

    Where the heap is full, the item takes the place of the dearest, which it must undercut.
    """
    if count == wanted:
        _sink(ranking, count, item, cost, value)
        return count
    items, costs, values = ranking
    at = count
    while at > 0 and values[(at - 1) >> 1] < value:
        above = (at - 1) >> 1
        items[at], costs[at], values[at] = items[above], costs[above], values[above]
        at = above
    items[at], costs[at], values[at] = item, cost, value
    return count + 1


@inner_kernel
def _sink(ranking: Ranking, count: int, item: int, cost: float, value: float) -> None:
    """Put an item into a heap of so many in place of the first."""
    items, costs, values = ranking
    at, below = 0, 1
    while below < count:
        if below + 1 < count and values[below + 1] > values[below]:
            below += 1
        if values[below] <= value:
            break
        items[at], costs[at], values[at] = items[below], costs[below], values[below]
        at, below = below, 2 * below + 1
    items[at], costs[at], values[at] = item, cost, value


@inner_kernel
def sort_heap(ranking: Ranking, count: int) -> None:
    """Sort a heap of so many items, the cheapest first (Williams, Algorithm 232, CACM 7, 1964)."""
    items, costs, values = ranking
    for last in range(count - 1, 0, -1):
        item, cost, value = items[last], costs[last], values[last]
        items[last], costs[last], values[last] = items[0], costs[0], values[0]
        _sink(ranking, last, item, cost, value)
