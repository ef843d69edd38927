"""Choose the frame of an animated picture that stands for it."""

from typing import Final

import numpy as np
from PIL import Image

_ANIMATED: Final = ("GIF", "PNG", "WEBP", "AVIF")  # further pages of TIFF or HEIC are no frames
_MOST_FRAMES: Final = 20  # that are decoded in search of one that shows something
_UNIFORM: Final = 8  # levels of 255 by which the pixels of a frame that shows nothing may differ


def seek_to_content(image: Image.Image) -> None:
    """Move an animated picture to its first frame that shows something.

    Many animations begin with a frame that is transparent or of a single colour, or fade in from
    one. If none of the first 20 frames shows anything, the first one stands.

    Args:
        image: an opened picture; one that is not animated stays as it is.

    Raises:
        Exception: whatever its decoder raises on damaged frames.
    """
    if image.format not in _ANIMATED or not getattr(image, "is_animated", False):
        return
    for number in range(_MOST_FRAMES):
        try:
            image.seek(number)
        except EOFError:
            break
        if _shows_something(image):
            return
    image.seek(0)


def _shows_something(frame: Image.Image) -> bool:
    premultiplied = frame.convert("RGBA").convert("RGBa")  # what is transparent is all the same
    return int(np.ptp(np.asarray(premultiplied), axis=(0, 1)).max()) > _UNIFORM
