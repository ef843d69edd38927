"""A level of the multiscale search: a problem, its market, and what is proven about it."""

import math
from dataclasses import dataclass

import numpy as np

from ...records import relative_gap
from ..arrays import Floats, Ints
from ..dual_prices import shift_to_best_bound
from ..price_tree import set_references
from ..stopping import StoppingCriterion
from .bidding import lowest_values
from .market import Market, open_market
from .transport_problem import TransportProblem

LEAST_SCALE = 1e-6
"""Least cost of an average cell that epsilons are multiples of, as a part of what tiles and cells
are apart from their mean: perfect matches have no cost. A choice, far below any real match."""

LEAST_PART = 0.1
"""Part of what an average cell of a coarser level costs that one of this level is taken to cost at
least: poor prices may prove no bound. A choice."""

SLICE = 5_000
"""Bids or groups between two looks at the clock: 6 to 30 ms, measured at 1,000 to
5,000 cells. A choice."""


@dataclass(slots=True, eq=False)
class Level:
    """A problem with its market, and what is known of it."""

    problem: TransportProblem
    market: Market
    references: Floats
    """(rows, dimensions of the tree) the mean query of those that use each row of a tile."""
    values: Floats
    """(groups,) dual values at the last update: least cost + price of any tile, without
    `own_costs`."""
    own_cost: float
    """The part of the cost that no assignment changes."""
    cost_above: float = 0.0
    """Of an average cell of the coarser level that the first prices come from."""
    cost: float = np.inf
    """Of the best complete assignment."""
    bound: float = -np.inf
    """The best dual bound, up to rounding."""
    price: Floats | None = None
    """(tiles,) the dual prices that prove the bound."""
    owners: Ints | None = None
    """(slots,) the complete assignment that has the cost."""

    @property
    def gap(self) -> float:
        """Give the relative gap as the search knows it; infinite without a complete assignment."""
        return np.inf if np.isinf(self.cost) else relative_gap(self.cost, self.bound)


def open_level(
    problem: TransportProblem,
    price: Floats | None = None,
    references: Floats | None = None,
    floor: float = -np.inf,
) -> Level:
    """Set up a level in which nobody holds anything.

    Args:
        problem: what to solve.
        price: (tiles,) first prices in units of cost, or None for 0.
        references: (rows, dimensions of the tree) queries that each row of a tile is likely to
            win, or None for the mean query.
        floor: lowest price of slots that may stay unused, or -inf if it is not known.
    """
    price = np.zeros(len(problem.owners)) if price is None else price
    market = open_market(problem, price, floor)
    queries = market.groups.queries
    if references is None:
        references = np.tile(queries.mean(axis=0), (len(problem.tiles), 1))
    set_references(market.tree, references)
    own_cost = math.fsum(problem.own_costs() * problem.demand)
    return Level(problem, market, references, np.zeros(len(queries)), own_cost)


def held_rows(level: Level) -> Ints:
    """(groups,) the row that a group uses of a tile that it holds, or -1."""
    problem, slots = level.problem, level.market.slots
    held = level.market.groups.first_held
    holders = np.flatnonzero(held >= 0)
    rows = np.full(len(held), -1, dtype=np.int64)
    tiles = slots.tile[held[holders]]
    rows[holders] = problem.owners.nearest_rows(problem.tiles, tiles, problem.cells[holders])
    return rows


def update_values(level: Level, stopping: StoppingCriterion) -> bool:
    """Ask the tree for every group afresh, and note what that proves; False if time ran out."""
    groups = len(level.values)
    values = np.empty(groups)
    for start in range(0, groups, SLICE):
        if start > 0 and stopping.out_of_time():
            return False
        lowest_values(level.market, values, start, min(start + SLICE, groups))
    level.values = values
    _note_progress(level)
    return True


def _note_progress(level: Level) -> None:
    """Note the dual bound, and the cost if everyone has a slot, if they are better than before."""
    market, slots = level.market, level.market.slots
    bound = dual_value(level)
    if level.price is None or bound > level.bound:
        level.bound, level.price = bound, market.tree.price.copy()
    taken = slots.owner >= 0
    uses = np.bincount(slots.tile[taken], minlength=len(level.problem.owners))
    if int(taken.sum()) == level.problem.size and (uses >= level.problem.least).all():
        cost = level.own_cost + math.fsum(slots.cost[taken])
        if cost < level.cost:
            level.cost, level.owners = cost, slots.owner.copy()


def dual_value(level: Level) -> float:
    """Compute the lower bound that the prices of the last update prove, up to rounding."""
    price, problem = level.market.tree.price, level.problem
    shifted = shift_to_best_bound(price, problem.least, problem.most, problem.size)
    shift = float(price[0] - shifted[0]) * problem.size
    uses = np.where(shifted > 0, problem.most, problem.least)
    # Not dot products: their last bits depend on the processor.
    values = math.fsum(level.values * problem.demand)
    return level.own_cost + values - shift - math.fsum(uses * shifted)


def typical_cost(level: Level) -> float:
    """Estimate the cost of an average cell, never quite 0: the unit of relative epsilons."""
    problem = level.problem
    total = level.cost
    if np.isinf(total):
        total = max(dual_value(level), LEAST_PART * level.cost_above * problem.size)
    spread = level.own_cost + float(problem.size * np.square(problem.tiles).sum(axis=1).mean())
    return max(total, LEAST_SCALE * spread, float(np.finfo(float).tiny)) / problem.size
