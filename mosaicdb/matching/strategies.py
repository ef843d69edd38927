"""Choose a solver by the problem's limits, options and size, solve, and certify the answer.

Modules that load scipy, numba or POT are imported where they are needed.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import MatchingError
from ..records import PROVEN_GAP, Match, relative_gap
from .arrays import Floats, Indices
from .certificate import Instance, assignment_cost, certify
from .nearest import nearest_tiles
from .problem import Problem, make_problem
from .stopping import Progress, StoppingCriterion

DENSE_PAIRS = 200 * 200
"""Pairs of a tile and a cell up to which the network simplex on a dense matrix is quicker than an
auction; measured by `benchmarks/matching_constants.py`."""


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """The arguments of `mosaicdb.matching.match`."""

    tile_features: ArrayLike
    cell_features: ArrayLike
    strategy: str
    max_uses: int | None
    min_distance: int | None
    grid: tuple[int, int] | NDArray[np.bool_] | None
    gap: float
    solver: str
    time_limit: float | None
    progress: Progress | None
    weights: ArrayLike | None
    reflection: ArrayLike | None


def solve(request: Request) -> Match:
    """Solve what was asked for and certify the answer."""
    seconds = np.inf if request.time_limit is None else request.time_limit
    stopping = StoppingCriterion(request.gap, seconds, request.progress)
    problem = make_problem(
        request.tile_features,
        request.cell_features,
        request.strategy,
        request.max_uses,
        request.weights,
    )
    if request.min_distance is not None and request.min_distance < 1:
        raise MatchingError(f"min_distance is {request.min_distance}, but must be at least 1")
    distance = None if request.min_distance == 1 else request.min_distance
    if request.reflection is not None:
        return _solve_with_reflection(problem, request, distance, stopping)
    if distance is None:
        return certify(problem, *_assign(problem, request, stopping), stopping)
    return _solve_with_spacing(problem, request, distance, stopping)


def _solve_with_spacing(
    problem: Problem, request: Request, distance: int, stopping: StoppingCriterion
) -> Match:
    """Solve without a least distance, then keep repeats apart; the first gives the bound."""
    from .spacing import check_distance, keep_apart

    grid = check_distance(problem, distance, request.grid)
    indices, prices = _assign(problem, request, stopping)
    free = certify(problem, indices, prices, stopping)
    stopping.keep_back(0.0)
    indices = keep_apart(problem, indices, prices, distance, grid, stopping)
    cost = assignment_cost(Instance.of(problem), indices)
    bound = min(free.bound, cost)
    # A bound that time cut short is one of the reasons for a wide gap.
    status = stopping.status(relative_gap(cost, bound), free.status != "time limit")
    return replace(free, indices=indices, cost=cost, bound=bound, status=status)


def _solve_with_reflection(
    problem: Problem, request: Request, distance: int | None, stopping: StoppingCriterion
) -> Match:
    """Solve where tiles may be mirrored, with or without a least distance."""
    from .reflection import check_reflection, match_with_reflection
    from .spacing import check_distance, keep_apart

    reflection = check_reflection(np.asarray(request.reflection), problem.tiles.shape[1])
    grid = None if distance is None else check_distance(problem, distance, request.grid)

    def assign(ordinary: Problem) -> tuple[Indices, Floats]:
        return _assign(ordinary, request, stopping)

    def space_out(ordinary: Problem, indices: Indices, prices: Floats) -> Indices:
        if distance is None or grid is None:
            return indices
        return keep_apart(ordinary, indices, prices, distance, grid, stopping)

    return match_with_reflection(problem, reflection, assign, space_out, stopping)


def _assign(
    problem: Problem, request: Request, stopping: StoppingCriterion
) -> tuple[Indices, Floats]:
    """Find the (cells,) row of the tile of each cell, and (tiles,) dual prices."""
    if problem.low == 0 and (request.strategy == "nearest" or request.solver == "auto"):
        indices = nearest_tiles(problem)
        if np.bincount(indices).max() <= problem.high:
            return indices, np.zeros(len(problem.tiles))
    if request.solver == "emd":
        return _solve_dense(problem)
    if len(problem.tiles) * len(problem.cells) <= DENSE_PAIRS:
        indices, prices = _solve_dense(problem)
        match = certify(problem, indices, prices, StoppingCriterion())
        if match.gap <= max(request.gap, PROVEN_GAP):
            return indices, prices
    from .auction import solve_transport

    return solve_transport(problem, stopping)


def _solve_dense(problem: Problem) -> tuple[Indices, Floats]:
    from .network_simplex import solve_dense

    return solve_dense(problem)
