"""Make a photo's overview, and describe the crops that tiles may show of it."""

import io
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..crops import Crop, crops_of, overview_size
from ..errors import PhotoError
from ..readings import Overview
from ..records import SIGNATURE_SIDE, Size
from .picture import shrunk

QUALITY: Final = 72
_LUMINANCE: Final = (0.2126, 0.7152, 0.0722)


def make_overview(image: Image.Image, photo: Size, tile: Size) -> Overview | None:
    """Make the overview of a photo that was decoded at the scale for a thumbnail.

    Args:
        image: the opened picture.
        photo: its width and height in pixels, upright.
        tile: width and height of a thumbnail in pixels.

    Returns:
        The overview; None: the photo has no crops.
    """
    size = overview_size(photo, tile)
    if size is None:
        return None
    picture = shrunk(image, size)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=QUALITY, subsampling="4:2:0", optimize=True, comment=b"")
    return Overview(buffer.getvalue(), describe_crops(picture, crops_of(photo, tile)))


def adopt_overview(jpeg: bytes, photo: Size, tile: Size) -> Overview | None:
    """Accept an overview that another database made.

    Args:
        jpeg: kept unchanged.
        photo: width and height of the photo in pixels, upright.
        tile: width and height of a thumbnail in pixels.

    Returns:
        The overview; None: with such thumbnails, the photo has no crops.

    Raises:
        PhotoError: it is no JPEG that can be decoded.
    """
    crops = crops_of(photo, tile)
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
            return Overview(jpeg, describe_crops(image.convert("RGB"), crops)) if crops else None
    except Exception as error:
        raise PhotoError("its overview is not a JPEG that can be decoded") from error


def describe_crops(picture: Image.Image, crops: Sequence[Crop]) -> bytes:
    """Describe crops of a picture in mode RGB: `CROP_BYTES` each.

    These are the mean sRGB and, of 6 x 6 equal parts, the grey of the same luminance.
    """
    parts = _parts(np.asarray(picture), tuple(crops))
    means = parts.mean(axis=(1, 2)).round().astype(np.uint8)
    greys = _greys(parts).reshape(len(crops), -1)
    return np.concatenate([means, greys], axis=1).tobytes()


def _parts(pixels: NDArray[np.uint8], crops: tuple[Crop, ...]) -> NDArray[np.uint8]:
    """Average 6 x 6 equal parts of each crop; a pixel counts where its centre lies.

    Sums along lines, and then of these down columns, give each part as two differences.

    Args:
        pixels: shape (height, width, 3).
        crops: of them.

    Returns:
        Shape (crops, 6, 6, 3).
    """
    height, width, channels = pixels.shape
    edges = _edges(crops, (width, height))
    along = np.zeros((channels, height, width + 1), np.int32)
    np.cumsum(np.ascontiguousarray(np.moveaxis(pixels, 2, 0)), axis=2, out=along[..., 1:])
    strips = along.take(edges.right, 2) - along.take(edges.left, 2)
    down = np.zeros((channels, len(edges.left), height + 1), np.int32)
    np.cumsum(np.ascontiguousarray(strips.swapaxes(1, 2)), axis=2, out=down[..., 1:])
    down = down.reshape(channels, -1)
    total = down.take(edges.below, 1) - down.take(edges.above, 1)
    means: NDArray[np.uint8] = ((total + edges.pixels // 2) // edges.pixels).astype(np.uint8)
    return np.moveaxis(means, 0, -1)


class _Edges(NamedTuple):
    """Where the parts of crops begin and end in pixels; none is empty."""

    left: NDArray[np.intp]
    """First columns of strips that parts lie in, shape (strips,)."""
    right: NDArray[np.intp]
    """Last columns of these, plus one."""
    above: NDArray[np.intp]
    """Where the sums down strips, one strip after the other, begin for each part; shape (crops, 6,
    6)."""
    below: NDArray[np.intp]
    """Where they end."""
    pixels: NDArray[np.intp]
    """How many each part has."""


@lru_cache(256)
def _edges(crops: tuple[Crop, ...], size: Size) -> _Edges:
    boxes = np.array(crops).reshape(-1, 2, 2)
    steps = np.arange(SIGNATURE_SIDE + 1) / SIGNATURE_SIDE
    edges = (boxes[:, 0, :, None] + boxes[:, 1, :, None] * steps) * np.array(size)[:, None]
    first = np.ceil(edges[..., :-1] - 0.5).astype(np.intp)
    first = np.minimum(first, np.array(size)[:, None] - 1)
    last = np.minimum(np.ceil(edges[..., 1:] - 0.5).astype(np.intp), np.array(size)[:, None])
    both = np.stack([first, np.maximum(last, first + 1)])
    (left, right), strips = np.unique(both[:, :, 0].reshape(2, -1), axis=1, return_inverse=True)
    top, bottom = both[:, :, 1, :, None]
    strips = strips.reshape(-1, 1, SIGNATURE_SIDE)
    count = (bottom - top) * (right - left)[strips]
    line = size[1] + 1
    return _Edges(left, right, strips * line + top, strips * line + bottom, count)


def _greys(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give the nearest greys of the same luminance, of the shape without the last axis."""
    linear, bounds = _luminances()
    luminance = linear[colours] @ np.array(_LUMINANCE, np.float32)
    return np.searchsorted(bounds, luminance).astype(np.uint8)


@cache
def _luminances() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give the luminance of each level of grey, and where the next level is nearer.

    IEC 61966-2-1 (sRGB).
    """
    levels = np.arange(511) / 510
    curve = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    return curve[::2].astype(np.float32), curve[1::2].astype(np.float32)
