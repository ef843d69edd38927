"""Cells without a tile find one: the shortest path of exchanges to a tile that may be used more.

Dijkstra's algorithm on reduced costs, cost + price - value, from all groups with such cells at
once, and so to the nearest end of any; by way of tiles that cells give up for others (Jonker and
Volgenant 1987). Prices and values rise by what is left of the path's length, and stay those of an
optimal assignment. The trees are asked for neighbours as the search needs them, and only for those
that are nearer than the best end so far.
"""

import numpy as np

from ..arrays import Ints
from ..auction.heaps import place, take_first
from ..kernels import inner_kernel
from ..price_tree import lower_point, raise_leaf, search
from .holdings import NOTHING, Holdings, hold, let_go, renew_shortlist

MORE = 16
"""Neighbours that are asked for where those on a shortlist do not suffice. A choice."""


@inner_kernel
def just_after(distance: float) -> float:
    """Give a distance after those that are equal: all of these are done with before more is asked.

    Where more neighbours are equally near than are asked for, the same ones would be given again
    and again.
    """
    return float(np.nextafter(distance, np.inf)) + 1e-300  # some processors take less for 0


@inner_kernel
def _reach_tile(holdings: Holdings, group: int, tile: int, distance: float) -> None:
    tiles, state, heap = holdings.tiles, holdings.state, holdings.heap
    if distance >= heap.keys[tile] or distance >= state.best_end:
        return
    if heap.keys[tile] == np.inf:
        tiles.seen[state.tiles_seen] = tile
        state.tiles_seen += 1
    tiles.through[tile] = group
    place(heap, tile, distance)
    if tiles.uses[tile] < tiles.low[tile]:
        end = distance
    elif tiles.uses[tile] < tiles.high[tile]:
        end = distance + max(state.floor - tiles.tree.price[tile], 0.0)
    else:
        return
    if end < state.best_end:
        state.best_end, state.end = end, tile


@inner_kernel
def _reach_listed(holdings: Holdings, group: int) -> None:
    """Reach the tiles on a group's shortlist, and note when to ask for more."""
    cells, price = holdings.cells, holdings.tiles.tree.price
    items, costs = holdings.cells.lists.items, holdings.cells.lists.costs
    at = cells.distance[group]
    start = at + cells.tree.price[group]
    for entry in range(cells.lists.size[group]):
        tile = items[group, entry]
        _reach_tile(holdings, group, tile, max(start + costs[group, entry] + price[tile], at))
    _expect_more(holdings, group, max(start + cells.lists.beyond[group], at))


@inner_kernel
def _expect_more(holdings: Holdings, group: int, distance: float) -> None:
    if distance < holdings.state.best_end:
        place(holdings.heap, len(holdings.tiles.uses) + group, distance)


@inner_kernel
def _ask_for_tiles(holdings: Holdings, group: int) -> None:
    """Reach the nearest tiles of a group that the search is not done with."""
    tree, cells, state = holdings.tiles.open, holdings.cells, holdings.state
    items, _, values = holdings.ranking
    at = cells.distance[group]
    start = at + cells.tree.price[group]
    state.scans += 1
    wanted = min(MORE, len(tree.price))
    limit = state.best_end - start
    count = search(tree, cells.queries[group], wanted, holdings.ranking, limit)
    for entry in range(count):
        _reach_tile(holdings, group, items[entry], max(start + values[entry], at))
    if count == wanted:
        _expect_more(holdings, group, just_after(max(start + values[count - 1], at)))


@inner_kernel
def _reach_group(holdings: Holdings, group: int, cell: int, distance: float) -> None:
    cells, state = holdings.cells, holdings.state
    cells.seen[state.groups_seen] = group
    state.groups_seen += 1
    cells.through[group] = cell
    cells.distance[group] = distance
    cells.known[group] = 0
    state.scans += 1
    if cells.lists.size[group] == 0:
        values = holdings.ranking.values
        renew_shortlist(cells.lists, holdings.tiles.tree, group, cells.queries[group], values)
        state.scans += 1
    _reach_listed(holdings, group)


@inner_kernel
def seat_nearest(holdings: Holdings, waiting: Ints) -> bool:
    """Give a tile to the waiting cell that is nearest to one; False if no path leads to any."""
    tiles, cells, state, heap = holdings.tiles, holdings.cells, holdings.state, holdings.heap
    state.best_end, state.end = np.inf, NOTHING
    count = len(tiles.uses)
    for cell in waiting:
        if cells.tile[cell] == NOTHING and cells.known[cells.group[cell]] == NOTHING:
            _reach_group(holdings, cells.group[cell], cell, 0.0)
    while heap.state.count > 0 and heap.keys[heap.items[0]] < state.best_end:
        node = take_first(heap)
        distance = heap.keys[node]
        if node >= count:
            heap.keys[node] = np.inf
            _ask_for_tiles(holdings, node - count)
            continue
        tiles.open.price[node] = np.inf
        for own in range(tiles.own_first[node], tiles.own_first[node + 1]):
            raise_leaf(tiles.open, tiles.own_rows[own])
        holder = tiles.first[node]
        while holder != NOTHING:
            if cells.known[cells.group[holder]] == NOTHING:
                _reach_group(holdings, cells.group[holder], holder, distance)
            holder = cells.after[holder]
    found = bool(state.end != NOTHING)
    if found:
        _exchange(holdings)
        _raise_prices(holdings, state.best_end)
    _forget(holdings)
    return found


@inner_kernel
def _exchange(holdings: Holdings) -> None:
    """Pass tiles along the path, from its end to the cell that waited."""
    tile = holdings.state.end
    while tile != NOTHING:
        mover = holdings.cells.through[holdings.tiles.through[tile]]
        given_up = holdings.cells.tile[mover]
        let_go(holdings, mover)
        hold(holdings, mover, tile)
        tile = given_up


@inner_kernel
def _raise_prices(holdings: Holdings, length: float) -> None:
    """Raise the prices and values of all that lies nearer than the path's length."""
    tiles, cells, state, heap = holdings.tiles, holdings.cells, holdings.state, holdings.heap
    for at in range(state.tiles_seen):
        tile = tiles.seen[at]
        if heap.keys[tile] < length:
            tiles.tree.price[tile] += length - heap.keys[tile]
            for own in range(tiles.own_first[tile], tiles.own_first[tile + 1]):
                raise_leaf(tiles.tree, tiles.own_rows[own])
    for at in range(state.groups_seen):
        group = cells.seen[at]
        if cells.distance[group] < length:
            cells.tree.price[group] -= length - cells.distance[group]
            lower_point(cells.tree, group)


@inner_kernel
def _forget(holdings: Holdings) -> None:
    """Make ready for the next search."""
    tiles, cells, state, heap = holdings.tiles, holdings.cells, holdings.state, holdings.heap
    count = len(tiles.uses)
    for at in range(state.tiles_seen):
        tile = tiles.seen[at]
        heap.keys[tile] = np.inf
        heap.places[tile] = -1
        tiles.open.price[tile] = tiles.tree.price[tile]
        for own in range(tiles.own_first[tile], tiles.own_first[tile + 1]):
            lower_point(tiles.open, tiles.own_rows[own])
    for at in range(state.groups_seen):
        group = cells.seen[at]
        cells.known[group] = NOTHING
        cells.distance[group] = np.inf
        heap.keys[count + group] = np.inf
        heap.places[count + group] = -1
    heap.state.count = 0
    state.tiles_seen = 0
    state.groups_seen = 0
