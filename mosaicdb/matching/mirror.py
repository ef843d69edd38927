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
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from ..errors import MatchingError
from ..records import Match
from .arrays import Flags, Floats, Indices
from .certificate import assignment_cost, lower_bound
from .nearest import nearest
from .prices import normalise
from .problem import Problem

Solve = Callable[[Problem], tuple[Indices, Floats]]
Adjust = Callable[[Problem, Indices, Floats], Indices]

ROUNDS = 3
WORTH = 2e-3
TOLERANCE = 1e-9


def check_reflection(given: ArrayLike, dimensions: int) -> Floats:
    """Give the reflection as an array, if it is one of features of so many dimensions."""
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


def match_mirrored(
    problem: Problem, reflection: Floats, solve: Solve, adjust: Adjust, deadline: float
) -> Match:
    """Match with mirror images, and prove how good that is.

    Args:
        problem: what to match.
        reflection: (dimensions, dimensions) equal to its transpose and its inverse.
        solve: finds the match of an ordinary problem, and prices of its tiles.
        adjust: changes a match, given its problem and prices, to one that keeps distances.
        deadline: see `lower_bound`.
    """
    turned, indices, prices = _assign(problem, reflection, solve, deadline)
    indices = adjust(turned, indices, prices[-1])
    mirrored = _better_mirrored(problem, reflection, indices)
    both = _with_images(problem, reflection)
    tiles = len(problem.tiles)
    rows = indices + tiles * mirrored
    cost = assignment_cost(both.tiles, both.cells, both.weights, rows)
    low, high = np.full(tiles, problem.low), np.full(tiles, problem.high)
    # The images are free of charge: what is paid for a tile's uses is counted once.
    once = np.concatenate((low, 0 * low)), np.concatenate((high, 0 * high))
    bounds = []
    for price in prices:
        twice = np.tile(normalise(price, low, high, len(problem.cells)), 2)
        bounds.append(
            lower_bound(both.tiles, both.cells, both.weights, twice, *once, rows, deadline)
        )
    return Match(indices, cost, min(max(bounds), cost), mirrored)


def _assign(
    problem: Problem, reflection: Floats, solve: Solve, deadline: float
) -> tuple[Problem, Indices, list[Floats]]:
    """Find a match; give the ordinary problem that it belongs to, and prices for bounds."""
    tiles = len(problem.tiles)
    if problem.low == 0:
        rows = nearest(_with_images(problem, reflection))
        if np.bincount(rows % tiles).max() <= problem.high:
            cells = np.where((rows >= tiles)[:, None], problem.cells @ reflection, problem.cells)
            return replace(problem, cells=cells), rows % tiles, [np.zeros(tiles)]
    found = _alternate(_look_alike(problem, reflection), reflection, solve)
    if _cost(found) > _least_without(problem, found[2], found[1], deadline):
        plain = _alternate(problem, reflection, solve, rounds=1)
        if _cost(plain) < _cost(found):
            return plain[0], plain[1], found[2] + plain[2]
    return found


def _alternate(
    problem: Problem, reflection: Floats, solve: Solve, rounds: int = ROUNDS
) -> tuple[Problem, Indices, list[Floats]]:
    """Solve, turn each cell to suit its tile, and solve again, while that still wins enough."""
    best, least, prices = (problem, np.empty(0, dtype=np.intp)), np.inf, []
    for _ in range(rounds):
        indices, price = solve(problem)
        prices.append(price)
        turn = _better_mirrored(problem, reflection, indices)
        cells = np.where(turn[:, None], problem.cells @ reflection + 0.0, problem.cells)
        problem = replace(problem, cells=cells)
        before, cost = least, _cost((problem, indices, prices))
        if cost < least:
            best, least = (problem, indices), cost
        if not turn.any() or cost > (1.0 - WORTH) * before:
            break
    return (*best, prices)


def _cost(found: tuple[Problem, Indices, list[Floats]]) -> float:
    problem, indices, _ = found
    return assignment_cost(problem.tiles, problem.cells, problem.weights, indices)


def _least_without(
    problem: Problem, prices: list[Floats], likely: Indices, deadline: float
) -> float:
    """Bound what a match without mirror images costs: below that, none needs to be found."""
    tiles = len(problem.tiles)
    low, high = np.full(tiles, problem.low), np.full(tiles, problem.high)
    price = normalise(prices[0], low, high, len(problem.cells))
    return lower_bound(
        problem.tiles, problem.cells, problem.weights, price, low, high, likely, deadline
    )


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
