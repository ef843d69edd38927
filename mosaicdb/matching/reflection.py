"""Tiles that may be used as they are or mirrored, whichever suits a cell better.

With R the reflection of features, placing row i of the tiles in cell j costs w_j times the lesser
of |x_i - y_j|^2 and |R x_i - y_j|^2. So a tile has its own rows and their mirror images, and the
rest is as for any tile of several rows.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from ..errors import MatchingError
from ..records import Match
from .arrays import Floats
from .owners import Owners
from .problem import Problem

TOLERANCE = 1e-9
"""Largest entry by which a reflection may miss its definition: rounding of a product of matrices
of entries up to 1."""


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


def with_images(problem: Problem, reflection: Floats) -> Problem:
    """Put the mirror images of all rows after them, each a row of the same tile.

    Args:
        problem: what to match without mirror images.
        reflection: (dimensions, dimensions) equal to its transpose and its inverse.
    """
    images = problem.tiles @ reflection + 0.0
    owner = np.tile(problem.owners.of_row, 2)
    return replace(problem, tiles=np.vstack((problem.tiles, images)), owners=Owners.of(owner))


def tell_mirrored(match: Match) -> Match:
    """Turn a match of a problem with mirror images into one that says which cells have them."""
    rows = len(match.prices) // 2
    windows = match.windows and replace(match.windows, prices=match.windows.prices[:rows])
    return replace(
        match,
        indices=match.indices % rows,
        prices=match.prices[:rows],
        mirrored=match.indices >= rows,
        windows=windows,
    )
