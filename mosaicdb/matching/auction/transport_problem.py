"""The transportation problem that an assignment is, once equal tiles and equal cells are merged.

Thousands of ties cost no more than one (Bertsekas and Castañón, "The auction algorithm for the
transportation problem", Annals of Operations Research 20, 1989: similar persons and objects).
"""

from dataclasses import dataclass

import numpy as np

from ..arrays import Floats, Indices, Ints
from ..owners import Owners
from ..price_tree import PriceTree, build_tree
from ..problem import DistinctRows, DistinctTiles, Problem
from ..tree_order import build_order


@dataclass(frozen=True, slots=True, eq=False)
class TransportProblem:
    """Least-cost assignment of groups of equal cells to distinct tiles with limits on uses."""

    tiles: Floats
    """(rows, dimensions) features of distinct tiles, in the order of the price tree."""
    owners: Owners
    """Which row belongs to which distinct tile. Tiles are numbered in the order of a tree over
    their mean rows: where each has one row, in that of the rows."""
    copies: Ints
    """(tiles,) how many tiles have these features."""
    cells: Floats
    """(groups, dimensions) distinct features."""
    demand: Ints
    """(groups,) how many cells have these features."""
    weights: Floats | None
    """(groups,) factor of the squared distance, or None where it is 1 everywhere."""
    least: Ints
    """(tiles,) least uses of all its copies together."""
    most: Ints
    """(tiles,) most uses of all its copies together; no more than there are cells."""

    @property
    def size(self) -> int:
        """Count the cells."""
        return int(self.demand.sum())

    def queries(self) -> Floats:
        """(groups, dimensions of the tree) what the groups ask the tree of `tree`."""
        if self.weights is None:
            return -2.0 * self.cells
        weights = self.weights[:, None]
        return np.hstack((-2 * weights * self.cells, weights))

    def tree(self, price: Floats) -> PriceTree:
        """Build the tree over tiles.

        Values are costs + prices, less the part w_j |y_j|^2 of the cost that is the same for all
        tiles.

        Args:
            price: (tiles,) first prices; kept, not copied.
        """
        squares = np.square(self.tiles).sum(axis=1)
        if self.weights is None:
            return build_tree(self.tiles, squares, price, self.owners.of_row)
        points = np.column_stack((self.tiles, squares))
        base = np.zeros(len(points))
        return build_tree(points, base, price, self.owners.of_row, curved=True)

    def own_costs(self) -> Floats:
        """(groups,) the part w_j |y_j|^2 of the costs that the tree's values leave out."""
        squares: Floats = np.square(self.cells).sum(axis=1)
        return squares if self.weights is None else self.weights * squares


@dataclass(frozen=True, slots=True, eq=False)
class TransportPlan:
    """Which tile each cell of a transportation problem gets, and dual prices."""

    groups: Ints
    """(cells,) group of each cell."""
    tiles: Ints
    """(cells,) the tile that it gets."""
    price: Floats
    """(tiles,) dual prices, in units of cost."""


@dataclass(frozen=True, slots=True, eq=False)
class Merged:
    """A problem with equal tiles and equal cells merged, and the way back."""

    transport: TransportProblem
    tiles: DistinctTiles
    cells: DistinctRows
    order: Ints
    """(distinct tiles,) those of `tiles` in the order of the transportation problem."""

    def split(self, plan: TransportPlan) -> tuple[Indices, Floats]:
        """Go back to single cells, (cells,) tiles, and to (tiles,) prices."""
        prices = np.empty(len(self.order))
        prices[self.order] = plan.price
        tiles = _split_groups(plan.groups, self.order[plan.tiles], self.tiles, self.cells)
        return tiles, prices[self.tiles.member_of]


def merge_equals(problem: Problem) -> Merged:
    """Merge equal tiles and equal cells."""
    tiles, cells = problem.distinct_tiles(), problem.distinct_cells()
    middle = tiles.rows.mean(axis=0)
    points = tiles.rows - middle
    weights = None if problem.weights is None else cells.rows[:, -1].copy()
    features = (cells.rows if weights is None else cells.rows[:, :-1]) - middle
    row_order, order, owners = order_by_trees(points, tiles.owners, features, weights)
    copies = tiles.counts[order]
    example = np.unique(tiles.member_of, return_index=True)[1][order]
    transport = TransportProblem(
        tiles=np.ascontiguousarray(points[row_order]),
        owners=owners,
        copies=copies,
        cells=np.ascontiguousarray(features),
        demand=cells.counts,
        weights=weights,
        least=copies * problem.low[example],
        most=np.minimum(copies * problem.high[example], len(problem.cells)),
    )
    return Merged(transport, tiles, cells, order)


def order_by_trees(
    points: Floats, owners: Owners, cells: Floats, weights: Floats | None
) -> tuple[Ints, Ints, Owners]:
    """Sort the rows of tiles into the order of a tree over them, tiles into that of their means.

    Args:
        points: (rows, dimensions) features.
        owners: which row belongs to which tile.
        cells: (groups, dimensions) features of those that will ask the tree.
        weights: (groups,) their weights, or None for 1.

    Returns:
        (rows,) rows and (tiles,) tiles in their new order, and the owners in that order.
    """
    queries = cells if weights is None else weights[:, None] * cells
    row_order = build_order(points, queries)
    tile_order = row_order if owners.single else build_order(owners.means(points), queries)
    place = np.empty(len(tile_order), dtype=np.int64)
    place[tile_order] = np.arange(len(tile_order))
    return row_order, tile_order, Owners.of(place[owners.of_row[row_order]])


def _split_groups(
    groups: Ints, tiles_of: Ints, tiles: DistinctTiles, cells: DistinctRows
) -> Indices:
    """Go from groups back to single tiles and cells: copies of a tile take turns."""
    tile_of_cell = np.empty(len(cells.member_of), dtype=np.int64)
    by_group = np.argsort(cells.member_of, kind="stable")
    tile_of_cell[by_group] = tiles_of[np.argsort(groups, kind="stable")]
    by_tile = np.argsort(tile_of_cell, kind="stable")
    in_turn = tile_of_cell[by_tile]
    turn = np.arange(len(in_turn)) - np.searchsorted(in_turn, in_turn)
    members = np.argsort(tiles.member_of, kind="stable")
    first = np.concatenate(([0], np.cumsum(tiles.counts)))[in_turn]
    given = np.empty(len(in_turn), dtype=np.intp)
    given[by_tile] = members[first + turn % tiles.counts[in_turn]]
    return given
