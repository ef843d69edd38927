"""Write pictures to files."""

import functools
import hashlib
from pathlib import Path
from typing import Final

from PIL import Image, ImageCms

from ..atomic import replacing
from ..errors import RenderingError, UsageError, printable
from ..records import Size

_FORMATS: Final = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}
_LARGEST_JPEG: Final = 65_500  # pixels a side, a limit of the format's library
_PROFILE_DATE: Final = slice(24, 36)  # when an ICC profile was made: the header's dateTimeNumber


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


def save_picture(picture: Image.Image, path: Path, quality: int = 90) -> str | None:
    """Write a picture as JPEG or PNG; a picture that is there is replaced only at the end.

    The file says by an ICC profile that its colours are sRGB. The same picture gives the same
    bytes.

    Args:
        picture: in sRGB, mode RGB or RGBA; a JPEG shows the colours of what is transparent.
        path: where to; its suffix chooses the format.
        quality: of a JPEG, 1 to 100.

    Returns:
        SHA-256 of the file's bytes, in hexadecimal; None: it is a device or a pipe.

    Raises:
        UsageError, RenderingError: see `check_output`.
        MosaicdbError: the file cannot be written.
    """
    check_output(path, picture.size)
    kind = _FORMATS[path.suffix.lower()]
    with replacing(path) as temporary:
        (picture.convert("RGB") if kind == "JPEG" else picture).save(
            temporary, kind, quality=quality, icc_profile=_srgb_profile()
        )
        return _sha256(temporary) if temporary.is_file() else None


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@functools.cache
def _srgb_profile() -> bytes:
    """Return the ICC profile of sRGB with a fixed date: Little CMS writes the current time."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[_PROFILE_DATE] = bytes((7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))  # 2000-01-01
    return bytes(profile)
