"""Area averages of pictures, exact for any ratio of sizes."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..records import Size

_STRIP_PIXELS: Final = 4_000_000


def area_averages(picture: Image.Image, size: Size) -> NDArray[np.float32]:
    """Divide a picture into equal areas and average each.

    Unlike with Pillow's box filter, a pixel that several areas share counts in each in proportion
    to their overlap.

    Args:
        picture: in mode RGB or L; it is read in strips, to save memory.
        size: how many areas across and down.

    Returns:
        Means of the values, 0 to 255, not rounded, shape (areas down, areas across, 3); without
        the last axis for mode L.
    """
    return cell_averages(picture, size, (1,))[1]


def cell_averages(
    picture: Image.Image, grid: Size, sides: Sequence[int]
) -> dict[int, NDArray[np.float32]]:
    """Average the equal parts of each cell of a grid, for several numbers of parts at once.

    The values are those of `area_averages` at columns * side x rows * side, bit for bit, but the
    picture is read only once.

    Args:
        picture: in mode RGB or L; it is read in strips of whole rows of cells, to save memory.
        grid: columns and rows.
        sides: parts across and down a cell, such as 1, 4 and 6.

    Returns:
        For each side the means of the values, 0 to 255, not rounded, shape (rows * side,
        columns * side, 3); without the last axis for mode L.
    """
    (width, height), (columns, rows) = picture.size, grid
    shares = {
        side: (_shares(height, rows * side), _shares(width, columns * side)) for side in sides
    }
    shape = () if picture.mode == "L" else (3,)
    averages = {
        side: np.empty((rows * side, columns * side, *shape), dtype=np.float32) for side in sides
    }
    step = max(1, _STRIP_PIXELS * rows // (width * max(height, rows * max(sides))))
    for top in range(0, rows, step):
        bottom = min(top + step, rows)
        first, last = top * height // rows, -(-bottom * height // rows)
        strip = np.asarray(picture.crop((0, first, width, last)), dtype=np.float64)
        for side, (by_row, by_column) in shares.items():
            own_rows = slice(top * side, bottom * side)
            averages[side][own_rows] = _averages(strip, by_row[own_rows, first:last], by_column)
    return averages


def _averages(strip: NDArray[np.float64], by_row: Any, by_column: Any) -> NDArray[np.float64]:
    """Average the areas of some rows of pixels: first over rows, then over columns."""
    height, width, *channels = strip.shape
    lower = (by_row @ strip.reshape(height, -1)).reshape(-1, width, *channels)
    narrow = by_column @ lower.swapaxes(0, 1).reshape(width, -1)
    areas: NDArray[np.float64] = narrow.reshape(-1, len(lower), *channels).swapaxes(0, 1)
    return areas


def _shares(length: int, parts: int) -> Any:
    """Return how much each pixel counts in each part: a sparse matrix of shape (parts, length)."""
    from scipy.sparse import csr_array

    edges = np.union1d(np.arange(parts + 1) * length, np.arange(length + 1) * parts)
    starts, lengths = edges[:-1], np.diff(edges)  # in units that both divide
    places = (starts // length, starts // parts)
    return csr_array((lengths / length, places), shape=(parts, length))
