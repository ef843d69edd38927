"""The reserve: the bidder for the slots that end up unused, where tiles must be used so often.

With as many slots as bidders, prices only ever rise and epsilon-scaling is right for any limits on
the uses of a tile: forward auctions alone are wrong as soon as compulsory slots and slots that are
left over compete. The reserve is indifferent between tiles, may take only what a tile need not give
to cells, and so keeps unused slots at one lowest price, the floor.
"""

import numpy as np

from .arrays import Floats, Ints
from .compiled import inner_kernel, kernel
from .heap import pop_heap
from .slots import (
    FLOOR,
    HEAP_SIZE,
    RESERVE,
    RESERVE_NEED,
    Market,
    offer_to_reserve,
    release,
    slot_value,
)


@inner_kernel
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


@inner_kernel
def bid_reserve(market: Market, epsilon: float) -> None:
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


@inner_kernel
def lift_to_floor(market: Market) -> None:
    """Write the floor into the prices of tiles whose cheapest slot the reserve holds."""
    for tile in range(len(market.tile_price)):
        slot = market.slots[market.slot_first[tile]]
        market.tile_price[tile] = slot_value(market, slot)


@kernel
def free_tiles(market: Market) -> Ints:
    """List the tiles with slots that no cell holds."""
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
    market.beyond[:] = -np.inf
    market.counts[HEAP_SIZE] = 0
    for slot in range(len(market.slots)):
        market.in_heap[slot] = False
        if market.slot_owner[slot] != RESERVE:
            offer_to_reserve(market, slot)


@inner_kernel
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
