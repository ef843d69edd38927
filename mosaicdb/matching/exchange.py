"""The state of the searches for augmenting paths, and what happens to slots and prices."""

from typing import NamedTuple

import numpy as np

from .arrays import Floats, Ints
from .compiled import inner_kernel, kernel
from .slots import RESERVE, VACANT, Market

RESERVE_PRICE, BEST_END = 0, 1
RESERVE_LACKS, HEAP, TILES_SEEN, GROUPS_SEEN, UNTIL_REFRESH, NEXT_GROUP, FETCHES, SCANS = range(8)


class Exchange(NamedTuple):
    """The state of the searches. Nodes are tiles, then one node a group, then the reserve.

    A group's own node in the heap stands for the unknown tiles beyond its shortlist; the
    reserve's for the reserve itself.
    """

    price: Floats
    value: Floats
    """(groups,) cost + price of the group's best tiles."""
    reserve_room: Ints
    """(tiles,) slots that the reserve may still take from the tile."""
    vacant: Ints
    """(tiles,) slots that nobody holds."""
    distance: Floats
    items: Ints
    places: Ints
    reached_by: Ints
    """(tiles,) the group (or the reserve) from which the tile was reached."""
    reached_cost: Floats
    group_distance: Floats
    """(groups + 1,) infinite while the group (or the reserve) is not reached."""
    group_slot: Ints
    """(groups + 1,) the slot that the group gives up if the path goes through it."""
    group_known: Ints
    """(groups + 1,) how many tiles were asked for in this search; 0 for the shortlist alone."""
    tiles_seen: Ints
    groups_seen: Ints
    done: Ints
    """(tiles,) 1 when the tile's distance is final."""
    amounts: Floats
    counts: Ints


@kernel
def loosen(market: Market, exchange: Exchange, tolerance: float) -> None:
    """Take apart all pairs that are not tight, and unseat the reserve."""
    for slot in range(len(market.slots)):
        owner, tile = market.slot_owner[slot], market.slot_tile[slot]
        if owner >= 0:
            value = market.slot_cost[slot] + exchange.price[tile]
            if value > exchange.value[owner] + tolerance:
                market.slot_owner[slot] = VACANT
                market.need[owner] += 1
        elif owner == RESERVE:
            market.slot_owner[slot] = VACANT
        if market.slot_owner[slot] == VACANT:
            exchange.vacant[tile] += 1


@kernel
def seat_reserve(market: Market, exchange: Exchange, order: Ints, tolerance: float) -> None:
    """Let the reserve take all it may of the cheapest tiles; order sorts tiles by price."""
    lacks = exchange.counts[RESERVE_LACKS]
    total, last = 0, len(order) - 1
    for at in range(len(order)):
        total += exchange.reserve_room[order[at]]
        if total > lacks:
            last = at
            break
    limit = exchange.price[order[last]]
    exchange.amounts[RESERVE_PRICE] = limit
    for at in range(len(order)):
        tile = order[at]
        below = exchange.price[tile] < limit - tolerance
        if exchange.price[tile] > limit + tolerance:
            break
        wanted = min(exchange.reserve_room[tile], exchange.counts[RESERVE_LACKS])
        _seat_at(market, exchange, tile, wanted, below)


@inner_kernel
def _seat_at(market: Market, exchange: Exchange, tile: int, wanted: int, evict: bool) -> None:
    """Give the reserve slots of a tile: vacant ones, and then, if need be, those of cells."""
    for turn in range(2 if evict else 1):
        for slot in range(market.slot_first[tile], market.slot_first[tile + 1]):
            owner = market.slot_owner[slot]
            if wanted == 0:
                return
            if owner == VACANT:
                exchange.vacant[tile] -= 1
            elif turn == 1 and owner >= 0:
                market.need[owner] += 1
            else:
                continue
            market.slot_owner[slot] = RESERVE
            exchange.reserve_room[tile] -= 1
            exchange.counts[RESERVE_LACKS] -= 1
            wanted -= 1


@inner_kernel
def trade(market: Market, exchange: Exchange, source: int, tile: int) -> None:
    """Pass slots along the path that ends at a tile with a vacant slot."""
    reserve = len(exchange.value)
    slot = market.slot_first[tile]
    while market.slot_owner[slot] != VACANT:
        slot += 1
    exchange.vacant[tile] -= 1
    while True:
        group = exchange.reached_by[tile]
        market.slot_owner[slot] = RESERVE if group == reserve else group
        market.slot_cost[slot] = exchange.reached_cost[tile]
        if group == reserve:
            exchange.reserve_room[tile] -= 1
        if group == source:
            return
        slot = exchange.group_slot[group]
        tile = market.slot_tile[slot]
        if group == reserve:
            exchange.reserve_room[tile] += 1


@inner_kernel
def raise_prices(exchange: Exchange, length: float) -> int:
    """Raise the prices of all that lies nearer than the path's length; forget the search."""
    raised = 0
    for at in range(exchange.counts[TILES_SEEN]):
        tile = exchange.tiles_seen[at]
        if exchange.done[tile] and exchange.distance[tile] < length:
            exchange.price[tile] += length - exchange.distance[tile]
            raised += 1
        exchange.distance[tile] = np.inf
        exchange.places[tile] = -1
        exchange.done[tile] = 0
    for at in range(exchange.counts[GROUPS_SEEN]):
        group = exchange.groups_seen[at]
        rise = max(length - exchange.group_distance[group], 0.0)
        if group == len(exchange.value):
            exchange.amounts[RESERVE_PRICE] += rise
        else:
            exchange.value[group] += rise
        exchange.group_distance[group] = np.inf
        exchange.places[len(exchange.price) + group] = -1
    exchange.places[len(exchange.price) + len(exchange.value)] = -1
    exchange.counts[TILES_SEEN] = 0
    exchange.counts[GROUPS_SEEN] = 0
    return raised
