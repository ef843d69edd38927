"""The state of an auction: slots of tiles, who holds them, and who bids next."""

from typing import NamedTuple

from .arrays import Flags, Floats, Ints
from .compiled import inner_kernel, kernel
from .heap import push_heap

VACANT = -1
RESERVE = -2

FLOOR = 0
QUEUE_FIRST, QUEUE_LENGTH, HEAP_SIZE, RESERVE_NEED, SEARCHES, BIDS, UNTIL_REFRESH = range(7)


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


@inner_kernel
def slot_value(market: Market, slot: int) -> float:
    """Give the price of a slot: the reserve's slots all stand at the floor."""
    price = market.slot_price[slot]
    if market.slot_owner[slot] == RESERVE:
        return float(max(price, market.amounts[FLOOR]))
    return float(price)


@inner_kernel
def enqueue(market: Market, bidder: int) -> None:
    """Let a bidder bid, after all others that wait."""
    if market.queued[bidder]:
        return
    market.queued[bidder] = True
    size = len(market.queue)
    at = (market.counts[QUEUE_FIRST] + market.counts[QUEUE_LENGTH]) % size
    market.queue[at] = bidder
    market.counts[QUEUE_LENGTH] += 1


@inner_kernel
def raise_slot(market: Market, slot: int, price: float) -> None:
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


@inner_kernel
def _unlink(market: Market, group: int, slot: int) -> None:
    before, after = market.slot_before[slot], market.slot_after[slot]
    if before >= 0:
        market.slot_after[before] = after
    else:
        market.held[group] = after
    if after >= 0:
        market.slot_before[after] = before


@inner_kernel
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


@inner_kernel
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


@inner_kernel
def give(market: Market, slot: int, group: int, cost: float, price: float) -> None:
    """Hand a slot to a group, raising its price."""
    release(market, slot)
    market.slot_owner[slot] = group
    market.slot_cost[slot] = cost
    market.slot_before[slot] = -1
    market.slot_after[slot] = market.held[group]
    if market.held[group] >= 0:
        market.slot_before[market.held[group]] = slot
    market.held[group] = slot
    market.need[group] -= 1
    raise_slot(market, slot, max(price, market.slot_price[slot]))
    offer_to_reserve(market, slot)


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
