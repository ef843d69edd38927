"""The reverse auction: slots that nobody holds bid for cells by lowering their price.

Bertsekas and Castañón, "A forward/reverse auction algorithm for asymmetric assignment problems",
Computational Optimization and Applications 1 (1992). After a forward auction, slots that were taken
and left again are vacant at a price. Each takes the cell that would pay the most for it, at a price
at which that is the best it can get, and the slot that this cell gives up bids next; until all
vacant slots that may stay unused are at the lowest price, the floor, and no others are vacant. The
floor may also rise to them, and forward auctions go on from there: which of the two is quicker is
not known beforehand.

Slots of a tile are similar objects (Bertsekas and Castañón 1989): when one gets cheaper, those who
hold others pay no more either.
"""

from typing import NamedTuple

import numpy as np

from ..arrays import Flags, Floats, Ints, new_record
from ..kernels import allocating_kernel, inner_kernel, kernel, typed
from ..price_tree import ROOT, STACK_SIZE, PriceTree, node_bound, raise_leaf, refresh, set_costs
from .c_transform import own_costs_of_tiles, queries_of_tiles, tree_of_cells
from .market import Market, give, raise_slot, refresh_prices, release
from .slots import VACANT, sort_slots
from .transport_problem import TransportProblem

NOBODY = typed(-1)
"""Stands for no group and no slot."""


class Offer:
    """The most that any cell would pay for a tile that it does not have."""

    group: int
    """Whose offer it is, or NOBODY if none is above the floor."""
    slot: int
    """What the cell would give up."""
    cost: float
    """What the tile costs the cell, without `TransportProblem.own_costs`."""
    best: float
    """The offer, in units of cost."""
    second: float
    """The next best."""


class Buyers(NamedTuple):
    """Groups of cells as what tiles bid for."""

    tree: PriceTree
    """Over groups in its own order; their prices are what they pay at most, cost and price of the
    dearest slot that they hold, with the sign changed."""
    group: Ints
    """(groups,) the group of each point of the tree."""
    point: Ints
    """(groups,) inverse of group."""
    queries: Floats
    """(rows, dimensions of the tree) what each row of a tile asks."""
    own_costs: Floats
    """(rows,) the part of its costs that the tree leaves out."""
    ring: Ints
    """(tiles,) tiles in the order of bidding."""
    waiting: Flags
    """(tiles,) whether the tile is in the ring."""
    offer: Offer


def open_buyers(market: Market, problem: TransportProblem, held: Ints) -> Buyers:
    """Set up the state of a reverse auction, after a forward auction.

    Args:
        market: in which every cell has a slot.
        problem: what is solved.
        held: (groups,) a row of a tile that each group uses.
    """
    paid = np.empty(len(problem.cells))
    note_dearest(market, paid)
    tree, group = tree_of_cells(problem, paid, held)
    point = np.empty(len(group), dtype=np.int64)
    point[group] = np.arange(len(group))
    return Buyers(
        tree=tree,
        group=group,
        point=point,
        queries=queries_of_tiles(problem, problem.tiles),
        own_costs=own_costs_of_tiles(problem, problem.tiles),
        ring=np.zeros(len(problem.owners), dtype=np.int64),
        waiting=np.zeros(len(problem.owners), dtype=np.bool_),
        offer=new_record(Offer, group=NOBODY, slot=NOBODY, cost=0.0, best=0.0, second=0.0),
    )


@inner_kernel
def _dearest_slot(market: Market, group: int, tile: int) -> tuple[int, float]:
    """Find the slot that costs a group the most, price included, of all tiles but one."""
    slots = market.slots
    dearest, value = NOBODY, -np.inf
    slot = market.groups.first_held[group]
    while slot >= 0:
        if slots.tile[slot] != tile and slots.cost[slot] + slots.price[slot] > value:
            dearest, value = slot, slots.cost[slot] + slots.price[slot]
        slot = slots.after[slot]
    return dearest, value


@kernel
def note_dearest(market: Market, paid: Floats) -> None:
    """Write what each group pays at most, cost and price of a slot together."""
    for group in range(len(paid)):
        _, paid[group] = _dearest_slot(market, group, NOBODY)


@inner_kernel
def _hear_offer(market: Market, offer: Offer, tile: int, group: int, cost: float) -> None:
    """Take note of what a group would pay for a tile that costs it so much."""
    slot, value = _dearest_slot(market, group, tile)
    offered = value - cost
    if slot == NOBODY or offered <= offer.second:
        return
    if offered <= offer.best:
        if group != offer.group:
            offer.second = offered
        return
    if group != offer.group:
        offer.second = offer.best
    offer.group, offer.slot, offer.cost, offer.best = group, slot, cost, offered
    if market.groups.demand[group] > 1:
        # Another cell of the group is likely to pay nearly as much.
        offer.second = max(offer.second, _second_value(market, group, tile, slot) - cost)


@inner_kernel
def _second_value(market: Market, group: int, tile: int, dearest: int) -> float:
    slots = market.slots
    value = -np.inf
    slot = market.groups.first_held[group]
    while slot >= 0:
        if slot != dearest and slots.tile[slot] != tile:
            value = max(value, slots.cost[slot] + slots.price[slot])
        slot = slots.after[slot]
    return value


@allocating_kernel
def _ask_buyers(market: Market, buyers: Buyers, row: int, tile: int) -> None:
    """Ask all groups that may pay more for a row of a tile than the second best known."""
    tree, offer, query, own = buyers.tree, buyers.offer, buyers.queries[row], buyers.own_costs[row]
    inner = len(tree.nodes) >> 1
    stack, bounds = np.empty(STACK_SIZE, dtype=np.int64), np.empty(STACK_SIZE)
    costs = np.empty(tree.lanes.shape[2])
    stack[0], bounds[0], depth = ROOT, node_bound(tree.nodes, ROOT, query), 1
    while depth > 0:
        depth -= 1
        node = stack[depth]
        if -(bounds[depth] + own) <= offer.second:
            continue
        while node < inner:
            node, far = 2 * node + 1, 2 * node + 2
            near_bound = node_bound(tree.nodes, node, query)
            far_bound = node_bound(tree.nodes, far, query)
            if far_bound < near_bound:
                node, far, far_bound = far, node, near_bound
            stack[depth], bounds[depth] = far, far_bound
            depth += 1
        set_costs(tree, node - inner, query, costs)
        for at in range(tree.first[node], tree.first[node + 1]):
            cost = costs[at - tree.first[node]] + own
            if -(cost + tree.price[at]) > offer.second:
                _hear_offer(market, offer, tile, buyers.group[at], cost)


@inner_kernel
def _lower(market: Market, buyers: Buyers, tile: int, price: float) -> None:
    """Lower the price of all slots of a tile, those that may stay unused not below the floor."""
    slots = market.slots
    for slot in range(slots.first[tile], slots.first[tile + 1]):
        lowest = max(price, market.state.floor) if slots.optional[slot] else price
        if slots.price[slot] > lowest:
            slots.price[slot] = lowest
            if slots.owner[slot] >= 0:
                _pay_less(market, buyers, slots.owner[slot])
    sort_slots(slots, tile)


@inner_kernel
def _pay_less(market: Market, buyers: Buyers, group: int) -> None:
    """Note that a group pays less for what it holds."""
    _, value = _dearest_slot(market, group, NOBODY)
    point = buyers.point[group]
    buyers.tree.price[point] = -value
    raise_leaf(buyers.tree, point)


@inner_kernel
def _bidding_slot(market: Market, tile: int) -> int:
    """Find a vacant slot of a tile that must be filled or has a price, or NOBODY.

    A vacant slot that must be filled is given to who holds one of the tile's that need not be.
    """
    slots, floor = market.slots, market.state.floor
    while True:
        bidding, held = NOBODY, NOBODY
        for slot in range(slots.first[tile], slots.first[tile + 1]):
            if slots.owner[slot] == VACANT:
                if not slots.optional[slot] or bidding == NOBODY and slots.price[slot] > floor:
                    bidding = slot
            elif slots.optional[slot]:
                held = slot
        if bidding == NOBODY or slots.optional[bidding] or held == NOBODY:
            return bidding
        group, cost = slots.owner[held], slots.cost[held]
        release(market, held)
        give(market, bidding, group, cost, slots.price[held])


@inner_kernel
def _bid_for_cell(market: Market, buyers: Buyers, tile: int, slot: int, epsilon: float) -> int:
    """Let a vacant slot take the cell that pays the most; return the slot that it gives up."""
    offer, floor = buyers.offer, market.state.floor
    lowest = floor if market.slots.optional[slot] else -np.inf
    offer.group, offer.best, offer.second = NOBODY, lowest, lowest
    for at in range(market.own_first[tile], market.own_first[tile + 1]):
        _ask_buyers(market, buyers, market.own_rows[at], tile)
    if offer.group == NOBODY:
        if lowest == floor:
            _lower(market, buyers, tile, floor)
        return NOBODY
    group, given_up = offer.group, offer.slot
    price = (offer.second if offer.second > -np.inf else offer.best) - epsilon
    _lower(market, buyers, tile, price)
    release(market, given_up)
    give(market, slot, group, offer.cost, market.slots.price[slot])
    _pay_less(market, buyers, group)
    return given_up


@kernel
def run_reverse_auction(market: Market, buyers: Buyers, epsilon: float, most_bids: int) -> bool:
    """Let vacant slots bid until all are at the floor, or most_bids bids; return whether all are.

    epsilon, in units of cost, is how much a bid lowers what a cell pays at least.
    """
    first, length, bids, tiles = 0, 0, 0, len(buyers.ring)
    buyers.waiting[:] = False
    for tile in range(tiles):
        if _bidding_slot(market, tile) != NOBODY:
            buyers.ring[length] = tile
            buyers.waiting[tile] = True
            length += 1
    while length > 0 and bids < most_bids:
        if bids % (len(buyers.group) // 2 + 1) == 0:
            refresh(buyers.tree)
        tile = buyers.ring[first]
        first, length = (first + 1) % tiles, length - 1
        buyers.waiting[tile] = False
        slot = _bidding_slot(market, tile)
        if slot == NOBODY:
            continue
        bids += 1
        given_up = _bid_for_cell(market, buyers, tile, slot, epsilon)
        for again in (tile, market.slots.tile[given_up]):
            if given_up != NOBODY and not buyers.waiting[again]:
                buyers.ring[(first + length) % tiles] = again
                buyers.waiting[again] = True
                length += 1
    market.state.bids += bids
    market.groups.beyond[:] = -np.inf
    refresh_prices(market)
    return bool(length == 0)


def priced_vacancies(market: Market) -> Flags:
    """(slots,) whether nobody holds a slot that must be filled, or that is above the floor."""
    slots = market.slots
    vacant: Flags = slots.owner == VACANT
    return vacant & (~slots.optional | (slots.price > market.state.floor))


def raise_floor(market: Market, cells: int, further: int) -> None:
    """Raise the floor to the price of as many of the cheapest slots as are left over, and further.

    How high the floor is does not matter, as all cells must have a slot: only that vacant slots are
    at it. What a floor that is too high costs is bids, to tell apart what was below it.

    Args:
        market: in which every cell has a slot.
        cells: how many there are.
        further: how many more slots than are left over the floor rises to.
    """
    slots = market.slots
    prices = slots.price[slots.optional]
    place = min(len(slots.price) - cells + further, len(prices)) - 1
    market.state.floor = float(np.partition(prices, place)[place])
    lift_to_floor(market)


@kernel
def lift_to_floor(market: Market) -> None:
    """Raise all slots that may stay unused to the floor; who held one below it will bid again."""
    slots, floor = market.slots, market.state.floor
    for slot in range(len(slots.price)):
        if slots.optional[slot] and slots.price[slot] < floor:
            release(market, slot)
            raise_slot(market, slot, floor)
    refresh_prices(market)
