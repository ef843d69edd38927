"""Grow a forest of shortest paths of exchanges until everything that lacks something has it.

Dijkstra's algorithm on reduced costs (Jonker and Volgenant 1987), from all roots at once. A path to
an end is used as soon as it is found; then only its tree is taken out of the forest, and the others
grow on from where they are, into what it leaves behind: the Hungarian method (Kuhn 1955) keeps its
forest in the same way, as does "tree grafting" (Azad, Buluç and Pothen 2015) without costs.

Where cells seek tiles, prices and values rise with the radius, and a path ends at a tile that may
be used more: at once if its price is not below the floor, else when it has risen to that. Where
tiles seek cells, they fall, and a path ends at a tile that may be used less when its price has come
down to the floor; or a root itself does. (The reverse auction of Bertsekas and Castañón 1992 has
the same ends; the paths are shortest here.) Where the floor falls with the tiles, all that have
room are roots, and a path ends at a cell that waits.
"""

import numpy as np

from ..arrays import Ints
from ..auction.heaps import remove, take_first
from ..kernels import inner_kernel, kernel
from ..price_tree import raise_leaf, refresh
from .forest import Forest
from .holdings import NOTHING, Holdings, hold, let_go
from .reach import (
    ask,
    expect_question,
    has_room,
    lacks_use,
    plant,
    put_outside,
    reach_found,
    reach_holder,
    scan_orphans,
    scan_outside,
    scan_row,
    take_in,
)

DONE, PAUSED, FULL = 0, 1, 2
"""Why the growth stopped: nothing lacks anything; as many scans as asked for; no room for lists."""

UPDATE = 8
"""Trees that are dissolved before all prices are brought up to date. A choice."""


@inner_kernel
def _pass_tiles(holdings: Holdings, forest: Forest, tile: int) -> None:
    """Pass tiles on along the path from a tile to the cell that lacks one."""
    while tile != NOTHING:
        cell = forest.link[forest.through[tile]]
        given_up = holdings.cells.tile[cell]
        let_go(holdings, cell)
        hold(holdings, cell, tile)
        tile = given_up


@inner_kernel
def _pass_cells(holdings: Holdings, forest: Forest, cell: int) -> None:
    """Pass cells on along the path from a cell to the tile that lacks one."""
    while cell != NOTHING:
        taker = forest.through[holdings.cells.group[cell]]
        let_go(holdings, cell)
        hold(holdings, cell, taker)
        cell = forest.link[taker]


@inner_kernel
def _waiting_cell(holdings: Holdings, group: int) -> int:
    """Find a cell of a group that has no tile, or NOTHING."""
    for at in range(holdings.cells.first[group], holdings.cells.first[group + 1]):
        if holdings.cells.tile[holdings.cells.members[at]] == NOTHING:
            return int(holdings.cells.members[at])
    return NOTHING


@inner_kernel
def _write_seeker(forest: Forest, seeker: int) -> None:
    """Write the price that a seeker has by now."""
    forest.seeker_tree.price[seeker] -= forest.state.radius - forest.seekers.distance[seeker]
    forest.seekers.distance[seeker] = forest.state.radius


@inner_kernel
def _write_found(forest: Forest, found: int) -> None:
    """Write the price that something found has by now."""
    grown = forest.state.radius - forest.found.distance[found]
    if grown > 0.0:
        forest.found.distance[found] = forest.state.radius
        forest.found_tree.price[found] += grown
        for own in range(forest.found_first[found], forest.found_first[found + 1]):
            raise_leaf(forest.found_tree, forest.found_rows[own])


@inner_kernel
def _free_seekers(forest: Forest, seating: bool, root: int) -> int:
    """Take the seekers of a tree out of the forest; return how many are in `freed`."""
    state = forest.state
    rows = len(forest.found.root)
    kept = freed = 0
    for at in range(state.seekers):
        seeker = forest.seekers.listed[at]
        if forest.seekers.root[seeker] != root:
            forest.seekers.listed[kept] = seeker
            kept += 1
            continue
        _write_seeker(forest, seeker)
        forest.seekers.root[seeker] = NOTHING
        forest.freed[freed] = seeker
        freed += 1
        for own in range(forest.own_first[seeker], forest.own_first[seeker + 1]):
            remove(forest.heap, rows + forest.own_rows[own])
            forest.complete[forest.own_rows[own]] = False
        if not seating:
            remove(forest.heap, rows + len(forest.queries) + seeker)
    state.seekers = kept
    return freed


@inner_kernel
def _free_found(forest: Forest, seating: bool, root: int) -> int:
    """Take what a tree has found out of the forest, and what only it would; return how many."""
    state = forest.state
    count = state.found
    kept = orphans = 0
    for at in range(count):
        found = forest.found.listed[at]
        if forest.found.root[found] != root:
            forest.found.listed[kept] = found
            kept += 1
            continue
        _write_found(forest, found)
        forest.found.root[found] = NOTHING
        if seating:
            remove(forest.heap, len(forest.found.root) + len(forest.queries) + found)
        put_outside(forest, found, len(forest.through) - count + orphans)
        forest.orphans[orphans] = found
        orphans += 1
    state.found = kept
    for at in range(forest.heap.state.count):
        node = forest.heap.items[at]
        if node < len(forest.found.root) and forest.seekers.root[forest.through[node]] == NOTHING:
            forest.orphans[orphans] = node
            orphans += 1
    for at in range(orphans):
        found = forest.orphans[at]
        remove(forest.heap, found)
        forest.heap.keys[found] = np.inf
        forest.orphaned[found] = True
    return orphans


@inner_kernel
def _dissolve(
    holdings: Holdings, forest: Forest, seating: bool, root: int, tolerance: float
) -> None:
    """Take a tree out of the forest, at prices of now, and let the others reach what was in it."""
    state = forest.state
    freed = _free_seekers(forest, seating, root)
    state.roots -= 1
    orphans = _free_found(forest, seating, root)
    if state.roots > 0:
        for at in range(state.seekers):
            seeker = forest.seekers.listed[at]
            for own in range(forest.own_first[seeker], forest.own_first[seeker + 1]):
                row = forest.own_rows[own]
                scan_orphans(forest, seeker, row)
                if forest.complete[row]:
                    forest.complete[row] = False
                    expect_question(forest, row, state.radius)
    for at in range(orphans):
        forest.orphaned[forest.orphans[at]] = False
    _plant_again(holdings, forest, seating, root, tolerance)
    if state.roots > 0:
        for at in range(freed):
            if forest.seekers.root[forest.freed[at]] == NOTHING:
                _rejoin(holdings, forest, seating, forest.freed[at])
    state.since_update += 1
    if state.since_update >= UPDATE:
        _write_all(forest)


@inner_kernel
def _plant_again(
    holdings: Holdings, forest: Forest, seating: bool, root: int, tolerance: float
) -> None:
    """Let what was a root be one again if it still lacks something."""
    if not seating:
        if lacks_use(holdings, forest, root, tolerance):
            plant(holdings, forest, seating, root, NOTHING)
        return
    cell = _waiting_cell(holdings, root)
    if cell != NOTHING:
        plant(holdings, forest, seating, root, cell)


@inner_kernel
def _rejoin(holdings: Holdings, forest: Forest, seating: bool, seeker: int) -> None:
    """Take a seeker back into the forest if that has what it holds: the pair stays tight."""
    if seating:
        for at in range(holdings.cells.first[seeker], holdings.cells.first[seeker + 1]):
            cell = holdings.cells.members[at]
            tile = holdings.cells.tile[cell]
            if tile != NOTHING and forest.found.root[tile] != NOTHING:
                take_in(forest, seeker, forest.found.root[tile], cell)
                return
        return
    cell = holdings.tiles.first[seeker]
    while cell != NOTHING:
        if forest.found.root[holdings.cells.group[cell]] != NOTHING:
            reach_holder(
                holdings, forest, seeker, cell, forest.found.root[holdings.cells.group[cell]]
            )
            return
        cell = holdings.cells.after[cell]


@inner_kernel
def _write_all(forest: Forest) -> None:
    """Bring all prices, and the bounds of the tree that is asked, up to date."""
    state = forest.state
    for at in range(state.seekers):
        _write_seeker(forest, forest.seekers.listed[at])
    for at in range(state.found):
        _write_found(forest, forest.found.listed[at])
    refresh(forest.found_tree)
    state.since_update = 0


@inner_kernel
def _end_at_found(
    holdings: Holdings, forest: Forest, seating: bool, found: int, tolerance: float
) -> None:
    """Use the path to a tile with room, or to a group with a waiting cell; dissolve its tree."""
    root = forest.found.root[found]
    if seating:
        _pass_tiles(holdings, forest, found)
    else:
        _pass_cells(holdings, forest, _waiting_cell(holdings, found))
        forest.state.waiting -= 1
    _dissolve(holdings, forest, seating, root, tolerance)


@inner_kernel
def _end_at_tile(
    holdings: Holdings, forest: Forest, seating: bool, tile: int, tolerance: float
) -> None:
    """Use the path to a tile that has come to the floor; dissolve its tree."""
    if seating:
        _end_at_found(holdings, forest, seating, tile, tolerance)
        return
    _pass_cells(holdings, forest, forest.link[tile])
    _dissolve(holdings, forest, seating, forest.seekers.root[tile], tolerance)


@kernel
def plant_all(
    holdings: Holdings, forest: Forest, seating: bool, lacking: Ints, tolerance: float
) -> None:
    """Let all cells without a tile, or all tiles that are used too little, be roots of trees.

    Args:
        holdings: who holds what.
        forest: an empty one.
        seating: whether cells seek tiles.
        lacking: (any number,) the cells, or tiles among which are all that lack a use.
        tolerance: rounding of a price.
    """
    for one in lacking:
        if seating:
            plant(holdings, forest, seating, holdings.cells.group[one], one)
        elif lacks_use(holdings, forest, one, tolerance):
            plant(holdings, forest, seating, one, NOTHING)


@kernel
def grow(
    holdings: Holdings, forest: Forest, seating: bool, tolerance: float, most_scans: int
) -> int:
    """Grow the forest and use the paths that it finds, for about so many scans; say why it stops.

    Args:
        holdings: who holds what, at which prices; both change.
        forest: with all its roots.
        seating: whether cells seek tiles.
        tolerance: rounding of a price.
        most_scans: of shortlists, and questions to the tree.
    """
    state = forest.state
    found, rows = len(forest.found.root), len(forest.queries)
    most_scans += state.scans
    while state.roots > 0 and (state.waiting > 0 or not state.floor_falls):
        if state.scans >= most_scans:
            return PAUSED
        if forest.heap.state.count == 0:
            raise ValueError("no path to an end")
        node = forest.heap.items[0]
        if found <= node < found + rows and not has_room(forest, node - found):
            return FULL
        take_first(forest.heap)
        if node < found or node >= found + rows:
            state.radius = max(state.radius, forest.heap.keys[node])
        if node < found:
            if reach_found(holdings, forest, seating, node):
                _end_at_found(holdings, forest, seating, node, tolerance)
        elif node < found + rows:
            seeker = forest.seeker_tree.owner[node - found]
            if found - state.found <= state.few:
                scan_outside(forest, seeker, node - found)
            else:
                ask(forest, node - found)
                scan_row(forest, seeker, node - found)
        else:
            _end_at_tile(holdings, forest, seating, node - found - rows, tolerance)
    return DONE


@kernel
def let_floor_fall(holdings: Holdings, forest: Forest) -> None:
    """End a search in which the floor falls: bring it and all prices up to date."""
    _write_all(forest)
    holdings.state.floor -= forest.state.radius
