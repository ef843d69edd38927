"""From coarse to fine: first prices of a problem from those of one a fraction of its size.

Runs of tiles and of cells that are neighbours are replaced by their means, and the coarse problem
is solved roughly, in the same way (Mérigot 2011; Schmitzer 2016). Tiles of several rows have no
mean: one of each run stands for it, and so for cells then, whose means would lie nearer than they.
"""

import math

import numpy as np

from ..arrays import Floats, Ints
from ..owners import Owners
from ..stopping import StoppingCriterion
from ..tree_order import build_order
from .c_transform import price_by_values
from .epsilon_scaling import run_stage
from .level import Level, held_rows, open_level, typical_cost, update_values
from .transport_problem import TransportProblem, order_by_trees

COARSEST = 64
"""Cells of the smallest level: 7 to 20 ms in 3 dimensions. A choice."""

FACTOR = 4
"""Ratio of the sizes of two levels; measured by `benchmarks/matching_constants.py`."""

COARSE_EPSILON = 3e-3
"""Epsilon of a coarse level, in costs of an average cell; measured by
`benchmarks/matching_constants.py`."""

COARSEST_EPSILONS: tuple[float, ...] = (0.3, 0.03, COARSE_EPSILON)
"""Epsilons of the smallest level, which has no prices to start from: steps of 10."""

WIDE_GAP = 5e-3
"""Relative gap from which a level is left out; measured by `benchmarks/matching_constants.py`."""

ALWAYS_SOLVED = 2_000
"""Cells up to which a level is solved even when the time is up: it takes 0.1 to 0.3 s, and without
it there is no bound that says something."""


def coarsen(problem: TransportProblem, factor: int) -> TransportProblem:
    """Replace every `factor` neighbours, tiles or cells, by their mean, or by one of them.

    Args:
        problem: tiles in the order of the price tree.
        factor: how many times smaller the new problem is.
    """
    order = build_order(problem.cells, problem.tiles)
    members = np.repeat(order, problem.demand[order])
    weights = None if problem.weights is None else problem.weights[members]
    cells = problem.cells[members]
    copies = np.repeat(np.arange(len(problem.copies)), problem.copies)
    if problem.owners.single:
        cells, weights = _means(cells, weights, factor)
        rows, _ = _means(problem.tiles[copies], None, factor)
        owners = Owners.of_single_rows(len(rows))
    else:
        cells, weights = cells[::factor], None if weights is None else weights[::factor]
        rows, owners = _rows_of(problem, np.unique(copies[::factor]))
    order, _, owners = order_by_trees(rows, owners, cells, weights)
    tiles = len(owners)
    average = len(cells) / tiles
    # What most tiles may: a few that have limits of their own are no matter of coarse prices.
    least = min(int(np.median(problem.least / problem.copies)), math.floor(average))
    most = max(int(np.median(problem.most / problem.copies)), math.ceil(average))
    return TransportProblem(
        tiles=rows[order],
        owners=owners,
        copies=np.ones(tiles, dtype=np.int64),
        cells=cells,
        demand=np.ones(len(cells), dtype=np.int64),
        weights=weights,
        least=np.full(tiles, least),
        most=np.full(tiles, most),
    )


def _rows_of(problem: TransportProblem, tiles: Ints) -> tuple[Floats, Owners]:
    """Give the rows of some tiles, and to which of these they belong."""
    rows, starts = problem.owners.rows_of(tiles)
    counts = np.diff(np.append(starts, len(rows)))
    return problem.tiles[rows], Owners.of(np.repeat(np.arange(len(tiles)), counts))


def _means(rows: Floats, weights: Floats | None, factor: int) -> tuple[Floats, Floats | None]:
    starts = np.arange(0, len(rows), factor)
    counts = np.diff(np.append(starts, len(rows)))[:, None]
    plain = np.add.reduceat(rows, starts, axis=0) / counts
    if weights is None:
        return plain, None
    totals = np.add.reduceat(weights, starts)[:, None]
    weighted = np.add.reduceat(rows * weights[:, None], starts, axis=0)
    means = np.where(totals > 0, weighted / np.where(totals > 0, totals, 1.0), plain)
    return means, (totals / counts).ravel()


def refine(problem: TransportProblem, stopping: StoppingCriterion) -> Level:
    """Set up a level that starts from the prices of a coarser one, solved for them."""
    # Prices from afar are good for a gap of a percent; what lies between takes longest.
    far = stopping.gap_asked >= WIDE_GAP and problem.size > COARSEST * FACTOR**2
    coarse = coarsen(problem, FACTOR**2 if far else FACTOR)
    return _open_below(_solve_coarse(coarse, stopping), problem)


def _solve_coarse(problem: TransportProblem, stopping: StoppingCriterion) -> Level:
    """Solve a small problem roughly, for its dual values; if time is short, a smaller one."""
    if problem.size <= ALWAYS_SOLVED:
        stopping = StoppingCriterion()
    if problem.size <= COARSEST * FACTOR or len(problem.owners) < 2 * FACTOR:
        level = above = open_level(problem)
        epsilons = COARSEST_EPSILONS
    else:
        above = _solve_coarse(coarsen(problem, FACTOR), stopping)
        epsilons = (COARSE_EPSILON,)
        if stopping.out_of_time():
            return above
        level = _open_below(above, problem)
    if not update_values(level, stopping):
        return above
    for epsilon in epsilons:
        finished = run_stage(level, epsilon * typical_cost(level), stopping)
        if not finished or not update_values(level, stopping):
            break
    return level


def _open_below(above: Level, problem: TransportProblem) -> Level:
    """Set up a level at the prices that the dual values of a coarser one suggest."""
    held = held_rows(above)
    row_price, winners = price_by_values(above.problem, above.values, held, problem.tiles)
    price = problem.owners.greatest(row_price)
    market = above.market
    level = open_level(problem, price, market.groups.queries[winners], market.state.floor)
    level.cost_above = typical_cost(above)
    return level
