"""Prices of tiles, less what makes no difference."""

import numpy as np

from .arrays import Floats, Ints


def normalise(price: Floats, low: Ints, high: Ints, cells: int) -> Floats:
    """Prices less the constant that makes the dual bound as high as it gets.

    The bound is concave and piecewise linear in the constant: its slope changes sign where the
    uses of dearer tiles at most, and of cheaper ones at least, add up to the number of cells.
    """
    order = np.argsort(-price, kind="stable")
    uses = int(low.sum()) + np.cumsum((high - low)[order])
    at = min(int(np.searchsorted(uses, cells)), len(price) - 1)
    shifted: Floats = price - price[order[at]]
    return shifted
