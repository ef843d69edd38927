"""Deep Zoom: a pyramid as a file and a folder of tiles (.dzi), or both in one file (.szi)."""

import hashlib
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ...options import FileOptions
from ...records import Size
from ..strips import Strips
from .levels import Level, levels_of
from .tiling import TileForm, write_tiles

_TILE: Final = (256, 256)
_PIXEL: Final = (1, 1)
_TILE_NAME: Final = re.compile(r"\d+_\d+\.jpeg", re.ASCII)
_DESCRIPTION: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<Image xmlns="http://schemas.microsoft.com/deepzoom/2008" Format="jpeg" Overlap="0" \
TileSize="{tile}">
  <!-- SHA-256 of the tiles: {content_hash} -->
  <Size Width="{width}" Height="{height}"/>
</Image>
"""


def folder_of_tiles(path: Path) -> Path:
    """Give the folder that belongs to a .dzi: viewers look for it under this name.

    Where the file is a symbolic link, that is the folder beside the file that it leads to.
    """
    place = Path(os.path.realpath(path))
    return place.with_name(f"{place.stem}_files")


def is_folder_of_tiles(folder: Path, path: Path) -> bool:
    """Say whether a folder is that of a .dzi, which stands beside it, or holds nothing.

    Args:
        folder: see `folder_of_tiles`. All that is in it must be levels, numbered from 0, and in
            these files by names of tiles.
        path: of the .dzi.
    """
    if not folder.is_dir():
        return False
    levels = os.listdir(folder)
    if levels and not path.is_file():
        return False
    return {*levels} == {*map(str, range(len(levels)))} and all(
        _is_level(folder / level) for level in levels
    )


def _is_level(folder: Path) -> bool:
    if folder.is_symlink() or not folder.is_dir():
        return False
    with os.scandir(folder) as entries:
        return all(
            entry.is_file(follow_symlinks=False) and _TILE_NAME.fullmatch(entry.name)
            for entry in entries
        )


def deep_zoom_levels(size: Size) -> list[Level]:
    """Give the levels of a Deep Zoom picture: the first one of them has number 0 and one pixel.

    Args:
        size: width and height of the picture in pixels.
    """
    return levels_of(size, _TILE, 2, _PIXEL)[::-1]


def write_dzi(strips: Strips, path: Path, options: FileOptions) -> None:
    """Write a Deep Zoom picture; what is transparent is white.

    Args:
        strips: the picture.
        path: of the file; its tiles go into `folder_of_tiles`, which is there and empty.
        options: quality.

    Raises:
        OSError: it cannot be written.
    """
    folder = folder_of_tiles(path)

    def write(level: int, name: str, jpeg: bytes) -> None:
        (folder / str(level)).mkdir(exist_ok=True)
        (folder / str(level) / name).write_bytes(jpeg)

    path.write_text(_write(strips, options, write), "utf-8")


def write_szi(strips: Strips, path: Path, options: FileOptions) -> None:
    """Write a Deep Zoom picture as one file: a zip archive that compresses nothing.

    Args:
        strips: the picture.
        path: a new file.
        options: quality.

    Raises:
        OSError: it cannot be written.
    """
    # a path would be opened for reading too at first, which ends what reads from a pipe
    with open(path, "wb") as file, zipfile.ZipFile(file, "w") as archive:

        def write(level: int, name: str, jpeg: bytes) -> None:
            archive.writestr(zipfile.ZipInfo(f"mosaic/mosaic_files/{level}/{name}"), jpeg)

        description = _write(strips, options, write)
        archive.writestr(zipfile.ZipInfo("mosaic/mosaic.dzi"), description)


def _write(strips: Strips, options: FileOptions, write: Callable[[int, str, bytes], None]) -> str:
    """Write the tiles, by level and name; give the description of the picture."""
    levels = deep_zoom_levels(strips.size)[::-1]
    content_hash = hashlib.sha256()

    def put(level: int, row: int, jpegs: list[bytes]) -> None:
        for column, jpeg in enumerate(jpegs):
            content_hash.update(jpeg)
            write(len(levels) - 1 - level, f"{column}_{row}.jpeg", jpeg)

    write_tiles(strips, levels, TileForm(options.quality), put)
    width, height = strips.size
    return _DESCRIPTION.format(
        tile=_TILE[0], content_hash=content_hash.hexdigest(), width=width, height=height
    )
