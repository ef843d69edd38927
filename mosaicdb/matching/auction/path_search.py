"""Shortest augmenting paths: Dijkstra's algorithm on reduced costs, over groups of equal cells.

Jonker and Volgenant (1987); from all groups that lack a slot at once, as in Hopcroft and Karp
(1973) and Gabow and Tarjan (1989). A path leads from a group that lacks a slot, by way of slots
that groups give up for others, to a vacant slot. Shortlists stand in for the full cost matrix:
when a search reaches the cost of a group's best tile off its list, it asks the price tree for more,
so that exactness never depends on the lists.

The dummy of textbooks takes the slots that are left over. Once a search has reached it, tiles that
only the dummy holds lead nowhere else, and are left out; so is every tile whose distance is final:
a group that asks for more is told of new tiles only.
"""

from typing import NamedTuple

import numpy as np

from ..arrays import Flags, Floats, Ints, new_record
from ..kernels import inner_kernel, typed
from ..price_tree import INTERCEPT, PriceTree, refresh, search
from ..ranking import Ranking, new_ranking
from .cell_groups import renew_shortlist
from .heaps import IndexedHeap, new_indexed_heap, place, take_first
from .market import Market
from .slots import DUMMY
from .transport_problem import TransportProblem

NO_SLOT = typed(-1)
"""What a group gives up at which a path begins."""

MORE = typed(12)
"""Tiles that a group asks for beyond its shortlist, again and again. A choice: a shortlist's
length."""


class PathState:
    """What changes in the searches as a whole."""

    dummy_price: float
    """Highest price that the dummy pays, in units of cost."""
    dummy_lacking: int
    """Slots that the dummy has still to take."""
    until_others: int
    """Tiles that may become final until the bounds of `PathSearch.others` are renewed."""
    ends: int
    """Tiles with vacant slots that the search has reached."""
    tiles_seen: int
    """Tiles that the search has reached."""
    groups_seen: int
    """Groups that the search has reached."""
    until_refresh: int
    """Prices that may rise until the price tree's bounds are brought up to date."""
    scans: int
    """Groups reached in all searches so far."""


class TileNodes(NamedTuple):
    """What a search knows of tiles; its heap, by distance, holds other nodes as well.

    Nodes are tiles, then one node a group, then the dummy. A group's own node in the heap
    stands for the unknown tiles beyond its shortlist; the dummy's for itself.
    """

    heap: IndexedHeap
    vacant: Ints
    """(tiles,) slots that nobody holds."""
    dummy_room: Ints
    """(tiles,) slots that the dummy may still take from the tile."""
    reached_by: Ints
    """(tiles,) the group (or the dummy) from which the tile was reached."""
    reached_cost: Floats
    """(tiles,) what the tile costs that group."""
    seen: Ints
    """(tiles,) the tiles that the search has reached, in that order."""
    ends: Ints
    """(tiles,) those with vacant slots that the search has found, by distance."""
    done: Flags
    """(tiles,) whether the tile's distance is final."""


class GroupNodes(NamedTuple):
    """What a search knows of groups, of which the last is the dummy."""

    value: Floats
    """(groups,) cost + price of the group's best tiles."""
    distance: Floats
    """(groups + 1,) infinite while the group is not reached."""
    slot: Ints
    """(groups + 1,) the slot that the group gives up if the path goes through it."""
    renewed: Flags
    """(groups + 1,) whether the shortlist was renewed in this search."""
    seen: Ints
    """(groups + 1,) the groups that the search has reached, in that order."""


class PathSearch(NamedTuple):
    """The state of the searches."""

    market: Market
    """Its tree's prices are those of the search."""
    tiles: TileNodes
    groups: GroupNodes
    others: PriceTree
    """The market's tree without tiles whose distance is final: at an infinite price."""
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
            ends=np.zeros(tiles, dtype=np.int64),
            done=np.zeros(tiles, dtype=np.bool_),
        ),
        groups=GroupNodes(
            value=values.copy(),
            distance=np.full(groups + 1, np.inf),
            slot=np.full(groups + 1, -1, dtype=np.int64),
            renewed=np.zeros(groups + 1, dtype=np.bool_),
            seen=np.zeros(groups + 1, dtype=np.int64),
        ),
        others=market.tree._replace(price=market.tree.price.copy(), nodes=market.tree.nodes.copy()),
        ranking=new_ranking(max(MORE, int(np.diff(market.groups.list_first).max())) + 1),
        state=new_record(
            PathState,
            dummy_price=0.0,
            dummy_lacking=left_over,
            until_others=0,
            ends=0,
            tiles_seen=0,
            groups_seen=0,
            until_refresh=tiles // 4,
            scans=0,
        ),
    )


@inner_kernel
def _reach_tile(
    tiles: TileNodes, state: PathState, group: int, tile: int, cost: float, distance: float
) -> None:
    if tiles.done[tile]:
        return
    if tiles.heap.keys[tile] == np.inf:
        tiles.seen[state.tiles_seen] = tile
        state.tiles_seen += 1
    elif distance >= tiles.heap.keys[tile]:
        return
    tiles.reached_by[tile] = group
    tiles.reached_cost[tile] = cost
    place(tiles.heap, tile, distance)


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
    if distance < np.inf:
        node = len(paths.tiles.vacant) + group
        # After all tiles of that distance: what is final is not found again.
        distance = max(distance, paths.groups.distance[group])
        place(paths.tiles.heap, node, np.nextafter(distance, np.inf))


@inner_kernel
def _is_left_over(paths: PathSearch, tile: int) -> bool:
    """Say whether the dummy holds all slots of a tile."""
    slots = paths.market.slots
    for slot in range(slots.first[tile], slots.first[tile + 1]):
        if slots.owner[slot] != DUMMY:
            return False
    return True


@inner_kernel
def _reach_group(paths: PathSearch, group: int, slot: int, at: float) -> None:
    groups, state = paths.groups, paths.state
    groups.seen[state.groups_seen] = group
    state.groups_seen += 1
    groups.distance[group] = at
    groups.slot[group] = slot
    groups.renewed[group] = False
    state.scans += 1
    if group < len(groups.value):
        _reach_list(paths, group)
        return
    tiles, price = paths.tiles, paths.market.tree.price
    room = tiles.dummy_room
    state.until_others = 0
    for tile in range(len(price)):
        if _is_left_over(paths, tile):
            # Nobody is reached by way of it any more.
            paths.others.price[tile] = np.inf
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
            extra = paths.state.dummy_price - paths.market.tree.price[tile]
            _expect_dummy(paths, slot, at + max(extra, 0.0))


@inner_kernel
def _expect_dummy(paths: PathSearch, slot: int, distance: float) -> None:
    """Note the distance at which the dummy would give up a slot, if it is the least."""
    dummy, heap = len(paths.groups.value), paths.tiles.heap
    node = len(paths.tiles.vacant) + dummy
    if paths.groups.distance[dummy] == np.inf and (
        heap.places[node] < 0 or distance < heap.keys[node]
    ):
        paths.groups.slot[dummy] = slot
        place(heap, node, distance)


@inner_kernel
def _fetch(paths: PathSearch, group: int) -> None:
    """Reach the tiles beyond what the search knows of a group."""
    groups, lists = paths.groups, paths.market.groups
    if not groups.renewed[group]:
        groups.renewed[group] = True
        beyond = lists.beyond[group]
        renew_shortlist(lists, paths.market.tree, group, paths.ranking.values)
        if lists.beyond[group] > beyond:
            _reach_list(paths, group)
            return
    if paths.state.until_others <= 0:
        refresh(paths.others)
        paths.state.until_others = len(paths.others.price) // 8
    items, costs, values = paths.ranking
    start = groups.distance[group] - groups.value[group]
    count = search(paths.others, lists.queries[group], MORE, paths.ranking)
    for at in range(count):
        distance = max(start + values[at], groups.distance[group])
        _reach_tile(paths.tiles, paths.state, group, items[at], costs[at], distance)
    if count == MORE:
        _expect_more(paths, group, start + values[count - 1])


@inner_kernel
def _begin(paths: PathSearch) -> int:
    """Start a search at all groups that lack slots; return how many slots they lack."""
    dummy, state, lacking = len(paths.groups.value), paths.state, paths.market.groups.lacking
    paths.tiles.heap.state.count, state.ends = 0, 0
    # Not in one line each: numba compiles a second for the message that shapes differ.
    for tile in range(len(paths.others.price)):
        paths.others.price[tile] = paths.market.tree.price[tile]
    for node in range(len(paths.others.nodes)):
        paths.others.nodes[node, INTERCEPT] = paths.market.tree.nodes[node, INTERCEPT]
    state.until_others = len(paths.others.price) // 8
    missing = state.dummy_lacking
    for group in range(dummy):
        if lacking[group] > 0:
            missing += lacking[group]
            _reach_group(paths, group, NO_SLOT, 0.0)
    if state.dummy_lacking > 0:
        _reach_group(paths, dummy, NO_SLOT, 0.0)
    return int(missing)


@inner_kernel
def search_from_all(paths: PathSearch, share: float) -> float:
    """Search from all groups that lack slots at once, until a share of the vacant slots is reached.

    Notes the tiles that have them in `ends`, by distance, and returns the distance of the last.
    """
    tiles, dummy = len(paths.tiles.vacant), len(paths.groups.value)
    state, heap = paths.state, paths.tiles.heap
    wanted = share * _begin(paths)
    while heap.state.count > 0:
        node = take_first(heap)
        if node < tiles:
            paths.tiles.done[node] = True
            paths.others.price[node] = np.inf
            state.until_others -= 1
            if paths.tiles.vacant[node] > 0:
                paths.tiles.ends[state.ends] = node
                state.ends += 1
                wanted -= paths.tiles.vacant[node]
                if wanted <= 0:
                    return float(heap.keys[node])
            _reach_owners(paths, node)
        elif node < tiles + dummy:
            _fetch(paths, node - tiles)
        elif paths.groups.distance[dummy] == np.inf:
            _reach_group(paths, dummy, paths.groups.slot[dummy], heap.keys[node])
    raise ValueError("no augmenting path")


@inner_kernel
def raise_prices(paths: PathSearch, length: float) -> int:
    """Raise the prices of all that lies nearer than a search has gone; forget the search."""
    tiles, groups, state = paths.tiles, paths.groups, paths.state
    keys, places, price = tiles.heap.keys, tiles.heap.places, paths.market.tree.price
    count, dummy = len(price), len(groups.value)
    raised = _raise_left_over(paths, length)
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


@inner_kernel
def _raise_left_over(paths: PathSearch, length: float) -> int:
    """Raise the prices of what only the dummy holds, so that they end as if reached with it.

    Searches leave these tiles out once the dummy is reached. No group is nearer to them than the
    dummy then, so that this rise is enough, and none of them gets dearer than the dummy pays.
    """
    raised = 0
    near = paths.groups.distance[len(paths.groups.value)]
    if near >= length:
        return raised
    keys, done, price = paths.tiles.heap.keys, paths.tiles.done, paths.market.tree.price
    for tile in range(len(price)):
        reached = min(keys[tile], length) if done[tile] else length
        if near < reached and _is_left_over(paths, tile):
            price[tile] += reached - near
            raised += 1
    return raised
