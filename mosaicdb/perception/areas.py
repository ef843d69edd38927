"""Area averages of pictures, exact for any ratio of sizes."""

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
        picture: in mode RGB; it is read in strips, to save memory.
        size: how many areas across and down.

    Returns:
        Mean sRGB, 0 to 255, not rounded, shape (areas down, areas across, 3).
    """
    (width, height), (across, down) = picture.size, size
    averages = np.empty((down, across, 3), dtype=np.float32)
    by_column, by_row = _shares(width, across), _shares(height, down)
    rows = max(1, _STRIP_PIXELS * down // (width * height))
    for top in range(0, down, rows):
        bottom = min(top + rows, down)
        first, last = top * height // down, -(-bottom * height // down)
        strip = np.asarray(picture.crop((0, first, width, last)), dtype=np.float64)
        lower = by_row[top:bottom, first:last] @ strip.reshape(last - first, -1)
        columns = lower.reshape(bottom - top, width, 3).swapaxes(0, 1).reshape(width, -1)
        narrow = (by_column @ columns).reshape(across, bottom - top, 3)
        averages[top:bottom] = narrow.swapaxes(0, 1)
    return averages


def _shares(length: int, parts: int) -> Any:
    """Return how much each pixel counts in each part: a sparse matrix of shape (parts, length)."""
    from scipy.sparse import csr_array

    edges = np.union1d(np.arange(parts + 1) * length, np.arange(length + 1) * parts)
    starts, lengths = edges[:-1], np.diff(edges)  # in units that both divide
    places = (starts // length, starts // parts)
    return csr_array((lengths / length, places), shape=(parts, length))
