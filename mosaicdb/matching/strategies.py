"""Choose a solver by the problem's limits, options and size, solve, and certify the answer.

Modules that load scipy, numba or POT are imported where they are needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import MatchingError
from ..records import COMPILING, PROVEN_GAP, Match, relative_gap
from .certificate import FEW_PAIRS, Instance, assignment_cost, certify
from .nearest import nearest_rows
from .pins import Pins, leave_out, make_pins
from .problem import Problem, make_problem
from .start import Known, Start, make_known
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
    owner: ArrayLike | None
    least: ArrayLike | None
    most: ArrayLike | None
    fixed: Mapping[int, int] | None
    start: Match | Start | None


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
        request.owner,
        request.least,
        request.most,
    )
    pins = make_pins(request.fixed, problem)
    known = make_known(request.start, problem)
    if request.min_distance is not None and request.min_distance < 1:
        raise MatchingError(f"min_distance is {request.min_distance}, but must be at least 1")
    distance = None if request.min_distance == 1 else request.min_distance
    if request.reflection is None:
        return _solve_problem(problem, pins, known, request, distance, stopping)
    from .reflection import check_reflection, tell_mirrored, with_images

    reflection = check_reflection(request.reflection, problem.tiles.shape[1])
    both = with_images(problem, reflection)
    match = _solve_problem(both, pins.with_images(both), known, request, distance, stopping)
    return tell_mirrored(match)


def _solve_problem(
    problem: Problem,
    pins: Pins,
    known: Known | None,
    request: Request,
    distance: int | None,
    stopping: StoppingCriterion,
) -> Match:
    """Solve a problem, with or without a least distance of repeats."""
    if distance is None:
        return _solve_without_spacing(problem, pins, known, request, stopping)
    from .compilation import distances_are_compiled
    from .spacing import check_distance, keep_apart

    grid = check_distance(problem, pins, distance, request.grid)
    free = _solve_without_spacing(problem, pins, known, request, stopping)
    stopping.keep_back(0.0)
    if not distances_are_compiled():
        stopping.tell(COMPILING)
    tiles, prices = problem.owners.of_row[free.indices], problem.owners.least(free.prices)
    tiles = keep_apart(problem, pins, tiles, prices, distance, grid, stopping)
    indices = pins.put_into(problem.best_rows(tiles))
    cost = assignment_cost(Instance.of(problem), indices)
    bound = min(free.bound, cost)
    # A bound that time cut short is one of the reasons for a wide gap.
    status = stopping.status(relative_gap(cost, bound), free.status != "time limit")
    match = replace(free, indices=indices, cost=cost, bound=bound, status=status)
    if match.gap <= max(request.gap, PROVEN_GAP) or stopping.out_of_time():
        return match
    from .spaced_bound import tighten

    return tighten(match, problem, pins, distance, grid, stopping)


def _solve_without_spacing(
    problem: Problem,
    pins: Pins,
    known: Known | None,
    request: Request,
    stopping: StoppingCriterion,
) -> Match:
    """Solve what the pins leave."""
    if not len(pins) and problem.high.all():
        return _solve_free(problem, known, request, stopping)
    remainder = leave_out(pins, problem)
    match = None
    if remainder.problem is not None:
        known = known and known.left(remainder)
        match = _solve_free(remainder.problem, known, request, stopping)
    return remainder.complete(match, stopping)


def _solve_free(
    problem: Problem, known: Known | None, request: Request, stopping: StoppingCriterion
) -> Match:
    """Solve a problem of limits on uses alone, and certify the answer."""
    if known is not None and (match := _update(problem, known, request, stopping)):
        return match
    return _solve_anew(problem, request, stopping)


def _update(
    problem: Problem, known: Known, request: Request, stopping: StoppingCriterion
) -> Match | None:
    """Solve a problem from the answer to one like it; None if too little is left of that."""
    from .compilation import compile_in_background, repairs_are_compiled
    from .upkeep import update_match

    if not repairs_are_compiled():
        stopping.tell(COMPILING)
        compile_in_background()
    for trusting in (True, False):
        updated = update_match(problem, known, stopping, trusting)
        if updated is None:
            return None
        tiles, prices = updated
        match = certify(problem, problem.best_rows(tiles), prices, stopping)
        if match.gap <= max(request.gap, PROVEN_GAP):
            return match
    return None


def _solve_anew(problem: Problem, request: Request, stopping: StoppingCriterion) -> Match:
    """Solve a problem of limits on uses alone from nothing, and certify the answer."""
    owners = problem.owners
    if not problem.low.any() and (request.strategy == "nearest" or request.solver == "auto"):
        rows = nearest_rows(problem)
        uses = np.bincount(owners.of_row[rows], minlength=len(owners))
        if (uses <= problem.high).all():
            return certify(problem, rows, np.zeros(len(owners)), stopping)
    if request.solver == "emd":
        return _solve_dense(problem, stopping)
    if len(problem.tiles) * len(problem.cells) <= DENSE_PAIRS:
        match = _solve_dense(problem, stopping)
        if match.gap <= max(request.gap, PROVEN_GAP):
            return match
    from .compilation import compile_in_background, is_small, kernels_are_compiled

    is_first = not kernels_are_compiled()
    if is_first and is_small(problem):
        compile_in_background()
        return _solve_dense(problem, stopping, few_pairs=len(problem.tiles) * len(problem.cells))
    if is_first:
        stopping.tell(COMPILING)
    from .auction import solve_transport

    tiles, prices = solve_transport(problem, stopping)
    if is_first:
        compile_in_background()  # those of repairs and of least distances
    return certify(problem, problem.best_rows(tiles), prices, stopping)


def _solve_dense(
    problem: Problem, stopping: StoppingCriterion, few_pairs: int = FEW_PAIRS
) -> Match:
    """Solve a problem by the reference solver; few_pairs are for the certificate."""
    from .network_simplex import solve_dense

    tiles, prices = solve_dense(problem)
    return certify(problem, problem.best_rows(tiles), prices, stopping, few_pairs)
