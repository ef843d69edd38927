"""Write pictures: the extension chooses the format."""

import os
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

from PIL import Image, features

from ...atomic import is_device, replacing, replacing_folder, sha256_of
from ...errors import RenderingError, UsageError, printable
from ...object_storage import is_url
from ...options import (
    PICTURE_EXTENSIONS,
    PYRAMID_EXTENSIONS,
    SHARING_EXTENSIONS,
    FileOptions,
    alternatives,
)
from ...records import Size
from ..strips import Strips, strips_of
from . import jpeg, png, tiff
from .deep_zoom import folder_of_tiles, is_folder_of_tiles, write_dzi, write_szi
from .format import Format
from .jpeg import write_jpeg
from .map_tiles import write_pmtiles
from .png import write_png
from .tiff import write_tiff
from .whole import whole

_JPEG: Final = Format("a JPEG", write_jpeg, jpeg.MOST_SIDE, streams=True)
_PNG: Final = Format("a PNG", write_png, png.MOST_SIDE, streams=True)
_WEBP: Final = Format("a WebP", whole("WEBP"), 16_383, needs="webp")
_AVIF: Final = Format(  # what libavif, and so browsers, read
    "an AVIF", whole("AVIF", speed=8), 32_768, most_pixels=16_384**2, needs="avif"
)
_TIFF: Final = Format("a TIFF", write_tiff, tiff.MOST_SIDE)

FORMATS: Final = {
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".png": _PNG,
    ".webp": _WEBP,
    ".avif": _AVIF,
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".dzi": Format("a Deep Zoom picture", write_dzi, folder_of=folder_of_tiles),
    ".szi": Format("a Deep Zoom archive", write_szi, streams=True),
    ".pmtiles": Format("a PMTiles archive", write_pmtiles),
}
"""By extension."""


def check_output(
    path: Path,
    size: Size,
    options: FileOptions = FileOptions(),  # noqa: B008 - frozen
) -> None:
    """Check that a picture of a size can be written to a path.

    Args:
        path: where to; its suffix chooses the format.
        size: width and height of the picture in pixels.
        options: how it is encoded.

    Raises:
        UsageError: the suffix stands for no format that can be written, or for one that has no
            pyramid or no shared tiles where these are asked for, or that a device or a pipe cannot
            take, or the folder that belongs to the file holds something else.
        RenderingError: the format cannot hold so many pixels, or this Pillow cannot write it.
    """
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        names = alternatives(PICTURE_EXTENSIONS)
        raise UsageError(f"{printable(path)}: give a name that ends in {names}")
    for is_asked, what, having in (
        (options.pyramid, "pyramid", PYRAMID_EXTENSIONS),
        (options.share_tiles, "tiles to share", SHARING_EXTENSIONS),
    ):
        if is_asked and path.suffix.lower() not in having:
            raise UsageError(
                f"{printable(path)}: {kind.name} has no {what}: give a name that ends in "
                f"{alternatives(having)}"
            )
    if excess := kind.excess(size):
        others = alternatives([end for end, other in FORMATS.items() if other.holds(size)])
        raise RenderingError(
            f"{printable(path)}: {size[0]:,} x {size[1]:,} pixels are more than {kind.name} can "
            f"hold ({excess}): write a {others}, or use fewer or smaller cells"
        )
    if kind.needs is not None and not features.check(kind.needs):
        raise RenderingError(
            f"{printable(path)}: the Pillow that is installed was built without {kind.needs}: "
            "name another format"
        )
    if is_device(path) and not kind.streams:
        others = alternatives([end for end, other in FORMATS.items() if other.streams])
        raise UsageError(
            f"{printable(path)}: {kind.name} cannot be written to a device or a pipe: name a file, "
            f"or write a {others}"
        )
    if is_url(path) and kind.folder_of is not None:
        raise UsageError(
            f"{printable(path)}: {kind.name} is a folder of files, which object storage does not "
            "take: write a .szi or a .pmtiles"
        )
    folder = folder_beside(path)
    if folder is not None and folder.exists() and not is_folder_of_tiles(folder, path):
        raise UsageError(
            f"{printable(path)}: its tiles would replace {printable(folder)}, which holds "
            "something else: give another name"
        )


def folder_beside(path: Path) -> Path | None:
    """Give the folder that a picture takes the place of, beside that of a file of a name.

    Args:
        path: where the picture is written to. If it is a symbolic link, the folder is beside the
            file that it leads to.

    Returns:
        The folder; None: the format has none.
    """
    kind = FORMATS.get(path.suffix.lower())
    return None if kind is None or kind.folder_of is None or is_url(path) else kind.folder_of(path)


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
    check_output(path, strips.size, options)
    kind = FORMATS[path.suffix.lower()]
    with ExitStack() as stack:
        temporary = stack.enter_context(replacing(path))
        folder, new_folder = folder_beside(path), folder_beside(temporary)
        if folder is not None and new_folder is not None:
            file = Path(os.path.realpath(path))
            stack.enter_context(replacing_folder(folder, new_folder, file))
        stack.enter_context(closing(strips))
        kind.write(strips, temporary, options)
        return sha256_of(temporary)


def save_picture(
    picture: Image.Image, path: Path, quality: int = FileOptions().quality
) -> str | None:
    """Write a whole picture; see `write_picture`.

    Args:
        picture: in sRGB.
        path: where to; its suffix chooses the format.
        quality: of a JPEG, WebP or AVIF, 1 to 100.
    """
    return write_picture(strips_of(picture), path, FileOptions(quality=quality))
