"""Identify pictures by their content, and name the extras that some formats need."""

import functools
import importlib.util
import io
import os
from typing import Final

from PIL import Image, UnidentifiedImageError

from .jxl import is_jxl, open_jxl
from .raw import RAW_EXTENSIONS, is_raw, open_raw

_FORMATS: Final = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "HEIF")

EXTENSIONS: Final = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif"),
    *(".avif", ".heic", ".heif", ".hif"),
)
"""Extensions of photos that are always read; the format is identified by content."""

EXTENSIONS_OF_EXTRAS: Final = {"jxl": (".jxl",), "raw": RAW_EXTENSIONS}
"""Extensions of photos that are read where an extra is installed."""

_PACKAGES: Final = {"jxl": "pillow_jxl", "raw": "rawpy"}
_NAMES: Final = {"jxl": "JPEG XL", "raw": "camera raw"}
_EXTRA_OF: Final = {
    extension: extra
    for extra, extensions in EXTENSIONS_OF_EXTRAS.items()
    for extension in extensions
}
_ALL_EXTENSIONS: Final = (*EXTENSIONS, *_EXTRA_OF)


class MissingDecoderError(ValueError):
    """The picture's format needs an extra that is not installed."""

    def __init__(self, extra: str) -> None:
        super().__init__(
            f"{_NAMES[extra]} needs the extra '{extra}': pip install 'mosaicdb[{extra}]'"
        )


def has_extension(path: str) -> bool:
    """Return whether a path has the extension of a photo, whether or not it can be decoded."""
    return path.lower().endswith(_ALL_EXTENSIONS)


def missing_extra(path: str) -> str | None:
    """Return the extra that a path's extension asks for, if it is not installed."""
    extra = _EXTRA_OF.get(os.path.splitext(path)[1].lower())
    return None if extra is None or is_installed(extra) else extra


@functools.cache
def is_installed(extra: str) -> bool:
    """Return whether the package behind an extra is installed."""
    return importlib.util.find_spec(_PACKAGES[extra]) is not None


def identified(data: bytes, max_pixels: int) -> Image.Image:
    """Identify a picture by its content and open it, without decoding it where that is possible.

    Args:
        data: the file's bytes.
        max_pixels: reject larger pictures of formats that are decoded on opening.

    Raises:
        MissingDecoderError: an extra is needed.
        ValueError: they are of no known format, or of one that is decoded at once and damaged.
    """
    if is_jxl(data):
        _require("jxl")
        return open_jxl(data, max_pixels)
    if is_raw(data):
        _require("raw")
        return open_raw(data, max_pixels)
    try:
        return Image.open(io.BytesIO(data), formats=_readable_formats())
    except UnidentifiedImageError:
        raise ValueError("not a picture of a known format") from None


def _require(extra: str) -> None:
    if not is_installed(extra):
        raise MissingDecoderError(extra)


@functools.cache
def _readable_formats() -> tuple[str, ...]:
    """Initialize Pillow and the HEIF plugin, and return the formats that can be read."""
    import pillow_heif

    Image.init()
    pillow_heif.register_heif_opener()
    return tuple(name for name in _FORMATS if name in Image.OPEN)
