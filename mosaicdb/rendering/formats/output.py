"""Write pictures: the extension chooses the format."""

from pathlib import Path
from typing import Final

from PIL import Image

from ...atomic import replacing, sha256_of
from ...errors import RenderingError, UsageError, printable
from ...options import PICTURE_EXTENSIONS, FileOptions, alternatives
from ...records import Size
from ..strips import Strips, strips_of
from .format import Format
from .whole import whole

_JPEG: Final = Format("a JPEG", whole("JPEG", opaque=True), most_side=65_500)  # libjpeg's limit
_PNG: Final = Format("a PNG", whole("PNG"))

FORMATS: Final = {".jpg": _JPEG, ".jpeg": _JPEG, ".png": _PNG}
"""By extension."""


def check_output(path: Path, size: Size) -> None:
    """Check that a picture of a size can be written to a path.

    Args:
        path: where to; its suffix chooses the format.
        size: width and height of the picture in pixels.

    Raises:
        UsageError: the suffix stands for no format that can be written.
        RenderingError: the format cannot hold so many pixels.
    """
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        names = alternatives(PICTURE_EXTENSIONS)
        raise UsageError(f"{printable(path)}: give a name that ends in {names}")
    if kind.most_side is not None and max(size) > kind.most_side:
        raise RenderingError(
            f"{printable(path)}: {size[0]} x {size[1]} pixels are more than {kind.name} can hold "
            f"({kind.most_side} a side): write a .png, or use fewer cells"
        )


def write_picture(
    strips: Strips,
    path: Path,
    options: FileOptions = FileOptions(),  # noqa: B008 - frozen
) -> str | None:
    """Write a picture; a picture that is there is replaced only at the end.

    The file says by an ICC profile that its colours are sRGB. The same picture gives the same
    bytes.

    Args:
        strips: the picture; formats without opacity show the colours of what is transparent.
        path: where to; its suffix chooses the format.
        options: how it is encoded.

    Returns:
        SHA-256 of the file's bytes, in hexadecimal; None: it is a device or a pipe.

    Raises:
        UsageError, RenderingError: see `check_output`.
        MosaicdbError: the file cannot be written.
    """
    check_output(path, strips.size)
    with replacing(path) as temporary:
        FORMATS[path.suffix.lower()].write(strips, temporary, options)
        return sha256_of(temporary)


def save_picture(
    picture: Image.Image, path: Path, quality: int = FileOptions().quality
) -> str | None:
    """Write a whole picture; see `write_picture`.

    Args:
        picture: in sRGB.
        path: where to; its suffix chooses the format.
        quality: of JPEG and its like, 1 to 100.
    """
    return write_picture(strips_of(picture), path, FileOptions(quality=quality))
