"""Encode pictures as data URIs, to embed them in a page."""

import base64
import io
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..records import Size

HEAT_COLOURS: Final = ("#000004", "#420a68", "#932667", "#dd513a", "#fca50a", "#fcffa4")
"""Colours of a heat map at equal steps, from the least value to the most.

Source: the map "inferno" of van der Walt and Smith, whose lightness rises evenly, so that it is
read the same by people who see no red or no green, and in grey."""

_EMPTY: Final = 255  # index of the palette for what has no value
_STEPS: Final = 255  # the other indices


@dataclass(frozen=True, slots=True)
class InlineImage:
    """A picture for a page."""

    uri: str
    """The whole picture as a data URI."""
    width: int
    """In pixels."""
    height: int
    """In pixels."""


def _size_within(size: Size, most: int) -> Size:
    """Give the size of a picture that is made so small that no side is longer than `most`."""
    scale = min(1.0, most / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def inline_jpeg(picture: Image.Image, most: int, quality: int = 85) -> InlineImage:
    """Give a picture as a JPEG.

    Args:
        picture: in mode RGB, or RGBA: what is transparent becomes white.
        most: pixels a side; a larger picture is made smaller.
        quality: of the JPEG, 1 to 100.
    """
    small = picture.resize(
        _size_within(picture.size, most), Image.Resampling.LANCZOS, reducing_gap=3.0
    )
    if small.mode == "RGBA":
        white = Image.new("RGBA", small.size, "white")
        small = Image.alpha_composite(white, small)
    return _inline(small.convert("RGB"), "JPEG", quality=quality)


def inline_heat_map(
    values: NDArray[Any], most: float, size: Size, covered: NDArray[np.bool_]
) -> InlineImage:
    """Give values as a PNG in `HEAT_COLOURS`.

    Args:
        values: at least 0, shape (rows, columns).
        most: the value that has the last colour; larger ones have it too.
        size: width and height of the picture in pixels.
        covered: which values count, shape (rows, columns); the others are transparent.
    """
    box = Image.Resampling.BOX
    known = np.where(covered, values, 0).astype(np.float32)
    scaled = np.asarray(Image.fromarray(known).resize(size, box))
    shown = np.asarray(Image.fromarray(covered.astype(np.uint8) * 255).resize(size, box)) > 127
    levels = (scaled / most * (_STEPS - 1)).round().clip(0, _STEPS - 1)
    picture = Image.fromarray(np.where(shown, levels, _EMPTY).astype(np.uint8))
    picture.putpalette(_palette().tobytes())
    return _inline(picture, "PNG", optimize=True, transparency=_EMPTY)


def _palette() -> NDArray[np.uint8]:
    anchors = np.array([list(bytes.fromhex(colour[1:])) for colour in HEAT_COLOURS])
    places = np.linspace(0, len(anchors) - 1, _STEPS)
    channels = [np.interp(places, range(len(anchors)), channel) for channel in anchors.T]
    return np.vstack([np.stack(channels, axis=1).round(), np.zeros((1, 3))]).astype(np.uint8)


def _inline(picture: Image.Image, kind: str, **parameters: Any) -> InlineImage:
    data = io.BytesIO()
    picture.save(data, kind, **parameters)
    text = base64.b64encode(data.getvalue()).decode("ascii")
    return InlineImage(f"data:image/{kind.lower()};base64,{text}", *picture.size)
