"""The exact finish: from near-optimal prices to an optimal assignment by augmenting paths.

Pairs that are not tight at the auction's prices are taken apart, and every cell without a slot
finds its cheapest chain of exchanges to a vacant slot (Jonker and Volgenant 1987, augmentation
phase). All of them search at once, and paths that do not touch are used together, the shortest
first: a few searches do the work of thousands where many cells compete for what is far away
(Hopcroft and Karp 1973; with costs, Gabow and Tarjan 1989).
"""

import numpy as np

from ..arrays import Ints
from ..kernels import inner_kernel, kernel
from ..price_tree import refresh
from ..stopping import StoppingCriterion
from .level import Level
from .path_search import PathSearch, new_path_search, raise_prices, search_from_all
from .slots import DUMMY, VACANT

TIGHT = 1e-13
"""Rounding of a reduced cost, as a part of the largest number in the price tree: some hundred times
that of one operation."""

SHARE = 0.5
"""Part of the vacant slots that a search reaches; measured by
`benchmarks/matching_constants.py`."""

SCANS = 20_000
"""Groups reached between two looks at the clock: up to 80 ms, measured at 1,000 to
5,000 cells. A choice."""


def finish_exactly(level: Level, stopping: StoppingCriterion) -> bool:
    """Make a near-optimal assignment, its values just updated, optimal; False if time ran out.

    Costs O(searches * n log n); prices that are near the optimal ones keep searches short and few.
    """
    market, problem = level.market, level.problem
    tree = market.tree
    paths = new_path_search(problem, market, level.values)
    tolerance = TIGHT * max(1.0, float(np.abs(tree.nodes).max()))
    unassign_loose_pairs(paths, tolerance)
    seat_dummy(paths, np.argsort(tree.price, kind="stable"), tolerance)
    while not augment(paths, SCANS, SHARE):
        if stopping.out_of_time():
            return False
    level.values[:] = paths.groups.value
    return True


@kernel
def unassign_loose_pairs(paths: PathSearch, tolerance: float) -> None:
    """Take apart all pairs that are not tight, and unseat the dummy."""
    slots, price = paths.market.slots, paths.market.tree.price
    for slot in range(len(slots.price)):
        owner, tile = slots.owner[slot], slots.tile[slot]
        if owner == DUMMY:
            slots.owner[slot] = VACANT
        elif owner >= 0 and slots.cost[slot] + price[tile] > paths.groups.value[owner] + tolerance:
            slots.owner[slot] = VACANT
            paths.market.groups.lacking[owner] += 1
        if slots.owner[slot] == VACANT:
            paths.tiles.vacant[tile] += 1


@kernel
def seat_dummy(paths: PathSearch, order: Ints, tolerance: float) -> None:
    """Let the dummy take all it may of the cheapest tiles; order sorts tiles by price."""
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
    """Give the dummy slots of a tile: vacant ones, and then, if need be, those of cells."""
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
def _is_whole(paths: PathSearch, tile: int) -> bool:
    """Say whether the path to a tile's vacant slot is still there, after exchanges along others."""
    slots, dummy = paths.market.slots, len(paths.groups.value)
    if paths.tiles.vacant[tile] == 0:
        return False
    while True:
        group = paths.tiles.reached_by[tile]
        if group == dummy and paths.tiles.dummy_room[tile] == 0:
            return False
        slot = paths.groups.slot[group]
        if slot < 0:
            if group == dummy:
                return bool(paths.state.dummy_lacking > 0)
            return bool(paths.market.groups.lacking[group] > 0)
        if slots.owner[slot] != (DUMMY if group == dummy else group):
            return False
        tile = slots.tile[slot]


@inner_kernel
def _exchange_slots(paths: PathSearch, tile: int) -> None:
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
        slot = paths.groups.slot[group]
        if slot < 0:
            break
        tile = slots.tile[slot]
        if group == dummy:
            paths.tiles.dummy_room[tile] += 1
    if group == dummy:
        paths.state.dummy_lacking -= 1
    else:
        paths.market.groups.lacking[group] -= 1


@inner_kernel
def _any_lacking(paths: PathSearch) -> bool:
    lacking = paths.market.groups.lacking
    for group in range(len(lacking)):
        if lacking[group] > 0:
            return True
    return bool(paths.state.dummy_lacking > 0)


@kernel
def augment(paths: PathSearch, most_scans: int, share: float) -> bool:
    """Seat waiting cells, for about most_scans scans; return whether all are seated."""
    tiles, state = paths.tiles, paths.state
    most_scans += state.scans
    while _any_lacking(paths):
        if state.scans >= most_scans:
            return False
        length = search_from_all(paths, share)
        state.until_refresh -= raise_prices(paths, length)
        if state.until_refresh < 0:
            refresh(paths.market.tree)
            state.until_refresh = len(tiles.vacant) // 4
        for at in range(state.ends):
            while _is_whole(paths, tiles.ends[at]):
                _exchange_slots(paths, tiles.ends[at])
    return True
