"""Read a picture to rebuild: upright, in the mosaic's shape, with its transparency."""

from dataclasses import dataclass

from PIL import Image, ImageOps

from ..options import Framing
from ..records import Size
from .picture import load_scaled, turned_upright, upright_size
from .source_file import opened


@dataclass(frozen=True, slots=True, eq=False)
class Framed:
    """A picture in the shape of the mosaic."""

    picture: Image.Image
    """In mode RGB; what is transparent is black."""
    opacity: Image.Image | None
    """In mode L: 255 where the picture is, 0 where it is transparent; None: it is everywhere."""
    size: Size
    """Width and height of the whole picture, upright, in pixels."""


def read_framed(data: bytes, shape: Size, framing: Framing, max_pixels: int) -> Framed:
    """Read a picture and give it a shape.

    Args:
        data: the picture's bytes.
        shape: width and height; a larger picture is made that small, a smaller one keeps its
            pixels.
        framing: what becomes of what stands out.
        max_pixels: refuse larger pictures.

    Raises:
        PhotoError: the picture cannot be read.
    """
    with opened(data, max_pixels) as image:
        size = upright_size(image)
        load_scaled(image, (max(shape), max(shape)))  # it may lie on its side
        upright = turned_upright(image)
    framed = _framed(upright, shape, framing)
    if framed.mode not in ("RGBA", "LA"):
        return Framed(framed.convert("RGB"), None, size)
    opacity = framed.getchannel("A")
    black = Image.new("RGB", framed.size)
    return Framed(Image.composite(framed.convert("RGB"), black, opacity), opacity, size)


def read_mask(
    data: bytes, size: Size, shape: Size, framing: Framing, max_pixels: int
) -> tuple[Image.Image, bool]:
    """Read a mask that lies on a picture, and give it the shape that the picture is given.

    Args:
        data: the mask's bytes.
        size: width and height of the picture, upright; a mask of another size is scaled.
        shape: see `read_framed`.
        framing: see `read_framed`.
        max_pixels: refuse larger masks.

    Returns:
        The mask in mode RGB, grey, and whether it had to be scaled. What is transparent, or
        beyond the picture, is black.

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


def _framed(image: Image.Image, shape: Size, framing: Framing) -> Image.Image:
    width, height = image.size
    across, down = width / shape[0], height / shape[1]
    if framing.fit == "letter":
        size = _scaled(shape, max(across, down))
        return ImageOps.pad(image.convert("RGBA"), size, color=(0, 0, 0, 0))
    scale = min(across, down)
    kept = scale / across, scale / down
    centering = [_centering(*pair) for pair in zip(framing.focus_point, kept, strict=True)]
    return ImageOps.fit(image, _scaled(shape, scale), centering=(centering[0], centering[1]))


def _scaled(shape: Size, scale: float) -> Size:
    least = min(scale, 1.0)
    return max(round(shape[0] * least), 1), max(round(shape[1] * least), 1)


def _centering(focus: float, kept: float) -> float:
    """Give the part of what is cut off that lies before what is kept."""
    start = min(max(focus - kept / 2, 0.0), 1 - kept)
    return start / (1 - kept) if kept < 1 else 0.5
