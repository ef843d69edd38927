"""Put thumbnails together into one picture."""

import numpy as np
from numpy.typing import NDArray

from .adjust import shift_means


def compose_row(
    tiles: NDArray[np.uint8],
    *,
    flipped: NDArray[np.bool_] | None = None,
    means: NDArray[np.float64] | None = None,
    shifts: NDArray[np.float64] | None = None,
) -> NDArray[np.uint8]:
    """Put the tiles of a row of cells side by side.

    Args:
        tiles: sRGB of the tile of each cell, shape (columns, height, width, 3); written to.
        flipped: which cells show theirs mirrored left to right, shape (columns,).
        means: mean sRGB of the tiles, 0 to 255, shape (columns, 3); needed with shifts.
        shifts: how far the mean colour of each cell's tile is moved: see `shift_means`; shape
            (columns, 3).

    Returns:
        The strip, shape (height, columns * width, 3).
    """
    columns, height, width, _ = tiles.shape
    if flipped is not None and flipped.any():
        tiles[flipped] = tiles[flipped, :, ::-1]
    if shifts is not None and means is not None:
        tiles = shift_means(tiles, means, shifts)
    return tiles.swapaxes(0, 1).reshape(height, columns * width, 3)


def with_opacity(
    strip: NDArray[np.uint8], empty: NDArray[np.bool_], width: int
) -> NDArray[np.uint8]:
    """Make the empty cells of a strip white and transparent.

    Args:
        strip: shape (height, columns * width, 3).
        empty: which cells have no tile, shape (columns,).
        width: of a cell in pixels.

    Returns:
        The strip in RGBA, shape (height, columns * width, 4).
    """
    bare = empty.repeat(width)
    rgba = np.full((*strip.shape[:2], 4), 255, np.uint8)
    rgba[:, ~bare, :3] = strip[:, ~bare]
    rgba[:, bare, 3] = 0
    return rgba
