"""The auction: groups of equal cells bid for slots of tiles until every cell has one.

Bertsekas' auction in the form for similar persons and objects (Bertsekas and Castañón 1989). A
group of equal cells bids for all that it lacks at once, up to the value of the best slot that it
leaves to others, and raises what it holds already to the same level: equal cells never bid against
each other.

Slots that nobody holds must end at the lowest price: the reverse auction sees to that.
"""

import numpy as np

from ..arrays import Floats
from ..kernels import inner_kernel, kernel
from ..ranking import FEW, Ranking, insert, push, sort_heap
from .cell_groups import dequeue, enqueue, list_capacity, lowest_listed_value, renew_shortlist
from .market import Market, give, raise_slot, refresh_prices, release


@inner_kernel
def _rank_slots(market: Market, group: int, wanted: int, ranking: Ranking) -> int:
    """Rank the cheapest slots of other owners on the group's shortlist; return how many."""
    by_price, price, owners = market.slots.by_price, market.slots.price, market.slots.owner
    count, worst, heaped = 0, np.inf, wanted > FEW
    first = market.groups.list_first[group]
    for entry in range(first, first + market.groups.list_size[group]):
        tile, cost = market.groups.list_tile[entry], market.groups.list_cost[entry]
        for at in range(market.slots.first[tile], market.slots.first[tile + 1]):
            slot = by_price[at]
            if cost + price[slot] >= worst:
                break
            if owners[slot] == group:
                continue
            if heaped:
                count = push(ranking, count, wanted, slot, cost, cost + price[slot])
            else:
                count = insert(ranking, count, wanted, slot, cost, cost + price[slot])
            if count == wanted:
                worst = ranking.values[0 if heaped else wanted - 1]
    if heaped:
        sort_heap(ranking, count)
    return count


@inner_kernel
def _bid_for_group(
    market: Market, group: int, epsilon: float, patience: float, ranking: Ranking
) -> None:
    """Let a group take all slots that it lacks, and raise those that it holds."""
    values = ranking.values
    lacking = market.groups.lacking[group]
    count = _rank_slots(market, group, lacking + 1, ranking)
    limit = market.groups.beyond[group] + patience * epsilon
    if market.groups.list_size[group] == 0 or (
        limit < np.inf and (count <= lacking or values[lacking] > limit)
    ):
        renew_shortlist(market.groups, market.tree, group, values)
        count = _rank_slots(market, group, lacking + 1, ranking)
    level = (
        values[count - 1] if count <= lacking else min(values[lacking], market.groups.beyond[group])
    )
    level = max(level, values[min(lacking, count) - 1])
    for at in range(min(lacking, count)):
        price = level + epsilon - ranking.costs[at]
        give(market, ranking.items[at], group, ranking.costs[at], price)
    slot = market.groups.first_held[group]
    while slot >= 0:
        price = level - market.slots.cost[slot]
        if market.slots.price[slot] < price:
            raise_slot(market, slot, price)
        slot = market.slots.after[slot]
    if market.groups.lacking[group] > 0:
        enqueue(market.groups, group)


@kernel
def run_auction(market: Market, epsilon: float, patience: float, most_bids: int) -> bool:
    """Let groups bid until all have what they need, or most_bids bids; return whether all have.

    epsilon and patience * epsilon are in units of cost: how much a bid raises a price at least,
    and by how much a group's second best may exceed what is off its list before it asks the tree.
    """
    largest = 2
    for group in range(len(market.groups.queries)):
        largest = max(largest, list_capacity(market.groups, group), market.groups.demand[group] + 1)
    ranking = Ranking(np.empty(largest, dtype=np.int64), np.empty(largest), np.empty(largest))
    bids = 0
    while market.groups.queue.length > 0 and bids < most_bids:
        if market.state.until_refresh <= 0:
            refresh_prices(market)
        bidder = dequeue(market.groups)
        if market.groups.lacking[bidder] > 0:
            _bid_for_group(market, bidder, epsilon, patience, ranking)
        bids += 1
        market.state.until_refresh -= 1
    market.state.bids += bids
    return bool(market.groups.queue.length == 0)


@kernel
def lowest_values(market: Market, values: Floats, start: int, stop: int) -> None:
    """Write the lowest value of any tile for groups start to stop; renew their shortlists."""
    if start == 0:
        refresh_prices(market)
    widest = 1
    for group in range(start, stop):
        widest = max(widest, list_capacity(market.groups, group))
    listed = np.empty(widest + 1)
    for group in range(start, stop):
        values[group] = lowest_listed_value(market.groups, market.tree, group)
        if market.groups.list_size[group] == 0 or values[group] > market.groups.beyond[group]:
            renew_shortlist(market.groups, market.tree, group, listed)
            values[group] = listed[0]


@kernel
def release_dear_slots(market: Market, values: Floats, epsilon: float) -> None:
    """Start a stage: restore epsilon-complementary slackness by releasing what violates it.

    That is every slot whose owner could gain more than epsilon elsewhere; values is (groups,) the
    lowest value of any tile.
    """
    for group in range(len(values)):
        slot = market.groups.first_held[group]
        while slot >= 0:
            after = market.slots.after[slot]
            if market.slots.cost[slot] + market.slots.price[slot] > values[group] + epsilon:
                release(market, slot)
            slot = after
        if market.groups.lacking[group] > 0:
            enqueue(market.groups, group)
