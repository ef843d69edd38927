"""Tiled BigTIFF, with or without a pyramid."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ...options import FileOptions
from ..colour_space import srgb_profile
from ..strips import Strips
from .levels import Level, levels_of
from .splicing import can_be_spliced, splice
from .tile_file import TileFile
from .tiling import TileForm, write_tiles

MOST_SIDE: Final = 2**31 - 1
"""Pixels a side of a TIFF that readers hold in 32 bits with a sign."""

_TILE: Final = (256, 256)
_RATIO: Final = 4  # a level more is 7 % more pixels; with 2, it is 33 %
_KEPT: Final = 32 << 20  # bytes of tiles that are to be copied
_REDUCED: Final = 1  # NewSubfileType: a smaller version of another picture in the file
_JPEG: Final = {"Compression": 7, "YCbCrSubSampling": (2, 2)}
"""What the tiles are. tifffile itself writes it only beside imagecodecs, 45 MB that encode nothing
here, so that directories say zlib until they are complete."""


def write_tiff(strips: Strips, path: Path, options: FileOptions) -> None:
    """Write a BigTIFF of JPEG-compressed tiles.

    A pyramid is a chain of directories, from the picture to its smallest version, as libvips,
    OpenSlide and GDAL read it. What is transparent is white.

    Args:
        strips: the picture.
        path: a new file.
        options: quality, resolution, and whether there is a pyramid.

    Raises:
        OSError: it cannot be written.
        RenderingError: a tile cannot be drawn.
    """
    cells = strips.cells if can_be_spliced(strips.cells) else None
    least = _TILE if options.pyramid else strips.size
    levels = levels_of(strips.size, _TILE, _RATIO, least)
    if cells is not None:
        levels[0] = Level(strips.size, cells.size)
    form = TileForm(options.quality, _RATIO, "edge")
    _write_directories(path, levels, options.dpi)
    with path.open("r+b", buffering=0) as stream:
        kept = 0 if options.share_tiles or cells is None else _KEPT
        file = TileFile(stream, levels, share=options.share_tiles, kept=kept)
        if cells is not None:
            splice(cells, levels, form, file)
        else:
            write_tiles(strips, levels, form, file.put)
    _fill_in(path, file, len(levels))


def _write_directories(path: Path, levels: Sequence[Level], dpi: float | None) -> None:
    """Write a file whose tiles are all empty, in which there is room for where they will stand."""
    import tifffile

    resolution: dict[str, Any] = {"resolution": (dpi, dpi), "resolutionunit": "INCH"} if dpi else {}
    with tifffile.TiffWriter(path, bigtiff=True) as writer:
        for number, level in enumerate(levels):
            writer.write(
                iter([b""] * (level.columns * level.rows)),
                shape=(level.size[1], level.size[0], 3),
                dtype="uint8",
                tile=level.tile[::-1],
                photometric="ycbcr",
                compression="zlib",
                subfiletype=_REDUCED if number else 0,
                metadata=None,
                software=False,
                iccprofile=None if number else srgb_profile(),
                **(resolution if number == 0 else {}),
            )


def _fill_in(path: Path, file: TileFile, levels: int) -> None:
    """Write what the tiles are, and where they stand, into the directories."""
    import tifffile

    with tifffile.TiffFile(path, mode="r+") as tiff:
        for number in range(levels):
            tags = tiff.pages[number].aspage().tags
            for name, value in _JPEG.items():
                tags[name].overwrite(value)
            offsets, lengths = file.places(number)
            for name, values in (("TileOffsets", offsets), ("TileByteCounts", lengths)):
                tag = tags[name]
                width = tag.valuebytecount // tag.count
                tiff.filehandle.seek(tag.valueoffset)
                tiff.filehandle.write(values.astype(f"<u{width}").tobytes())
