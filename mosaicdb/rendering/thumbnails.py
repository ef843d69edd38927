"""Decode thumbnails, many at a time."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from ..crops import Crop
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


def cut_overviews(
    overviews: Iterable[tuple[bytes, Sequence[Crop | None]]], size: Size
) -> Iterator[NDArray[np.uint8]]:
    """Cut crops from overviews, in threads.

    Args:
        overviews: a JPEG, and which parts of it are wanted; None: all of it.
        size: width and height of a crop in pixels.

    Yields:
        The crops of each overview: sRGB, shape (crops, height, width, 3).

    Raises:
        RenderingError: an overview cannot be decoded.
    """

    def cut(wanted: tuple[bytes, Sequence[Crop | None]]) -> NDArray[np.uint8]:
        jpeg, crops = wanted
        picture = Image.fromarray(decode_overview(jpeg))
        boxes = [None if crop is None else _box(crop, picture.size) for crop in crops]
        shown = [picture.resize(size, Image.Resampling.BICUBIC, box) for box in boxes]
        return np.stack([np.asarray(one) for one in shown])

    return map_in_threads(cut, overviews)


def decode_overview(jpeg: bytes) -> NDArray[np.uint8]:
    """Decode an overview: sRGB, shape (height, width, 3).

    Raises:
        RenderingError: it cannot be decoded.
    """
    try:
        pixels: NDArray[np.uint8] = simplejpeg.decode_jpeg(jpeg, "RGB")
    except ValueError as error:
        raise RenderingError("an overview in the database does not decode") from error
    return pixels


def _box(crop: Crop, size: Size) -> tuple[float, float, float, float]:
    width, height = size
    right, bottom = min(crop.left + crop.width, 1.0), min(crop.top + crop.height, 1.0)
    return crop.left * width, crop.top * height, right * width, bottom * height
