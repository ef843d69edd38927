"""A complete assignment out of an unfinished one, for when the time is up."""

import numpy as np

from .arrays import Floats, Ints
from .level import Level
from .slots import RESERVE, VACANT


def complete(level: Level) -> Ints:
    """Give all cells that wait slots that are free, by their order on the widest axis.

    Sorting both sides by one coordinate is the optimal match on a line; it takes
    O(n log n) time, and leaves what the auction has done so far as it is.

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
    axis = _widest_axis(np.vstack((tiles, cells)))
    by_tile = np.argsort(tiles @ axis, kind="stable")
    owners[chosen[by_tile]] = waiting[np.argsort(cells @ axis, kind="stable")]
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


def _widest_axis(points: Floats) -> Floats:
    """Find the direction in which the points spread the most."""
    centred = points - points.mean(axis=0)
    axis: Floats = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    return axis
