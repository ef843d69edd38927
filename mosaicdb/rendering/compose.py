"""Put thumbnails together into one picture."""

import io
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import RenderingError
from ..model import Size


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
            found = f"{image.mode} {image.width} x {image.height}"
    except Exception as error:
        raise RenderingError("a thumbnail in the database does not decode") from error
    wanted = f"RGB {size[0]} x {size[1]}"
    raise RenderingError(f"a thumbnail in the database is {found}, not {wanted}")


def compose(thumbnails: NDArray[np.uint8], positions: NDArray[np.intp]) -> Image.Image:
    """Place a thumbnail in every cell.

    Args:
        thumbnails: shape (thumbnails, height, width, 3).
        positions: index of the thumbnail of each cell, shape (rows, columns).

    Returns:
        An RGB picture of (columns x width) by (rows x height) pixels.
    """
    rows, columns = positions.shape
    _, height, width, _ = thumbnails.shape
    picture = np.empty((rows, height, columns, width, 3), np.uint8)
    for row in range(rows):  # one strip of cells at a time: no second copy of the whole
        picture[row] = thumbnails[positions[row]].swapaxes(0, 1)
    return Image.fromarray(picture.reshape(rows * height, columns * width, 3))
