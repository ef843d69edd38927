"""Give the tiles of a mosaic row by row, each read once, in bounded memory."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..records import EMPTY_CELL, Size
from ..rendering import TileCache, mean_colours
from ..store import Database
from .drawing import Pixels, TileRow, load_views
from .views import View, Views

_AT_ONCE: Final = 4_000_000  # pixels of thumbnails that are decoded at once


def rows_of_views(
    views: Views,
    size: Size,
    pictures: Callable[[Sequence[View]], Generator[Pixels, None, None]],
    *,
    with_means: bool,
) -> Generator[TileRow, None, None]:
    """Yield the tiles of each row of cells, as `TileSource.rows` does; each view is read once.

    What is needed again in a row further down is kept until its last row: see `TileCache`.

    Args:
        views: what the cells show.
        size: width and height of a tile in pixels.
        pictures: yields the pixels of some views in their order; those of one tile stand together.
        with_means: whether mean colours are needed.
    """
    order, last_rows = _in_order(views), _last_rows(views)
    width, height = size
    means: dict[int, NDArray[np.float64]] = {}
    with (
        closing(pictures([views.shown[number] for number in order])) as arriving,
        TileCache(size) as cache,
    ):
        arrived = zip(order, arriving, strict=True)
        for row, numbers in enumerate(views.numbers.tolist()):
            tiles = np.empty((len(numbers), height, width, 3), np.uint8)
            row_means = np.zeros((len(numbers), 3)) if with_means else None
            placed: dict[int, Pixels] = {}
            for column, number in enumerate(numbers):
                if number == EMPTY_CELL:
                    continue
                if number not in placed and number in cache:
                    placed[number] = cache.get(number)
                while number not in placed:  # before it come other views of its photo
                    another, pixels = next(arrived)
                    placed[another] = pixels
                    if with_means:
                        means[another] = mean_colours(pixels[None])[0]
                tiles[column] = placed[number]
                if row_means is not None:
                    row_means[column] = means[number]
            for number, pixels in placed.items():
                if last_rows[number] == row:
                    cache.drop(number)
                    means.pop(number, None)
                elif number not in cache:
                    cache.put(number, pixels)
            yield tiles, row_means


def _in_order(views: Views) -> list[int]:
    """Order views by the first cells that show their tiles, those of one tile together."""
    first_of_tile = views.first_of_tile
    flat = views.numbers[views.numbers != EMPTY_CELL]
    tiles, first_cells = np.unique(first_of_tile[flat], return_index=True)
    cells = first_cells[np.searchsorted(tiles, first_of_tile)]
    order: list[int] = np.argsort(cells, kind="stable").tolist()
    return order


def _last_rows(views: Views) -> list[int]:
    """Give the last row that shows each view."""
    last = np.zeros(len(views.shown), np.intp)
    filled = views.numbers != EMPTY_CELL
    np.maximum.at(last, views.numbers[filled], np.nonzero(filled)[0])
    return last.tolist()


class StoredThumbnails:
    """Thumbnails, and crops of overviews, as `TileSource`, decoded as they are needed.

    Args:
        database: holds them; it has to be open while they are read.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def size(self) -> Size:
        """Give width and height of a thumbnail in pixels."""
        return self._database.thumb_res

    @property
    def thumbnails(self) -> "StoredThumbnails":
        """Give these."""
        return self

    def rows(self, views: Views, *, with_means: bool) -> Generator[TileRow, None, None]:
        """Yield the tiles of each row of cells; each view is decoded once."""
        return rows_of_views(views, self.size, self.pictures, with_means=with_means)

    def pictures(self, views: Sequence[View]) -> Generator[Pixels, None, None]:
        """Yield some views in their order.

        Raises:
            RenderingError: a thumbnail or an overview is missing or damaged: see `mosaicdb check`.
        """
        width, height = self.size
        at_once = max(1, _AT_ONCE // (width * height))
        for start in range(0, len(views), at_once):
            some = views[start : start + at_once]
            yield from load_views(self._database, some).pictures(some)
