"""Make a photo's overview, and describe the crops that tiles may show of it."""

import io
from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..crops import Crop, crops_of, overview_size
from ..errors import PhotoError
from ..readings import Overview
from ..records import SIGNATURE_SIDE, Size
from .picture import shrunk

QUALITY: Final = 80
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
    width, height = picture.size
    side = (SIGNATURE_SIDE, SIGNATURE_SIDE)
    parts = np.empty((len(crops), *side, 3), np.uint8)
    for part, (left, top, across, down) in zip(parts, crops, strict=True):
        box = (
            left * width,
            top * height,
            min((left + across) * width, width),
            min((top + down) * height, height),
        )
        part[:] = np.asarray(picture.resize(side, Image.Resampling.BOX, box))
    means = parts.mean(axis=(1, 2)).round().astype(np.uint8)
    greys = _greys(parts).reshape(len(crops), -1)
    return np.concatenate([means, greys], axis=1).tobytes()


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
