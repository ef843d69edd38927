"""The auction: groups of equal cells bid for slots of tiles until every cell has one.

Bertsekas' auction in the form for similar persons and objects (Bertsekas and Castañón 1989).
A tile that may be used h times has h slots, each with a price of its own, kept in the order of
price. A group of equal cells bids for all that it lacks at once, up to the value of the best slot
that it leaves to others, and raises what it holds already to the same level: equal cells never bid
against each other.

Slots that nobody holds must end at the lowest price. Where some uses of tiles are compulsory, the
`reserve` bids for those slots; where none are, prices start too low rather than too high, by
`lower_all`, and rise only where cells compete.
"""

import numpy as np

from .arrays import Floats, Ints
from .compiled import inner_kernel, kernel
from .reserve import bid_reserve, lift_to_floor
from .slots import (
    BIDS,
    QUEUE_FIRST,
    QUEUE_LENGTH,
    RESERVE_NEED,
    SEARCHES,
    UNTIL_REFRESH,
    Market,
    enqueue,
    give,
    raise_slot,
    release,
    slot_value,
)
from .tree import PriceTree, raise_leaf, refresh, search


@inner_kernel
def shortlist(tree: PriceTree, market: Market, group: int, scratch: Floats) -> None:
    """Ask the tree for the group's best tiles at today's prices."""
    first = market.list_first[group]
    size = market.list_first[group + 1] - first
    count = search(
        tree,
        market.tile_price,
        market.queries[group],
        size,
        market.list_tile[first : first + size],
        market.list_cost[first : first + size],
        scratch,
    )
    market.beyond[group] = np.inf
    if count < len(market.tile_price):
        # The last one serves only as the bound on all that are not on the list.
        count -= 1
        market.beyond[group] = scratch[count]
    market.list_size[group] = count
    market.counts[SEARCHES] += 1


@inner_kernel
def _best_slots(
    market: Market, group: int, wanted: int, slots: Ints, costs: Floats, values: Floats
) -> int:
    """Find the cheapest slots of other owners on the shortlist, sorted; return how many."""
    count, worst = 0, np.inf
    first = market.list_first[group]
    for entry in range(first, first + market.list_size[group]):
        tile, cost = market.list_tile[entry], market.list_cost[entry]
        for at in range(market.slot_first[tile], market.slot_first[tile + 1]):
            slot = market.slots[at]
            if cost + market.slot_price[slot] >= worst:
                break
            value = cost + slot_value(market, slot)
            if market.slot_owner[slot] == group or value >= worst:
                continue
            to = count if count < wanted else wanted - 1
            while to > 0 and values[to - 1] > value:
                slots[to], costs[to], values[to] = slots[to - 1], costs[to - 1], values[to - 1]
                to -= 1
            slots[to], costs[to], values[to] = slot, cost, value
            count = min(count + 1, wanted)
            if count == wanted:
                worst = values[wanted - 1]
    return count


@inner_kernel
def _bid(
    tree: PriceTree,
    market: Market,
    group: int,
    epsilon: float,
    patience: float,
    slots: Ints,
    costs: Floats,
    values: Floats,
) -> None:
    """Let a group take all slots that it lacks, and raise those that it holds."""
    need = market.need[group]
    count = _best_slots(market, group, need + 1, slots, costs, values)
    limit = market.beyond[group] + patience * epsilon
    if market.list_size[group] == 0 or (limit < np.inf and (count <= need or values[need] > limit)):
        shortlist(tree, market, group, values)
        count = _best_slots(market, group, need + 1, slots, costs, values)
    level = values[count - 1] if count <= need else min(values[need], market.beyond[group])
    level = max(level, values[min(need, count) - 1])
    for at in range(min(need, count)):
        give(market, slots[at], group, costs[at], level + epsilon - costs[at])
        raise_leaf(tree, market.tile_price, market.slot_tile[slots[at]])
    slot = market.held[group]
    while slot >= 0:
        price = level - market.slot_cost[slot]
        if market.slot_price[slot] < price:
            raise_slot(market, slot, price)
        slot = market.slot_after[slot]
    if market.need[group] > 0:
        enqueue(market, group)


@inner_kernel
def _refresh(tree: PriceTree, market: Market) -> None:
    """Bring the tree up to date; prices that only rise may leave it behind for some time."""
    lift_to_floor(market)
    refresh(tree, market.tile_price)
    market.counts[UNTIL_REFRESH] = len(market.tile_price) // 2 + 1


@kernel
def run(tree: PriceTree, market: Market, epsilon: float, patience: float, most_bids: int) -> bool:
    """Let bidders bid until all have what they need, or most_bids bids; return whether all have."""
    groups = len(market.queries)
    largest = 2
    for group in range(groups):
        largest = max(largest, market.list_first[group + 1] - market.list_first[group])
        largest = max(largest, market.demand[group] + 1)
    slots = np.empty(largest, dtype=np.int64)
    costs, values = np.empty(largest), np.empty(largest)
    bids = 0
    while market.counts[QUEUE_LENGTH] > 0 and bids < most_bids:
        if market.counts[UNTIL_REFRESH] <= 0:
            _refresh(tree, market)
        bidder = market.queue[market.counts[QUEUE_FIRST]]
        market.counts[QUEUE_FIRST] = (market.counts[QUEUE_FIRST] + 1) % len(market.queue)
        market.counts[QUEUE_LENGTH] -= 1
        market.queued[bidder] = False
        if bidder == groups:
            bid_reserve(market, epsilon)
        elif market.need[bidder] > 0:
            _bid(tree, market, bidder, epsilon, patience, slots, costs, values)
        bids += 1
        market.counts[UNTIL_REFRESH] -= 1
    market.counts[BIDS] += bids
    return bool(market.counts[QUEUE_LENGTH] == 0)


@kernel
def survey(tree: PriceTree, market: Market, best: Floats, start: int, stop: int) -> None:
    """Write the lowest value of any tile for groups start to stop; renew their shortlists."""
    if start == 0:
        _refresh(tree, market)
    widest = 1
    for group in range(start, stop):
        widest = max(widest, market.list_first[group + 1] - market.list_first[group])
    values = np.empty(widest + 1)
    for group in range(start, stop):
        best[group] = _best_listed(market, group)
        if market.list_size[group] == 0 or best[group] > market.beyond[group]:
            shortlist(tree, market, group, values)
            best[group] = values[0]


@inner_kernel
def _best_listed(market: Market, group: int) -> float:
    """Find the lowest value on a group's shortlist."""
    lowest = np.inf
    first = market.list_first[group]
    for entry in range(first, first + market.list_size[group]):
        value = market.list_cost[entry] + market.tile_price[market.list_tile[entry]]
        lowest = min(lowest, value)
    return lowest


@kernel
def relax(market: Market, best: Floats, epsilon: float) -> None:
    """Start a stage: release every slot whose owner could gain more than epsilon elsewhere."""
    if market.counts[RESERVE_NEED] > 0:
        enqueue(market, len(market.queries))
    for group in range(len(best)):
        slot = market.held[group]
        while slot >= 0:
            after = market.slot_after[slot]
            if market.slot_cost[slot] + market.slot_price[slot] > best[group] + epsilon:
                release(market, slot)
            slot = after
        if market.need[group] > 0:
            enqueue(market, group)


@kernel
def lower_all(market: Market, amount: float) -> None:
    """Lower all prices, but not below 0; shortlists stay valid, the tree does not."""
    for slot in range(len(market.slots)):
        market.slot_price[slot] = max(0.0, market.slot_price[slot] - amount)
    for tile in range(len(market.tile_price)):
        market.tile_price[tile] = max(0.0, market.tile_price[tile] - amount)
    for group in range(len(market.beyond)):
        market.beyond[group] -= amount


@kernel
def count_overpriced(market: Market) -> int:
    """Count the slots that nobody holds though they have a price."""
    count = 0
    for slot in range(len(market.slots)):
        if market.slot_owner[slot] < 0 and market.slot_price[slot] > 0.0:
            count += 1
    return count
