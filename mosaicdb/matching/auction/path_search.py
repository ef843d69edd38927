"""Shortest augmenting paths: Dijkstra's algorithm on reduced costs, over groups of equal cells.

Jonker and Volgenant (1987); Crouse (2016). A path leads from a group
that lacks a slot, by way of slots that groups give up for others, to a vacant slot. Shortlists
stand in for the full cost matrix: when a search reaches the cost of a group's best tile off its
list, it asks the price tree for more, so that exactness never depends on the lists.
"""

from typing import NamedTuple

import numpy as np

from ..arrays import Flags, Floats, Ints, new_record
from ..kernels import inner_kernel
from ..price_tree import Ranking, new_ranking, search
from .cell_groups import renew_shortlist
from .heaps import IndexedHeap, new_indexed_heap, place, take_first
from .market import Market
from .slots import DUMMY
from .transport_problem import TransportProblem


class PathState:
    """What changes in the searches as a whole."""

    dummy_price: float
    """Highest price that the dummy bidder pays, in units of cost."""
    best_end: float
    """Length of the shortest path to a vacant slot so far."""
    dummy_lacking: int
    """Slots that the dummy bidder has still to take."""
    tiles_seen: int
    """Tiles that the search has reached."""
    groups_seen: int
    """Groups that the search has reached."""
    until_refresh: int
    """Prices that may rise until the price tree's bounds are brought up to date."""
    next_group: int
    """The first group that may lack a slot."""
    scans: int
    """Groups reached in all searches so far."""


class TileNodes(NamedTuple):
    """What a search knows of tiles; its heap, by distance, holds other nodes as well.

    Nodes are tiles, then one node a group, then the dummy bidder. A group's own node in the heap
    stands for the unknown tiles beyond its shortlist; the dummy bidder's for itself.
    """

    heap: IndexedHeap
    vacant: Ints
    """(tiles,) slots that nobody holds."""
    dummy_room: Ints
    """(tiles,) slots that the dummy bidder may still take from the tile."""
    reached_by: Ints
    """(tiles,) the group (or the dummy bidder) from which the tile was reached."""
    reached_cost: Floats
    """(tiles,) what the tile costs that group."""
    seen: Ints
    """(tiles,) the tiles that the search has reached, in that order."""
    done: Flags
    """(tiles,) whether the tile's distance is final."""


class GroupNodes(NamedTuple):
    """What a search knows of groups, of which the last is the dummy bidder."""

    value: Floats
    """(groups,) cost + price of the group's best tiles."""
    distance: Floats
    """(groups + 1,) infinite while the group is not reached."""
    slot: Ints
    """(groups + 1,) the slot that the group gives up if the path goes through it."""
    known: Ints
    """(groups + 1,) how many tiles were asked for in this search; 0 for the shortlist alone."""
    seen: Ints
    """(groups + 1,) the groups that the search has reached, in that order."""


class PathSearch(NamedTuple):
    """The state of the searches."""

    market: Market
    """Its tree's prices are those of the search."""
    tiles: TileNodes
    groups: GroupNodes
    ranking: Ranking
    """Room for answers of the tree."""
    state: PathState


def new_path_search(problem: TransportProblem, market: Market, values: Floats) -> PathSearch:
    """Set up the state of the searches, before any.

    Args:
        problem: what is solved.
        market: at near-optimal prices; they are changed in place.
        values: (groups,) lowest cost + price of any tile, without `own_costs`.
    """
    tiles, groups = len(problem.owners), len(problem.cells)
    left_over = len(market.slots.price) - problem.size
    no_room = np.zeros(tiles, dtype=np.int64)
    return PathSearch(
        market=market,
        tiles=TileNodes(
            heap=new_indexed_heap(tiles + groups + 1),
            vacant=np.zeros(tiles, dtype=np.int64),
            dummy_room=problem.most - problem.least if left_over else no_room,
            reached_by=np.full(tiles, -1, dtype=np.int64),
            reached_cost=np.zeros(tiles),
            seen=np.zeros(tiles, dtype=np.int64),
            done=np.zeros(tiles, dtype=np.bool_),
        ),
        groups=GroupNodes(
            value=values.copy(),
            distance=np.full(groups + 1, np.inf),
            slot=np.full(groups + 1, -1, dtype=np.int64),
            known=np.zeros(groups + 1, dtype=np.int64),
            seen=np.zeros(groups + 1, dtype=np.int64),
        ),
        ranking=new_ranking(tiles + 1),
        state=new_record(
            PathState,
            dummy_price=0.0,
            best_end=np.inf,
            dummy_lacking=left_over,
            tiles_seen=0,
            groups_seen=0,
            until_refresh=tiles // 4,
            next_group=0,
            scans=0,
        ),
    )


@inner_kernel
def _reach_tile(
    tiles: TileNodes, state: PathState, group: int, tile: int, cost: float, distance: float
) -> None:
    if tiles.done[tile] or distance >= state.best_end:
        return
    if tiles.heap.keys[tile] == np.inf:
        tiles.seen[state.tiles_seen] = tile
        state.tiles_seen += 1
    elif distance >= tiles.heap.keys[tile]:
        return
    tiles.reached_by[tile] = group
    tiles.reached_cost[tile] = cost
    place(tiles.heap, tile, distance)
    if tiles.vacant[tile] > 0:
        state.best_end = distance


@inner_kernel
def _reach_list(paths: PathSearch, group: int) -> None:
    lists, price = paths.market.groups, paths.market.tree.price
    list_tile, list_cost = lists.list_tile, lists.list_cost
    tiles, state, at = paths.tiles, paths.state, paths.groups.distance[group]
    start = at - paths.groups.value[group]
    first = lists.list_first[group]
    for entry in range(first, first + lists.list_size[group]):
        tile, cost = list_tile[entry], list_cost[entry]
        _reach_tile(tiles, state, group, tile, cost, max(start + cost + price[tile], at))
    _expect_more(paths, group, start + lists.beyond[group])


@inner_kernel
def _expect_more(paths: PathSearch, group: int, distance: float) -> None:
    """Note the distance at which the group's shortlist no longer suffices."""
    if distance < paths.state.best_end:
        node = len(paths.tiles.vacant) + group
        place(paths.tiles.heap, node, max(distance, paths.groups.distance[group]))


@inner_kernel
def _reach_group(paths: PathSearch, group: int, slot: int, at: float) -> None:
    groups, state = paths.groups, paths.state
    groups.seen[state.groups_seen] = group
    state.groups_seen += 1
    groups.distance[group] = at
    groups.slot[group] = slot
    groups.known[group] = 0
    state.scans += 1
    if group < len(groups.value):
        _reach_list(paths, group)
        return
    tiles, price = paths.tiles, paths.market.tree.price
    room = tiles.dummy_room
    for tile in range(len(price)):
        if room[tile] > 0:
            distance = at + max(price[tile] - state.dummy_price, 0.0)
            _reach_tile(tiles, state, group, tile, 0.0, distance)


@inner_kernel
def _reach_owners(paths: PathSearch, tile: int) -> None:
    """Go on from a full tile to the groups that hold its slots."""
    first, owners = paths.market.slots.first, paths.market.slots.owner
    group_distance, at = paths.groups.distance, paths.tiles.heap.keys[tile]
    for slot in range(first[tile], first[tile + 1]):
        owner = owners[slot]
        if owner >= 0:
            if group_distance[owner] == np.inf:
                _reach_group(paths, owner, slot, at)
        elif owner == DUMMY:
            extra = max(paths.state.dummy_price - paths.market.tree.price[tile], 0.0)
            _expect_dummy(paths, slot, at + extra)


@inner_kernel
def _expect_dummy(paths: PathSearch, slot: int, distance: float) -> None:
    """Note the distance at which the dummy bidder would give up a slot, if it is the least."""
    dummy, heap = len(paths.groups.value), paths.tiles.heap
    node = len(paths.tiles.vacant) + dummy
    if (
        paths.groups.distance[dummy] == np.inf
        and distance < paths.state.best_end
        and (heap.places[node] < 0 or distance < heap.keys[node])
    ):
        paths.groups.slot[dummy] = slot
        place(heap, node, distance)


@inner_kernel
def _fetch(paths: PathSearch, group: int) -> None:
    """Reach the tiles beyond what the search knows of a group."""
    tree, bidders, ranking = paths.market.tree, paths.market.groups, paths.ranking
    groups, tiles, state = paths.groups, paths.tiles, paths.state
    start = groups.distance[group] - groups.value[group]
    if groups.known[group] == 0:
        beyond = bidders.beyond[group]
        renew_shortlist(bidders, tree, group, ranking.values)
        groups.known[group] = bidders.list_size[group] + 1
        if bidders.beyond[group] > beyond:
            _reach_list(paths, group)
            return
    wanted = min(2 * groups.known[group] + 1, len(tree.price))
    count = search(tree, bidders.queries[group], wanted, ranking)
    items, costs, values = ranking
    for at in range(count):
        distance = max(start + values[at], groups.distance[group])
        _reach_tile(tiles, state, group, items[at], costs[at], distance)
    groups.known[group] = wanted
    if count < len(tree.price):
        _expect_more(paths, group, start + values[count - 1])


@inner_kernel
def find_path(paths: PathSearch, source: int) -> int:
    """Search from a group that lacks a slot; return the tile with the nearest vacant slot.

    There is always one: all slots together are as many as cells and the dummy bidder take.
    """
    tiles, dummy = len(paths.tiles.vacant), len(paths.groups.value)
    state, heap = paths.state, paths.tiles.heap
    state.best_end = np.inf
    heap.state.count = 0
    _reach_group(paths, source, -1, 0.0)
    while heap.state.count > 0:
        node = take_first(heap)
        if node < tiles:
            paths.tiles.done[node] = True
            if paths.tiles.vacant[node] > 0:
                return node
            _reach_owners(paths, node)
        elif node < tiles + dummy:
            if heap.keys[node] < state.best_end:
                _fetch(paths, node - tiles)
        else:
            _reach_group(paths, dummy, paths.groups.slot[dummy], heap.keys[node])
    return -1


@inner_kernel
def raise_prices(paths: PathSearch, length: float) -> int:
    """Raise the prices of all that lies nearer than the path's length; forget the search."""
    tiles, groups, state = paths.tiles, paths.groups, paths.state
    keys, places, price = tiles.heap.keys, tiles.heap.places, paths.market.tree.price
    count, dummy, raised = len(price), len(groups.value), 0
    for at in range(state.tiles_seen):
        tile = tiles.seen[at]
        if tiles.done[tile] and keys[tile] < length:
            price[tile] += length - keys[tile]
            raised += 1
        keys[tile] = np.inf
        places[tile] = -1
        tiles.done[tile] = False
    for at in range(state.groups_seen):
        group = groups.seen[at]
        rise = max(length - groups.distance[group], 0.0)
        if group == dummy:
            state.dummy_price += rise
        else:
            groups.value[group] += rise
        groups.distance[group] = np.inf
        places[count + group] = -1
    places[count + dummy] = -1
    state.tiles_seen = 0
    state.groups_seen = 0
    return raised
