"""Pictures as strips: a few lines of pixels at a time, top to bottom."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..records import Size

_STRIP_PIXELS = 4_000_000  # of a strip that is cut from a whole picture


@dataclass(frozen=True, slots=True, eq=False)
class Strips:
    """A picture that is drawn while it is written; it can be read once."""

    size: Size
    """Width and height in pixels."""
    mode: Literal["RGB", "RGBA"]
    """sRGB, or that with opacity."""
    rows: Iterator[NDArray[np.uint8]]
    """Strips of pixels, shape (any height, width, 3 or 4), top to bottom; heights sum to that of
    the picture."""


def strips_of(picture: Image.Image, height: int | None = None) -> Strips:
    """Cut a picture into strips.

    Args:
        picture: in sRGB; modes other than RGB and RGBA are converted to RGB.
        height: of a strip in pixels; default: a few megapixels.
    """
    if picture.mode not in ("RGB", "RGBA"):
        picture = picture.convert("RGB")
    width, total = picture.size
    step = height or max(1, _STRIP_PIXELS // width)
    rows = (
        np.asarray(picture.crop((0, top, width, min(top + step, total))))
        for top in range(0, total, step)
    )
    return Strips(picture.size, "RGBA" if picture.mode == "RGBA" else "RGB", rows)


def picture_of(strips: Strips) -> Image.Image:
    """Put strips together into one picture, in memory."""
    picture = Image.new(strips.mode, strips.size)
    top = 0
    for rows in strips.rows:
        picture.paste(Image.fromarray(rows), (0, top))
        top += len(rows)
    return picture
