"""Read one original photo again: as a target, or for a collage."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import PhotoError, printable
from ..model import Size
from .picture import cut, open_picture, upright, upright_size
from .read import read_bytes


def read_cells(data: bytes, grid: Size, thumb_res: Size, max_pixels: int) -> NDArray[np.float64]:
    """Cut a target upright to the mosaic's shape and average each cell.

    Args:
        data: the picture's bytes.
        grid: columns and rows.
        thumb_res: width and height of a thumbnail, which is a cell's shape.
        max_pixels: refuse larger pictures.

    Returns:
        Mean sRGB, 0 to 255, shape (rows, columns, 3).

    Raises:
        PhotoError: the picture cannot be read.
    """
    picture = read_shape(data, (grid[0] * thumb_res[0], grid[1] * thumb_res[1]), max_pixels)
    return np.asarray(picture.resize(grid, Image.Resampling.BOX), dtype=np.float64)


def read_shape(data: bytes, shape: Size, max_pixels: int) -> Image.Image:
    """Cut the largest middle part of a picture that has a shape.

    Args:
        data: the picture's bytes.
        shape: width and height; a larger part is made that small, a smaller one is not enlarged.
        max_pixels: refuse larger pictures.

    Returns:
        An upright picture in mode RGB.

    Raises:
        PhotoError: the picture cannot be read.
    """
    with _opened(data, max_pixels) as image:
        width, height = upright_size(image)
        scale = min(1.0, width / shape[0], height / shape[1])
        return cut(image, (max(round(shape[0] * scale), 1), max(round(shape[1] * scale), 1)))


def read_whole(data: bytes, max_pixels: int) -> Image.Image:
    """Read every pixel of a picture.

    Args:
        data: the picture's bytes.
        max_pixels: refuse larger pictures.

    Returns:
        An upright picture in mode RGB; transparent parts are white.

    Raises:
        PhotoError: the picture cannot be read.
    """
    with _opened(data, max_pixels) as image:
        width, height = upright_size(image)
        if width * height > max_pixels:  # else a JPEG could be decoded at a lower scale
            raise ValueError(f"{width} x {height} pixels: more than {max_pixels:,} allowed")
        return upright(image)


def read_cut(data: bytes, size: Size, max_pixels: int) -> Image.Image:
    """Cut a photo upright to a size, as for a thumbnail.

    Args:
        data: the photo's bytes.
        size: width and height in pixels.
        max_pixels: refuse larger photos.

    Raises:
        PhotoError: the photo cannot be read.
    """
    with _opened(data, max_pixels) as image:
        return cut(image, size)


def read_first(paths: Sequence[str], content_hash: str | None = None) -> tuple[str, bytes]:
    """Read the first of some files that is there and holds the photo that is wanted.

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
def _opened(data: bytes, max_pixels: int) -> Iterator[Image.Image]:
    try:
        with open_picture(data, max_pixels) as image:
            yield image
    except Exception as error:
        raise PhotoError(printable(error) or type(error).__name__) from error
