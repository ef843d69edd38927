"""Read an original photo again, to draw or show it larger than its thumbnail."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..crops import Crop
from ..errors import PhotoError, printable
from ..records import Size
from .picture import cut, shrunk_to
from .source_file import opened, read_first
from .thumbnail import encoded

LARGEST_ORIGINAL: Final = 250_000_000  # pixels


@dataclass(frozen=True, slots=True)
class WantedPhoto:
    """A photo that is to be read again."""

    tile_id: int
    """Its tile."""
    content_hash: str
    """SHA-256 of its bytes."""
    paths: tuple[str, ...]
    """Files that may hold it."""
    crops: tuple[Crop | None, ...] = (None,)
    """What is shown of it; None: the middle."""


@dataclass(frozen=True, slots=True, eq=False)
class CutPhoto:
    """What is shown of a photo at the size of a cell, or the reason why it cannot be."""

    tile_id: int
    """Its tile."""
    pixels: NDArray[np.uint8] | None
    """sRGB of each crop, shape (crops, height, width, 3); None: the photo is gone, has changed, or
    cannot be read."""
    reason: str = ""
    """Why there are no pixels, in one line that names the file."""


@dataclass(frozen=True, slots=True)
class ShrunkPhoto:
    """A whole photo as a JPEG of a bounded size, or the reason why there is none."""

    tile_id: int
    """Its tile."""
    jpeg: bytes | None
    """Upright, plain sRGB, without metadata; None: see `CutPhoto`."""
    reason: str = ""
    """Why there is none, in one line that names the file."""


def cut_original(wanted: WantedPhoto, size: Size) -> CutPhoto:
    """Read a photo again and cut it as for a thumbnail, or to the crops that are shown.

    Args:
        wanted: the photo, which is decoded once; a file that holds other bytes by now is passed
            over.
        size: width and height in pixels.
    """
    try:
        _, data = read_first(wanted.paths, wanted.content_hash)
        # What the hash knows was accepted before, with whatever its end lacks.
        with opened(data, LARGEST_ORIGINAL, accept_truncated=True) as image:
            closest_first = sorted(set(wanted.crops), key=lambda crop: crop.width if crop else 1)
            shown = {crop: np.asarray(cut(image, size, crop)) for crop in closest_first}
            return CutPhoto(wanted.tile_id, np.stack([shown[crop] for crop in wanted.crops]))
    except PhotoError as error:
        return CutPhoto(wanted.tile_id, None, str(error))


def lost_original(wanted: WantedPhoto, reason: str) -> CutPhoto:
    """Say that reading a photo killed its process or took too long."""
    named = printable(wanted.paths[0]) if wanted.paths else f"photo {wanted.tile_id}"
    return CutPhoto(wanted.tile_id, None, f"{named}: {reason}")


def enlarged_thumbnail(jpeg: bytes, size: Size, crop: Crop | None = None) -> NDArray[np.uint8]:
    """Give a thumbnail, or a crop of an overview, in the place of a photo.

    Args:
        jpeg: of a thumbnail, or of an overview.
        size: width and height in pixels.
        crop: what is shown of the overview.

    Returns:
        sRGB, shape (height, width, 3).

    Raises:
        PhotoError: it cannot be decoded.
    """
    with opened(jpeg, LARGEST_ORIGINAL) as image:
        return np.asarray(cut(image, size, crop))


def shrink_original(wanted: WantedPhoto, most: int) -> ShrunkPhoto:
    """Read a photo again and make it so small that no side is longer than `most` pixels.

    Args:
        wanted: the photo; a file that holds other bytes by now is passed over.
        most: pixels a side; a smaller photo keeps its size.
    """
    try:
        _, data = read_first(wanted.paths, wanted.content_hash)
        with opened(data, LARGEST_ORIGINAL, accept_truncated=True) as image:
            return ShrunkPhoto(wanted.tile_id, encoded(shrunk_to(image, most)))
    except PhotoError as error:
        return ShrunkPhoto(wanted.tile_id, None, str(error))


def lost_shrunk(wanted: WantedPhoto, reason: str) -> ShrunkPhoto:
    """Say that reading a photo killed its process or took too long."""
    return ShrunkPhoto(wanted.tile_id, None, lost_original(wanted, reason).reason)
