"""Encode JPEGs fast, and in a way that lets other threads run."""

import numpy as np
import simplejpeg
from numpy.typing import NDArray


def encode_jpeg(pixels: NDArray[np.uint8], quality: int) -> bytes:
    """Encode pixels as a JPEG whose colours are halved across and down.

    Args:
        pixels: sRGB, shape (height, width, 3).
        quality: 1 to 100.
    """
    if pixels.strides[1:] != (3, 1):
        pixels = np.ascontiguousarray(pixels)
    jpeg: bytes = simplejpeg.encode_jpeg(pixels, quality, "RGB", "420")
    return jpeg
