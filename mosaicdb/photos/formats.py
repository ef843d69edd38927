"""Identify pictures by their content, and register the decoders that are no part of Pillow."""

import functools
import io
from typing import Final

from PIL import Image, UnidentifiedImageError

_FORMATS: Final = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "HEIF")

EXTENSIONS: Final = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif"),
    *(".avif", ".heic", ".heif", ".hif"),
)
"""Extensions of photos; the format is identified by content."""


def identified(data: bytes) -> Image.Image:
    """Open a picture without decoding it.

    Args:
        data: the file's bytes.

    Raises:
        ValueError: they are of no known format.
    """
    try:
        return Image.open(io.BytesIO(data), formats=_readable_formats())
    except UnidentifiedImageError:
        raise ValueError("not a picture of a known format") from None


@functools.cache
def _readable_formats() -> tuple[str, ...]:
    """Initialize Pillow and the HEIF plugin, and return the formats that can be read."""
    import pillow_heif

    Image.init()
    pillow_heif.register_heif_opener()
    return tuple(name for name in _FORMATS if name in Image.OPEN)
