"""Formats whose encoder takes a whole picture: it is put together in memory."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...options import FileOptions
from ..colour_space import srgb_profile
from ..strips import Strips, picture_of


def whole(kind: str, *, opaque: bool = False) -> Callable[[Strips, Path, FileOptions], None]:
    """Give a writer by Pillow.

    Args:
        kind: Pillow's name of the format.
        opaque: whether it holds no opacity.
    """

    def write(strips: Strips, path: Path, options: FileOptions) -> None:
        picture = picture_of(strips)
        resolution: dict[str, Any] = {"dpi": (options.dpi, options.dpi)} if options.dpi else {}
        if opaque and picture.mode != "RGB":  # of a large picture a copy is a lot
            picture = picture.convert("RGB")
        picture.save(path, kind, quality=options.quality, icc_profile=srgb_profile(), **resolution)

    return write
