"""Pictures as strips from top to bottom, so that no picture has to be in memory as a whole."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..notebook import SHOWN_SIDE
from ..records import Size


@dataclass(frozen=True, slots=True, eq=False)
class Strips:
    """A picture that comes in strips."""

    size: Size
    """Width and height of the whole picture in pixels."""
    mode: Literal["RGB", "RGBA"]
    """RGBA where some of it is transparent."""
    rows: Iterator[NDArray[np.uint8]]
    """From top to bottom, each of shape (any height, width, 3 or 4); the heights add up to that of
    the picture. They can be read once."""


def strips_of(picture: Image.Image, height: int = 256) -> Strips:
    """Cut a picture in memory into strips of a height; mode RGB or RGBA."""
    width, rows = picture.size
    strips = (
        np.asarray(picture.crop((0, top, width, min(top + height, rows))))
        for top in range(0, rows, height)
    )
    return Strips(picture.size, "RGBA" if picture.mode == "RGBA" else "RGB", strips)


def picture_of(strips: Strips) -> Image.Image:
    """Put strips together into one picture in memory."""
    picture = Image.new(strips.mode, strips.size)
    top = 0
    for strip in strips.rows:
        picture.paste(Image.fromarray(strip), (0, top))
        top += len(strip)
    return picture


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


def preview_png(strips: Strips, most: int = SHOWN_SIDE) -> bytes:
    """Give a small version of a picture as a PNG: see `preview`."""
    data = io.BytesIO()
    preview(strips, most).save(data, "PNG")
    return data.getvalue()


def with_bleed(strips: Strips, margin: int) -> Strips:
    """Add a margin in which a picture is mirrored at its edges.

    Args:
        strips: of a picture that is wider and higher than the margin.
        margin: pixels on each side.
    """
    width, height = strips.size
    rows = _bled(strips.rows, margin, height) if margin else strips.rows
    return Strips((width + 2 * margin, height + 2 * margin), strips.mode, rows)


def _bled(
    rows: Iterator[NDArray[np.uint8]], margin: int, height: int
) -> Iterator[NDArray[np.uint8]]:
    """Keep as many rows as the margin has, at the top and at the bottom, to mirror them."""
    first: list[NDArray[np.uint8]] = []
    last: list[NDArray[np.uint8]] = []
    top = 0
    for strip in rows:
        wide = np.pad(strip, ((0, 0), (margin, margin), (0, 0)), mode="symmetric")
        if top < margin:
            first.append(wide[: margin - top])
            if top + len(wide) >= margin:
                mirrored = np.concatenate(first)
                yield mirrored[::-1]
                yield np.concatenate([mirrored, wide[margin - top :]])
        else:
            yield wide
        top += len(strip)
        if top > height - margin:
            last.append(wide[-(top - height + margin) :])
    yield np.concatenate(last)[::-1]
