"""The auction: groups of equal cells bid for slots of tiles until every cell has one.

Bertsekas' auction in the form for similar persons and objects (Bertsekas and Castañón 1989).
A tile that may be used h times has h slots, each with a price of its own, kept in the order of
price. A group of equal cells bids for all that it lacks at once, up to the value of the best slot
that it leaves to others, and raises what it holds already to the same level: equal cells never bid
against each other.

One more bidder, the reserve, takes the slots that end up unused: it is indifferent between tiles,
may take only what a tile need not give to cells, and so keeps unused slots at one lowest price,
the floor. With it there are as many slots as bidders, prices only ever rise, and epsilon-scaling
is right for any limits on the uses of a tile (without it, forward auctions are wrong as soon as
tiles are left over).
"""

from typing import NamedTuple

import numpy as np

from .arrays import Flags, Floats, Ints
from .compiled import kernel
from .heap import pop_heap, push_heap
from .tree import PriceTree, raise_leaf, refresh, search

VACANT = -1
RESERVE = -2

FLOOR, LEVELS = 0, 1
QUEUE_FIRST, QUEUE_LENGTH, HEAP_SIZE, RESERVE_NEED, SEARCHES, BIDS = 0, 1, 2, 3, 4, 5


class Market(NamedTuple):
    """Slots, bidders, their shortlists, and who bids next."""

    queries: Floats
    """(groups, dimensions) what the price tree is asked for each group of equal cells."""
    demand: Ints
    """(groups,) cells of the group."""
    need: Ints
    """(groups,) cells of the group that have no slot."""
    held: Ints
    """(groups,) first slot of the list of those that the group holds, or -1."""
    list_first: Ints
    """(groups + 1,) where the group's shortlist starts."""
    list_size: Ints
    """(groups,) tiles on the shortlist; 0 before the first search."""
    list_tile: Ints
    list_cost: Floats
    beyond: Floats
    """(groups,) no tile off the shortlist has a lower value."""
    slot_first: Ints
    """(tiles + 1,) where the tile's slots start."""
    slots: Ints
    """(slots,) the slots of each tile in the order of price."""
    place: Ints
    """(slots,) inverse of slots."""
    slot_tile: Ints
    slot_price: Floats
    slot_owner: Ints
    """(slots,) a group, VACANT or RESERVE."""
    slot_cost: Floats
    """(slots,) cost of the slot's tile for its owner."""
    slot_before: Ints
    slot_after: Ints
    """(slots,) neighbours in the owner's list of held slots."""
    optional: Flags
    """(slots,) whether the reserve may take the slot."""
    tile_price: Floats
    """(tiles,) the price of the cheapest slot."""
    queue: Ints
    """(groups + 2,) ring of bidders; the reserve is bidder number groups."""
    queued: Flags
    heap_key: Floats
    heap_slot: Ints
    in_heap: Flags
    """A heap of the optional slots that the reserve does not hold, by (possibly stale) price."""
    amounts: Floats
    """The floor."""
    counts: Ints
    """Queue, heap, reserve and statistics."""


@kernel
def slot_value(market: Market, slot: int) -> float:
    """The price of a slot: the reserve's slots all stand at the floor."""
    price = market.slot_price[slot]
    if market.slot_owner[slot] == RESERVE:
        return float(max(price, market.amounts[FLOOR]))
    return float(price)


@kernel
def enqueue(market: Market, bidder: int) -> None:
    """Let a bidder bid, after all others that wait."""
    if market.queued[bidder]:
        return
    market.queued[bidder] = True
    size = len(market.queue)
    at = (market.counts[QUEUE_FIRST] + market.counts[QUEUE_LENGTH]) % size
    market.queue[at] = bidder
    market.counts[QUEUE_LENGTH] += 1


@kernel
def _raise_slot(market: Market, slot: int, price: float) -> None:
    """Raise the price of a slot, keeping its tile's slots in order."""
    tile = market.slot_tile[slot]
    last = market.slot_first[tile + 1] - 1
    at = market.place[slot]
    market.slot_price[slot] = price
    while at < last and market.slot_price[market.slots[at + 1]] < price:
        after = market.slots[at + 1]
        market.slots[at] = after
        market.place[after] = at
        at += 1
    market.slots[at] = slot
    market.place[slot] = at
    market.tile_price[tile] = slot_value(market, market.slots[market.slot_first[tile]])


@kernel
def _unlink(market: Market, group: int, slot: int) -> None:
    before, after = market.slot_before[slot], market.slot_after[slot]
    if before >= 0:
        market.slot_after[before] = after
    else:
        market.held[group] = after
    if after >= 0:
        market.slot_before[after] = before


@kernel
def release(market: Market, slot: int) -> None:
    """Take a slot from its owner, who will want another."""
    owner = market.slot_owner[slot]
    market.slot_owner[slot] = VACANT
    if owner >= 0:
        _unlink(market, owner, slot)
        market.need[owner] += 1
        enqueue(market, owner)
    elif owner == RESERVE:
        market.slot_price[slot] = max(market.slot_price[slot], market.amounts[FLOOR])
        market.counts[RESERVE_NEED] += 1
        enqueue(market, len(market.queries))


@kernel
def offer_to_reserve(market: Market, slot: int) -> None:
    """Put an optional slot that the reserve does not hold on its heap."""
    if market.optional[slot] and not market.in_heap[slot]:
        market.in_heap[slot] = True
        push_heap(
            market.heap_key,
            market.heap_slot,
            market.counts[HEAP_SIZE],
            market.slot_price[slot],
            slot,
        )
        market.counts[HEAP_SIZE] += 1


@kernel
def _give(market: Market, slot: int, group: int, cost: float, price: float) -> None:
    release(market, slot)
    market.slot_owner[slot] = group
    market.slot_cost[slot] = cost
    market.slot_before[slot] = -1
    market.slot_after[slot] = market.held[group]
    if market.held[group] >= 0:
        market.slot_before[market.held[group]] = slot
    market.held[group] = slot
    market.need[group] -= 1
    _raise_slot(market, slot, max(price, market.slot_price[slot]))
    offer_to_reserve(market, slot)


@kernel
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


@kernel
def _best_slots(
    market: Market, group: int, wanted: int, slots: Ints, costs: Floats, values: Floats
) -> int:
    """The cheapest slots of other owners on the shortlist, sorted; return how many."""
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


@kernel
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
        _give(market, slots[at], group, costs[at], level + epsilon - costs[at])
        raise_leaf(tree, market.tile_price, market.slot_tile[slots[at]])
    slot = market.held[group]
    while slot >= 0:
        price = level - market.slot_cost[slot]
        if market.slot_price[slot] < price:
            _raise_slot(market, slot, price)
        slot = market.slot_after[slot]
    if market.need[group] > 0:
        enqueue(market, group)


@kernel
def _cheapest_optional(market: Market) -> int:
    """Take the cheapest optional slot that the reserve lacks off the heap; -1 if there is none."""
    while market.counts[HEAP_SIZE] > 0:
        key, slot = market.heap_key[0], market.heap_slot[0]
        pop_heap(market.heap_key, market.heap_slot, market.counts[HEAP_SIZE])
        market.counts[HEAP_SIZE] -= 1
        market.in_heap[slot] = False
        if market.slot_owner[slot] == RESERVE:
            continue
        if market.slot_price[slot] <= key:
            return int(slot)
        offer_to_reserve(market, slot)
    return -1


@kernel
def _bid_reserve(market: Market, epsilon: float) -> None:
    """Let the reserve take the cheapest slots, and lift the floor to the next cheapest."""
    highest = market.amounts[FLOOR]
    while market.counts[RESERVE_NEED] > 0:
        slot = _cheapest_optional(market)
        release(market, slot)
        market.slot_owner[slot] = RESERVE
        market.counts[RESERVE_NEED] -= 1
        highest = max(highest, market.slot_price[slot])
    following = _cheapest_optional(market)
    if following >= 0:
        offer_to_reserve(market, following)
        highest = max(highest, market.slot_price[following])
    market.amounts[FLOOR] = max(market.amounts[FLOOR], highest + epsilon)


@kernel
def lift_to_floor(market: Market) -> None:
    """Write the floor into the prices of tiles whose cheapest slot the reserve holds."""
    for tile in range(len(market.tile_price)):
        slot = market.slots[market.slot_first[tile]]
        market.tile_price[tile] = slot_value(market, slot)


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
    bids, until_refresh = 0, 0
    while market.counts[QUEUE_LENGTH] > 0 and bids < most_bids:
        if until_refresh == 0:
            lift_to_floor(market)
            refresh(tree, market.tile_price)
            until_refresh = len(market.tile_price) // 2 + 1
        bidder = market.queue[market.counts[QUEUE_FIRST]]
        market.counts[QUEUE_FIRST] = (market.counts[QUEUE_FIRST] + 1) % len(market.queue)
        market.counts[QUEUE_LENGTH] -= 1
        market.queued[bidder] = False
        if bidder == groups:
            _bid_reserve(market, epsilon)
        elif market.need[bidder] > 0:
            _bid(tree, market, bidder, epsilon, patience, slots, costs, values)
        bids += 1
        until_refresh -= 1
    market.counts[BIDS] += bids
    return bool(market.counts[QUEUE_LENGTH] == 0)


@kernel
def survey(tree: PriceTree, market: Market, best: Floats, start: int, stop: int) -> None:
    """Write the lowest value of any tile for groups start to stop; renew their shortlists."""
    if start == 0:
        lift_to_floor(market)
        refresh(tree, market.tile_price)
    widest = 1
    for group in range(start, stop):
        widest = max(widest, market.list_first[group + 1] - market.list_first[group])
    values = np.empty(widest + 1)
    for group in range(start, stop):
        shortlist(tree, market, group, values)
        best[group] = values[0]


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
def free_tiles(market: Market) -> Ints:
    """The tiles with slots that no cell holds."""
    tiles = np.empty(len(market.tile_price), dtype=np.int64)
    count = 0
    for tile in range(len(market.tile_price)):
        for slot in range(market.slot_first[tile], market.slot_first[tile + 1]):
            if market.slot_owner[slot] < 0:
                tiles[count] = tile
                count += 1
                break
    return tiles[:count]


@kernel
def lower_free_slots(market: Market, tiles: Ints, wanted: Floats) -> None:
    """Let the prices of slots that no cell holds fall to what a cell, or the reserve, would pay.

    Without this, the whole market would have to rise to the price of every tile that is left
    over. wanted is (tiles,) the most that any cell would pay for one of the free tiles.
    """
    floor = market.amounts[FLOOR]
    for slot in range(len(market.slots)):
        if market.optional[slot] and market.slot_owner[slot] >= 0:
            floor = min(floor, market.slot_price[slot])
    for at in range(len(tiles)):
        tile = tiles[at]
        for slot in range(market.slot_first[tile], market.slot_first[tile + 1]):
            if market.slot_owner[slot] >= 0:
                continue
            if market.slot_owner[slot] == RESERVE and wanted[at] > floor:
                release(market, slot)
            market.slot_price[slot] = wanted[at]
            if market.optional[slot]:
                market.slot_price[slot] = max(wanted[at], floor)
        _sort_slots(market, tile)
    market.amounts[FLOOR] = floor
    market.counts[HEAP_SIZE] = 0
    for slot in range(len(market.slots)):
        market.in_heap[slot] = False
        if market.slot_owner[slot] != RESERVE:
            offer_to_reserve(market, slot)


@kernel
def _sort_slots(market: Market, tile: int) -> None:
    first = market.slot_first[tile]
    for at in range(first + 1, market.slot_first[tile + 1]):
        slot = market.slots[at]
        to = at
        while to > first and market.slot_price[market.slots[to - 1]] > market.slot_price[slot]:
            market.slots[to] = market.slots[to - 1]
            to -= 1
        market.slots[to] = slot
    for at in range(first, market.slot_first[tile + 1]):
        market.place[market.slots[at]] = at


@kernel
def set_owner_references(market: Market, references: Floats) -> None:
    """Write to each tile's reference, (tiles, dimensions), the mean query of its owners."""
    dimensions = references.shape[1]
    for tile in range(len(references)):
        owners = 0
        for slot in range(market.slot_first[tile], market.slot_first[tile + 1]):
            owner = market.slot_owner[slot]
            if owner < 0:
                continue
            owners += 1
            for k in range(dimensions):
                step = market.queries[owner, k] - references[tile, k]
                references[tile, k] += step / owners
