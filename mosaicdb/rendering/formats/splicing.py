"""Splice a pyramid: cells are the tiles of its largest level, and each picture is encoded once."""

import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import islice
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...records import Size
from ..compose import compose_row
from ..jpeg_encoder import encode_jpeg
from ..strips import PlainCells
from ..threads import THREADS, map_in_threads
from ..tile_cache import TileCache
from .jpeg_mosaic import MCU, JpegMosaic
from .levels import Level
from .tile_file import TileFile
from .tiling import Pixels, TileForm, Tiler

_KEPT: Final = 32 << 20  # bytes of pictures at half their size that are kept in memory
_MANY: Final = 256  # pictures whose encoded data are in memory at a time
_Row = NDArray[np.intp]


def can_be_spliced(cells: PlainCells | None) -> bool:
    """Say whether cells can be the tiles of a file."""
    return cells is not None and not (cells.size[0] % MCU or cells.size[1] % MCU)


class _Encoded(NamedTuple):
    """A picture, encoded for the levels that show it."""

    jpeg: bytes
    half: bytes
    """At half its size, as a part of a tile; empty where none is needed."""
    small: Pixels
    """In the size that it has on the largest level that is drawn."""


def splice(cells: PlainCells, levels: Sequence[Level], form: TileForm, file: TileFile) -> None:
    """Write a pyramid whose largest level has a tile for each cell.

    No pixel of the largest level is drawn: pictures are encoded once each. So is the next one's,
    with a ratio of 2, where half a cell is a multiple of 16 pixels: its tiles are put together from
    four JPEGs. Levels below are drawn from a smaller version of each picture, which is made once
    and kept, in bounded memory, until no row below shows it.

    Args:
        cells: the picture.
        levels: of which the first has tiles of the cells' size.
        form: how tiles are made.
        file: where to.

    Raises:
        OSError: the disk is full.
        RenderingError: there is no room for temporary files.
    """
    half = cells.size[0] // 2, cells.size[1] // 2
    has_halves = form.ratio == 2 and len(levels) > 1 and not (half[0] % MCU or half[1] % MCU)
    spliced = 2 if has_halves else 1
    ratio = form.ratio**spliced if len(levels) > spliced else MCU
    small = cells.size[0] // ratio, cells.size[1] // ratio
    last_rows = _last_rows(cells.numbers)
    contents, count = np.empty(len(last_rows), np.int64), 0
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(THREADS, "mosaicdb"))
        smaller = stack.enter_context(TileCache(small))
        below = Tiler(levels[spliced:], form, file.put, pool, spliced) if ratio < MCU else None
        halves = stack.enter_context(_Halves(half, form.quality)) if has_halves else None
        mosaic = None if halves is None else halves.mosaic
        encode = partial(_encoded, quality=form.quality, ratio=ratio, mosaic=mosaic)
        pictures = map_in_threads(encode, cells.pictures)
        for row, numbers in enumerate(cells.numbers):
            while count <= numbers.max():
                new = list(islice(pictures, min(_MANY, int(numbers.max()) + 1 - count)))
                contents[count : count + len(new)] = file.add([picture.jpeg for picture in new])
                if halves:
                    halves.add([picture.half for picture in new])
                for number, picture in enumerate(new if below else (), count):
                    smaller.put(number, picture.small)
                count += len(new)
            file.place(0, row, contents[numbers])
            if halves and row % 2:
                file.put(1, row // 2, halves.joined(cells.numbers[row - 1 : row + 1]))
            if below:
                below.take(_drawn(numbers, smaller, small))
                for number in np.unique(numbers[last_rows[numbers] == row]).tolist():
                    smaller.drop(number)
        if halves and len(cells.numbers) % 2:
            file.put(1, levels[1].rows - 1, halves.joined(cells.numbers[-1:]))
        if below:
            below.finish()


def _encoded(pixels: Pixels, quality: int, ratio: int, mosaic: JpegMosaic | None) -> _Encoded:
    picture = Image.fromarray(pixels)
    half = b"" if mosaic is None else mosaic.part(picture.reduce(2))
    return _Encoded(encode_jpeg(picture, quality), half, np.asarray(picture.reduce(ratio)))


class _Halves:
    """Pictures at half their size, in a temporary file, to be put together into tiles."""

    def __init__(self, size: Size, quality: int) -> None:
        self.mosaic = JpegMosaic(size, quality)
        self._stream = tempfile.TemporaryFile(prefix="mosaicdb-halves-", buffering=0)  # noqa: SIM115
        self._file = TileFile(self._stream, [], share=True, kept=_KEPT)
        white = self.mosaic.part(Image.new("RGB", size, "white"))
        self._white = self.mosaic.intervals(white)

    def __enter__(self) -> "_Halves":
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def add(self, halves: list[bytes]) -> None:
        """Keep the next pictures."""
        self._file.add(halves)

    def joined(self, numbers: NDArray[np.intp]) -> list[bytes]:
        """Put two rows of cells, or the last one, together into a row of tiles.

        Args:
            numbers: which picture each cell shows, shape (1 or 2, columns).
        """
        _, columns = numbers.shape
        lines = {
            number: self.mosaic.intervals(self._file.read(number))
            for number in np.unique(numbers).tolist()
        }
        rows = [[lines[number] for number in row] for row in numbers.tolist()]
        for row in rows:
            row.extend([self._white] * (columns % 2))
        upper, lower = rows if len(rows) == 2 else (rows[0], [self._white] * len(rows[0]))
        return [
            self.mosaic.joined([*upper[column : column + 2], *lower[column : column + 2]])
            for column in range(0, columns, 2)
        ]


def _last_rows(numbers: NDArray[np.intp]) -> _Row:
    """Give the last row that shows each picture, shape (pictures,)."""
    rows = np.empty(int(numbers.max()) + 1, np.intp)
    for row, shown in enumerate(numbers):
        rows[shown] = row
    return rows


def _drawn(numbers: _Row, smaller: TileCache, size: Size) -> Pixels:
    """Draw a row of cells from the smaller versions of their pictures."""
    tiles = np.empty((len(numbers), size[1], size[0], 3), np.uint8)
    for column, number in enumerate(numbers.tolist()):
        tiles[column] = smaller.get(number)
    return compose_row(tiles)
