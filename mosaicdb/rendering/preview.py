"""Small versions of pictures that come in strips."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..notebook import SHOWN_SIDE
from ..records import Size
from .strips import Strips, picture_of


def preview(strips: Strips, most: int) -> Image.Image:
    """Give a small version of a picture, without having the whole in memory.

    Args:
        strips: the picture.
        most: pixels a side; a larger picture is made smaller.
    """
    width, height = strips.size
    factor = -(-max(width, height) // most)
    if factor == 1:
        return picture_of(strips)
    small = Image.new(strips.mode, (-(-width // factor), -(-height // factor)))
    held: list[NDArray[np.uint8]] = []
    top = waiting = 0
    for strip in strips.rows:
        held.append(strip)
        waiting += len(strip)
        if waiting >= factor:
            rows = np.concatenate(held)
            whole = waiting - waiting % factor
            small.paste(Image.fromarray(rows[:whole]).reduce(factor), (0, top // factor))
            held, top, waiting = [rows[whole:]], top + whole, waiting - whole
    if waiting:
        small.paste(Image.fromarray(np.concatenate(held)).reduce(factor), (0, top // factor))
    return small


def preview_png(strips: Strips, size: Size, most: int = SHOWN_SIDE) -> bytes:
    """Give a small version of a picture as a PNG.

    Args:
        strips: the picture, in any size.
        size: width and height of the picture that is meant: a version of it that is small, if it
            needs to be.
        most: pixels a side.
    """
    factor = -(-max(size) // most)
    shown = -(-size[0] // factor), -(-size[1] // factor)
    picture = preview(strips, most)
    if picture.size != shown:
        picture = picture.resize(shown, Image.Resampling.BICUBIC)
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()
