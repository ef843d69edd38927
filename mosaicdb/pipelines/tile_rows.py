"""Give the tiles of a mosaic row by row, each read once, in bounded memory."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import RenderingError
from ..records import EMPTY_CELL, Size
from ..rendering import TileCache, decode_thumbnails, mean_colours
from ..store import Database, load_thumbnails
from .drawing import Pixels, TileRow

_AT_ONCE: Final = 4_000_000  # pixels of thumbnails that are decoded at once


def rows_of_tiles(
    tile_ids: NDArray[np.int64],
    size: Size,
    pictures: Callable[[list[int]], Generator[Pixels, None, None]],
    *,
    with_means: bool,
) -> Iterator[TileRow]:
    """Yield the tiles of each row of cells, as `TileSource.rows` does; each is read once.

    What is needed again in a row further down is kept until its last row: see `TileCache`.

    Args:
        tile_ids: of each cell, shape (rows, columns).
        size: width and height of a tile in pixels.
        pictures: yields the pixels of some tiles in their order.
        with_means: whether mean colours are needed.
    """
    first_ids, last_rows = _uses(tile_ids)
    width, height = size
    means: dict[int, NDArray[np.float64]] = {}
    with closing(pictures(first_ids)) as arriving, TileCache(size) as cache:
        for row, ids in enumerate(tile_ids.tolist()):
            tiles = np.empty((len(ids), height, width, 3), np.uint8)
            row_means = np.zeros((len(ids), 3)) if with_means else None
            placed: dict[int, Pixels] = {}
            for column, tile_id in enumerate(ids):
                if tile_id == EMPTY_CELL:
                    continue
                if tile_id not in placed:
                    is_known = tile_id in cache
                    placed[tile_id] = cache.get(tile_id) if is_known else next(arriving)
                    if with_means and not is_known:
                        means[tile_id] = mean_colours(placed[tile_id][None])[0]
                tiles[column] = placed[tile_id]
                if row_means is not None:
                    row_means[column] = means[tile_id]
            for tile_id, pixels in placed.items():
                if last_rows[tile_id] == row:
                    cache.drop(tile_id)
                    means.pop(tile_id, None)
                elif tile_id not in cache:
                    cache.put(tile_id, pixels)
            yield tiles, row_means


def _uses(tile_ids: NDArray[np.int64]) -> tuple[list[int], dict[int, int]]:
    """Give tile ids in the order of their first cells, and the last row that shows each."""
    flat = tile_ids[tile_ids != EMPTY_CELL]
    ids, first = np.unique(flat, return_index=True)
    rows = np.nonzero(tile_ids != EMPTY_CELL)[0]
    _, from_end = np.unique(flat[::-1], return_index=True)
    last_rows = rows[len(flat) - 1 - from_end]
    return ids[np.argsort(first)].tolist(), dict(zip(ids.tolist(), last_rows.tolist(), strict=True))


class StoredThumbnails:
    """The thumbnails of a database as `TileSource`, decoded as they are needed.

    Args:
        database: holds them; it has to be open while they are read.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def size(self) -> Size:
        """Give width and height of a thumbnail in pixels."""
        return self._database.thumb_res

    def rows(self, tile_ids: NDArray[np.int64], *, with_means: bool) -> Iterator[TileRow]:
        """Yield the thumbnails of each row of cells; each is decoded once."""
        return rows_of_tiles(tile_ids, self.size, self.pictures, with_means=with_means)

    def pictures(self, tile_ids: list[int]) -> Generator[Pixels, None, None]:
        """Yield some of the thumbnails in their order.

        Raises:
            RenderingError: one is missing or damaged: see `mosaicdb check`.
        """
        width, height = self.size
        at_once = max(1, _AT_ONCE // (width * height))
        for start in range(0, len(tile_ids), at_once):
            some = tile_ids[start : start + at_once]
            jpegs = dict(load_thumbnails(self._database, some))
            if lacking := [tile_id for tile_id in some if tile_id not in jpegs]:
                raise RenderingError(f"tile {lacking[0]} has no thumbnail: see `mosaicdb check`")
            yield from decode_thumbnails([jpegs[tile_id] for tile_id in some], self.size)
