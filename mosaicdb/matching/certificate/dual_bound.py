"""The cost of an assignment, and the dual bound that any prices prove.

For any prices p of tiles that may be used between lo_i and hi_i times, weak duality gives

    sum_j c(sigma(j), j)
        >=  sum_j min_i (c(i, j) + p_i) - sum_i (hi_i p_i if p_i > 0 else lo_i p_i)

with c(i, j) = w_j |x_i - y_j|^2, for every feasible assignment sigma. Where a tile has several rows
of features, c(i, j) is the least over them: each row has its tile's price, and the uses of a tile
are paid for once.
"""

import math
from dataclasses import dataclass

import numpy as np

from ..arrays import AnyArray, Floats, Ints
from ..problem import Problem
from .surcharges import Surcharges, no_surcharges

BLOCK = 1 << 16
"""Numbers that are held at once, so that they stay in a cache: 0.5 MB. A choice."""

FEW_PAIRS = 1 << 21
"""Pairs of a tile and a cell up to which brute force takes the place of a tree. Version 0.1's
choice; `benchmarks/matching_constants.py` measures others."""


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """What a bound is proven for: sum_j w_j |x_sigma(j) - y_j|^2 under limits on uses."""

    tiles: Floats
    """(rows, dimensions) features, one row or more of each tile."""
    owner: Ints
    """(rows,) the tile of each row."""
    cells: Floats
    """(cells, dimensions) features."""
    weights: Floats | None
    """(cells,) factors of the squared distances, or None for 1."""
    low: Ints
    """(tiles,) least uses of each tile."""
    high: Ints
    """(tiles,) most uses of each tile."""

    @classmethod
    def of(cls, problem: Problem) -> "Instance":
        """State what is to be proven for a problem."""
        owner = problem.owners.of_row
        return cls(problem.tiles, owner, problem.cells, problem.weights, problem.low, problem.high)


@dataclass(frozen=True, slots=True)
class DualBound:
    """A bound, and whether it is all that the prices prove."""

    value: float
    """No feasible assignment costs less; in units of cost."""
    complete: bool
    """Whether it is the dual value of the prices; False if some cells were only bounded for want
    of time."""


def assignment_cost(instance: Instance, indices: AnyArray) -> float:
    """Add up the weighted squared distances of cells to their tiles.

    Args:
        instance: features and weights.
        indices: (cells,) row of the tile that each cell gets.
    """
    tiles, cells, weights = instance.tiles, instance.cells, instance.weights
    pieces = []
    for start in range(0, len(cells), BLOCK):
        part = slice(start, start + BLOCK)
        costs = np.square(tiles[indices[part]] - cells[part]).sum(axis=1)
        pieces.append(math.fsum(costs if weights is None else costs * weights[part]))
    return math.fsum(pieces)


def lower_bound(
    instance: Instance,
    prices: Floats,
    likely: AnyArray | None = None,
    deadline: float = math.inf,
    surcharges: Surcharges | None = None,
    few_pairs: int = FEW_PAIRS,
) -> DualBound:
    """Compute from any prices a cost that no assignment within the limits can undercut.

    Takes O(rows * cells) time at worst, a small part of it where prices are good, and memory
    linear in rows + cells. Source: weak duality of linear programs.

    Args:
        instance: features, weights, and limits on uses.
        prices: (tiles,) any finite numbers, in units of cost.
        likely: (cells,) for each cell a row that may be its best: makes it quick, no more.
        deadline: on the clock `time.monotonic`, in seconds; cells that are not settled by then are
            bounded from below, and the bound is valid, but lower.
        surcharges: what windows charge, for a bound of the problem with a least distance.
        few_pairs: of a row and a cell up to which brute force takes the place of a tree.
    """
    tiles, weights, row_prices = instance.tiles, instance.weights, prices[instance.owner]
    count, dimensions = instance.cells.shape
    factors = np.ones(count) if weights is None else weights
    charged = no_surcharges(count) if surcharges is None else surcharges
    # Cells that pay alike are one; one that pays surcharges is alone.
    own = np.where(np.diff(charged.first) > 0, np.arange(count), -1)
    rows, first, demand = np.unique(
        np.column_stack((instance.cells, factors, own)),
        axis=0,
        return_index=True,
        return_counts=True,
    )
    cells = np.ascontiguousarray(rows[:, :dimensions])
    factors = np.ascontiguousarray(rows[:, dimensions])
    own_charges = charged.of(first)
    complete = True
    if len(tiles) * len(cells) <= few_pairs:
        values = _by_brute_force(tiles, row_prices, cells, factors, instance.owner, own_charges)
    else:
        from .branch_and_bound import lowest_values

        hints = np.zeros(len(cells), dtype=np.int64) if likely is None else likely[first]
        values, complete = lowest_values(
            tiles,
            row_prices,
            cells,
            factors,
            hints.astype(np.int64),
            deadline,
            instance.owner,
            own_charges,
        )
    paid = np.where(prices > 0, instance.high, instance.low) * prices
    bound = math.fsum(values * demand) - math.fsum(paid) - math.fsum(charged.windows)
    return DualBound(max(bound, 0.0), complete)


def _by_brute_force(
    tiles: Floats,
    prices: Floats,
    cells: Floats,
    weights: Floats,
    owner: Ints,
    surcharges: Surcharges,
) -> Floats:
    """Compute min_i (w_j |x_i - y_j|^2 + p_i) for all cells j, a few at a time."""
    values = np.empty(len(cells))
    step = max(1, BLOCK // len(tiles))
    for start in range(0, len(cells), step):
        part = slice(start, start + step)
        squares = np.zeros((len(cells[part]), len(tiles)))
        for k in range(tiles.shape[1]):
            squares += np.square(tiles[:, k] - cells[part, k, None])
        paid = squares * weights[part, None] + prices
        for cell in range(start, min(start + step, len(cells))):
            at = slice(surcharges.first[cell], surcharges.first[cell + 1])
            if at.start < at.stop:
                extra = np.zeros(owner.max() + 1)
                extra[surcharges.tiles[at]] = surcharges.amounts[at]
                paid[cell - start] += extra[owner]
        values[part] = paid.min(axis=1)
    return values
