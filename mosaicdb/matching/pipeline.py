"""From a request to a match: choose a solver, solve, certify."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import MatchingError
from ..records import PROVEN_GAP, Match
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
    grid: tuple[int, int] | NDArray[np.bool_] | None
    gap: float
    solver: str
    time_limit: float | None
    progress: Callable[[float | None, str], None] | None
    weights: ArrayLike | None
    reflection: ArrayLike | None


def run(request: Request) -> Match:
    """Solve what was asked for and certify the answer."""
    limit = np.inf if request.time_limit is None else request.time_limit
    watch = Watch(limit, request.progress)
    problem = set_problem(
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
        return _run_mirrored(problem, request, distance, watch)
    if distance is None:
        return certify(problem, *_solve(problem, request, watch), watch.end)
    return _run_apart(problem, request, distance, watch)


def _run_apart(problem: Problem, request: Request, distance: int, watch: Watch) -> Match:
    """Solve without distances, then keep repeats apart; the first gives the bound."""
    from .distance import check_distance, keep_apart

    grid = check_distance(problem, distance, request.grid)
    indices, prices = _solve(problem, request, watch)
    bound = certify(problem, indices, prices, watch.end).bound
    watch.keep_back(0.0)
    indices = keep_apart(problem, indices, prices, distance, grid, watch)
    cost = assignment_cost(problem.tiles, problem.cells, problem.weights, indices)
    return Match(indices, cost, min(bound, cost))


def _run_mirrored(problem: Problem, request: Request, distance: int | None, watch: Watch) -> Match:
    """Solve where tiles may be mirrored, with or without distances."""
    from .distance import check_distance, keep_apart
    from .mirror import check_reflection, match_mirrored

    reflection = check_reflection(np.asarray(request.reflection), problem.tiles.shape[1])
    grid = None if distance is None else check_distance(problem, distance, request.grid)

    def solve(ordinary: Problem) -> tuple[Indices, Floats]:
        return _solve(ordinary, request, watch)

    def adjust(ordinary: Problem, indices: Indices, prices: Floats) -> Indices:
        if distance is None or grid is None:
            return indices
        return keep_apart(ordinary, indices, prices, distance, grid, watch)

    return match_mirrored(problem, reflection, solve, adjust, watch.end)


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


def certify(problem: Problem, indices: Indices, prices: Floats, deadline: float = np.inf) -> Match:
    """State the cost of a match and a bound from prices, both computed afresh.

    Args:
        problem: what was matched.
        indices: (cells,) row of the tile of each cell.
        prices: (tiles,) any finite numbers, in units of cost.
        deadline: see `lower_bound`.
    """
    tiles = len(problem.tiles)
    low, high = np.full(tiles, problem.low), np.full(tiles, problem.high)
    prices = normalise(prices, low, high, len(problem.cells))
    cost = assignment_cost(problem.tiles, problem.cells, problem.weights, indices)
    bound = lower_bound(
        problem.tiles, problem.cells, problem.weights, prices, low, high, indices, deadline
    )
    return Match(indices, cost, min(bound, cost))
