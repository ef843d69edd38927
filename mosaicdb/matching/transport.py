"""Least-cost assignment of tiles to cells under limits on uses, for features of any size.

The solver of all strategies but plain `nearest`: minimise sum_j c(sigma(j), j) with
lo_i <= uses of tile i <= hi_i. See `auction`, `augment` and `coarse` for the parts.
"""

import numpy as np

from . import COMPILING, kernels_are_compiled
from . import level as levels
from .arrays import Floats, Indices, Ints
from .complete import complete
from .finish import finish
from .level import Level
from .market import Task
from .prices import normalise
from .problem import Groups, Problem
from .tree import build_order
from .watch import Watch

SPARE_SLOTS = 4
ROW_SECONDS = 2e-5
GROUP_SECONDS = 5e-5


def solve(problem: Problem, gap: float, watch: Watch) -> tuple[Indices, Floats]:
    """Find the tile of each cell, and prices of the tiles that prove how good that is.

    Args:
        problem: what to match.
        gap: stop when (cost - bound) / cost is no more than this.
        watch: asked often whether to stop early.
    """
    if watch.report is not None and not kernels_are_compiled():
        watch.report(None, COMPILING)
    tiles, cells = problem.distinct_tiles(), problem.distinct_cells()
    rows = len(problem.tiles) + len(problem.cells)
    watch.keep_back(ROW_SECONDS * rows + GROUP_SECONDS * len(cells.rows))
    task, order = set_task(problem, tiles, cells)
    if int(task.most.sum()) <= SPARE_SLOTS * (len(tiles.rows) + task.size):
        solved = approach(task, gap, watch)
    else:
        solved = _solve_with_trial_limits(task, gap, watch)
    held, price = solved
    prices = np.empty(len(tiles.rows))
    prices[order] = price
    owners, slots = held
    return _spread(owners, order[slots], tiles, cells), prices[tiles.member_of]


def set_task(problem: Problem, tiles: Groups, cells: Groups) -> tuple[Task, Ints]:
    """Set up the task in the order of the price tree; give that order, too."""
    middle = tiles.rows.mean(axis=0)
    points = tiles.rows - middle
    order = build_order(points)
    copies = tiles.counts[order]
    weight = None if problem.weights is None else cells.rows[:, -1].copy()
    features = cells.rows if weight is None else cells.rows[:, :-1]
    return Task(
        tiles=np.ascontiguousarray(points[order]),
        copies=copies,
        cells=np.ascontiguousarray(features - middle),
        demand=cells.counts,
        weight=weight,
        least=copies * problem.low,
        most=np.minimum(copies * problem.high, len(problem.cells)),
    ), order


def approach(task: Task, gap: float, watch: Watch) -> tuple[tuple[Ints, Ints], Floats]:
    """Solve a task until the gap is small enough; give owners of slots, their tiles, prices."""
    watch.phase = "coarse matching"
    level = levels.refine(task, gap, watch) if task.size > 1 else levels.open_level(task)
    watch.phase = "auction"
    price = level.market.tile_price
    if not levels.survey(level, watch) or not _close_in(level, gap, watch):
        # Not optimal: prices in the middle of a stage prove less than those before it.
        price = price if level.price is None else level.price
    return _held(level), normalise(price, task.least, task.most, task.size)


def _close_in(level: Level, gap: float, watch: Watch) -> bool:
    """Run stages until the gap is small enough, or to the exact end: True only for that."""
    epsilon = levels.first_epsilon(gap)
    while True:
        last = epsilon <= levels.LAST_EPSILON * levels.CLOSE
        finished = levels.run_stage(level, epsilon * levels.scale_of(level), watch, last)
        if not finished or not levels.survey(level, watch):
            return False
        watch.gap = levels.gap_of(level)
        if watch.gap <= gap:
            return False
        if last:
            break
        epsilon /= levels.EPSILON_STEP
    watch.phase = "exact finish"
    if not finish(level, watch):
        return False
    level.owners = level.market.slot_owner.copy()
    return True


def _held(level: Level) -> tuple[Ints, Ints]:
    """Give the owners of the slots in the best complete assignment, or one made complete."""
    market = level.market
    owners = level.owners if level.owners is not None else complete(level)
    taken = np.flatnonzero(owners >= 0)
    return owners[taken], market.slot_tile[taken]


def _solve_with_trial_limits(
    task: Task, gap: float, watch: Watch
) -> tuple[tuple[Ints, Ints], Floats]:
    """Solve with fewer slots than allowed, and allow more where they bind.

    Keeps memory linear where the cap on uses is far above what almost any tile gets. The answer
    is right for the true limits as soon as no tile with a price has fewer slots than allowed.
    """
    needed = -(-task.size // int(task.copies.sum()))
    trial = np.minimum(task.most, np.maximum(task.least, (needed + 2) * task.copies))
    while True:
        limited = Task(
            task.tiles, task.copies, task.cells, task.demand, task.weight, task.least, trial
        )
        held, price = approach(limited, gap, watch)
        binding = (price > 0) & (trial < task.most)
        if watch.expired() or not binding.any():
            return held, np.where(binding, 0.0, price)
        trial = np.where(binding, np.minimum(task.most, 4 * trial), trial)


def _spread(owners: Ints, tiles_of: Ints, tiles: Groups, cells: Groups) -> Indices:
    """Go from groups back to single tiles and cells: copies of a tile take turns."""
    tile_of_cell = np.empty(len(cells.member_of), dtype=np.int64)
    by_group = np.argsort(cells.member_of, kind="stable")
    tile_of_cell[by_group] = tiles_of[np.argsort(owners, kind="stable")]
    by_tile = np.argsort(tile_of_cell, kind="stable")
    rows = tile_of_cell[by_tile]
    turn = np.arange(len(rows)) - np.searchsorted(rows, rows)
    members = np.argsort(tiles.member_of, kind="stable")
    first = np.concatenate(([0], np.cumsum(tiles.counts)))[rows]
    indices = np.empty(len(rows), dtype=np.intp)
    indices[by_tile] = members[first + turn % tiles.counts[rows]]
    return indices
