"""Open pictures of many formats and cut them upright, in RGB, to a size."""

import functools
import importlib.util
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import numpy as np
from PIL import ExifTags, Image, ImageFile, ImageOps, UnidentifiedImageError

from ..model import Size
from .damage import check_rows, check_scans

_FORMATS: Final = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "HEIF")
_HEIF_BRANDS: Final = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis")
_SCALABLE: Final = ("JPEG", "MPO")  # a draft of HEIC would be the thumbnail the camera made
_LARGEST_SCALE: Final = 8  # at which they can be decoded
_DRAFT_FACTOR: Final = 2  # decoding to twice the thumbnail is as true as the usual full decode
_SIDEWAYS: Final = (5, 6, 7, 8)
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class MissingDecoderError(ValueError):
    """The picture's format needs a package that is not installed."""


@contextmanager
def open_picture(
    data: bytes, max_pixels: int, accept_truncated: bool = False
) -> Iterator[Image.Image]:
    """Open a picture by what its bytes say it is, without decoding it yet.

    Args:
        data: the file's bytes.
        max_pixels: refuse pictures that need more pixels in memory. A JPEG that is not
            progressive needs only what is left at an eighth of its scale.
        accept_truncated: whether pictures whose end is missing are decoded as far as they go.

    Raises:
        ValueError: empty, of no known format, or too large.
        Exception: whatever else a decoder raises on damaged bytes; at the end, where it
            passed over rows that are missing.
    """
    if not data:
        raise ValueError("the file is empty")
    with _pillows_settings(accept_truncated), _identified(data) as image:
        _check_size(image, max_pixels)
        check_scans(image, data)
        yield image
        if not accept_truncated:
            check_rows(image, data)


def _check_size(image: Image.Image, max_pixels: int) -> None:
    width, height = image.size
    scaled = image.format in _SCALABLE and not image.info.get("progressive")
    allowed = max_pixels * _LARGEST_SCALE**2 if scaled else max_pixels
    if width * height > allowed:
        raise ValueError(f"{width} x {height} pixels: more than {allowed:,} allowed")


@contextmanager
def _pillows_settings(accept_truncated: bool) -> Iterator[None]:
    """Let no warning about damaged EXIF out, and have sizes limited by the caller alone."""
    limit, truncated = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Image.MAX_IMAGE_PIXELS = None
        ImageFile.LOAD_TRUNCATED_IMAGES = accept_truncated
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = limit, truncated


def _identified(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=_formats())
    except UnidentifiedImageError:
        is_heif = data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS
        if is_heif and "HEIF" not in _formats():
            raise MissingDecoderError(
                "HEIC needs the extra 'heic': pip install 'mosaicdb[heic]'"
            ) from None
        raise ValueError("not a picture of a known format") from None


@functools.cache
def _formats() -> tuple[str, ...]:
    """Give the formats that can be read here; Pillow and its plugin are set up on the way."""
    Image.init()
    if importlib.util.find_spec("pillow_heif") is not None:
        import pillow_heif

        pillow_heif.register_heif_opener()
    return tuple(name for name in _FORMATS if name in Image.OPEN)


def upright_size(image: Image.Image) -> Size:
    """Give width and height of an opened picture as people see it, in pixels."""
    width, height = image.size
    if image.format == "TIFF":
        return width, height  # the one format whose size is given upright before it is loaded
    return (height, width) if _orientation(image) in _SIDEWAYS else (width, height)


def cut(image: Image.Image, size: Size) -> Image.Image:
    """Cut the largest middle part of a picture's shape, as `ImageOps.fit` does.

    JPEGs are decoded at the lowest scale that still gives twice the size asked for. What is
    costly on large pictures (turning upright, colour conversion, transparency) is done to the
    small one.

    Args:
        image: an opened picture; it is decoded here.
        size: width and height in pixels.

    Returns:
        An upright picture in mode RGB, of that size; transparent parts are white.
    """
    sideways = _orientation(image) in _SIDEWAYS
    stored = (size[1], size[0]) if sideways else size
    load_scaled(image, stored)
    orientation = _orientation(image)  # some decoders turn the picture while they load it
    stored = (size[1], size[0]) if orientation in _SIDEWAYS else size
    small = ImageOps.fit(resizable(image), stored)
    return _on_white(_turned(small, orientation))


def load_scaled(image: Image.Image, size: Size) -> None:
    """Decode a picture: a JPEG at the lowest scale that still gives twice a size in pixels."""
    if image.format in _SCALABLE:
        image.draft(None, (size[0] * _DRAFT_FACTOR, size[1] * _DRAFT_FACTOR))
    image.load()


def turned_upright(image: Image.Image) -> Image.Image:
    """Turn a decoded picture as people see it."""
    return _turned(image, _orientation(image))


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image


def taken_at(image: Image.Image) -> datetime | None:
    """Read when a photo was taken from its EXIF: original time, else time of change."""
    try:
        exif = image.getexif()
        if not exif:
            return None
        camera = exif.get_ifd(ExifTags.IFD.Exif)
        text = camera.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
        return datetime.strptime(str(text).strip("\0 "), "%Y:%m:%d %H:%M:%S")
    except Exception:  # noqa: BLE001 - no time, or damaged EXIF: the photo is welcome all the same
        return None


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001 - damaged EXIF: most photos are upright
        return 1


def resizable(image: Image.Image) -> Image.Image:
    """Give the picture in a mode whose values can be averaged."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode == "I":
        return Image.fromarray((np.asarray(image).clip(0, 65535) >> 8).astype(np.uint8))
    if image.mode == "F":
        values = np.nan_to_num(np.asarray(image, dtype=np.float64))
        low, high = values.min(), values.max()
        scaled = (values - low) * (255 / (high - low) if high > low else 0)
        return Image.fromarray(scaled.astype(np.uint8))
    if image.mode in ("P", "PA") or "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert("L") if image.mode == "1" else image


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA"):
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        image = white
    return image.convert("RGB")
