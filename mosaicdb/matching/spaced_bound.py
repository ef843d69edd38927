"""A higher bound for a match with a least distance: prices on windows, and their proof."""

from dataclasses import replace

import numpy as np

from ..records import Match, WindowPrices, relative_gap
from .certificate import Instance, lower_bound, spread_over_cells
from .dual_prices import shift_to_best_bound
from .pins import Pins, leave_out
from .problem import Problem
from .spacing import Grid, price_windows
from .stopping import StoppingCriterion

CELL_SECONDS = 1e-4
"""Seconds for each cell that the proof takes, with room for a busy machine."""


def tighten(
    match: Match,
    problem: Problem,
    pins: Pins,
    distance: int,
    grid: Grid,
    stopping: StoppingCriterion,
) -> Match:
    """Prove a higher bound of a match that keeps a least distance, if there is one.

    A pinned cell chooses nothing and pays no window: the bound is that of the others, which have
    to keep their distance among themselves at least, and what the pinned ones cost.

    Args:
        match: with the bound of the problem without the distance, and its prices.
        problem: what was matched.
        pins: cells whose tile was given.
        distance: least Chebyshev distance of two uses of a tile, in cells.
        grid: where the cells lie.
        stopping: asked often whether to stop.
    """
    remainder = leave_out(pins, problem)
    rest, pinned_cost = remainder.problem, remainder.own_cost()
    if rest is None:
        return match
    stopping.phase = "bounding"
    stopping.keep_back(CELL_SECONDS * len(rest.cells))
    own_grid = replace(grid, places=grid.places[remainder.cells])
    prices = problem.owners.least(match.prices)[remainder.tiles]
    cost = match.cost - pinned_cost
    relaxation = price_windows(rest, own_grid, distance, prices, cost, stopping)
    if relaxation is None or not len(relaxation.amounts):
        return match
    there = own_grid.cell_at().reshape(grid.rows, grid.columns)
    surcharges = spread_over_cells(
        relaxation.tiles,
        relaxation.corners,
        relaxation.amounts,
        distance,
        there,
        len(rest.owners),
    )
    prices = shift_to_best_bound(relaxation.prices, rest.low, rest.high, len(rest.cells))
    likely = np.searchsorted(remainder.rows, match.indices[remainder.cells])
    proven = lower_bound(Instance.of(rest), prices, likely, stopping.deadline, surcharges)
    bound = min(proven.value + pinned_cost, match.cost)
    if bound <= match.bound:
        return match
    row_prices = match.prices.copy()
    row_prices[remainder.rows] = prices[rest.owners.of_row]
    windows = WindowPrices(
        row_prices,
        distance,
        remainder.rows[rest.owners.rows[rest.owners.first[relaxation.tiles]]],
        relaxation.corners,
        relaxation.amounts,
    )
    complete = match.status != "time limit" and proven.complete
    status = stopping.status(relative_gap(match.cost, bound), complete)
    return replace(match, bound=bound, status=status, windows=windows)
