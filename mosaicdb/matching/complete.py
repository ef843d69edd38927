"""A complete assignment out of an unfinished one, for when the time is up."""

import numpy as np

from .arrays import Floats, Ints
from .compiled import kernel
from .level import Level
from .slots import RESERVE, VACANT
from .tree import select


def complete(level: Level) -> Ints:
    """Give all cells that wait slots that are free: the lower half of both sides to each other.

    Halved on the widest axis, and again, down to single pairs: on a line, that is the optimal
    match. Takes O(n log n) time, and leaves what the auction has done so far as it is.

    Returns:
        (slots,) the owners, within the limits on uses.
    """
    owners = level.market.slot_owner.copy()
    owners[owners == RESERVE] = VACANT
    _make_room(level, owners)
    held = np.bincount(owners[owners >= 0], minlength=len(level.best))
    waiting = np.repeat(np.arange(len(level.best)), level.task.demand - held)
    if len(waiting) == 0:
        return owners
    chosen = _choose_slots(level, owners, waiting)
    tiles, cells = level.task.tiles[level.market.slot_tile[chosen]], level.task.cells[waiting]
    by_tile, by_cell = np.arange(len(chosen)), np.arange(len(chosen))
    _pair_up(tiles, cells, by_tile, by_cell)
    owners[chosen[by_tile]] = waiting[by_cell]
    return owners


def _make_room(level: Level, owners: Ints) -> None:
    """Free optional slots, the dearest first, until enough cells wait for the compulsory ones."""
    market = level.market
    free = int(level.task.size - np.count_nonzero(owners >= 0))
    missing = int(np.count_nonzero((owners < 0) & ~market.optional)) - free
    if missing > 0:
        taken = np.flatnonzero((owners >= 0) & market.optional)
        dearest = np.argsort(-market.slot_price[taken], kind="stable")
        owners[taken[dearest[:missing]]] = VACANT


def _choose_slots(level: Level, owners: Ints, waiting: Ints) -> Ints:
    """Choose as many free slots as cells wait: compulsory ones, then those nearest to a cell."""
    from scipy.spatial import cKDTree

    market, task = level.market, level.task
    vacant = np.flatnonzero(owners == VACANT)
    if len(vacant) == len(waiting):
        return vacant
    tree = cKDTree(task.cells[np.unique(waiting)])
    distance = tree.query(task.tiles)[0][market.slot_tile[vacant]]
    order = np.lexsort((distance, market.optional[vacant]))
    return vacant[order[: len(waiting)]]


@kernel
def _pair_up(tiles: Floats, cells: Floats, by_tile: Ints, by_cell: Ints) -> None:
    """Sort both sides so that rows at the same place belong to each other."""
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
