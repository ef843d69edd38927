"""Open pictures of many formats, and crop them to a size, upright and in RGB."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageFile, ImageOps, PngImagePlugin

from ..crops import Crop
from ..records import Size
from .colour_description import describing_profile
from .colour_profile import to_srgb
from .formats import identified
from .frames import seek_to_content
from .integrity import check_rows, check_scans
from .raw import RAW_FORMAT, RAW_SIZE

_SCALABLE: Final = (
    "JPEG",
    "MPO",
    RAW_FORMAT,
)  # a draft of HEIC would be the camera's embedded thumbnail
_LARGEST_SCALE: Final = 8  # denominator of the smallest scale at which they can be decoded
_DRAFT_FACTOR: Final = 2  # twice the thumbnail is as accurate as decoding at full size
_HARDLY_LARGER: Final = 1.125
_SIDEWAYS: Final = (5, 6, 7, 8)
_FROM_THE_RIGHT: Final = (2, 3, 7, 8)
_FROM_BELOW: Final = (3, 4, 6, 7)
_PIXELS_A_STRIP: Final = 1 << 18
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_Values = NDArray[Any]


@contextmanager
def open_picture(
    data: bytes, max_pixels: int, accept_truncated: bool = False
) -> Iterator[Image.Image]:
    """Identify a picture by its content and open it, without decoding it yet.

    Of an animated picture, frames are decoded up to the first one that shows something.

    Args:
        data: the file's bytes.
        max_pixels: reject pictures that need more pixels in memory. A JPEG that is not
            progressive can be decoded at an eighth of its size.
        accept_truncated: whether truncated pictures are decoded as far as possible.

    Yields:
        The picture; `info["icc_profile"]` is the profile of its colours, whatever describes them
        in the file, and missing for sRGB.

    Raises:
        ValueError: empty, of no known format, or too large.
        Exception: whatever else a decoder raises on damaged bytes; on exit, if rows are missing
            that the decoder did not report.
    """
    if not data:
        raise ValueError("the file is empty")
    with _pillows_settings(accept_truncated), identified(data, max_pixels) as image:
        _check_size(image, max_pixels)
        check_scans(image, data)
        _seek_to_content(image, max_pixels)
        profile = describing_profile(image, data)
        image.info.pop("icc_profile", None)  # which PNG's code points override
        if profile is not None:
            image.info["icc_profile"] = profile
        yield image
        if not accept_truncated:
            check_rows(image, data)


def _check_size(image: Image.Image, max_pixels: int) -> None:
    width, height = image.size
    scaled = image.format in _SCALABLE and not image.info.get("progressive")
    allowed = max_pixels * _LARGEST_SCALE**2 if scaled else max_pixels
    if width * height > allowed:
        raise ValueError(f"{width} x {height} pixels: more than {allowed:,} allowed")


def _seek_to_content(image: Image.Image, max_pixels: int) -> None:
    unlimited, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, max_pixels  # of a GIF's frames
    try:
        seek_to_content(image)
    except Image.DecompressionBombError:
        message = f"a frame needs far more than the {max_pixels:,} pixels allowed"
        raise ValueError(message) from None
    finally:
        Image.MAX_IMAGE_PIXELS = unlimited


@contextmanager
def _pillows_settings(accept_truncated: bool) -> Iterator[None]:
    """Suppress warnings about damaged EXIF, and lift Pillow's own limits of sizes.

    The limit of text chunks is raised since image generators write megabytes of text into PNGs.
    """
    wanted: tuple[tuple[Any, str, object], ...] = (
        (Image, "MAX_IMAGE_PIXELS", None),
        (ImageFile, "LOAD_TRUNCATED_IMAGES", accept_truncated),
        (PngImagePlugin, "MAX_TEXT_CHUNK", PngImagePlugin.MAX_TEXT_MEMORY),
    )
    before = [(module, name, getattr(module, name)) for module, name, _ in wanted]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for module, name, value in wanted:
                setattr(module, name, value)
            yield
        finally:
            for module, name, value in before:
                setattr(module, name, value)


def upright_size(image: Image.Image) -> Size:
    """Return width and height of an opened picture in pixels, upright as displayed."""
    if RAW_SIZE in image.info:
        width, height = image.info[RAW_SIZE]
        return width, height
    width, height = image.size
    if image.format == "TIFF":
        return width, height  # the one format whose size is given upright before it is loaded
    return (height, width) if _orientation(image) in _SIDEWAYS else (width, height)


def cut(image: Image.Image, size: Size, crop: Crop | None = None) -> Image.Image:
    """Crop the centre of a picture to an aspect ratio and resize it, as `ImageOps.fit` does.

    JPEGs are decoded at the lowest scale that still gives twice the requested size. Rotation,
    colour conversion and transparency are applied to the resized picture, where they cost less.

    Args:
        image: an opened picture; one that is decoded already stays as it is.
        size: width and height in pixels.
        crop: which part is resized; None: the largest in the middle that has the aspect ratio.

    Returns:
        An upright picture in sRGB, mode RGB, of that size; transparent parts are white.
    """
    share = (1.0, 1.0) if crop is None else (crop.width, crop.height)
    whole = ceil(size[0] / share[0]), ceil(size[1] / share[1])
    sideways = _orientation(image) in _SIDEWAYS
    load_scaled(image, (whole[1], whole[0]) if sideways else whole)
    orientation = _orientation(image)  # some decoders rotate the picture on loading
    stored = (size[1], size[0]) if orientation in _SIDEWAYS else size
    if crop is None:
        return _finished(ImageOps.fit(_resizable(image), stored), image)
    box = _box_in_pixels(crop, orientation, image.size)
    return _finished(_resizable(image).resize(stored, Image.Resampling.BICUBIC, box), image)


def shrunk(image: Image.Image, size: Size) -> Image.Image:
    """Resize a decoded picture as a whole, unless it is hardly larger.

    Args:
        image: the decoded picture.
        size: width and height in pixels, upright.

    Returns:
        Upright, in sRGB, mode RGB; each side up to an eighth longer than `size` says.
    """
    stored = (size[1], size[0]) if _orientation(image) in _SIDEWAYS else size
    small = _resizable(image)
    factors = [own / side for own, side in zip(image.size, stored, strict=True)]
    is_small = 1 <= min(factors) <= max(factors) <= _HARDLY_LARGER
    small = small.copy() if is_small else small.resize(stored, Image.Resampling.BICUBIC)
    return _finished(small, image)


def _finished(small: Image.Image, image: Image.Image) -> Image.Image:
    """Give a resized part of a picture its colours, without transparency, upright."""
    return _on_white(_turned(to_srgb(small, image.info.get("icc_profile")), _orientation(image)))


def _box_in_pixels(crop: Crop, orientation: int, size: Size) -> tuple[float, float, float, float]:
    """Find a crop of an upright picture in the pixels of one that is not turned yet."""
    across = crop.left, min(crop.left + crop.width, 1.0)
    down = crop.top, min(crop.top + crop.height, 1.0)
    if orientation in _SIDEWAYS:
        across, down = down, across
    if orientation in _FROM_THE_RIGHT:
        across = 1 - across[1], 1 - across[0]
    if orientation in _FROM_BELOW:
        down = 1 - down[1], 1 - down[0]
    width, height = size
    return across[0] * width, down[0] * height, across[1] * width, down[1] * height


def shrunk_to(image: Image.Image, most: int) -> Image.Image:
    """Make a picture so small that no side is longer than `most` pixels; a small one stays.

    Args:
        image: an opened picture, not decoded yet.
        most: pixels a side.

    Returns:
        An upright picture in sRGB, mode RGB; transparent parts are white.
    """
    load_scaled(image, (most, most))
    whole = _resizable(image)
    if max(whole.size) > most:
        whole = ImageOps.contain(whole, (most, most))
    small = to_srgb(whole, image.info.get("icc_profile"))
    return _on_white(_turned(small, _orientation(image)))


def load_scaled(image: Image.Image, size: Size) -> None:
    """Decode a picture: a JPEG at the lowest scale that still gives twice a size in pixels."""
    if image.format in _SCALABLE:
        image.draft(None, (size[0] * _DRAFT_FACTOR, size[1] * _DRAFT_FACTOR))
    image.load()


def turned_upright(image: Image.Image) -> Image.Image:
    """Rotate a decoded picture upright, converted to a mode that can be averaged."""
    return _turned(_resizable(image), _orientation(image))


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image


def upright(image: Image.Image) -> Image.Image:
    """Decode an opened picture at full size, upright.

    Args:
        image: an opened picture, not decoded yet.

    Returns:
        A picture in sRGB, mode RGB; transparent parts are white.
    """
    image.load()
    return _on_white(to_srgb(turned_upright(image), image.info.get("icc_profile")))


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001 - damaged EXIF: assume upright
        return 1


def _resizable(image: Image.Image) -> Image.Image:
    """Convert the picture to a mode whose values can be averaged."""
    if image.mode.startswith("I"):
        return _grey(image, lambda values: values.clip(0, 65535) >> 8)
    if image.mode == "F":
        ranges = [(values.min(), values.max()) for _, values in _strips(image)]
        low, high = min(low for low, _ in ranges), max(high for _, high in ranges)
        scale = 255 / (high - low) if high > low else 0
        return _grey(image, lambda values: (values - low) * scale)
    if image.mode in ("1", "L") and "transparency" in image.info:
        return image.convert("LA")  # grey, as its ICC profile
    if image.mode in ("P", "PA") or "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert("L") if image.mode == "1" else image


def _grey(image: Image.Image, to_bytes: Callable[[_Values], _Values]) -> Image.Image:
    grey = Image.new("L", image.size)
    for top, values in _strips(image):
        grey.paste(Image.fromarray(to_bytes(values).astype(np.uint8)), (0, top))
    return grey


def _strips(image: Image.Image) -> Iterator[tuple[int, _Values]]:
    """Yield (top, rows) in strips, since copies of the whole picture take much memory."""
    rows = max(1, _PIXELS_A_STRIP // image.width)
    for top in range(0, image.height, rows):
        strip = np.asarray(image.crop((0, top, image.width, min(top + rows, image.height))))
        yield top, np.nan_to_num(strip.astype(np.float64)) if image.mode == "F" else strip


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA"):
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        image = white
    return image if image.mode == "RGB" else image.convert("RGB")
