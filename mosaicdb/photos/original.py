"""Read an original photo again, to draw it larger than its thumbnail."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import PhotoError, printable
from ..records import Size
from .picture import cut
from .source_file import opened, read_first

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


@dataclass(frozen=True, slots=True, eq=False)
class CutPhoto:
    """A photo cut to the size of a cell, or the reason why it cannot be."""

    tile_id: int
    """Its tile."""
    pixels: NDArray[np.uint8] | None
    """sRGB, shape (height, width, 3); None: it is gone, has changed, or cannot be read."""
    reason: str = ""
    """Why there are no pixels, in one line that names the file."""


def cut_original(wanted: WantedPhoto, size: Size) -> CutPhoto:
    """Read a photo again and cut it as for a thumbnail.

    Args:
        wanted: the photo; a file that holds other bytes by now is passed over.
        size: width and height in pixels.
    """
    try:
        _, data = read_first(wanted.paths, wanted.content_hash)
        # What the hash knows was accepted before, with whatever its end lacks.
        with opened(data, LARGEST_ORIGINAL, accept_truncated=True) as image:
            return CutPhoto(wanted.tile_id, np.asarray(cut(image, size)))
    except PhotoError as error:
        return CutPhoto(wanted.tile_id, None, str(error))


def lost_original(wanted: WantedPhoto, reason: str) -> CutPhoto:
    """Say that reading a photo killed its process or took too long."""
    named = printable(wanted.paths[0]) if wanted.paths else f"photo {wanted.tile_id}"
    return CutPhoto(wanted.tile_id, None, f"{named}: {reason}")


def enlarged_thumbnail(jpeg: bytes, size: Size) -> NDArray[np.uint8]:
    """Give a thumbnail in another size, in place of a photo: sRGB, shape (height, width, 3).

    Raises:
        PhotoError: it cannot be decoded.
    """
    with opened(jpeg, LARGEST_ORIGINAL) as image:
        return np.asarray(cut(image, size))
