"""From a request to a match: choose a solver, solve, certify."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import MatchingError
from ..model import PROVEN_GAP, Match
from .arrays import Floats, Indices
from .certificate import assignment_cost, lower_bound
from .nearest import nearest
from .prices import normalise
from .problem import Problem, set_problem
from .watch import Watch

DENSE_PAIRS = 200 * 200


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """The arguments of `mosaicdb.matching.match`."""

    tile_features: ArrayLike
    cell_features: ArrayLike
    strategy: str
    max_uses: int | None
    min_distance: int | None
    grid: tuple[int, int] | None
    gap: float
    solver: str
    time_limit: float | None
    progress: Callable[[float | None, str], None] | None
    weights: ArrayLike | None


def run(request: Request) -> Match:
    """Solve what was asked for and certify the answer."""
    problem = set_problem(
        request.tile_features,
        request.cell_features,
        request.strategy,
        request.max_uses,
        request.weights,
    )
    limit = np.inf if request.time_limit is None else time.monotonic() + request.time_limit
    watch = Watch(limit, request.progress)
    if request.min_distance is not None and request.min_distance < 1:
        raise MatchingError(f"min_distance is {request.min_distance}, but must be at least 1")
    if request.min_distance is None or request.min_distance == 1:
        return certify(problem, *_solve(problem, request, watch))
    return _run_apart(problem, request, request.min_distance, watch)


def _run_apart(problem: Problem, request: Request, distance: int, watch: Watch) -> Match:
    """Solve without distances, then keep repeats apart; the first gives the bound."""
    from .distance import check_distance, keep_apart

    grid = check_distance(problem, distance, request.grid)
    indices, prices = _solve(problem, request, watch)
    bound = certify(problem, indices, prices).bound
    indices = keep_apart(problem, indices, prices, distance, grid, watch)
    cost = assignment_cost(problem.tiles, problem.cells, problem.weights, indices)
    return Match(indices, cost, min(bound, cost))


def _solve(problem: Problem, request: Request, watch: Watch) -> tuple[Indices, Floats]:
    if problem.low == 0 and (request.strategy == "nearest" or request.solver == "auto"):
        indices = nearest(problem)
        if np.bincount(indices).max() <= problem.high:
            return indices, np.zeros(len(problem.tiles))
    if request.solver == "emd":
        return _solve_dense(problem)
    if len(problem.tiles) * len(problem.cells) <= DENSE_PAIRS:
        indices, prices = _solve_dense(problem)
        if certify(problem, indices, prices).gap <= max(request.gap, PROVEN_GAP):
            return indices, prices
    from .transport import solve

    return solve(problem, request.gap, watch)


def _solve_dense(problem: Problem) -> tuple[Indices, Floats]:
    from .reference import solve_dense

    return solve_dense(problem)


def certify(problem: Problem, indices: Indices, prices: Floats) -> Match:
    """State the cost of a match and a bound from prices, both computed afresh.

    Args:
        problem: what was matched.
        indices: (cells,) row of the tile of each cell.
        prices: (tiles,) any finite numbers, in units of cost.
    """
    tiles = len(problem.tiles)
    low, high = np.full(tiles, problem.low), np.full(tiles, problem.high)
    prices = normalise(prices, low, high, len(problem.cells))
    cost = assignment_cost(problem.tiles, problem.cells, problem.weights, indices)
    bound = lower_bound(problem.tiles, problem.cells, problem.weights, prices, low, high)
    return Match(indices, cost, min(bound, cost))
