"""Decode thumbnails, many at a time."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from ..errors import RenderingError
from ..records import Size
from .threads import map_in_threads

_AT_ONCE: Final = 64  # thumbnails that a thread decodes before it takes others
_MODES: Final = {"YCbCr": "RGB", "Gray": "L"}  # of pictures, by how their JPEGs hold colours


def decode_thumbnails(jpegs: Sequence[bytes], size: Size) -> NDArray[np.uint8]:
    """Decode thumbnails into one stack.

    Args:
        jpegs: each of `size`.
        size: width and height in pixels.

    Returns:
        sRGB, shape (thumbnails, height, width, 3).

    Raises:
        RenderingError: one cannot be decoded or has another size.
    """
    width, height = size
    stack = np.empty((len(jpegs), height, width, 3), np.uint8)

    def decode(start: int) -> None:
        for number in range(start, min(start + _AT_ONCE, len(jpegs))):
            stack[number] = decode_thumbnail(jpegs[number], size)

    for _ in map_in_threads(decode, range(0, len(jpegs), _AT_ONCE)):
        pass
    return stack


def decode_thumbnail(jpeg: bytes, size: Size) -> NDArray[np.uint8]:
    """Decode one thumbnail: sRGB, shape (height, width, 3).

    Raises:
        RenderingError: it cannot be decoded or has another size.
    """
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(jpeg)
        mode = _MODES.get(colours, colours)
        if (mode, width, height) == ("RGB", *size):
            pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(jpeg, "RGB")
            return pixels
    except ValueError as error:
        raise RenderingError("a thumbnail in the database does not decode") from error
    actual, wanted = f"{mode} {width} x {height}", f"RGB {size[0]} x {size[1]}"
    text = f"a thumbnail in the database is {actual}, not {wanted}"
    if mode == "RGB":
        text += "; is `mosaicdb ingest --rebuild` under way? If it was stopped, ingest again"
    raise RenderingError(text)
