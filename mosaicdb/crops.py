"""Crops: which parts of a photo a tile may show, beside its middle."""

from functools import lru_cache
from itertools import product
from math import ceil
from typing import Final, NamedTuple

from .records import Size

SIZES: Final = (1.0, 0.75, 0.55)
"""Sides of crops, as parts of the side of the largest one that the photo has room for."""

DEFAULT_ZOOM: Final = 1.33
"""What tiles may do unless something else is asked for: the page on detail says why."""

MOST_ZOOM: Final = 2.0
"""The largest zoom that can be asked for: the closest crop has more than half of the side."""

CROP_BYTES: Final = 39
"""Bytes that describe a crop: mean sRGB, and the greys of 6 x 6 parts, row by row."""

_ROUNDED_ZOOM: Final = 0.99
"""So that 1.33 is as good as 4/3."""
_LONGER: Final = 1.1
"""Times the largest crop, along the longer side, from which the ends of a photo are crops: those of
a shorter one show nearly what the middle shows."""
_LONGEST: Final = 16.0
"""Times the largest crop, along the longer side, up to which a photo has crops."""
_DIGITS: Final = 5


class Crop(NamedTuple):
    """A part of a photo, in parts of its width and height as it is seen upright."""

    left: float
    """Of the photo's width."""
    top: float
    """Of the photo's height."""
    width: float
    """Of the photo's width, above 0."""
    height: float
    """Of the photo's height, above 0."""


def crops_of(photo: Size, tile: Size, zoom: float = MOST_ZOOM) -> tuple[Crop, ...]:
    """Name the crops that a tile may show of a photo, beside the middle.

    Those for a lower zoom are the first of those for a higher one.

    Args:
        photo: its width and height in pixels, upright.
        tile: width and height of a thumbnail in pixels.
        zoom: at least 1: a crop's side is at least 1/zoom of the side of the largest; with 1 there
            are none.

    Returns:
        Parts of the shape of a thumbnail, none with fewer pixels than that: the ends of the photo;
        at 3/4 of the side the corners and the middle; at 0.55 rows of three. Along the longer side
        of a panorama there are as many as lie next to each other.
    """
    return tuple(crop for crop, has_pixels in _crops(photo, tile, zoom) if has_pixels)


def count_too_small(photo: Size, tile: Size, zoom: float) -> int:
    """Count the crops of a photo that are left out since they have fewer pixels than a thumbnail.

    The arguments are those of `crops_of`.
    """
    return sum(not has_pixels for _, has_pixels in _crops(photo, tile, zoom))


def overview_size(photo: Size, tile: Size) -> Size | None:
    """Give width and height of a photo's overview in pixels: as large as its closest crop needs.

    Args:
        photo: its width and height in pixels, upright.
        tile: width and height of a thumbnail in pixels.

    Returns:
        No more than the photo's; None: it has no crops.
    """
    crops = crops_of(photo, tile)
    if not crops:
        return None
    across = min(crop.width for crop in crops)
    scale = min(1.0, tile[0] / (across * photo[0]))
    return max(1, round(photo[0] * scale)), max(1, round(photo[1] * scale))


@lru_cache(4096)
def _crops(photo: Size, tile: Size, zoom: float) -> tuple[tuple[Crop, bool], ...]:
    """Name the crops of a photo, and say of each whether it has the pixels of a thumbnail."""
    scale = min(photo[0] / tile[0], photo[1] / tile[1])
    across, down = (side / (own * scale) for side, own in zip(photo, tile, strict=True))
    if zoom <= 1 or max(across, down) > _LONGEST:
        return ()
    crops = []
    for size in SIZES:
        if size * zoom < _ROUNDED_ZOOM:
            break
        width, height = size / across, size / down
        for left, top in _places(size, across, down):
            parts = (left * (1 - width), top * (1 - height), width, height)
            crop = Crop(*(round(part, _DIGITS) for part in parts))
            crops.append((crop, size * scale >= 1))
    return tuple(crops)


def _places(size: float, across: float, down: float) -> list[tuple[float, float]]:
    """Place the crops of a size: where each lies between left and right, top and bottom, 0 to 1.

    Args:
        size: of the crops, as part of the largest.
        across: the photo's width, in widths of the largest crop.
        down: the photo's height, in heights of the largest crop.
    """
    long, is_wide = max(across, down), across > down
    side_by_side = ceil(round((long - size) / size, _DIGITS)) + 1
    if size == 1:
        ends = _even(max(3, side_by_side) | 1) if long >= _LONGER else []
        places = [(0.5, place) for place in ends if place != 0.5]
    elif size > 0.6:
        corners = _even(max(2, side_by_side))
        between = [
            (first + second) / 2 for first, second in zip(corners, corners[1:], strict=False)
        ]
        places = [*product((0.0, 1.0), corners), *((0.5, place) for place in between)]
    else:
        places = list(product(_even(3), _even(max(3, side_by_side))))
    return [(along, short) if is_wide else (short, along) for short, along in places]


def _even(count: int) -> list[float]:
    return [place / (count - 1) for place in range(count)]
