"""The exact finish: shortest augmenting paths from near-optimal prices.

Pairs that are not tight at the auction's prices are taken apart, and every cell without a slot
finds its cheapest chain of exchanges to a vacant slot by Dijkstra's algorithm on reduced costs
(Jonker and Volgenant 1987, Crouse 2016), over groups of equal cells instead of cells. Shortlists
stand in for the full cost matrix: when a search reaches the cost of a group's best tile off its
list, it asks the price tree for more, so that exactness never depends on the lists.
"""

import numpy as np

from .arrays import Floats, Ints
from .auction import shortlist
from .compiled import inner_kernel, kernel
from .exchange import (
    BEST_END,
    FETCHES,
    GROUPS_SEEN,
    HEAP,
    NEXT_GROUP,
    RESERVE_LACKS,
    RESERVE_PRICE,
    SCANS,
    TILES_SEEN,
    UNTIL_REFRESH,
    Exchange,
    raise_prices,
    trade,
)
from .heap import place_item, take_first
from .slots import RESERVE, Market
from .tree import PriceTree, refresh, search


@inner_kernel
def _reach_tile(exchange: Exchange, group: int, tile: int, cost: float, distance: float) -> None:
    if exchange.done[tile] or distance >= exchange.amounts[BEST_END]:
        return
    if exchange.distance[tile] == np.inf:
        exchange.tiles_seen[exchange.counts[TILES_SEEN]] = tile
        exchange.counts[TILES_SEEN] += 1
    elif distance >= exchange.distance[tile]:
        return
    exchange.reached_by[tile] = group
    exchange.reached_cost[tile] = cost
    exchange.counts[HEAP] = place_item(
        exchange.distance, exchange.items, exchange.places, exchange.counts[HEAP], tile, distance
    )
    if exchange.vacant[tile] > 0:
        exchange.amounts[BEST_END] = distance


@inner_kernel
def _reach_list(market: Market, exchange: Exchange, group: int) -> None:
    start = exchange.group_distance[group] - exchange.value[group]
    first = market.list_first[group]
    for entry in range(first, first + market.list_size[group]):
        tile, cost = market.list_tile[entry], market.list_cost[entry]
        distance = max(start + cost + exchange.price[tile], exchange.group_distance[group])
        _reach_tile(exchange, group, tile, cost, distance)
    _expect_more(exchange, group, start + market.beyond[group])


@inner_kernel
def _expect_more(exchange: Exchange, group: int, distance: float) -> None:
    """Note the distance at which the group's shortlist no longer suffices."""
    if distance < exchange.amounts[BEST_END]:
        node = len(exchange.price) + group
        exchange.counts[HEAP] = place_item(
            exchange.distance,
            exchange.items,
            exchange.places,
            exchange.counts[HEAP],
            node,
            max(distance, exchange.group_distance[group]),
        )


@inner_kernel
def _reach_group(market: Market, exchange: Exchange, group: int, slot: int, at: float) -> None:
    exchange.groups_seen[exchange.counts[GROUPS_SEEN]] = group
    exchange.counts[GROUPS_SEEN] += 1
    exchange.group_distance[group] = at
    exchange.group_slot[group] = slot
    exchange.group_known[group] = 0
    exchange.counts[SCANS] += 1
    if group < len(exchange.value):
        _reach_list(market, exchange, group)
        return
    limit = exchange.amounts[RESERVE_PRICE]
    for tile in range(len(exchange.price)):
        if exchange.reserve_room[tile] > 0:
            _reach_tile(exchange, group, tile, 0.0, at + max(exchange.price[tile] - limit, 0.0))


@inner_kernel
def _reach_owners(market: Market, exchange: Exchange, tile: int) -> None:
    """Go on from a full tile to the groups that hold its slots."""
    at = exchange.distance[tile]
    reserve = len(exchange.value)
    for slot in range(market.slot_first[tile], market.slot_first[tile + 1]):
        owner = market.slot_owner[slot]
        if owner >= 0 and exchange.group_distance[owner] == np.inf:
            _reach_group(market, exchange, owner, slot, at)
        elif owner == RESERVE:
            extra = max(exchange.amounts[RESERVE_PRICE] - exchange.price[tile], 0.0)
            node = len(exchange.price) + reserve
            if (
                exchange.group_distance[reserve] == np.inf
                and at + extra < exchange.amounts[BEST_END]
                and (exchange.places[node] < 0 or at + extra < exchange.distance[node])
            ):
                exchange.group_slot[reserve] = slot
                exchange.counts[HEAP] = place_item(
                    exchange.distance,
                    exchange.items,
                    exchange.places,
                    exchange.counts[HEAP],
                    node,
                    at + extra,
                )


@inner_kernel
def _fetch(
    tree: PriceTree,
    market: Market,
    exchange: Exchange,
    group: int,
    found: Ints,
    costs: Floats,
    values: Floats,
) -> None:
    """Reach the tiles beyond what the search knows of a group."""
    exchange.counts[FETCHES] += 1
    start = exchange.group_distance[group] - exchange.value[group]
    if exchange.group_known[group] == 0:
        known = market.beyond[group]
        shortlist(tree, market, group, values)
        exchange.group_known[group] = market.list_size[group] + 1
        if market.beyond[group] > known:
            _reach_list(market, exchange, group)
            return
    wanted = min(2 * exchange.group_known[group] + 1, len(exchange.price))
    count = search(tree, exchange.price, market.queries[group], wanted, found, costs, values)
    for at in range(count):
        distance = max(start + values[at], exchange.group_distance[group])
        _reach_tile(exchange, group, found[at], costs[at], distance)
    exchange.group_known[group] = wanted
    if count < len(exchange.price):
        _expect_more(exchange, group, start + values[count - 1])


@inner_kernel
def _find_path(
    tree: PriceTree,
    market: Market,
    exchange: Exchange,
    source: int,
    found: Ints,
    costs: Floats,
    values: Floats,
) -> int:
    """Search from a group that lacks a slot; return the tile with the nearest vacant slot."""
    tiles = len(exchange.price)
    exchange.amounts[BEST_END] = np.inf
    exchange.counts[HEAP] = 0
    _reach_group(market, exchange, source, -1, 0.0)
    while exchange.counts[HEAP] > 0:
        node = take_first(exchange.distance, exchange.items, exchange.places, exchange.counts[HEAP])
        exchange.counts[HEAP] -= 1
        if node < tiles:
            exchange.done[node] = 1
            if exchange.vacant[node] > 0:
                return node
            _reach_owners(market, exchange, node)
        elif node < tiles + len(exchange.value):
            if exchange.distance[node] < exchange.amounts[BEST_END]:
                _fetch(tree, market, exchange, node - tiles, found, costs, values)
        else:
            reserve = len(exchange.value)
            _reach_group(
                market, exchange, reserve, exchange.group_slot[reserve], exchange.distance[node]
            )
    return -1


@kernel
def augment(tree: PriceTree, market: Market, exchange: Exchange, most_scans: int) -> bool:
    """Seat waiting cells one by one, for about most_scans scans; return whether all are seated."""
    tiles, groups = len(exchange.price), len(exchange.value)
    found = np.empty(tiles + 1, dtype=np.int64)
    costs, values = np.empty(tiles + 1), np.empty(tiles + 1)
    most_scans += exchange.counts[SCANS]
    while exchange.counts[NEXT_GROUP] <= groups:
        group = exchange.counts[NEXT_GROUP]
        lacks = exchange.counts[RESERVE_LACKS] if group == groups else market.need[group]
        if lacks == 0:
            exchange.counts[NEXT_GROUP] += 1
            continue
        if exchange.counts[SCANS] >= most_scans:
            return False
        end = _find_path(tree, market, exchange, group, found, costs, values)
        if end < 0:
            raise ValueError("no path")
        trade(market, exchange, group, end)
        raised = raise_prices(exchange, exchange.distance[end])
        exchange.counts[UNTIL_REFRESH] -= raised
        if exchange.counts[UNTIL_REFRESH] < 0:
            refresh(tree, exchange.price)
            exchange.counts[UNTIL_REFRESH] = tiles // 4
        if group == groups:
            exchange.counts[RESERVE_LACKS] -= 1
        else:
            market.need[group] -= 1
    return True
