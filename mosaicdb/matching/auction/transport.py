"""Least-cost assignment of tiles to cells under limits on uses, for features of any size.

The solver of all strategies but plain `nearest`: minimise sum_j c(sigma(j), j) with
lo_i <= uses of tile i <= hi_i. The finest level's auction goes on until the dual gap is small
enough, by shortest augmenting paths where those are quicker than more stages.
"""

from dataclasses import replace

import numpy as np

from ..arrays import Flags, Floats, Indices
from ..dual_prices import shift_to_best_bound
from ..problem import Problem
from ..stopping import StoppingCriterion
from .augmenting_paths import finish_exactly
from .epsilon_scaling import (
    MOST_BIDS,
    MOST_FIRST_BIDS,
    first_epsilon,
    is_last,
    next_epsilon,
    run_stage,
)
from .level import Level, open_level, typical_cost, update_values
from .multiscale import refine
from .rounding import complete_assignment
from .transport_problem import TransportPlan, TransportProblem, merge_equals

SPARE_SLOTS = 4
"""Slots for each distinct tile and cell up to which all get their own: bounds memory. A slot takes
82 bytes."""

FEW_SLOTS = 2_000_000
"""Slots that are few in any case: 164 MB. A choice."""

TRIAL_STEP = 4
"""Ratio of two trial limits on uses: two or three trials reach any limit that binds."""

ROW_SECONDS = 2e-5
"""Seconds for each tile and cell that reading, sorting and splitting them takes, with room for a
busy machine: 2.7 s for 200,000 of them in docs/matching.md, "A time limit"."""

GROUP_SECONDS = 5e-5
"""Seconds for each group of cells that the certificate takes, with room for a busy machine: 14 s
for 1,000,000 cells in docs/matching.md, "Measured"; poor prices take some times as long."""


def solve_transport(problem: Problem, stopping: StoppingCriterion) -> tuple[Indices, Floats]:
    """Find the tile of each cell, and prices of the tiles that prove how good that is.

    Args:
        problem: what to match.
        stopping: has the gap at which to stop; asked often whether to stop for want of time.

    Returns:
        (cells,) tiles, and (tiles,) dual prices in units of cost.

    References:
        Bertsekas and Castañón, "The auction algorithm for the transportation problem", Annals of
        Operations Research 20 (1989); Jonker and Volgenant, "A shortest augmenting path algorithm
        for dense and sparse linear assignment problems", Computing 38 (1987).
    """
    if problem.weights is not None and not problem.low.any() and not problem.weights.all():
        return _solve_what_matters(problem, problem.weights > 0, stopping)
    merged = merge_equals(problem)
    transport = merged.transport
    rows = len(problem.tiles) + len(problem.cells)
    stopping.keep_back(ROW_SECONDS * rows + GROUP_SECONDS * len(transport.cells))
    spare = SPARE_SLOTS * (len(transport.owners) + transport.size)
    if int(transport.most.sum()) <= max(spare, FEW_SLOTS):
        plan = _search(transport, stopping)
    else:
        plan = _search_with_trial_limits(transport, stopping)
    return merged.split(plan)


def _solve_what_matters(
    problem: Problem, matters: Flags, stopping: StoppingCriterion
) -> tuple[Indices, Floats]:
    """Solve a problem for the cells that have a weight; the others take what is left over.

    To those, tiles that are left over cost what they pay for them: the least price, as it should.
    """
    cells, weights = problem.cells[matters], np.asarray(problem.weights)[matters]
    tiles = np.empty(len(matters), dtype=np.intp)
    prices = np.zeros(len(problem.owners))
    if len(cells):
        high = np.minimum(problem.high, len(cells))
        rest = replace(problem, cells=cells, weights=weights, high=high)
        tiles[matters], prices = solve_transport(rest, stopping)
    room = problem.high - np.bincount(tiles[matters], minlength=len(prices))
    before = np.cumsum(room) - room
    taken = np.clip(len(matters) - len(cells) - before, 0, room)
    tiles[~matters] = np.repeat(np.arange(len(prices)), taken)
    return tiles, prices


def _search(problem: TransportProblem, stopping: StoppingCriterion) -> TransportPlan:
    """Solve a problem until the gap is small enough."""
    stopping.phase = "coarse matching"
    level = refine(problem, stopping) if problem.size > 1 else open_level(problem)
    stopping.phase = "auction"
    price = level.market.tree.price
    if not update_values(level, stopping) or not _close_gap(level, stopping):
        # Not optimal: prices in the middle of a stage prove less than those before it.
        price = price if level.price is None else level.price
        if level.price is not None and level.bound < 0.0:
            price = np.zeros(len(price))  # prove 0
    owners = complete_assignment(level) if level.owners is None else level.owners
    taken = np.flatnonzero(owners >= 0)
    shifted = shift_to_best_bound(price, problem.least, problem.most, problem.size)
    # A tile that may stay unused pays nothing below 0, and cells would find it too cheap there.
    shifted = np.where(problem.least == 0, np.maximum(shifted, 0.0), shifted)
    return TransportPlan(owners[taken], level.market.slots.tile[taken], shifted)


def _close_gap(level: Level, stopping: StoppingCriterion) -> bool:
    """Run stages until the gap is small enough, or to the exact end: True only for that."""
    hurried = stopping.seconds_left() is not None
    epsilon, most_bids = first_epsilon(stopping.gap_asked, hurried), MOST_FIRST_BIDS
    while True:
        asked = epsilon * typical_cost(level)
        reached = run_stage(level, asked, stopping, most_bids)
        if not reached or not update_values(level, stopping):
            return False
        if most_bids == MOST_FIRST_BIDS:
            epsilon *= reached / asked
        most_bids = MOST_BIDS
        stopping.gap = level.gap if np.isfinite(level.gap) else None
        if level.gap <= stopping.gap_asked:
            return False
        if is_last(epsilon):
            break
        epsilon = next_epsilon(epsilon, level.gap, stopping.gap_asked)
    stopping.phase = "exact finish"
    if not finish_exactly(level, stopping):
        return False
    level.owners = level.market.slots.owner.copy()
    return True


def _search_with_trial_limits(
    problem: TransportProblem, stopping: StoppingCriterion
) -> TransportPlan:
    """Solve with fewer slots than allowed, and allow more where they bind.

    Keeps memory linear where the cap on uses is far above what almost any tile gets. The answer
    is right for the true limits as soon as no tile with a price has fewer slots than allowed.
    """
    needed = -(-problem.size // int(problem.copies.sum()))
    trial = np.minimum(problem.most, np.maximum(problem.least, (needed + 2) * problem.copies))
    while True:
        plan = _search(replace(problem, most=trial), stopping)
        binding = (plan.price > 0) & (trial < problem.most)
        if not binding.any() or stopping.out_of_time():
            return replace(plan, price=np.where(binding, 0.0, plan.price))
        trial = np.where(binding, np.minimum(problem.most, TRIAL_STEP * trial), trial)
