"""Read a target: upright, cropped or padded to the mosaic's aspect ratio, with transparency."""

from dataclasses import dataclass

from PIL import Image, ImageOps

from ..options import Framing
from ..records import Size
from .colour_profile import to_srgb
from .picture import load_scaled, turned_upright, upright_size
from .source_file import opened


@dataclass(frozen=True, slots=True, eq=False)
class Framed:
    """A picture in the mosaic's aspect ratio."""

    picture: Image.Image
    """In sRGB, mode RGB; transparent parts are black."""
    opacity: Image.Image | None
    """In mode L: 255 is opaque, 0 transparent; None if the picture is opaque everywhere."""
    size: Size
    """Width and height of the whole picture, upright, in pixels."""


def read_framed(data: bytes, shape: Size, framing: Framing, max_pixels: int) -> Framed:
    """Read a picture and crop or pad it to an aspect ratio.

    Args:
        data: the picture's bytes.
        shape: width and height; a larger picture is reduced to it, a smaller one only gets its
            aspect ratio.
        framing: how to crop or pad.
        max_pixels: reject larger pictures.

    Raises:
        PhotoError: the picture cannot be read.
    """
    with opened(data, max_pixels) as image:
        size = upright_size(image)
        load_scaled(image, (max(shape), max(shape)))  # it may be rotated by 90 degrees
        upright = turned_upright(image)
        profile = image.info.get("icc_profile")
    framed = _framed(upright, shape, framing, profile)
    if framed.mode not in ("RGBA", "LA"):
        return Framed(framed.convert("RGB"), None, size)
    opacity = framed.getchannel("A")
    black = Image.new("RGB", framed.size)
    return Framed(Image.composite(framed.convert("RGB"), black, opacity), opacity, size)


def read_mask(
    data: bytes, size: Size, shape: Size, framing: Framing, max_pixels: int
) -> tuple[Image.Image, bool]:
    """Read a mask of a picture, and crop or pad it as the picture is.

    Args:
        data: the mask's bytes.
        size: width and height of the picture, upright; a mask of another size is scaled.
        shape: see `read_framed`.
        framing: see `read_framed`.
        max_pixels: reject larger masks.

    Returns:
        The mask in mode RGB, grey, and whether it had to be scaled. Transparent parts and padding
        are black.

    Raises:
        PhotoError: the mask cannot be read.
    """
    with opened(data, max_pixels) as image:
        image.load()
        upright = turned_upright(image).convert("RGBA")
    black = Image.new("RGBA", upright.size, "black")
    black.alpha_composite(upright)
    mask = black.convert("L")
    scaled = mask.size != size
    framed = _framed(mask.resize(size) if scaled else mask, shape, framing)
    flat = Image.new("RGBA", framed.size, "black")
    flat.alpha_composite(framed.convert("RGBA"))
    return flat.convert("L").convert("RGB"), scaled


def _framed(
    image: Image.Image, shape: Size, framing: Framing, profile: bytes | None = None
) -> Image.Image:
    """Crop or pad a picture, and convert its colours to sRGB by a profile once it is small."""
    width, height = image.size
    across, down = width / shape[0], height / shape[1]
    if framing.fit == "letter":
        size = _scaled(shape, max(across, down))
        small = to_srgb(ImageOps.contain(image, size), profile)
        return ImageOps.pad(small.convert("RGBA"), size, color=(0, 0, 0, 0))
    scale = min(across, down)
    kept = scale / across, scale / down
    centering = [_centering(*pair) for pair in zip(framing.focus_point, kept, strict=True)]
    fitted = ImageOps.fit(image, _scaled(shape, scale), centering=(centering[0], centering[1]))
    return to_srgb(fitted, profile)


def _scaled(shape: Size, scale: float) -> Size:
    least = min(scale, 1.0)
    return max(round(shape[0] * least), 1), max(round(shape[1] * least), 1)


def _centering(focus: float, kept: float) -> float:
    """Return the fraction of the cropped length that is cropped at the start."""
    start = min(max(focus - kept / 2, 0.0), 1 - kept)
    return start / (1 - kept) if kept < 1 else 0.5
