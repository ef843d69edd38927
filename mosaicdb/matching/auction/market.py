"""The market: slots, bidders and the price tree, and how slots change hands."""

from typing import NamedTuple

import numpy as np

from ..arrays import Floats, Ints, new_record
from ..kernels import inner_kernel, kernel
from ..price_tree import PriceTree, pair_cost, raise_leaf, refresh
from .cell_groups import CellGroups, enqueue, new_cell_groups
from .slots import VACANT, Slots, move_up, new_slots
from .transport_problem import TransportProblem


class MarketState:
    """What changes in the market as a whole."""

    bids: int
    """Bids so far."""
    until_refresh: int
    """Bids until the price tree's bounds are brought up to date."""
    floor: float
    """Lowest price of slots that may stay unused, in units of cost; -inf where none can."""


class Market(NamedTuple):
    """The state of an auction.

    Kernels name its arrays in full, `market.slots.price`: numba counts the references of every
    array in a part that gets a name of its own, which cost a tenth of an auction.
    """

    slots: Slots
    groups: CellGroups
    tree: PriceTree
    """Over rows of tiles, their points; a tile's price is that of its cheapest slot."""
    own_first: Ints
    """(tiles + 1,) where a tile's rows start in `own_rows`."""
    own_rows: Ints
    """(rows,) rows tile by tile."""
    state: MarketState


def open_market(problem: TransportProblem, price: Floats, floor: float = -np.inf) -> Market:
    """Open a market in which nobody holds anything yet.

    Args:
        problem: tiles, cells and limits.
        price: (tiles,) first prices of all slots of a tile, in units of cost.
        floor: lowest price of slots that may stay unused, or -inf if it is not known.
    """
    slots = new_slots(problem.most, problem.least, price)
    left_over = len(slots.price) - problem.size
    if left_over == 0:
        floor = -np.inf
    elif floor == -np.inf:
        # As many are unused as are left over: the cheapest ones, as far as is known.
        floor = float(np.partition(slots.price[slots.optional], left_over - 1)[left_over - 1])
    if left_over:
        slots.price[slots.optional] = np.maximum(slots.price[slots.optional], floor)
    return Market(
        slots=slots,
        groups=new_cell_groups(problem.queries(), problem.demand, len(problem.owners)),
        tree=problem.tree(price.copy()),
        own_first=problem.owners.first,
        own_rows=problem.owners.rows,
        state=new_record(MarketState, bids=0, until_refresh=0, floor=floor),
    )


@inner_kernel
def _cheapest_price(slots: Slots, tile: int) -> float:
    """Give the price of a tile: that of its cheapest slot."""
    return float(slots.price[slots.by_price[slots.first[tile]]])


@inner_kernel
def raise_slot(market: Market, slot: int, price: float) -> None:
    """Raise the price of a slot, and with it perhaps that of its tile."""
    move_up(market.slots, slot, price)
    tile = market.slots.tile[slot]
    market.tree.price[tile] = _cheapest_price(market.slots, tile)


@inner_kernel
def refresh_prices(market: Market) -> None:
    """Bring the tree up to date; prices that only rise may leave it behind for some time."""
    price = market.tree.price
    for tile in range(len(price)):
        price[tile] = _cheapest_price(market.slots, tile)
    refresh(market.tree)
    market.state.until_refresh = len(price) // 2 + 1


@inner_kernel
def _unlink(market: Market, group: int, slot: int) -> None:
    before, after = market.slots.before[slot], market.slots.after[slot]
    if before >= 0:
        market.slots.after[before] = after
    else:
        market.groups.first_held[group] = after
    if after >= 0:
        market.slots.before[after] = before


@inner_kernel
def release(market: Market, slot: int) -> None:
    """Take a slot from its owner, who will want another."""
    owner = market.slots.owner[slot]
    market.slots.owner[slot] = VACANT
    if owner >= 0:
        _unlink(market, owner, slot)
        market.groups.lacking[owner] += 1
        enqueue(market.groups, owner)


@inner_kernel
def _raise_leaves(tree: PriceTree, own_first: Ints, own_rows: Ints, tile: int) -> None:
    for at in range(own_first[tile], own_first[tile + 1]):
        raise_leaf(tree, own_rows[at])


@inner_kernel
def give(market: Market, slot: int, group: int, cost: float, price: float) -> None:
    """Hand a slot to a group, raising its price."""
    release(market, slot)
    market.slots.owner[slot] = group
    market.slots.cost[slot] = cost
    market.slots.before[slot] = -1
    market.slots.after[slot] = market.groups.first_held[group]
    if market.groups.first_held[group] >= 0:
        market.slots.before[market.groups.first_held[group]] = slot
    market.groups.first_held[group] = slot
    market.groups.lacking[group] -= 1
    raise_slot(market, slot, max(price, market.slots.price[slot]))
    _raise_leaves(market.tree, market.own_first, market.own_rows, market.slots.tile[slot])


@inner_kernel
def _cheapest_row(market: Market, tile: int, query: Floats) -> int:
    """Find the tile's row of least cost for a query; ties to the first."""
    best = market.own_rows[market.own_first[tile]]
    if len(market.own_rows) == len(market.tree.price):
        return int(best)
    least = pair_cost(market.tree, query, best)
    for at in range(market.own_first[tile] + 1, market.own_first[tile + 1]):
        cost = pair_cost(market.tree, query, market.own_rows[at])
        if cost < least:
            best, least = market.own_rows[at], cost
    return int(best)


@kernel
def set_owner_references(market: Market, references: Floats) -> None:
    """Write to each row's reference, (rows, dimensions), the mean query of who uses the row."""
    queries = market.groups.queries
    uses = np.zeros(len(references), dtype=np.int64)
    for slot in range(len(market.slots.owner)):
        owner = market.slots.owner[slot]
        if owner < 0:
            continue
        row = _cheapest_row(market, market.slots.tile[slot], queries[owner])
        uses[row] += 1
        for k in range(references.shape[1]):
            references[row, k] += (queries[owner, k] - references[row, k]) / uses[row]
