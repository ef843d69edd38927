"""The transportation problem that an assignment is, once equal tiles and equal cells are merged.

Thousands of ties cost no more than one (Bertsekas and Castañón, "The auction algorithm for the
transportation problem", Annals of Operations Research 20, 1989: similar persons and objects).
"""

from dataclasses import dataclass

import numpy as np

from ..arrays import Floats, Indices, Ints
from ..price_tree import PriceTree, build_order, build_tree
from ..problem import DistinctRows, Problem


@dataclass(frozen=True, slots=True, eq=False)
class TransportProblem:
    """Least-cost assignment of groups of equal cells to distinct tiles with limits on uses."""

    tiles: Floats
    """(tiles, dimensions) distinct features, in the order of the price tree."""
    copies: Ints
    """(tiles,) how many tiles have these features."""
    cells: Floats
    """(groups, dimensions) distinct features."""
    demand: Ints
    """(groups,) how many cells have these features."""
    weights: Floats | None
    """(groups,) factor of the squared distance, or None where it is 1 everywhere."""
    least: Ints
    """(tiles,) least uses of each row's tiles together."""
    most: Ints
    """(tiles,) most uses of each row's tiles together; no more than there are cells."""

    @property
    def size(self) -> int:
        """Count the cells."""
        return int(self.demand.sum())

    def queries(self) -> Floats:
        """(groups, dimensions of the tree) what the groups ask the tree of `tree`."""
        if self.weights is None:
            return -2.0 * self.cells
        weights = self.weights[:, None]
        return np.hstack((weights, -2 * weights * self.cells))

    def tree(self, price: Floats) -> PriceTree:
        """Build the tree over tiles.

        Values are costs + prices, less the part w_j |y_j|^2 of the cost that is the same for all
        tiles.

        Args:
            price: (tiles,) first prices; kept, not copied.
        """
        squares = np.square(self.tiles).sum(axis=1)
        if self.weights is None:
            return build_tree(self.tiles, squares, price)
        points = np.column_stack((squares, self.tiles))
        return build_tree(points, np.zeros(len(points)), price)

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
    """(cells,) row of the tile that it gets."""
    price: Floats
    """(tiles,) dual prices, in units of cost."""


@dataclass(frozen=True, slots=True, eq=False)
class Merged:
    """A problem with equal tiles and equal cells merged, and the way back."""

    transport: TransportProblem
    tiles: DistinctRows
    cells: DistinctRows
    order: Ints
    """(distinct tiles,) rows of `tiles` in the order of the transportation problem."""

    def split(self, plan: TransportPlan) -> tuple[Indices, Floats]:
        """Go back to single cells, (cells,) rows of tiles, and to (tiles,) prices."""
        prices = np.empty(len(self.order))
        prices[self.order] = plan.price
        tiles = _split_groups(plan.groups, self.order[plan.tiles], self.tiles, self.cells)
        return tiles, prices[self.tiles.member_of]


def merge_equals(problem: Problem) -> Merged:
    """Merge equal tiles and equal cells."""
    tiles, cells = problem.distinct_tiles(), problem.distinct_cells()
    middle = tiles.rows.mean(axis=0)
    points = tiles.rows - middle
    order = build_order(points)
    copies = tiles.counts[order]
    weights = None if problem.weights is None else cells.rows[:, -1].copy()
    features = cells.rows if weights is None else cells.rows[:, :-1]
    transport = TransportProblem(
        tiles=np.ascontiguousarray(points[order]),
        copies=copies,
        cells=np.ascontiguousarray(features - middle),
        demand=cells.counts,
        weights=weights,
        least=copies * problem.low,
        most=np.minimum(copies * problem.high, len(problem.cells)),
    )
    return Merged(transport, tiles, cells, order)


def _split_groups(
    groups: Ints, tiles_of: Ints, tiles: DistinctRows, cells: DistinctRows
) -> Indices:
    """Go from groups back to single tiles and cells: copies of a tile take turns."""
    tile_of_cell = np.empty(len(cells.member_of), dtype=np.int64)
    by_group = np.argsort(cells.member_of, kind="stable")
    tile_of_cell[by_group] = tiles_of[np.argsort(groups, kind="stable")]
    by_tile = np.argsort(tile_of_cell, kind="stable")
    rows = tile_of_cell[by_tile]
    turn = np.arange(len(rows)) - np.searchsorted(rows, rows)
    members = np.argsort(tiles.member_of, kind="stable")
    first = np.concatenate(([0], np.cumsum(tiles.counts)))[rows]
    indices = np.empty(len(rows), dtype=np.intp)
    indices[by_tile] = members[first + turn % tiles.counts[rows]]
    return indices
