"""Pictures as strips: a few lines of pixels at a time, top to bottom."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..records import Size

_STRIP_PIXELS = 4_000_000  # of a strip that is cut from a whole picture


@dataclass(frozen=True, slots=True, eq=False)
class PlainCells:
    """Cells that show some pictures as they are, so that each of these can be encoded once."""

    numbers: NDArray[np.intp]
    """Which picture each cell shows, shape (rows, columns), counted from 0; a row shows none
    before `pictures` can have given it."""
    size: Size
    """Width and height of a cell in pixels."""
    pictures: Iterator[NDArray[np.uint8]]
    """The pictures by number, sRGB, each of shape (height, width, 3)."""


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
    cells: PlainCells | None = None
    """The same picture as cells, which can be read in place of the rows; what is transparent is
    white. None: it does not consist of such cells."""

    def close(self) -> None:
        """End the drawing, where it was not read to its end: it may hold files and processes."""
        for drawn in (self.rows, None if self.cells is None else self.cells.pictures):
            if isinstance(drawn, Generator):
                drawn.close()


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


def bands(strips: Strips, height: int) -> Iterator[NDArray[np.uint8]]:
    """Cut a picture that comes in strips into bands of one height; the last one may be lower.

    Args:
        strips: the picture.
        height: of a band in pixels.

    Yields:
        Pixels, shape (height, width, 3 or 4), in memory of their own: strips may be used again.
    """
    width, total = strips.size
    band, filled, left = np.empty(0, np.uint8), 0, total
    for strip in strips.rows:
        taken = 0
        while taken < len(strip):
            if not filled:
                band = np.empty((min(height, left), width, len(strips.mode)), np.uint8)
            part = strip[taken : taken + len(band) - filled]
            band[filled : filled + len(part)] = part
            filled += len(part)
            taken += len(part)
            if filled == len(band):
                yield band
                left -= filled
                band, filled = np.empty(0, np.uint8), 0  # not two of them at a time
