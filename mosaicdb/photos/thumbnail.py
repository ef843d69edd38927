"""Make a tile's thumbnail and its features."""

import io
from typing import Final

import numpy as np
from PIL import Image

from ..errors import PhotoError
from ..model import MeanRgb, Size, Thumbnail
from .picture import cut

QUALITY: Final = 90


def make_thumbnail(picture: Image.Image) -> Thumbnail:
    """Encode an RGB picture as a thumbnail, and measure what it decodes to.

    The features are those of the stored JPEG, not of the picture it was made from: they can be
    computed again from the database alone, to the last digit.
    """
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=QUALITY, subsampling=0, comment=b"")
    jpeg = buffer.getvalue()
    return Thumbnail(jpeg, mean_rgb(jpeg))


def mean_rgb(jpeg: bytes) -> MeanRgb:
    """Average the pixels of a JPEG: mean red, green and blue, 0 to 255 each."""
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
        pixels = np.asarray(image.convert("RGB"), dtype=np.float64).reshape(-1, 3)
    red, green, blue = (np.ones(len(pixels)) @ pixels / len(pixels)).tolist()
    return red, green, blue


def resize_thumbnail(jpeg: bytes, size: Size) -> Thumbnail:
    """Make a thumbnail of another size where the photo itself is gone.

    Raises:
        PhotoError: the old thumbnail cannot be decoded.
    """
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
            return make_thumbnail(cut(image, size))
    except Exception as error:
        raise PhotoError("a thumbnail in the database does not decode") from error


def adopt_thumbnail(jpeg: bytes) -> tuple[Thumbnail, Size]:
    """Take over a thumbnail that another program made.

    Args:
        jpeg: kept byte by byte if it is plain RGB, else encoded anew.

    Returns:
        The thumbnail, and its width and height in pixels.

    Raises:
        PhotoError: it is no JPEG that can be decoded.
    """
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
            image.load()
            if image.mode != "RGB":
                return make_thumbnail(image.convert("RGB")), image.size
            return Thumbnail(jpeg, mean_rgb(jpeg)), image.size
    except Exception as error:
        raise PhotoError("not a JPEG that can be decoded") from error
