"""Groups of equal cells, what they hold, their shortlists of tiles, and the queue of who bids next.

The "similar persons" of Bertsekas and Castañón (1989), as one bidder with a demand.
"""

from typing import NamedTuple

import numpy as np

from ..arrays import Flags, Floats, Ints, new_record
from ..kernels import inner_kernel
from ..price_tree import PriceTree, search
from ..ranking import Ranking

SHORTLIST = 12
"""Tiles that a group remembers beside one for each of its cells, so that most bids need not ask the
tree; measured by `benchmarks/matching_constants.py`."""


class QueueState:
    """Where the ring of waiting bidders starts."""

    first: int
    """Place of the bidder that is next."""
    length: int
    """Bidders that wait."""


class CellGroups(NamedTuple):
    """The bidders."""

    queries: Floats
    """(groups, dimensions) what the price tree is asked for each group."""
    demand: Ints
    """(groups,) cells of the group."""
    lacking: Ints
    """(groups,) cells of the group that have no slot."""
    first_held: Ints
    """(groups,) first slot of the list of those that the group holds, or -1."""
    list_first: Ints
    """(groups + 1,) where the group's shortlist starts."""
    list_size: Ints
    """(groups,) tiles on the shortlist; 0 before the first search."""
    list_tile: Ints
    """(entries,) tiles of all shortlists."""
    list_cost: Floats
    """(entries,) their cost for the group, without the price."""
    beyond: Floats
    """(groups,) no tile off the shortlist has a lower value."""
    ring: Ints
    """(groups,) bidders in the order of bidding."""
    waiting: Flags
    """(groups,) whether the bidder is in the ring."""
    queue: QueueState


def new_cell_groups(queries: Floats, demand: Ints, tiles: int) -> CellGroups:
    """Set up groups that hold nothing and know no tile.

    Args:
        queries: (groups, dimensions) what the price tree is asked.
        demand: (groups,) cells of each group.
        tiles: how many tiles there are.
    """
    groups = len(queries)
    list_first = np.concatenate(([0], np.cumsum(np.minimum(tiles, SHORTLIST + 1 + demand))))
    entries = int(list_first[-1])
    return CellGroups(
        queries=np.ascontiguousarray(queries),
        demand=demand.astype(np.int64),
        lacking=demand.astype(np.int64),
        first_held=np.full(groups, -1, dtype=np.int64),
        list_first=list_first,
        list_size=np.zeros(groups, dtype=np.int64),
        list_tile=np.zeros(entries, dtype=np.int64),
        list_cost=np.zeros(entries),
        beyond=np.full(groups, -np.inf),
        ring=np.zeros(groups, dtype=np.int64),
        waiting=np.zeros(groups, dtype=np.bool_),
        queue=new_record(QueueState, first=0, length=0),
    )


@inner_kernel
def enqueue(groups: CellGroups, bidder: int) -> None:
    """Let a bidder bid, after all others that wait."""
    if groups.waiting[bidder]:
        return
    groups.waiting[bidder] = True
    at = (groups.queue.first + groups.queue.length) % len(groups.ring)
    groups.ring[at] = bidder
    groups.queue.length += 1


@inner_kernel
def dequeue(groups: CellGroups) -> int:
    """Take the bidder that is next out of the queue."""
    bidder = groups.ring[groups.queue.first]
    groups.queue.first = (groups.queue.first + 1) % len(groups.ring)
    groups.queue.length -= 1
    groups.waiting[bidder] = False
    return int(bidder)


@inner_kernel
def list_capacity(groups: CellGroups, group: int) -> int:
    """Give how many tiles the group's shortlist can hold."""
    return int(groups.list_first[group + 1] - groups.list_first[group])


@inner_kernel
def renew_shortlist(groups: CellGroups, tree: PriceTree, group: int, values: Floats) -> None:
    """Ask the tree for the group's best tiles at today's prices, and write their values."""
    first, size = groups.list_first[group], list_capacity(groups, group)
    tiles, costs = groups.list_tile[first : first + size], groups.list_cost[first : first + size]
    count = search(tree, groups.queries[group], size, Ranking(tiles, costs, values))
    groups.beyond[group] = np.inf
    if count < len(tree.price):
        # The last one serves only as the bound on all that are not on the list.
        count -= 1
        groups.beyond[group] = values[count]
    groups.list_size[group] = count


@inner_kernel
def lowest_listed_value(groups: CellGroups, tree: PriceTree, group: int) -> float:
    """Find the lowest value on a group's shortlist."""
    lowest = np.inf
    first = groups.list_first[group]
    for entry in range(first, first + groups.list_size[group]):
        value = groups.list_cost[entry] + tree.price[groups.list_tile[entry]]
        lowest = min(lowest, value)
    return lowest
