"""Cut a picture into the tiles of a pyramid while its strips go by."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..jpeg_encoder import encode_jpeg
from ..strips import Strips
from ..threads import THREADS
from .levels import Level

Pixels = NDArray[np.uint8]
PutTiles = Callable[[int, int, list[bytes]], None]
"""Takes the JPEGs of a row of tiles: (level, row, tiles from the left)."""
Padding = Literal["edge", "white"]
"""What fills a tile that reaches beyond the picture: its last pixels again, or white."""


_MOST_AT_ONCE: Final = 16  # tiles that a thread encodes before it takes others


@dataclass(frozen=True, slots=True)
class TileForm:
    """How tiles are made."""

    quality: int
    """Of the JPEGs, 1 to 100."""
    ratio: int = 2
    """How many pixels of a level, across and down, become one of the next."""
    padding: Padding | None = None
    """What fills tiles at the right and the bottom; None: they are smaller."""


def write_tiles(strips: Strips, levels: Sequence[Level], form: TileForm, put: PutTiles) -> None:
    """Cut a picture, and the smaller versions of it, into tiles.

    Of each level two rows of tiles are in memory at a time: with tiles of 256 pixels and a ratio of
    2, about 3 KB for a pixel of the picture's width.

    Args:
        strips: the picture; opacity is ignored.
        levels: see `levels_of`.
        form: how tiles are made.
        put: called with each row of tiles, of a level from the top.
    """
    with ThreadPoolExecutor(THREADS, "mosaicdb") as pool:
        tiler = Tiler(levels, form, put, pool)
        for strip in strips.rows:
            tiler.take(strip[..., :3])
        tiler.finish()


class Tiler:
    """Gathers lines of a level into rows of tiles, and gives the next level its lines.

    While threads encode a row of tiles, the next one is gathered.

    Args:
        levels: this one and the smaller ones.
        form: how tiles are made.
        put: see `write_tiles`.
        pool: encodes.
        number: of this level.
    """

    def __init__(
        self,
        levels: Sequence[Level],
        form: TileForm,
        put: PutTiles,
        pool: ThreadPoolExecutor,
        number: int = 0,
    ) -> None:
        self._level = levels[0]
        self._form = form
        self._put = put
        self._pool = pool
        self._number = number
        self._next = Tiler(levels[1:], form, put, pool, number + 1) if levels[1:] else None
        self._row = 0
        self._at_once = max(1, min(_MOST_AT_ONCE, self._level.columns // (2 * THREADS)))
        shape = self._level.tile[1], self._level.size[0], 3
        self._band, self._other = np.empty(shape, np.uint8), np.empty(shape, np.uint8)
        self._filled = 0
        self._encoding: list[Future[tuple[list[bytes], Pixels | None]]] = []

    def take(self, lines: Pixels) -> None:
        """Take the next lines of the level's picture, shape (any height, width, 3)."""
        height = self._level.tile[1]
        while len(lines):
            count = min(len(lines), height - self._filled)
            self._band[self._filled : self._filled + count] = lines[:count]
            self._filled += count
            lines = lines[count:]
            if self._filled == height:
                self._encode()

    def finish(self) -> None:
        """Put what is left, of this level and of the smaller ones."""
        if self._filled:
            self._encode()
        self._settle()
        if self._next:
            self._next.finish()

    def _encode(self) -> None:
        """Have the row of tiles encoded that was gathered, and put the one before."""
        self._settle()
        step = self._level.tile[0] * self._at_once
        band = self._band[: self._filled]
        parts = (band[:, left : left + step] for left in range(0, self._level.size[0], step))
        self._encoding = [self._pool.submit(self._encoded, part) for part in parts]
        self._band, self._other, self._filled = self._other, self._band, 0

    def _settle(self) -> None:
        if not self._encoding:
            return
        parts = [future.result() for future in self._encoding]
        self._encoding = []
        self._put(self._number, self._row, [jpeg for jpegs, _ in parts for jpeg in jpegs])
        self._row += 1
        if self._next:
            smaller = [pixels for _, pixels in parts if pixels is not None]
            self._next.take(np.concatenate(smaller, axis=1))

    def _encoded(self, part: Pixels) -> tuple[list[bytes], Pixels | None]:
        """Encode some tiles, and give them in the size that they have on the next level."""
        smaller = reduced(part, self._form.ratio) if self._next else None
        width = self._level.tile[0]
        tiles = (part[:, left : left + width] for left in range(0, part.shape[1], width))
        return [encode_jpeg(self._padded(tile), self._form.quality) for tile in tiles], smaller

    def _padded(self, tile: Pixels) -> Pixels:
        """Fill what a tile lacks beyond the picture."""
        width, height = self._level.tile
        if self._form.padding is None or tile.shape[:2] == (height, width):
            return tile
        missing = (0, height - tile.shape[0]), (0, width - tile.shape[1]), (0, 0)
        if self._form.padding == "edge":
            return np.pad(tile, missing, mode="edge")
        return np.pad(tile, missing, constant_values=255)


def reduced(pixels: Pixels, ratio: int) -> Pixels:
    """Average squares of `ratio` x `ratio` pixels; at the right and the bottom, what is there."""
    return np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).reduce(ratio))
