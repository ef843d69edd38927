"""Rounding: a complete assignment out of an unfinished one, for when the time is up.

Recursive bisection on the widest axis, of tiles and cells alike: the median split of a k-d tree
(Friedman, Bentley and Finkel 1977) as a matching. On a line, that is the optimal one.
"""

import numpy as np

from ..arrays import Floats, Ints
from ..kernels import kernel
from ..tree_order import select
from .level import Level
from .slots import DUMMY, VACANT


def complete_assignment(level: Level) -> Ints:
    """Give all cells that wait slots that are free: the lower half of both sides to each other.

    Takes O(n log n) time, and leaves what the auction has done so far as it is.

    Returns:
        (slots,) the owners, within the limits on uses.
    """
    slots, problem = level.market.slots, level.problem
    owners = slots.owner.copy()
    owners[owners == DUMMY] = VACANT
    _free_for_compulsory(level, owners)
    held = np.bincount(owners[owners >= 0], minlength=len(level.values))
    waiting = np.repeat(np.arange(len(level.values)), problem.demand - held)
    if len(waiting) == 0:
        return owners
    chosen = _choose_slots(level, owners, waiting)
    by_tile, by_cell = np.arange(len(chosen)), np.arange(len(chosen))
    middles = problem.owners.means(problem.tiles)
    pair_by_bisection(middles[slots.tile[chosen]], problem.cells[waiting], by_tile, by_cell)
    owners[chosen[by_tile]] = waiting[by_cell]
    return owners


def _free_for_compulsory(level: Level, owners: Ints) -> None:
    """Free optional slots, the dearest first, until enough cells wait for the compulsory ones."""
    slots, optional = level.market.slots, level.market.slots.optional
    waiting = int(level.problem.size - np.count_nonzero(owners >= 0))
    missing = int(np.count_nonzero((owners < 0) & ~optional)) - waiting
    if missing > 0:
        taken = np.flatnonzero((owners >= 0) & optional)
        dearest = np.argsort(-slots.price[taken], kind="stable")
        owners[taken[dearest[:missing]]] = VACANT


def _choose_slots(level: Level, owners: Ints, waiting: Ints) -> Ints:
    """Choose as many free slots as cells wait: compulsory ones, then those nearest to a cell."""
    from scipy.spatial import cKDTree

    slots, problem = level.market.slots, level.problem
    vacant = np.flatnonzero(owners == VACANT)
    if len(vacant) == len(waiting):
        return vacant
    tree = cKDTree(problem.cells[np.unique(waiting)])
    distance = problem.owners.least(tree.query(problem.tiles)[0])[slots.tile[vacant]]
    order = np.lexsort((distance, slots.optional[vacant]))
    return vacant[order[: len(waiting)]]


@kernel
def pair_by_bisection(tiles: Floats, cells: Floats, by_tile: Ints, by_cell: Ints) -> None:
    """Sort rows of tiles and of cells so that those at the same place belong to each other."""
    keys, others = np.empty(len(by_tile)), np.empty(len(by_tile))
    stack = [(0, len(by_tile))]
    while len(stack) > 0:
        start, stop = stack.pop()
        if stop - start < 2:
            continue
        side, width = 0, -1.0
        for k in range(tiles.shape[1]):
            low, high = np.inf, -np.inf
            for at in range(start, stop):
                low = min(low, tiles[by_tile[at], k], cells[by_cell[at], k])
                high = max(high, tiles[by_tile[at], k], cells[by_cell[at], k])
            if high - low > width:
                side, width = k, high - low
        for at in range(start, stop):
            keys[by_tile[at]] = tiles[by_tile[at], side]
            others[by_cell[at]] = cells[by_cell[at], side]
        middle = (start + stop) // 2
        select(keys, by_tile, start, stop - 1, middle)
        select(others, by_cell, start, stop - 1, middle)
        stack.append((start, middle))
        stack.append((middle, stop))
