"""Regular layouts that keep a least distance of repeats, whatever the features."""

import numpy as np

from ...errors import MatchingError
from ..arrays import Indices
from ..pins import Pins
from ..problem import Problem
from .grid import Grid


def periodic_layout(problem: Problem, pins: Pins, distance: int, grid: Grid) -> Indices:
    """Lay out tiles so that cells a distance apart, in both directions, share them.

    That is a tiling by squares, whose cells at the same place of a square make a family; or, where
    uses do not suffice, all tiles in turn along rows or columns.

    Args:
        problem: limits on uses.
        pins: cells that have a tile already: a layout is none of these patterns then.
        distance: least Chebyshev distance of two uses of a tile, in cells.
        grid: where the cells lie.

    Returns:
        (cells,) tiles.

    Raises:
        MatchingError: none of these layouts keeps the limits on uses.
    """
    low, high = int(problem.low.max()), int(problem.high.min())
    if len(pins) or high < problem.high.max() or low != problem.low.min():
        raise MatchingError(
            f"found no layout with a distance of {distance} on {grid} that keeps fixed cells and "
            f"the limits of single tiles: allow more uses, or a distance below {distance}"
        )
    row, column = np.divmod(grid.places, grid.columns)
    family = (row % distance) * distance + column % distance
    order = np.argsort(family, kind="stable")
    sizes = np.bincount(family)[np.unique(family)]
    for uses in dict.fromkeys((high, -(-len(order) // len(problem.owners)))):
        needed = -(-sizes // uses)
        if needed.sum() <= len(problem.owners) and low == 0:
            ends = np.concatenate(([0], np.cumsum(needed)[:-1]))
            rank = np.concatenate([np.arange(size) // uses for size in sizes])
            indices = np.empty(len(order), dtype=np.intp)
            indices[order] = np.repeat(ends, sizes) + rank
            return indices
    # Row by row, with all tiles in turn: repeats are as many cells apart as there are tiles.
    for across, places in ((grid.columns, grid.places), (grid.rows, column * grid.rows + row)):
        indices = places % len(problem.owners)
        fits = np.bincount(indices).max() <= high
        if fits and len(problem.owners) >= (distance - 1) * across + distance:
            return indices
    raise MatchingError(
        f"found no layout of {len(problem.owners)} tiles of at most {high} uses with a "
        f"distance of {distance} on {grid}: allow more uses, or a distance "
        f"below {distance}"
    )
