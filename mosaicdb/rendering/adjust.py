"""Move the colours of placed tiles towards those of their cells, within bounds."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

LEAST_CONTRAST: Final = 0.25
"""Of a tile's contrast, what it keeps at least."""

_ONE = 256  # the fixed point that 16 bits leave for a factor of 8-bit values
_AT_ONCE = 16  # pictures that are moved at a time, so that they stay in the processor's cache


def mean_colours(thumbnails: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Average the pixels of each thumbnail: sRGB, 0 to 255, shape (thumbnails, 3)."""
    count, height, width, _ = thumbnails.shape
    lines = thumbnails.reshape(count, height, width * 3).sum(axis=1, dtype=np.uint32)
    means: NDArray[np.float64] = lines.reshape(count, width, 3).mean(axis=1) / height
    return means


def bounded_shifts(
    tile_means: NDArray[Any], cell_means: NDArray[Any], most: float, adapt: float = 0.0
) -> NDArray[np.float64]:
    """Say how far the mean of each tile is to move.

    Args:
        tile_means: mean sRGB of the tile in each cell, 0 to 255, shape (rows, columns, 3).
        cell_means: mean sRGB of each cell, of the same shape.
        most: bound on every channel's shift, in levels of 255.
        adapt: how much of the way it moves, if that is farther; 0 to 1.

    Returns:
        Shifts in levels, of the same shape.
    """
    apart: NDArray[np.float64] = (cell_means - tile_means).astype(np.float64)
    reach = np.maximum(most, adapt * np.abs(apart))
    shifts: NDArray[np.float64] = apart.clip(-reach, reach)
    return shifts


def bounded_contrasts(
    pictures: NDArray[np.uint8],
    means: NDArray[np.float64],
    cell_contrasts: NDArray[np.float64],
    adapt: float,
) -> NDArray[np.float64]:
    """Say by which factors the contrasts of pictures change.

    Contrast is the root mean square of the distances of pixels from the mean colour.

    Args:
        pictures: sRGB, shape (pictures, height, width, 3).
        means: their means, shape (pictures, 3).
        cell_contrasts: those of the cells that they are in, in levels of 255, shape (pictures,).
        adapt: how much of the way to its cell's each contrast goes where that is lower; 0 to 1.

    Returns:
        Factors from `LEAST_CONTRAST` to 1, shape (pictures,).
    """
    squares = np.square(pictures, dtype=np.float32).mean(axis=(1, 2), dtype=np.float64)
    contrasts = np.sqrt((squares - means**2).sum(axis=1).clip(0))
    ratios = np.ones(len(contrasts))
    np.divide(cell_contrasts, contrasts, out=ratios, where=contrasts > cell_contrasts)
    return 1 - adapt * (1 - ratios.clip(LEAST_CONTRAST, 1))


def scale_contrasts(
    pictures: NDArray[np.uint8], means: NDArray[np.float64], factors: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """Bring the pixels of pictures nearer to their means, which stay but for rounding.

    Args:
        pictures: sRGB, shape (pictures, height, width, 3).
        means: their means, shape (pictures, 3).
        factors: of each one's contrast, 0 to 1, shape (pictures,).
    """
    factor = np.repeat(np.round(_ONE * factors)[:, None], 3, axis=1)
    return _affine(pictures, factor, np.round(means * (_ONE - factor)))


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
    factor = np.ceil(_ONE * kept.clip(0, 1))  # upwards: never beyond the bound
    return _affine(pictures, factor, np.where(brighter, 255 * (_ONE - factor), 0))


def _affine(
    pictures: NDArray[np.uint8], factor: NDArray[np.float64], offset: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """Multiply the values of pictures, and add to them.

    Args:
        pictures: shape (pictures, height, width, 3).
        factor: whole numbers of 1/256, 0 to 256, shape (pictures, 3).
        offset: whole numbers of 1/256, at most 255 * (256 - factor), of the same shape.
    """
    count, height, width, _ = pictures.shape
    rounded = (offset + _ONE // 2).astype(np.uint16)
    factors, offsets = (
        np.tile(value, (1, width))[:, None] for value in (factor.astype(np.uint16), rounded)
    )
    lines = pictures.reshape(count, height, width * 3)  # numpy is slow on runs of three
    moved = np.empty_like(lines)
    for start in range(0, count, _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        wide = lines[some] * factors[some]
        wide += offsets[some]
        wide >>= 8
        moved[some] = wide
    return moved.reshape(pictures.shape)
