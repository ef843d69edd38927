"""Formats whose encoder takes a whole picture: it is put together in memory."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PIL import Image
from PIL.ExifTags import Base

from ...options import FileOptions
from ..colour_space import srgb_profile
from ..strips import Strips, picture_of

_INCH: Final = 2  # of EXIF's ResolutionUnit


def whole(kind: str, **parameters: int) -> Callable[[Strips, Path, FileOptions], None]:
    """Give a writer by Pillow.

    Args:
        kind: Pillow's name of the format.
        parameters: of its encoder.
    """

    def write(strips: Strips, path: Path, options: FileOptions) -> None:
        picture_of(strips).save(
            path,
            kind,
            quality=options.quality,
            icc_profile=srgb_profile(),
            exif=_resolution(options.dpi),
            **parameters,
        )

    return write


def _resolution(dpi: float | None) -> bytes:
    """Say the resolution in EXIF, in formats that have no other place for it."""
    if not dpi:
        return b""
    exif = Image.Exif()
    exif[Base.XResolution] = exif[Base.YResolution] = dpi
    exif[Base.ResolutionUnit] = _INCH
    return exif.tobytes()
