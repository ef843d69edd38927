"""Move the colours of placed tiles towards those of their cells, within bounds."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_ONE = 256  # the fixed point that 16 bits leave for a factor of 8-bit values
_AT_ONCE = 16  # pictures that are moved at a time, so that they stay in the processor's cache


def mean_colours(thumbnails: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Average the pixels of each thumbnail: sRGB, 0 to 255, shape (thumbnails, 3)."""
    count, height, width, _ = thumbnails.shape
    lines = thumbnails.reshape(count, height, width * 3).sum(axis=1, dtype=np.uint32)
    means: NDArray[np.float64] = lines.reshape(count, width, 3).mean(axis=1) / height
    return means


def bounded_shifts(
    tile_means: NDArray[Any], cell_means: NDArray[Any], most: float
) -> NDArray[np.float64]:
    """Say how far the mean of each tile is to move.

    Args:
        tile_means: mean sRGB of the tile in each cell, 0 to 255, shape (rows, columns, 3).
        cell_means: mean sRGB of each cell, of the same shape.
        most: bound on every channel's shift, in levels of 255.

    Returns:
        Shifts in levels, of the same shape.
    """
    shifts: NDArray[np.float64] = (cell_means - tile_means).astype(np.float64).clip(-most, most)
    return shifts


def shift_means(
    pictures: NDArray[np.uint8], means: NDArray[np.float64], shifts: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """Move the means of pictures without clipping highlights or shadows.

    Brighter: every value goes the same part of its way to 255; darker: to 0. So no two values
    that differed become one at an end, and the mean moves by exactly the shift, but for rounding.

    Args:
        pictures: sRGB, shape (pictures, height, width, 3).
        means: their means, shape (pictures, 3).
        shifts: how far to move them, shape (pictures, 3); a moved mean is within 0 to 255.
    """
    brighter = shifts > 0
    room = np.where(brighter, 255 - means, means)
    kept = 1 - np.divide(np.abs(shifts), room, out=np.zeros_like(room), where=room > 0)
    factor = np.ceil(_ONE * kept.clip(0, 1)).astype(np.uint16)  # upwards: never beyond the bound
    offset = np.where(brighter, 255 * (_ONE - factor), 0).astype(np.uint16) + np.uint16(_ONE // 2)
    count, height, width, _ = pictures.shape
    factors, offsets = (np.tile(value, (1, width))[:, None] for value in (factor, offset))
    lines = pictures.reshape(count, height, width * 3)  # numpy is slow on runs of three
    moved = np.empty_like(lines)
    for start in range(0, count, _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        wide = lines[some] * factors[some]
        wide += offsets[some]
        wide >>= 8
        moved[some] = wide
    return moved.reshape(pictures.shape)
