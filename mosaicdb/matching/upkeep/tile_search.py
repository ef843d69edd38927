"""Tiles that are used too little find a cell: the shortest path of exchanges, from any of them.

The mirror image of `cell_search`: a tile that must be used, or that has room at a price above the
floor, takes a cell from another tile, which takes one from a third, until one may be used less, or
a cell that had none is met. Prices and values fall by what is left of the path's length. A tile
above the floor may also end its search by falling to the floor itself.
(The reverse auction of Bertsekas and Castañón 1992 has the same ends; the path is shortest here.)
"""

import numpy as np

from ..arrays import Ints
from ..auction.heaps import place, take_first
from ..kernels import inner_kernel
from ..price_tree import lower_point, raise_leaf, search
from .cell_search import MORE, just_after
from .holdings import NOTHING, Holdings, hold, let_go, renew_shortlist

WAITING, GIVEN_UP, FLOOR = 0, 1, 2
"""How a path ends: at a waiting cell, at a tile that may be used less, at the floor."""


@inner_kernel
def _reach_group(holdings: Holdings, tile: int, group: int, distance: float) -> None:
    cells, state, heap = holdings.cells, holdings.state, holdings.heap
    node = len(holdings.tiles.uses) + group
    if distance >= heap.keys[node] or distance >= state.best_end:
        return
    if heap.keys[node] == np.inf:
        cells.seen[state.groups_seen] = group
        state.groups_seen += 1
    cells.through[group] = tile
    place(heap, node, distance)


@inner_kernel
def _reach_listed(holdings: Holdings, tile: int, row: int) -> float:
    """Reach the groups on a row's shortlist; return the distance at which it does not suffice."""
    tiles, price = holdings.tiles, holdings.cells.tree.price
    items, costs = holdings.tiles.lists.items, holdings.tiles.lists.costs
    at = tiles.distance[tile]
    start = at + tiles.squares[row] + tiles.tree.price[tile]
    for entry in range(tiles.lists.size[row]):
        group = items[row, entry]
        distance = max(start + costs[row, entry] + price[group], at)
        _reach_group(holdings, tile, group, distance)
    return float(max(start + tiles.lists.beyond[row], at))


@inner_kernel
def _reach_all_listed(holdings: Holdings, tile: int) -> None:
    """Reach the groups on the shortlists of a tile's rows, and note when to ask for more."""
    tiles, tree, state = holdings.tiles, holdings.cells.tree, holdings.state
    expected = np.inf
    for own in range(tiles.own_first[tile], tiles.own_first[tile + 1]):
        row = tiles.own_rows[own]
        if tiles.lists.size[row] == 0:
            renew_shortlist(tiles.lists, tree, row, tiles.queries[row], holdings.ranking.values)
            state.scans += 1
        expected = min(expected, _reach_listed(holdings, tile, row))
    if expected < state.best_end:
        place(holdings.heap, tile, expected)


@inner_kernel
def _ask_for_groups(holdings: Holdings, tile: int) -> None:
    """Reach the nearest groups of a tile that the search is not done with."""
    tiles, state, tree = holdings.tiles, holdings.state, holdings.cells.open
    items, _, values = holdings.ranking
    at = tiles.distance[tile]
    wanted = min(MORE, len(tree.price))
    expected = np.inf
    for own in range(tiles.own_first[tile], tiles.own_first[tile + 1]):
        row = tiles.own_rows[own]
        start = at + tiles.squares[row] + tiles.tree.price[tile]
        limit = state.best_end - start
        count = search(tree, tiles.queries[row], wanted, holdings.ranking, limit)
        state.scans += 1
        for entry in range(count):
            _reach_group(holdings, tile, items[entry], max(start + values[entry], at))
        if count == wanted:
            expected = min(expected, just_after(max(start + values[count - 1], at)))
    if expected < state.best_end:
        place(holdings.heap, tile, expected)


@inner_kernel
def _reach_tile(holdings: Holdings, tile: int, cell: int, distance: float) -> None:
    tiles, state = holdings.tiles, holdings.state
    tiles.seen[state.tiles_seen] = tile
    state.tiles_seen += 1
    tiles.through[tile] = cell
    tiles.distance[tile] = distance
    if cell != NOTHING and tiles.uses[tile] > tiles.low[tile]:
        end = distance + max(tiles.tree.price[tile] - state.floor, 0.0)
        if end < state.best_end:
            state.best_end, state.end, state.end_kind = end, tile, GIVEN_UP
    tiles.known[tile] = 0
    state.scans += 1
    _reach_all_listed(holdings, tile)


@inner_kernel
def _reach_holders(holdings: Holdings, group: int, distance: float) -> None:
    """Go on from a group to the tiles that its cells hold."""
    tiles, cells, state = holdings.tiles, holdings.cells, holdings.state
    for at in range(cells.first[group], cells.first[group + 1]):
        cell = cells.members[at]
        tile = cells.tile[cell]
        if tile == NOTHING:
            if distance < state.best_end:
                state.best_end, state.end, state.end_kind = distance, cell, WAITING
        elif tiles.known[tile] == NOTHING:
            _reach_tile(holdings, tile, cell, distance)


@inner_kernel
def is_missed(holdings: Holdings, tile: int, tolerance: float) -> bool:
    """Say whether a tile must be used more, or has room at a price above the floor."""
    tiles = holdings.tiles
    above = tiles.tree.price[tile] > holdings.state.floor + tolerance
    return bool(
        tiles.uses[tile] < tiles.low[tile] or (above and tiles.uses[tile] < tiles.high[tile])
    )


@inner_kernel
def fill_nearest(holdings: Holdings, missed: Ints, tolerance: float) -> bool:
    """Give a cell to the tile that is nearest to one, or let it fall to the floor.

    Args:
        holdings: the state; no cell waits in vain.
        missed: (any number,) tiles among which are all that `is_missed` is true for.
        tolerance: rounding of a price.

    Returns:
        Whether any tile got nearer to where it must end; False also if none has to.
    """
    tiles, cells, state, heap = holdings.tiles, holdings.cells, holdings.state, holdings.heap
    count = len(tiles.uses)
    state.best_end, state.end, state.end_kind = np.inf, NOTHING, FLOOR
    for tile in missed:
        if not is_missed(holdings, tile, tolerance):
            continue
        drop = max(tiles.tree.price[tile] - state.floor, 0.0)
        if tiles.uses[tile] >= tiles.low[tile] and drop < state.best_end:
            state.best_end, state.end, state.end_kind = drop, tile, FLOOR
    for tile in missed:
        if is_missed(holdings, tile, tolerance):
            _reach_tile(holdings, tile, NOTHING, 0.0)
    while heap.state.count > 0 and heap.keys[heap.items[0]] < state.best_end:
        node = take_first(heap)
        distance = heap.keys[node]
        if node < count:
            heap.keys[node] = np.inf
            _ask_for_groups(holdings, node)
        else:
            cells.open.price[node - count] = np.inf
            raise_leaf(cells.open, node - count)
            _reach_holders(holdings, node - count, distance)
    found = bool(state.end != NOTHING)
    if found:
        if state.end_kind != FLOOR:
            _exchange(holdings)
        _lower_prices(holdings, state.best_end)
        if state.end_kind == FLOOR:
            tiles.tree.price[state.end] = state.floor
    _forget(holdings)
    return found


@inner_kernel
def _exchange(holdings: Holdings) -> None:
    """Pass cells along the path, from its end to the tile that was missed."""
    tiles, cells, state = holdings.tiles, holdings.cells, holdings.state
    cell = state.end if state.end_kind == WAITING else tiles.through[state.end]
    while cell != NOTHING:
        taker = cells.through[cells.group[cell]]
        let_go(holdings, cell)
        hold(holdings, cell, taker)
        cell = tiles.through[taker]


@inner_kernel
def _lower_prices(holdings: Holdings, length: float) -> None:
    """Lower the prices and values of all that lies nearer than the path's length."""
    tiles, cells, state, heap = holdings.tiles, holdings.cells, holdings.state, holdings.heap
    count = len(tiles.uses)
    for at in range(state.tiles_seen):
        tile = tiles.seen[at]
        if tiles.distance[tile] < length:
            tiles.tree.price[tile] -= length - tiles.distance[tile]
            for own in range(tiles.own_first[tile], tiles.own_first[tile + 1]):
                lower_point(tiles.tree, tiles.own_rows[own])
    for at in range(state.groups_seen):
        group = cells.seen[at]
        if heap.keys[count + group] < length:
            cells.tree.price[group] += length - heap.keys[count + group]
            raise_leaf(cells.tree, group)


@inner_kernel
def _forget(holdings: Holdings) -> None:
    """Make ready for the next search."""
    tiles, cells, state, heap = holdings.tiles, holdings.cells, holdings.state, holdings.heap
    count = len(tiles.uses)
    for at in range(state.tiles_seen):
        tile = tiles.seen[at]
        tiles.known[tile] = NOTHING
        tiles.distance[tile] = np.inf
        heap.keys[tile] = np.inf
        heap.places[tile] = -1
    for at in range(state.groups_seen):
        group = cells.seen[at]
        heap.keys[count + group] = np.inf
        heap.places[count + group] = -1
        cells.open.price[group] = cells.tree.price[group]
        lower_point(cells.open, group)
    heap.state.count = 0
    state.tiles_seen = 0
    state.groups_seen = 0
