"""The exact finish: from near-optimal prices to an optimal assignment by augmenting paths.

Pairs that are not tight at the auction's prices are taken apart, and every cell without a slot
finds its cheapest chain of exchanges to a vacant slot (Jonker and Volgenant 1987, augmentation
phase).
"""

import numpy as np

from ..arrays import Ints
from ..kernels import inner_kernel, kernel
from ..price_tree import refresh
from ..stopping import StoppingCriterion
from .level import Level
from .path_search import PathSearch, find_path, new_path_search, raise_prices
from .slots import DUMMY, VACANT

TIGHT = 1e-13
"""Rounding of a reduced cost, as a part of the largest number in the price tree: some hundred times
that of one operation."""

SCANS = 20_000
"""Groups reached between two looks at the clock: up to 80 ms, measured at 1,000 to
5,000 cells. A choice."""


def finish_exactly(level: Level, stopping: StoppingCriterion) -> bool:
    """Make a near-optimal assignment, its values just updated, optimal; False if time ran out.

    Costs O(path searches * n log n) at worst; prices that are within epsilon of optimal keep the
    searches short.
    """
    market, problem = level.market, level.problem
    tree = market.tree
    paths = new_path_search(problem, market, level.values)
    tolerance = TIGHT * max(1.0, float(np.abs(tree.nodes).max()))
    unassign_loose_pairs(paths, tolerance)
    seat_dummy(paths, np.argsort(tree.price, kind="stable"), tolerance)
    while not augment(paths, SCANS):
        if stopping.out_of_time():
            return False
    level.values[:] = paths.groups.value
    return True


@kernel
def unassign_loose_pairs(paths: PathSearch, tolerance: float) -> None:
    """Take apart all pairs that are not tight, and unseat the dummy bidder."""
    slots, price = paths.market.slots, paths.market.tree.price
    for slot in range(len(slots.price)):
        owner, tile = slots.owner[slot], slots.tile[slot]
        if owner >= 0:
            if slots.cost[slot] + price[tile] > paths.groups.value[owner] + tolerance:
                slots.owner[slot] = VACANT
                paths.market.groups.lacking[owner] += 1
        elif owner == DUMMY:
            slots.owner[slot] = VACANT
        if slots.owner[slot] == VACANT:
            paths.tiles.vacant[tile] += 1


@kernel
def seat_dummy(paths: PathSearch, order: Ints, tolerance: float) -> None:
    """Let the dummy bidder take all it may of the cheapest tiles; order sorts tiles by price."""
    state, price = paths.state, paths.market.tree.price
    lacking = state.dummy_lacking
    total, last = 0, len(order) - 1
    for at in range(len(order)):
        total += paths.tiles.dummy_room[order[at]]
        if total > lacking:
            last = at
            break
    limit = price[order[last]]
    state.dummy_price = limit
    for at in range(len(order)):
        tile = order[at]
        if price[tile] > limit + tolerance:
            break
        wanted = min(paths.tiles.dummy_room[tile], state.dummy_lacking)
        _seat_dummy_at(paths, tile, wanted, price[tile] < limit - tolerance)


@inner_kernel
def _seat_dummy_at(paths: PathSearch, tile: int, wanted: int, evict: bool) -> None:
    """Give the dummy bidder slots of a tile: vacant ones, and then, if need be, those of cells."""
    slots = paths.market.slots
    for turn in range(2 if evict else 1):
        for slot in range(slots.first[tile], slots.first[tile + 1]):
            owner = slots.owner[slot]
            if wanted == 0:
                return
            if owner == VACANT:
                paths.tiles.vacant[tile] -= 1
            elif turn == 1 and owner >= 0:
                paths.market.groups.lacking[owner] += 1
            else:
                continue
            slots.owner[slot] = DUMMY
            paths.tiles.dummy_room[tile] -= 1
            paths.state.dummy_lacking -= 1
            wanted -= 1


@inner_kernel
def _exchange_slots(paths: PathSearch, source: int, tile: int) -> None:
    """Pass slots along the path that ends at a tile with a vacant slot."""
    slots, dummy = paths.market.slots, len(paths.groups.value)
    slot = slots.first[tile]
    while slots.owner[slot] != VACANT:
        slot += 1
    paths.tiles.vacant[tile] -= 1
    while True:
        group = paths.tiles.reached_by[tile]
        slots.owner[slot] = DUMMY if group == dummy else group
        slots.cost[slot] = paths.tiles.reached_cost[tile]
        if group == dummy:
            paths.tiles.dummy_room[tile] -= 1
        if group == source:
            return
        slot = paths.groups.slot[group]
        tile = slots.tile[slot]
        if group == dummy:
            paths.tiles.dummy_room[tile] += 1


@kernel
def augment(paths: PathSearch, most_scans: int) -> bool:
    """Seat waiting cells one by one, for about most_scans scans; return whether all are seated."""
    dummy, state = len(paths.groups.value), paths.state
    lacking, tree = paths.market.groups.lacking, paths.market.tree
    most_scans += state.scans
    while state.next_group <= dummy:
        group = state.next_group
        lacks = state.dummy_lacking if group == dummy else lacking[group]
        if lacks == 0:
            state.next_group += 1
            continue
        if state.scans >= most_scans:
            return False
        end = find_path(paths, group)
        if end < 0:
            raise ValueError("no augmenting path")
        _exchange_slots(paths, group, end)
        state.until_refresh -= raise_prices(paths, paths.tiles.heap.keys[end])
        if state.until_refresh < 0:
            refresh(tree)
            state.until_refresh = len(paths.tiles.vacant) // 4
        if group == dummy:
            state.dummy_lacking -= 1
        else:
            lacking[group] -= 1
    return True
