"""Tiles that may be used as they are or mirrored, whichever suits a cell better.

With R the reflection of features, placing tile i in cell j costs w_j times the lesser of
|x_i - y_j|^2 and |R x_i - y_j|^2. As R is orthogonal and its own inverse, mirroring the tile and
mirroring the cell make the same difference.

First, tiles and cells are turned to look the same way: where the product with the main direction
of the odd parts (x - R x) / 2 of the tiles is negative, a row is mirrored. That leaves an ordinary
problem. In its answer each cell is turned to suit its tile, which may let another answer win: the
problem is solved again, and the cost can only fall.

The bound is the dual value of the whole problem: a cell may choose among tiles and their mirror
images, which share a price, and the uses of a tile are paid for once. It holds for any prices.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from ..errors import MatchingError
from ..records import Match, relative_gap
from .arrays import Flags, Floats, Indices
from .certificate import Instance, assignment_cost, lower_bound
from .dual_prices import shift_to_best_bound
from .nearest import nearest_tiles
from .problem import Problem
from .stopping import StoppingCriterion

Assign = Callable[[Problem], tuple[Indices, Floats]]
SpaceOut = Callable[[Problem, Indices, Floats], Indices]

MOST_ROUNDS = 3
"""Most problems that are solved one after the other; measured by
`benchmarks/matching_constants.py`."""

WORTH = 2e-3
"""Part of the cost that a round must win for another to follow. A choice: each takes the time of a
whole match."""

TOLERANCE = 1e-9
"""Largest entry by which a reflection may miss its definition: rounding of a product of matrices
of entries up to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Oriented:
    """A match of an ordinary problem, in which tiles and cells are turned one way or the other."""

    problem: Problem
    """With the turned features."""
    indices: Indices
    """(cells,) row of the tile of each cell."""
    prices: list[Floats]
    """(tiles,) each: dual prices of all the problems that were solved on the way, the last last."""

    @property
    def cost(self) -> float:
        """Sum of the weighted squared distances."""
        return assignment_cost(Instance.of(self.problem), self.indices)


def check_reflection(given: ArrayLike, dimensions: int) -> Floats:
    """Give the reflection as an array, if it is one of features of so many dimensions.

    Args:
        given: (dimensions, dimensions) equal to its transpose and its own inverse.
        dimensions: of the features.

    Raises:
        MatchingError: it is not.
    """
    reflection = np.ascontiguousarray(given, dtype=np.float64)
    if reflection.shape != (dimensions, dimensions):
        raise MatchingError(
            f"the reflection has shape {reflection.shape}, but features of {dimensions} numbers "
            f"need one of shape {(dimensions, dimensions)}"
        )
    twice = reflection @ reflection - np.eye(dimensions)
    wrong = max(np.abs(reflection - reflection.T).max(), np.abs(twice).max())
    if not wrong <= TOLERANCE:
        raise MatchingError(
            "the reflection is none: it must be equal to its transpose and its own inverse, and "
            f"misses that by {wrong:.3g}"
        )
    return reflection


def match_with_reflection(
    problem: Problem,
    reflection: Floats,
    assign: Assign,
    space_out: SpaceOut,
    stopping: StoppingCriterion,
) -> Match:
    """Match with mirror images, and prove how good that is.

    The alternation of assignments and orientations is that of iterated closest points (Besl and
    McKay, IEEE TPAMI 14, 1992), with reflections for motions.

    Args:
        problem: what to match.
        reflection: (dimensions, dimensions) equal to its transpose and its inverse.
        assign: finds the match of an ordinary problem, and dual prices of its tiles.
        space_out: changes a match, given its problem and prices, to one that keeps distances.
        stopping: has the deadline, and says why the search stopped.
    """
    oriented = _orient(problem, reflection, assign, stopping)
    indices = space_out(oriented.problem, oriented.indices, oriented.prices[-1])
    mirrored = _better_mirrored(problem, reflection, indices)
    instance = _instance_with_images(problem, reflection)
    rows = indices + len(problem.tiles) * mirrored
    cost = assignment_cost(instance, rows)
    shifted = [
        shift_to_best_bound(price, *problem.limits(), len(problem.cells))
        for price in oriented.prices
    ]
    bounds = [
        lower_bound(instance, np.tile(price, 2), rows, stopping.deadline) for price in shifted
    ]
    best = int(np.argmax([bound.value for bound in bounds]))
    proven = min(bounds[best].value, cost)
    complete = all(bound.complete for bound in bounds)
    status = stopping.status(relative_gap(cost, proven), complete)
    return Match(indices, cost, proven, shifted[best], status, mirrored)


def _orient(
    problem: Problem, reflection: Floats, assign: Assign, stopping: StoppingCriterion
) -> Oriented:
    """Find a match and the ordinary problem that it belongs to."""
    tiles = len(problem.tiles)
    if problem.low == 0:
        rows = nearest_tiles(_with_images(problem, reflection))
        if np.bincount(rows % tiles).max() <= problem.high:
            cells = np.where((rows >= tiles)[:, None], problem.cells @ reflection, problem.cells)
            return Oriented(replace(problem, cells=cells), rows % tiles, [np.zeros(tiles)])
    found = _alternate(_look_alike(problem, reflection), reflection, assign, MOST_ROUNDS)
    if found.cost > _least_cost_without(problem, found, stopping.deadline):
        plain = _alternate(problem, reflection, assign, rounds=1)
        if plain.cost < found.cost:
            return replace(plain, prices=found.prices + plain.prices)
    return found


def _alternate(problem: Problem, reflection: Floats, assign: Assign, rounds: int) -> Oriented:
    """Solve, turn each cell to suit its tile, and solve again, while that still wins enough."""
    best, least = Oriented(problem, np.empty(0, dtype=np.intp), []), np.inf
    prices: list[Floats] = []
    for _ in range(rounds):
        indices, price = assign(problem)
        prices.append(price)
        turn = _better_mirrored(problem, reflection, indices)
        cells = np.where(turn[:, None], problem.cells @ reflection + 0.0, problem.cells)
        problem = replace(problem, cells=cells)
        turned = Oriented(problem, indices, prices)
        before, cost = least, turned.cost
        if cost < least:
            best, least = turned, cost
        if not turn.any() or cost > (1.0 - WORTH) * before:
            break
    return best


def _instance_with_images(problem: Problem, reflection: Floats) -> Instance:
    """Put the mirror images after the tiles; what is paid for a tile's uses is counted once."""
    low, high = problem.limits()
    none = np.zeros_like(low)
    both = _with_images(problem, reflection)
    return Instance(
        both.tiles,
        both.cells,
        both.weights,
        np.concatenate((low, none)),
        np.concatenate((high, none)),
    )


def _least_cost_without(problem: Problem, found: Oriented, deadline: float) -> float:
    """Bound what a match without mirror images costs: below that, none needs to be found."""
    price = shift_to_best_bound(found.prices[0], *problem.limits(), len(problem.cells))
    return lower_bound(Instance.of(problem), price, found.indices, deadline).value


def _better_mirrored(problem: Problem, reflection: Floats, indices: Indices) -> Flags:
    """(cells,) whether the mirror image of the cell's tile is nearer than the tile."""
    tiles = problem.tiles[indices]
    plain = np.square(tiles - problem.cells).sum(axis=1)
    turned = np.square(tiles @ reflection - problem.cells).sum(axis=1)
    better: Flags = turned < plain
    return better


def _with_images(problem: Problem, reflection: Floats) -> Problem:
    """Put the mirror images after the tiles; the limits stay those of a tile and its image."""
    return replace(problem, tiles=np.vstack((problem.tiles, problem.tiles @ reflection + 0.0)))


def _look_alike(problem: Problem, reflection: Floats) -> Problem:
    """Mirror tiles and cells that look the other way along the main direction of asymmetry."""
    odd = (problem.tiles - problem.tiles @ reflection) / 2.0
    main = np.linalg.eigh(odd.T @ odd)[1][:, -1]
    main = main - main @ reflection
    main *= np.sign(main[np.argmax(np.abs(main))])

    def turned(rows: Floats) -> Floats:
        other = (rows @ main < 0.0)[:, None]
        return np.where(other, rows @ reflection + 0.0, rows)

    return replace(problem, tiles=turned(problem.tiles), cells=turned(problem.cells))
