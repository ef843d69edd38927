"""PMTiles: a pyramid in one file, as maps have it."""

import gzip
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...options import FileOptions
from ..strips import PlainCells, Strips
from .levels import Level, levels_of
from .splicing import can_be_spliced, splice
from .tile_file import TileFile
from .tiling import TileForm, write_tiles

_TILE: Final = (256, 256)
_CELLS: Final = range(64, 1025)  # sides of cells, in pixels, that are good tiles
_HEADER_BYTES: Final = 127
_FIRST_BYTES: Final = 16_384  # in which header and root directory have to lie
_ROOT_BYTES: Final = _FIRST_BYTES - _HEADER_BYTES
_LEAF_ENTRIES: Final = 4_096
_E7: Final = 10_000_000  # coordinates are counted in 1e-7 degrees
_MOST_LATITUDE: Final = 85.05112878  # upper edge of maps in Web Mercator


def write_pmtiles(strips: Strips, path: Path, options: FileOptions) -> None:
    """Write a PMTiles archive of JPEGs.

    The picture lies at the top left of a square world of 2**zoom tiles a side; beside it, tiles
    are white, as is what is transparent. Tiles with the same contents share them.

    Args:
        strips: the picture.
        path: a new file.
        options: quality.

    Raises:
        OSError: it cannot be written.
        RenderingError: a tile cannot be drawn.
    """
    cells = strips.cells if _can_be_tiles(strips.cells) else None
    tile = _TILE if cells is None else cells.size
    levels = levels_of(strips.size, tile, 2, tile)
    form = TileForm(options.quality, 2, "white")
    with path.open("w+b", buffering=0) as stream:
        stream.truncate(_FIRST_BYTES)
        file = TileFile(stream, levels, share=True)
        if cells is not None:
            splice(cells, levels, form, file)
        else:
            write_tiles(strips, levels, form, file.put)
        _write_directories(stream, file, levels)


def _can_be_tiles(cells: PlainCells | None) -> bool:
    return (
        cells is not None
        and can_be_spliced(cells)
        and cells.size[0] == cells.size[1]
        and cells.size[0] in _CELLS
    )


class Entries(NamedTuple):
    """Where runs of tiles stand, by ascending id."""

    ids: NDArray[np.int64]
    """Of the first tile of each run."""
    offsets: NDArray[np.int64]
    """Of its contents, behind the first bytes of the file."""
    lengths: NDArray[np.int64]
    """In bytes."""
    runs: NDArray[np.int64]
    """How many tiles with following ids have the same contents."""


def _write_directories(stream: IO[bytes], file: TileFile, levels: Sequence[Level]) -> None:
    """Write metadata and leaf directories behind the tiles, header and root before them."""
    from pmtiles.tile import Compression, TileType, serialize_header

    entries = _entries(file, levels)
    root, leaves = _directories(entries)
    metadata = gzip.compress(json.dumps({"name": "mosaic", "format": "jpeg"}).encode(), mtime=0)
    east, south = _far_corner(levels[0], len(levels) - 1)
    header: Any = {
        "root_offset": _HEADER_BYTES,
        "root_length": len(root),
        "metadata_offset": file.end,
        "metadata_length": len(metadata),
        "leaf_directory_offset": file.end + len(metadata),
        "leaf_directory_length": len(leaves),
        "tile_data_offset": _FIRST_BYTES,
        "tile_data_length": file.end - _FIRST_BYTES,
        "addressed_tiles_count": sum(level.columns * level.rows for level in levels),
        "tile_entries_count": len(entries.ids),
        "tile_contents_count": file.contents,
        "clustered": False,
        "internal_compression": Compression.GZIP,
        "tile_compression": Compression.NONE,
        "tile_type": TileType.JPEG,
        "min_zoom": 0,
        "max_zoom": len(levels) - 1,
        "min_lon_e7": -_E7 * 180,
        "max_lat_e7": round(_E7 * _MOST_LATITUDE),
        "max_lon_e7": round(_E7 * east),
        "min_lat_e7": round(_E7 * south),
    }
    stream.seek(file.end)
    stream.write(metadata)
    stream.write(leaves)
    stream.seek(0)
    stream.write(serialize_header(header))
    stream.write(root)


def _entries(file: TileFile, levels: Sequence[Level]) -> Entries:
    ids, offsets, lengths = [], [], []
    for number, level in enumerate(levels):
        y, x = np.indices((level.rows, level.columns))
        ids.append(tile_ids(len(levels) - 1 - number, x.ravel(), y.ravel()))
        places = file.places(number)
        offsets.append(places[0].ravel() - _FIRST_BYTES)
        lengths.append(places[1].ravel())
    order = np.argsort(np.concatenate(ids))
    tile, offset, length = (np.concatenate(part)[order] for part in (ids, offsets, lengths))
    goes_on = (np.diff(tile) == 1) & (np.diff(offset) == 0)
    first = np.flatnonzero(np.concatenate([[True], ~goes_on]))
    runs = np.diff(np.append(first, len(tile)))
    return Entries(tile[first], offset[first], length[first], runs)


def tile_ids(zoom: int, x: NDArray[np.intp], y: NDArray[np.intp]) -> NDArray[np.int64]:
    """Give the ids of tiles: places on a Hilbert curve, after those of all lower zoom levels.

    Source: PMTiles specification 3.4; `pmtiles.tile.zxy_to_tileid` gives one id.

    Args:
        zoom: level; 0 is a single tile.
        x: columns of tiles from the left, shape (tiles,).
        y: rows of tiles from the top, shape (tiles,).
    """
    x, y = x.astype(np.int64), y.astype(np.int64)
    ids = np.full(len(x), (4**zoom - 1) // 3, np.int64)
    for bit in reversed(range(zoom)):
        side = 1 << bit
        right, lower = x & side, y & side
        ids += ((3 * right) ^ lower) << bit
        turned, mirrored = lower == 0, (lower == 0) & (right != 0)
        x, y = np.where(mirrored, side - 1 - x, x), np.where(mirrored, side - 1 - y, y)
        x, y = np.where(turned, y, x), np.where(turned, x, y)
    return ids


def _directories(entries: Entries) -> tuple[bytes, bytes]:
    """Give the root directory and, where that would be too large for all entries, leaves."""
    count, step = len(entries.ids), _LEAF_ENTRIES
    if count <= step:
        root = directory(entries)
        if len(root) <= _ROOT_BYTES:
            return root, b""
    while True:
        leaves = [
            directory(Entries(*(part[start : start + step] for part in entries)))
            for start in range(0, count, step)
        ]
        lengths = np.array([len(leaf) for leaf in leaves])
        first, no_runs = entries.ids[::step], np.zeros_like(lengths)
        root = directory(Entries(first, lengths.cumsum() - lengths, lengths, no_runs))
        if len(root) <= _ROOT_BYTES:
            return root, b"".join(leaves)
        step *= 2


def directory(entries: Entries) -> bytes:
    """Encode a directory.

    Source: PMTiles specification 3.4; `pmtiles.tile.serialize_directory` gives the same, but takes
    8 s for a million entries.
    """
    follows = entries.offsets[1:] == (entries.offsets + entries.lengths)[:-1]
    places = entries.offsets + 1
    places[1:][follows] = 0
    steps = np.diff(entries.ids, prepend=0)
    numbers = np.concatenate([[len(steps)], steps, entries.runs, entries.lengths, places])
    return gzip.compress(_varints(numbers), mtime=0)


def _varints(numbers: NDArray[np.int64]) -> bytes:
    """Encode numbers in seven bits a byte, low ones first; the eighth says that more follow."""
    rest = numbers[:, None] >> np.arange(0, 63, 7)
    is_used = rest > 0
    is_used[:, 0] = True
    sevens = (rest & 0x7F).astype(np.uint8)
    sevens[:, :-1] |= is_used[:, 1:].astype(np.uint8) << 7
    return sevens[is_used].tobytes()


def _far_corner(level: Level, zoom: int) -> tuple[float, float]:
    """Give longitude and latitude of the picture's lower right corner on a map of the world."""
    width, height = (
        length / (side << zoom) for length, side in zip(level.size, level.tile, strict=True)
    )
    return 360 * width - 180, math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * height))))
