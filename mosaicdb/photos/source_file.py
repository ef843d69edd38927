"""Read a single picture, for a collage or a score."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from PIL import Image

from ..errors import PhotoError, printable
from ..records import Size
from .picture import cut, open_picture, upright, upright_size
from .read import read_bytes


def read_whole(data: bytes, max_pixels: int) -> Image.Image:
    """Read a picture at full size.

    Args:
        data: the picture's bytes.
        max_pixels: reject larger pictures.

    Returns:
        An upright picture in sRGB, mode RGB; transparent parts are white.

    Raises:
        PhotoError: the picture cannot be read.
    """
    with opened(data, max_pixels) as image:
        width, height = upright_size(image)
        if width * height > max_pixels:  # else a JPEG could be decoded at a lower scale
            raise ValueError(f"{width} x {height} pixels: more than {max_pixels:,} allowed")
        return upright(image)


def read_cut(data: bytes, size: Size, max_pixels: int) -> Image.Image:
    """Crop a photo to a size, upright, as for a thumbnail.

    Args:
        data: the photo's bytes.
        size: width and height in pixels.
        max_pixels: reject larger photos.

    Raises:
        PhotoError: the photo cannot be read.
    """
    with opened(data, max_pixels) as image:
        return cut(image, size)


def read_size(data: bytes, max_pixels: int) -> Size:
    """Give width and height of a picture, upright, in pixels.

    Raises:
        PhotoError: the picture cannot be read.
    """
    with opened(data, max_pixels, accept_truncated=True) as image:  # its rows are not looked at
        return upright_size(image)


def read_first(paths: Sequence[str], content_hash: str | None = None) -> tuple[str, bytes]:
    """Read the first of some files that exists and holds a given photo.

    Args:
        paths: where the photo may be.
        content_hash: SHA-256 of its bytes; None: any content will do.

    Returns:
        The path, and the file's bytes.

    Raises:
        PhotoError: none of them does.
    """
    reason = "no file is known"
    for path in paths:
        try:
            data = read_bytes(path)
        except OSError as error:
            reason = f"{printable(path)}: {error.strerror or error}"
            continue
        if content_hash is None or hashlib.sha256(data).hexdigest() == content_hash:
            return path, data
        reason = f"{printable(path)}: it holds another photo now"
    raise PhotoError(reason)


@contextmanager
def opened(data: bytes, max_pixels: int, accept_truncated: bool = False) -> Iterator[Image.Image]:
    """Open a picture as `open_picture` does; whatever its decoder raises becomes a PhotoError."""
    try:
        with open_picture(data, max_pixels, accept_truncated) as image:
            yield image
    except Exception as error:
        raise PhotoError(printable(error) or type(error).__name__) from error
