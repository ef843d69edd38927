"""Whether a least distance of repeats can be kept at all, and what to ask for if not."""

import numpy as np

from ...errors import MatchingError
from ..pins import Pins
from ..problem import Problem
from .grid import Grid, make_grid


def check_distance(problem: Problem, pins: Pins, distance: int, given: object) -> Grid:
    """Give the grid, if the problem may have a solution with this distance.

    Args:
        problem: what is to be matched.
        pins: cells that have a tile already.
        distance: least Chebyshev distance of two uses of a tile, in cells; at least 2.
        given: see `make_grid`.

    Raises:
        MatchingError: the grid does not hold the cells, or surely no layout exists; names the
            numbers, and the largest distance that is not ruled out.
    """
    grid = make_grid(given, len(problem.cells))
    _refuse_near_pins(problem, pins, distance, grid)
    if not _may_fit(problem, distance, grid):
        tiles = len(problem.owners)
        needed = _least_tiles(distance, grid)
        raise MatchingError(
            f"a distance of {distance} on {grid} needs at least {needed} tiles, "
            f"each for at most {grid.spread_limit(distance)} cells, and there are {tiles} of at "
            f"most {problem.high.max()} uses: {_advice(problem, distance, grid)}"
        )
    return grid


def _refuse_near_pins(problem: Problem, pins: Pins, distance: int, grid: Grid) -> None:
    """Refuse two pins of a tile that are nearer than the distance."""
    tiles = problem.owners.of_row[pins.rows]
    for tile in np.flatnonzero(np.bincount(tiles, minlength=1) > 1):
        row, column = np.divmod(grid.places[pins.cells[tiles == tile]], grid.columns)
        apart = np.maximum(abs(row[:, None] - row), abs(column[:, None] - column))
        near = np.argwhere(
            (apart < distance) & (np.arange(len(row))[:, None] < np.arange(len(row)))
        )
        if len(near):
            a, b = near[0]
            raise MatchingError(
                f"row {row[a]}, column {column[a]} and row {row[b]}, column {column[b]} are fixed "
                f"to the same tile, {apart[a, b]} apart, but the least distance is {distance}"
            )


def _least_tiles(distance: int, grid: Grid) -> int:
    """How many tiles it takes to fill a square of that side, where it has no holes."""
    return min(distance, grid.rows) * min(distance, grid.columns) if grid.full else 1


def _may_fit(problem: Problem, distance: int, grid: Grid) -> bool:
    """Say whether nothing obvious forbids a layout."""
    limit = grid.spread_limit(distance)
    return (
        _least_tiles(distance, grid) <= int(np.count_nonzero(problem.high))
        and int(np.minimum(problem.high, limit).sum()) >= len(problem.cells)
        and int(problem.low.max()) <= limit
    )


def _advice(problem: Problem, distance: int, grid: Grid) -> str:
    fitting = [d for d in range(1, distance) if _may_fit(problem, d, grid)]
    return f"the largest distance that may fit is {max(fitting, default=1)}"
