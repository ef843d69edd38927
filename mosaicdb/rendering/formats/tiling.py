"""Cut a picture into the tiles of a pyramid while its strips go by."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...records import Size
from ..jpeg_encoder import encode_jpeg
from ..strips import Strips
from ..threads import THREADS
from .levels import Level

Pixels = NDArray[np.uint8]
PutTiles = Callable[[int, int, list[bytes]], None]
"""Takes the JPEGs of a row of tiles: (level, row, tiles from the left)."""
Padding = Literal["edge", "white"]
"""What fills a tile that reaches beyond the picture: its last pixels again, or white."""


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
        shape = self._level.tile[1], self._level.size[0], 3
        self._band, self._other = np.empty(shape, np.uint8), np.empty(shape, np.uint8)
        self._filled = 0
        self._encoding: list[Future[tuple[bytes, Pixels | None]]] = []

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
        width = self._level.tile[0]
        band = self._band[: self._filled]
        parts = (band[:, left : left + width] for left in range(0, self._level.size[0], width))
        self._encoding = [self._pool.submit(self._encoded, part) for part in parts]
        self._band, self._other, self._filled = self._other, self._band, 0

    def _settle(self) -> None:
        if not self._encoding:
            return
        tiles = [future.result() for future in self._encoding]
        self._encoding = []
        self._put(self._number, self._row, [jpeg for jpeg, _ in tiles])
        self._row += 1
        if self._next:
            smaller = [part for _, part in tiles if part is not None]
            self._next.take(np.concatenate(smaller, axis=1))

    def _encoded(self, part: Pixels) -> tuple[bytes, Pixels | None]:
        """Encode a tile, and give it in the size that it has on the next level."""
        picture = Image.fromarray(np.ascontiguousarray(part))
        smaller = np.asarray(picture.reduce(self._form.ratio)) if self._next else None
        if self._form.padding and picture.size != self._level.tile:
            picture = Image.fromarray(_padded(part, self._level.tile, self._form.padding))
        return encode_jpeg(picture, self._form.quality), smaller


def _padded(part: Pixels, size: Size, padding: Padding) -> Pixels:
    height, width, _ = part.shape
    missing = (0, size[1] - height), (0, size[0] - width), (0, 0)
    if padding == "edge":
        return np.pad(part, missing, mode="edge")
    return np.pad(part, missing, constant_values=255)
