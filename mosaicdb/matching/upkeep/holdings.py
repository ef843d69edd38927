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
from ..auction.c_transform import own_costs_of_tiles, queries_of_tiles
from ..auction.transport_problem import TransportProblem
from ..kernels import inner_kernel, kernel
from ..price_tree import PriceTree, build_tree
from ..ranking import Ranking, new_ranking
from ..tree_order import build_order

NOTHING = -1
"""Stands for no cell, no tile, no group."""


class RepairState:
    """What changes in a repair as a whole."""

    floor: float
    """The price of tiles that are used neither as often as they may be nor as little as they must,
    in units of cost."""


class Tiles(NamedTuple):
    """Tiles, their limits and their uses."""

    tree: PriceTree
    """Over rows; its prices are those of tiles."""
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


class Cells(NamedTuple):
    """Cells, their groups, and what they hold."""

    tree: PriceTree
    """Over groups in its own order; its prices are their values with the sign changed."""
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


class Holdings(NamedTuple):
    """The state of a repair."""

    tiles: Tiles
    cells: Cells
    ranking: Ranking
    """Room for an answer of the trees: one neighbour."""
    state: RepairState


def open_holdings(problem: TransportProblem, group: Ints, tile_of: Ints, price: Floats) -> Holdings:
    """Set up a state in which cells hold the tiles that they held before.

    Args:
        problem: tiles, each of one copy, and groups in the order of a tree over them.
        group: (cells,) the group of each cell.
        tile_of: (cells,) the tile of each cell, or NOTHING.
        price: (tiles,) prices, finite; kept, not copied.
    """
    tiles = len(problem.owners)
    tile_tree, group_tree = problem.tree(price), _tree_of_groups(problem)
    cells = Cells(
        tree=group_tree,
        queries=np.ascontiguousarray(problem.queries()),
        members=np.argsort(group, kind="stable"),
        first=np.concatenate(([0], np.cumsum(problem.demand))),
        group=group,
        tile=np.full(len(group), NOTHING, dtype=np.int64),
        after=np.full(len(group), NOTHING, dtype=np.int64),
        before=np.full(len(group), NOTHING, dtype=np.int64),
    )
    holdings = Holdings(
        tiles=Tiles(
            tree=tile_tree,
            queries=queries_of_tiles(problem, problem.tiles),
            squares=own_costs_of_tiles(problem, problem.tiles),
            own_first=problem.owners.first,
            own_rows=problem.owners.rows,
            low=problem.least,
            high=problem.most,
            uses=np.zeros(tiles, dtype=np.int64),
            first=np.full(tiles, NOTHING, dtype=np.int64),
        ),
        cells=cells,
        ranking=new_ranking(2),
        state=new_record(RepairState, floor=0.0),
    )
    _hold_all(holdings, tile_of)
    return holdings


def _tree_of_groups(problem: TransportProblem) -> PriceTree:
    """Build the tree over groups; a value in it is cost - value, less `Tiles.squares`."""
    points, groups = _points_of_groups(problem), len(problem.cells)
    return build_tree(
        np.ascontiguousarray(points), np.zeros(groups), np.zeros(groups), np.arange(groups)
    )


def order_groups(problem: TransportProblem) -> Ints:
    """(groups,) the order in which the tree over groups wants them."""
    return build_order(_points_of_groups(problem), queries_of_tiles(problem, problem.tiles))


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
