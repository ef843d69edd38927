"""Repair a match until no two uses of a tile are too near, then improve it.

With distances the problem is no longer linear. Cells in conflict, and then all cells in turn, take
the best of: moving to a tile with a use to spare, or swapping tiles with another cell, among the
tiles that are best for them at the optimal prices. No step ever makes a conflict. If the repair
gets stuck, it starts from a regular pattern that is known to fit.
"""

import numpy as np

from ..arrays import Floats, Indices, Ints
from ..kernels import allocating_kernel, kernel
from ..pins import Pins
from ..problem import Problem
from ..stopping import StoppingCriterion
from .choices import cheapest_tiles
from .grid import NOTHING, Grid
from .local_search import Layout, best_change, conflicts, improve, lay_out, make_change, put, take
from .pattern import periodic_layout

CHOICES = 48
"""Tiles that a cell tries; measured by `benchmarks/matching_constants.py`."""

MOST_PASSES = 12
"""Most passes over all cells; measured by `benchmarks/matching_constants.py`."""

SLICE = 512
"""Cells between two looks at the clock: 1 to 19 ms, measured at 1,200 cells. A choice."""


def keep_apart(
    problem: Problem,
    pins: Pins,
    indices: Indices,
    prices: Floats,
    distance: int,
    grid: Grid,
    stopping: StoppingCriterion,
) -> Indices:
    """Keep any two uses of a tile at least the distance apart, at low cost.

    Args:
        problem: limits and features.
        pins: cells whose tile stays.
        indices: (cells,) tiles, the match to start from, within the limits.
        prices: (tiles,) the dual prices that belong to it, in units of cost.
        distance: Chebyshev distance in cells, at least 2.
        grid: where the cells lie.
        stopping: asked often whether to stop improving; a repair is always finished.

    Returns:
        (cells,) tiles.

    Raises:
        MatchingError: no layout was found.
    """
    stopping.phase = "keeping repeats apart"
    cells = problem.distinct_cells()
    layout = lay_out(problem, pins, distance, grid, indices)
    features = cells.rows[:, : problem.tiles.shape[1]]
    weights = None if problem.weights is None else cells.rows[:, -1]
    count = min(CHOICES, len(problem.owners))
    choices = cheapest_tiles(problem.tiles, problem.owners, prices, features, weights, count)
    waiting = conflicts(layout)
    _repair(layout, waiting, choices, cells.member_of)
    if len(conflicts(layout)):
        pattern = periodic_layout(problem, pins, distance, grid)
        layout = lay_out(problem, pins, distance, grid, pattern)
    _improve(layout, choices, cells.member_of, stopping)
    return layout.tile_of.astype(np.intp)


@kernel
def _repair(layout: Layout, waiting: Ints, choices: Ints, choice_of: Ints) -> None:
    """Free the cells of conflicts one by one, among a few choices or, failing that, all tiles."""
    everything = np.arange(len(layout.uses))
    for cell in waiting:
        if layout.pinned[cell]:
            continue
        tile, other, saved = best_change(layout, cell, choices[choice_of[cell]])
        if saved > -layout.penalty / 2:
            if not _in_conflict(layout, cell):
                continue
            tile, other, saved = best_change(layout, cell, everything)
        if tile != NOTHING:
            make_change(layout, cell, tile, other)


@allocating_kernel
def _in_conflict(layout: Layout, cell: int) -> bool:
    tile = layout.tile_of[cell]
    take(layout, cell)
    alone = np.full(1, tile)
    free = best_change(layout, cell, alone)[0]
    put(layout, cell, tile)
    return bool(free == NOTHING)


def _improve(layout: Layout, choices: Ints, choice_of: Ints, stopping: StoppingCriterion) -> None:
    """Passes over all cells until nothing changes."""
    cells = np.arange(len(layout.tile_of))
    for _ in range(MOST_PASSES):
        changed = 0
        for start in range(0, len(cells), SLICE):
            changed += improve(layout, cells[start : start + SLICE], choices, choice_of)
            if stopping.out_of_time():
                return
        if changed == 0:
            return
