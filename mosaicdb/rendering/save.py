"""Write pictures to files."""

from pathlib import Path
from typing import Final

from PIL import Image

from ..atomic import replacing
from ..errors import RenderingError, UsageError, printable
from ..records import Size

_FORMATS: Final = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}
_LARGEST_JPEG: Final = 65_500  # pixels a side, a limit of the format's library


def check_output(path: Path, size: Size) -> None:
    """Check that a picture of a size can be written to a path.

    Args:
        path: where to; its suffix chooses the format.
        size: width and height of the picture in pixels.

    Raises:
        UsageError: the suffix stands for no format that can be written.
        RenderingError: the format cannot hold so many pixels.
    """
    kind = _FORMATS.get(path.suffix.lower())
    if kind is None:
        raise UsageError(f"{printable(path)}: give a name that ends in .jpg or .png")
    if kind == "JPEG" and max(size) > _LARGEST_JPEG:
        raise RenderingError(
            f"{printable(path)}: {size[0]} x {size[1]} pixels are more than a JPEG can hold "
            f"({_LARGEST_JPEG} a side): write a .png, or use fewer cells"
        )


def save_picture(picture: Image.Image, path: Path, quality: int = 90) -> None:
    """Write a picture as JPEG or PNG; a picture that is there is replaced only at the end.

    Args:
        picture: in mode RGB or RGBA; a JPEG shows the colours of what is transparent.
        path: where to; its suffix chooses the format.
        quality: of a JPEG, 1 to 100.

    Raises:
        UsageError, RenderingError: see `check_output`.
        MosaicdbError: the file cannot be written.
    """
    check_output(path, picture.size)
    kind = _FORMATS[path.suffix.lower()]
    with replacing(path) as temporary:
        (picture.convert("RGB") if kind == "JPEG" else picture).save(
            temporary, kind, quality=quality
        )
