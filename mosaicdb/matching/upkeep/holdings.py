"""Which cell holds which tile, at which prices: the state that is repaired.

Cells of equal features and weights are a group with one value v, the least cost + price of any
tile. An assignment is optimal if all of these hold:

- every cell holds a tile whose cost + price is the value of its group;
- a tile of a price above the floor is used as often as it may be;
- a tile of a price below the floor is used only as often as it must be.

The floor is one number for all tiles (complementary slackness of the limits; the number of cells is
what fixes the sum of all uses). What does not hold is repaired tile by tile and cell by cell.
"""

from typing import NamedTuple

import numpy as np

from ..arrays import Floats, Ints, new_record
from ..auction.heaps import IndexedHeap, new_indexed_heap
from ..auction.transport_problem import TransportProblem
from ..kernels import inner_kernel, kernel
from ..price_tree import PriceTree, Ranking, build_order, build_tree, new_ranking, refresh, search

NOTHING = -1
"""Stands for no cell, no tile, no group."""

SHORTLIST = 16
"""Neighbours that are kept; what is beyond them is asked for each time. A choice."""


class RepairState:
    """What changes in a repair as a whole."""

    floor: float
    """The price of tiles that are used neither as often as they may be nor as little as they must,
    in units of cost."""
    best_end: float
    """Length of the shortest path so far."""
    end: int
    """The tile, or the waiting cell, where that path ends, or NOTHING."""
    end_kind: int
    """How the path ends, where tiles look for cells."""
    tiles_seen: int
    """Tiles that the search has reached."""
    groups_seen: int
    """Groups that the search has reached."""
    scans: int
    """Tiles and groups reached, and questions to the trees, in all searches so far."""


class Shortlists(NamedTuple):
    """The nearest neighbours of each group, or of each row, as they were when it was last asked.

    While a search is under way on one side, what it looks for only gets dearer: the bound on what
    is not listed stays valid from search to search, and most searches need not ask the trees.
    """

    items: Ints
    """(askers, SHORTLIST) neighbours."""
    costs: Floats
    """(askers, SHORTLIST) their costs, before the price."""
    size: Ints
    """(askers,) neighbours listed; 0 before the first time."""
    beyond: Floats
    """(askers,) nothing off the list has a lower cost + price."""


class Tiles(NamedTuple):
    """Tiles, their limits and their uses."""

    tree: PriceTree
    """Over rows; its prices are those of tiles."""
    open: PriceTree
    """The same without the tiles that the search is done with: their price is infinite."""
    queries: Floats
    """(rows, dimensions of the groups' tree) what each row asks the tree over groups."""
    squares: Floats
    """(rows,) the part of a row's costs that the groups' tree leaves out."""
    own_first: Ints
    """(tiles + 1,) where a tile's rows start in `own_rows`."""
    own_rows: Ints
    """(rows,) rows tile by tile."""
    low: Ints
    """(tiles,) least uses."""
    high: Ints
    """(tiles,) most uses."""
    uses: Ints
    """(tiles,) cells that hold the tile."""
    first: Ints
    """(tiles,) one of these cells, or NOTHING."""
    lists: Shortlists
    """Groups near to each row."""
    seen: Ints
    """(tiles,) the tiles that a search has reached, in that order."""
    through: Ints
    """(tiles,) from where a search reached the tile: the group, where cells look for tiles; the
    cell that would give it up, where tiles look for cells."""
    known: Ints
    """(tiles,) NOTHING if a search that begins at tiles has not reached the tile."""
    distance: Floats
    """(tiles,) where tiles look for cells: how far the tile is from where the search began."""


class Cells(NamedTuple):
    """Cells, their groups, and what they hold."""

    tree: PriceTree
    """Over groups in its own order; its prices are their values with the sign changed."""
    open: PriceTree
    """The same without the groups that the search is done with: their price is infinite."""
    queries: Floats
    """(groups, dimensions of the tiles' tree) what each group asks the tree over tiles."""
    members: Ints
    """(cells,) cells group by group."""
    first: Ints
    """(groups + 1,) where a group's cells start in `members`."""
    group: Ints
    """(cells,) the group of each cell."""
    tile: Ints
    """(cells,) the tile that each cell holds, or NOTHING."""
    after: Ints
    """(cells,) the next cell that holds the same tile, or NOTHING."""
    before: Ints
    """(cells,) the cell before, or NOTHING."""
    lists: Shortlists
    """Tiles near to each group."""
    seen: Ints
    """(groups,) the groups that a search has reached, in that order."""
    through: Ints
    """(groups,) from where a search reached the group: the cell that would give up its tile, where
    cells look for tiles; the tile that would take one of its cells, where tiles look for cells."""
    known: Ints
    """(groups,) NOTHING if a search that begins at cells has not reached the group."""
    distance: Floats
    """(groups,) where cells look for tiles: how far the group is from where the search began."""


class Holdings(NamedTuple):
    """The state of a repair.

    In the heap, nodes are tiles, then groups. One side's nodes stand for themselves, those of the
    other side for the neighbours that are not known yet: which is which depends on who searches.
    """

    tiles: Tiles
    cells: Cells
    heap: IndexedHeap
    ranking: Ranking
    """Room for answers of the trees."""
    state: RepairState


def open_holdings(problem: TransportProblem, group: Ints, tile_of: Ints, price: Floats) -> Holdings:
    """Set up a state in which cells hold the tiles that they held before.

    Args:
        problem: tiles, each of one copy, and groups in the order of a tree over them.
        group: (cells,) the group of each cell.
        tile_of: (cells,) the tile of each cell, or NOTHING.
        price: (tiles,) prices, finite; kept, not copied.
    """
    tiles, groups = len(problem.owners), len(problem.cells)
    tile_tree, group_tree = problem.tree(price), _tree_of_groups(problem)
    cells = Cells(
        tree=group_tree,
        open=_copy_tree(group_tree),
        queries=np.ascontiguousarray(problem.queries()),
        members=np.argsort(group, kind="stable"),
        first=np.concatenate(([0], np.cumsum(problem.demand))),
        group=group,
        tile=np.full(len(group), NOTHING, dtype=np.int64),
        after=np.full(len(group), NOTHING, dtype=np.int64),
        before=np.full(len(group), NOTHING, dtype=np.int64),
        lists=_new_shortlists(groups),
        seen=np.zeros(groups, dtype=np.int64),
        through=np.full(groups, NOTHING, dtype=np.int64),
        known=np.full(groups, NOTHING, dtype=np.int64),
        distance=np.full(groups, np.inf),
    )
    squares = np.square(problem.tiles).sum(axis=1)
    weightless = problem.weights is None
    holdings = Holdings(
        tiles=Tiles(
            tree=tile_tree,
            open=_copy_tree(tile_tree),
            queries=-2.0 * problem.tiles
            if weightless
            else np.column_stack((squares, -2.0 * problem.tiles)),
            squares=squares if weightless else np.zeros(len(squares)),
            own_first=problem.owners.first,
            own_rows=problem.owners.rows,
            low=problem.least,
            high=problem.most,
            uses=np.zeros(tiles, dtype=np.int64),
            first=np.full(tiles, NOTHING, dtype=np.int64),
            lists=_new_shortlists(len(problem.tiles)),
            seen=np.zeros(tiles, dtype=np.int64),
            through=np.full(tiles, NOTHING, dtype=np.int64),
            known=np.full(tiles, NOTHING, dtype=np.int64),
            distance=np.full(tiles, np.inf),
        ),
        cells=cells,
        heap=new_indexed_heap(tiles + groups),
        ranking=new_ranking(max(tiles, groups, SHORTLIST) + 1),
        state=new_record(
            RepairState,
            floor=0.0,
            best_end=np.inf,
            end=NOTHING,
            end_kind=0,
            tiles_seen=0,
            groups_seen=0,
            scans=0,
        ),
    )
    _hold_all(holdings, tile_of)
    return holdings


def _new_shortlists(askers: int) -> Shortlists:
    return Shortlists(
        items=np.zeros((askers, SHORTLIST), dtype=np.int64),
        costs=np.zeros((askers, SHORTLIST)),
        size=np.zeros(askers, dtype=np.int64),
        beyond=np.full(askers, -np.inf),
    )


@inner_kernel
def renew_shortlist(
    lists: Shortlists, tree: PriceTree, asker: int, query: Floats, values: Floats
) -> None:
    """Ask the tree for the nearest neighbours at the prices of today."""
    count = search(tree, query, SHORTLIST, Ranking(lists.items[asker], lists.costs[asker], values))
    lists.size[asker] = count
    lists.beyond[asker] = values[count - 1] if count < len(tree.price) else np.inf


def _copy_tree(tree: PriceTree) -> PriceTree:
    return tree._replace(price=tree.price.copy(), nodes=tree.nodes.copy())


def open_all(tree: PriceTree, copy: PriceTree) -> None:
    """Bring the copy of a tree, from which nothing is left out, up to date."""
    refresh(tree)
    copy.price[:], copy.nodes[:] = tree.price, tree.nodes


def _tree_of_groups(problem: TransportProblem) -> PriceTree:
    """Build the tree over groups; a value in it is cost - value, less `Tiles.squares`."""
    points, groups = _points_of_groups(problem), len(problem.cells)
    return build_tree(
        np.ascontiguousarray(points), np.zeros(groups), np.zeros(groups), np.arange(groups)
    )


def order_groups(problem: TransportProblem) -> Ints:
    """(groups,) the order in which the tree over groups wants them."""
    return build_order(_points_of_groups(problem))


def _points_of_groups(problem: TransportProblem) -> Floats:
    """(groups, dimensions): where groups lie in the tree over them."""
    if problem.weights is None:
        return problem.cells
    weights = problem.weights[:, None]
    return np.hstack((weights, weights * problem.cells))


@inner_kernel
def hold(holdings: Holdings, cell: int, tile: int) -> None:
    """Give a cell that holds none a tile."""
    tiles, cells = holdings.tiles, holdings.cells
    cells.tile[cell] = tile
    tiles.uses[tile] += 1
    following = tiles.first[tile]
    cells.before[cell] = NOTHING
    cells.after[cell] = following
    if following != NOTHING:
        cells.before[following] = cell
    tiles.first[tile] = cell


@inner_kernel
def let_go(holdings: Holdings, cell: int) -> None:
    """Take its tile from a cell, if it has one."""
    tiles, cells = holdings.tiles, holdings.cells
    tile = cells.tile[cell]
    if tile == NOTHING:
        return
    cells.tile[cell] = NOTHING
    tiles.uses[tile] -= 1
    before, after = cells.before[cell], cells.after[cell]
    if before != NOTHING:
        cells.after[before] = after
    else:
        tiles.first[tile] = after
    if after != NOTHING:
        cells.before[after] = before


@kernel
def _hold_all(holdings: Holdings, tile_of: Ints) -> None:
    for cell in range(len(tile_of) - 1, -1, -1):
        if tile_of[cell] != NOTHING:
            hold(holdings, cell, tile_of[cell])


@kernel
def let_all_go(holdings: Holdings, cells: Ints) -> None:
    """Take their tiles from some cells."""
    for cell in cells:
        let_go(holdings, cell)
