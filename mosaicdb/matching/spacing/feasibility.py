"""Whether a least distance of repeats can be kept at all, and what to ask for if not."""

from ...errors import MatchingError
from ..problem import Problem
from .grid import Grid, make_grid


def check_distance(problem: Problem, distance: int, given: object) -> Grid:
    """Give the grid, if the problem may have a solution with this distance.

    Args:
        problem: what is to be matched.
        distance: least Chebyshev distance of two uses of a tile, in cells; at least 2.
        given: see `make_grid`.

    Raises:
        MatchingError: the grid does not hold the cells, or surely no layout exists; names the
            numbers, and the largest distance that is not ruled out.
    """
    grid = make_grid(given, len(problem.cells))
    if not _may_fit(problem, distance, grid):
        tiles = len(problem.owners)
        needed = _least_tiles(distance, grid)
        raise MatchingError(
            f"a distance of {distance} on {grid} needs at least {needed} tiles, "
            f"each for at most {grid.spread_limit(distance)} cells, and there are {tiles} of at "
            f"most {problem.high} uses: {_advice(problem, distance, grid)}"
        )
    return grid


def _least_tiles(distance: int, grid: Grid) -> int:
    """How many tiles it takes to fill a square of that side, where it has no holes."""
    return min(distance, grid.rows) * min(distance, grid.columns) if grid.full else 1


def _may_fit(problem: Problem, distance: int, grid: Grid) -> bool:
    """Say whether nothing obvious forbids a layout."""
    tiles, limit = len(problem.owners), grid.spread_limit(distance)
    return (
        _least_tiles(distance, grid) <= tiles
        and tiles * min(limit, problem.high) >= len(problem.cells)
        and problem.low <= limit
    )


def _advice(problem: Problem, distance: int, grid: Grid) -> str:
    fitting = [d for d in range(1, distance) if _may_fit(problem, d, grid)]
    return f"the largest distance that may fit is {max(fitting, default=1)}"
