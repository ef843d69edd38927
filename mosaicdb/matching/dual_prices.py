"""Dual prices of tiles, less what makes no difference to who takes which tile."""

import numpy as np

from .arrays import Floats, Ints


def shift_to_best_bound(price: Floats, low: Ints, high: Ints, cells: int) -> Floats:
    """Subtract from all prices the constant that makes the dual bound as high as it gets.

    The bound is concave and piecewise linear in the constant: its slope changes sign where the
    uses of dearer tiles at most, and of cheaper ones at least, add up to the number of cells.

    Args:
        price: (tiles,) dual prices, in units of cost.
        low: (tiles,) least uses of each tile.
        high: (tiles,) most uses of each tile.
        cells: how many cells there are.
    """
    order = np.argsort(-price, kind="stable")
    uses = int(low.sum()) + np.cumsum((high - low)[order])
    at = min(int(np.searchsorted(uses, cells)), len(price) - 1)
    shifted: Floats = price - price[order[at]]
    return shifted
