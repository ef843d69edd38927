"""Put thumbnails together into one picture."""

import io
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import RenderingError
from ..records import EMPTY_CELL, Size
from .adjust import shift_means


def decode_thumbnails(jpegs: Iterable[bytes], size: Size) -> NDArray[np.uint8]:
    """Decode thumbnails into one stack.

    Args:
        jpegs: each of `size`.
        size: width and height in pixels.

    Returns:
        sRGB, shape (thumbnails, height, width, 3).

    Raises:
        RenderingError: one cannot be decoded or has another size.
    """
    stack = [decode_thumbnail(jpeg, size) for jpeg in jpegs]
    return np.stack(stack) if stack else np.empty((0, size[1], size[0], 3), np.uint8)


def decode_thumbnail(jpeg: bytes, size: Size) -> NDArray[np.uint8]:
    """Decode one thumbnail: sRGB, shape (height, width, 3).

    Raises:
        RenderingError: it cannot be decoded or has another size.
    """
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
            if (image.mode, image.size) == ("RGB", size):
                return np.asarray(image)
            actual = f"{image.mode} {image.width} x {image.height}"
    except Exception as error:
        raise RenderingError("a thumbnail in the database does not decode") from error
    wanted = f"RGB {size[0]} x {size[1]}"
    raise RenderingError(f"a thumbnail in the database is {actual}, not {wanted}")


def compose_mosaic(
    thumbnails: NDArray[np.uint8],
    positions: NDArray[np.intp],
    *,
    flipped: NDArray[np.bool_] | None = None,
    means: NDArray[np.float64] | None = None,
    shifts: NDArray[np.float64] | None = None,
) -> Image.Image:
    """Place a thumbnail in every cell that is not empty.

    Args:
        thumbnails: shape (thumbnails, height, width, 3).
        positions: index of the thumbnail of each cell, shape (rows, columns); `EMPTY_CELL`
            where there is none.
        flipped: which cells show theirs mirrored left to right, shape (rows, columns).
        means: mean sRGB of the thumbnails, 0 to 255, shape (thumbnails, 3); needed with shifts.
        shifts: how far the mean colour of each cell's thumbnail is moved: see `shift_means`;
            shape (rows, columns, 3).

    Returns:
        A picture of (columns x width) by (rows x height) pixels: RGB or, with empty cells, RGBA
        where these are white and transparent.
    """
    rows, columns = positions.shape
    _, height, width, _ = thumbnails.shape
    picture = np.empty((rows, height, columns, width, 3), np.uint8)
    for row in range(rows):  # one strip of cells at a time: no second copy of the whole
        strip = thumbnails[positions[row]]
        if flipped is not None and flipped[row].any():
            strip[flipped[row]] = strip[flipped[row], :, ::-1]
        if shifts is not None and means is not None:
            strip = shift_means(strip, means[positions[row]], shifts[row])
        strip[positions[row] == EMPTY_CELL] = 255
        picture[row] = strip.swapaxes(0, 1)
    image = Image.fromarray(picture.reshape(rows * height, columns * width, 3))
    empty = positions == EMPTY_CELL
    if empty.any():
        opacity = Image.fromarray(np.where(empty, 0, 255).astype(np.uint8))
        image.putalpha(opacity.resize(image.size, Image.Resampling.NEAREST))
    return image
