"""What a forest reaches: seekers scan their shortlists, and ask the tree when these do not suffice.

Shortlists stand in for the full cost matrix, so that exactness never depends on them: a row that
has reached the bound on what is not on its list asks for more, or, where few things are left that
the forest has not reached, is told all of them.
"""

import numpy as np

from ..auction.heaps import place
from ..kernels import inner_kernel
from ..price_tree import pair_cost, search
from ..ranking import Ranking
from .forest import SHORTLIST, Forest
from .holdings import NOTHING, Holdings


@inner_kernel
def lacks_use(holdings: Holdings, forest: Forest, tile: int, tolerance: float) -> bool:
    """Say whether a tile seeks a cell: it must be used more, or has room above the floor.

    While the floor falls, to have room is enough.
    """
    uses = holdings.tiles.uses[tile]
    above = holdings.tiles.tree.price[tile] > holdings.state.floor + tolerance
    has_room = uses < holdings.tiles.high[tile]
    return bool(
        uses < holdings.tiles.low[tile] or (has_room and (above or forest.state.floor_falls))
    )


@inner_kernel
def scan_row(forest: Forest, seeker: int, row: int) -> None:
    """Note what a seeker's row would find, and when its shortlist does not suffice."""
    radius = forest.state.radius
    start = forest.seekers.distance[seeker] + forest.seeker_tree.price[seeker] + forest.extra[row]
    first = forest.lists.first[row]
    for entry in range(first, first + forest.lists.size[row]):
        found = forest.lists.items[entry]
        if forest.found.root[found] == NOTHING:
            value = forest.lists.costs[entry] + forest.found_tree.price[found]
            _expect_found(forest, seeker, found, max(start + value, radius))
    expect_question(forest, row, start + forest.lists.beyond[row])
    forest.state.scans += 1


@inner_kernel
def _expect_found(forest: Forest, seeker: int, found: int, distance: float) -> None:
    if distance < forest.heap.keys[found]:
        forest.through[found] = seeker
        place(forest.heap, found, distance)


@inner_kernel
def expect_question(forest: Forest, row: int, distance: float) -> None:
    """Note the distance at which a row's shortlist no longer suffices."""
    if distance < np.inf:
        # After all that is found at that distance: it may be that nothing is left to ask for.
        distance = np.nextafter(max(distance, forest.state.radius), np.inf)
        place(forest.heap, len(forest.through) + row, distance)


@inner_kernel
def scan_outside(forest: Forest, seeker: int, row: int) -> None:
    """Note what of all that is outside of the forest a seeker's row would find."""
    start = forest.seekers.distance[seeker] + forest.seeker_tree.price[seeker] + forest.extra[row]
    for at in range(len(forest.through) - forest.state.found):
        found = forest.outside.items[at]
        least = np.inf
        for own in range(forest.found_first[found], forest.found_first[found + 1]):
            cost = pair_cost(forest.found_tree, forest.queries[row], forest.found_rows[own])
            least = min(least, cost)
        value = start + least + forest.found_tree.price[found]
        _expect_found(forest, seeker, found, max(value, forest.state.radius))
    forest.complete[row] = True
    forest.state.scans += 1


@inner_kernel
def scan_orphans(forest: Forest, seeker: int, row: int) -> None:
    """Note what of the orphaned a seeker's row would find."""
    start = forest.seekers.distance[seeker] + forest.seeker_tree.price[seeker] + forest.extra[row]
    first = forest.lists.first[row]
    for entry in range(first, first + forest.lists.size[row]):
        found = forest.lists.items[entry]
        if forest.orphaned[found]:
            value = forest.lists.costs[entry] + forest.found_tree.price[found]
            _expect_found(forest, seeker, found, max(start + value, forest.state.radius))


@inner_kernel
def _wanted(forest: Forest, row: int) -> int:
    """Choose how long a row's next shortlist is: longer if half of it is nearer than its bound."""
    size = forest.lists.size[row]
    near = 0
    for entry in range(forest.lists.first[row], forest.lists.first[row] + size):
        value = forest.lists.costs[entry] + forest.found_tree.price[forest.lists.items[entry]]
        near += value <= forest.lists.beyond[row]
    wanted = 2 * size if 2 * near > size else size
    return int(min(max(wanted, SHORTLIST), len(forest.found.root)))


@inner_kernel
def has_room(forest: Forest, row: int) -> bool:
    """Say whether there is room for the longest list that a row may ask for next."""
    longest = max(2 * forest.lists.size[row], SHORTLIST)
    left = len(forest.lists.items) - forest.state.used
    return bool(longest <= forest.lists.room[row] or longest <= left)


@inner_kernel
def ask(forest: Forest, row: int) -> None:
    """Ask the tree for a longer shortlist of a row, or one of today."""
    state = forest.state
    wanted = _wanted(forest, row)
    if wanted > forest.lists.room[row]:
        forest.lists.first[row], forest.lists.room[row] = state.used, wanted
        state.used += wanted
    first = forest.lists.first[row]
    part = slice(first, first + wanted)
    ranking = Ranking(forest.lists.items[part], forest.lists.costs[part], forest.ranking.values)
    count = search(forest.found_tree, forest.queries[row], wanted, ranking)
    forest.lists.size[row] = count
    forest.lists.beyond[row] = (
        ranking.values[count - 1] if count < len(forest.found.root) else np.inf
    )
    state.scans += 1


@inner_kernel
def _expect_end(forest: Forest, tile: int, distance: float) -> None:
    if forest.state.floor_falls:
        return  # as fast as the tile does
    node = len(forest.found.root) + len(forest.queries) + tile
    place(forest.heap, node, max(distance, forest.state.radius))


@inner_kernel
def take_in(forest: Forest, seeker: int, root: int, link: int) -> None:
    """Take a seeker into the forest, with a shortlist that is there already or a first one."""
    state = forest.state
    forest.seekers.root[seeker] = root
    forest.seekers.distance[seeker] = state.radius
    forest.seekers.listed[state.seekers] = seeker
    state.seekers += 1
    forest.link[seeker] = link
    for own in range(forest.own_first[seeker], forest.own_first[seeker + 1]):
        row = forest.own_rows[own]
        if forest.lists.size[row] == 0:
            place(forest.heap, len(forest.found.root) + row, state.radius)
        else:
            scan_row(forest, seeker, row)


@inner_kernel
def plant(holdings: Holdings, forest: Forest, seating: bool, seeker: int, link: int) -> None:
    """Let a seeker that lacks something be the root of a tree, if it is in none."""
    if forest.seekers.root[seeker] != NOTHING:
        return
    forest.state.roots += 1
    take_in(forest, seeker, seeker, link)
    if not seating and holdings.tiles.uses[seeker] >= holdings.tiles.low[seeker]:
        drop = holdings.tiles.tree.price[seeker] - holdings.state.floor
        _expect_end(forest, seeker, forest.state.radius + drop)


@inner_kernel
def reach_holder(holdings: Holdings, forest: Forest, tile: int, cell: int, root: int) -> None:
    """Go on to a tile that a cell holds, where tiles seek cells."""
    take_in(forest, tile, root, cell)
    if holdings.tiles.uses[tile] > holdings.tiles.low[tile]:
        drop = holdings.tiles.tree.price[tile] - holdings.state.floor
        _expect_end(forest, tile, forest.state.radius + drop)


@inner_kernel
def reach_found(holdings: Holdings, forest: Forest, seating: bool, found: int) -> bool:
    """Take what was found into the forest, with who holds it; return whether a path ends here."""
    state = forest.state
    root = forest.seekers.root[forest.through[found]]
    forest.found.root[found] = root
    forest.found.distance[found] = state.radius
    forest.found.listed[state.found] = found
    state.found += 1
    put_outside(forest, found, len(forest.through) - state.found)
    if not seating:
        for at in range(holdings.cells.first[found], holdings.cells.first[found + 1]):
            tile = holdings.cells.tile[holdings.cells.members[at]]
            if tile == NOTHING:
                return True
            if forest.seekers.root[tile] == NOTHING:
                reach_holder(holdings, forest, tile, holdings.cells.members[at], root)
        return False
    if holdings.tiles.uses[found] < holdings.tiles.high[found]:
        rise = holdings.state.floor - holdings.tiles.tree.price[found]
        if rise <= 0.0 or holdings.tiles.uses[found] < holdings.tiles.low[found]:
            return True
        _expect_end(forest, found, state.radius + rise)
    holder = holdings.tiles.first[found]
    while holder != NOTHING:
        if forest.seekers.root[holdings.cells.group[holder]] == NOTHING:
            take_in(forest, holdings.cells.group[holder], root, holder)
        holder = holdings.cells.after[holder]
    return False


@inner_kernel
def put_outside(forest: Forest, found: int, to: int) -> None:
    """Put something into a place of `outside`; what is there takes its place."""
    at, other = forest.outside.places[found], forest.outside.items[to]
    forest.outside.items[at], forest.outside.places[other] = other, at
    forest.outside.items[to], forest.outside.places[found] = found, to
