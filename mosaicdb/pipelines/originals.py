"""Give tiles at any size: from the original photos, each decoded once, in the cells' order."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..crops import Crop
from ..errors import PhotoError, RenderingError
from ..executors import Executor
from ..photos import CutPhoto, WantedPhoto, cut_original, enlarged_thumbnail, lost_original
from ..records import EMPTY_CELL, Size
from ..rendering import TileCache, mean_colours
from ..store import Database, find_originals, load_overviews, load_thumbnails
from .drawing import Pixels, TileRow
from .progress import Progress
from .views import View, Views, by_tile

_PHASE: Final = "photos"


class Originals:
    """The photos of some tiles at a size, as `TileSource`.

    A photo whose files are gone, or hold other bytes by now, is drawn from its thumbnail.

    Args:
        database: knows where the photos are.
        views: what will be shown of them.
        size: width and height of a tile in pixels.
        executor: where photos are decoded.
        progress: called with each photo.

    Raises:
        RenderingError: a tile is not in the database any more.
    """

    def __init__(
        self,
        database: Database,
        views: Views,
        size: Size,
        executor: Executor,
        progress: Progress,
    ) -> None:
        self._database = database
        self._executor = executor
        self._progress = progress
        self._size = size
        least = {tile_id: _least(crops) for tile_id, crops in by_tile(views.shown)}
        originals = find_originals(database, least)
        self._wanted = {
            original.tile_id: WantedPhoto(original.tile_id, original.content_hash, original.paths)
            for original in originals
        }
        self.smaller = sum(
            original.width * least[original.tile_id][0] < size[0]
            or original.height * least[original.tile_id][1] < size[1]
            for original in originals
        )
        """How many of the photos have fewer pixels than a cell in what is shown, across or down."""
        self.replaced: list[str] = []
        """Why thumbnails stand in for photos, a line each; known once all rows were read."""

    @property
    def size(self) -> Size:
        """Give width and height of a tile in pixels."""
        return self._size

    def __len__(self) -> int:
        """Count the photos."""
        return len(self._wanted)

    def rows(self, views: Views, *, with_means: bool) -> Iterator[TileRow]:
        """Yield the tiles of each row of cells; each photo is decoded once.

        What is needed again in a row further down is kept until its last row: see `TileCache`.
        """
        width, height = self._size
        first_of_tile = views.first_of_tile
        last_rows = _last_rows(views.numbers, len(views.shown))
        order = _in_order(views, first_of_tile)
        self.replaced = []
        means: dict[int, NDArray[np.float64]] = {}
        shown = [views.shown[number] for number in order]
        self._progress.begin(_PHASE, len(set(first_of_tile.tolist())))
        with closing(self._pixels(shown)) as arriving, TileCache(self._size) as cache:
            arrived = zip(order, arriving, strict=True)
            for row, numbers in enumerate(views.numbers.tolist()):
                tiles = np.empty((len(numbers), height, width, 3), np.uint8)
                placed: dict[int, Pixels] = {}
                for column, number in enumerate(numbers):
                    if number == EMPTY_CELL:
                        continue
                    if number not in placed and number in cache:
                        placed[number] = cache.get(number)
                    while number not in placed:  # with it come all views of its photo
                        another, pixels = next(arrived)
                        placed[another] = pixels
                        if with_means:
                            means[another] = mean_colours(pixels[None])[0]
                    tiles[column] = placed[number]
                for number, pixels in placed.items():
                    if last_rows[number] == row:
                        cache.drop(number)
                    elif number not in cache:
                        cache.put(number, pixels)
                nothing = np.zeros(3)
                yield (
                    tiles,
                    np.array([means.get(number, nothing) for number in numbers])
                    if with_means
                    else None,
                )
        self._progress.end()

    def pictures(self, views: Sequence[View]) -> Iterator[Pixels]:
        """Yield some views in their order; each photo is decoded once."""
        self.replaced = []
        self._progress.begin(_PHASE, len({view.tile_id for view in views}))
        with closing(self._pixels(views)) as arriving:
            yield from arriving
        self._progress.end()

    def _pixels(self, views: Sequence[View]) -> Generator[Pixels, None, None]:
        """Yield the pixels of views in their order; those of one tile stand together."""
        missing = [view.tile_id for view in views if view.tile_id not in self._wanted]
        if missing:
            raise RenderingError(f"the database has no tile {missing[0]} any more")
        photos = self._executor.map(
            partial(cut_original, size=self._size),
            (replace(self._wanted[tile_id], crops=crops) for tile_id, crops in by_tile(views)),
            lost_original,
        )
        with closing(photos):
            for photo, (_, crops) in zip(photos, by_tile(views), strict=True):
                self._progress.advance([None])
                yield from self._from_stored(photo, crops) if photo.pixels is None else photo.pixels

    def _from_stored(self, photo: CutPhoto, crops: Sequence[Crop | None]) -> Iterator[Pixels]:
        """Give what is shown of a photo that is gone from its thumbnail or its overview."""
        self.replaced.append(photo.reason)
        thumbnails = dict(load_thumbnails(self._database, [photo.tile_id]))
        overviews = dict(load_overviews(self._database, [photo.tile_id]))
        for crop in crops:
            jpeg = (thumbnails if crop is None else overviews).get(photo.tile_id)
            kind = "thumbnail" if crop is None else "overview"
            if jpeg is None:
                raise RenderingError(f"tile {photo.tile_id} has no {kind}: see `mosaicdb check`")
            try:
                yield enlarged_thumbnail(jpeg, self._size, crop)
            except PhotoError as error:
                raise RenderingError(
                    f"the {kind} of tile {photo.tile_id} does not decode: see `mosaicdb check`"
                ) from error


def _least(crops: Sequence[Crop | None]) -> tuple[float, float]:
    """Give width and height of the smallest part of a photo that is shown; 1 for the middle."""
    return min((crop.width, crop.height) if crop else (1.0, 1.0) for crop in crops)


def _in_order(views: Views, first_of_tile: NDArray[np.intp]) -> list[int]:
    """Order views by the first cells that show their tiles, those of one tile together."""
    flat = views.numbers[views.numbers != EMPTY_CELL]
    tiles, first_cells = np.unique(first_of_tile[flat], return_index=True)
    cells = first_cells[np.searchsorted(tiles, first_of_tile)]
    order: list[int] = np.argsort(cells, kind="stable").tolist()
    return order


def _last_rows(numbers: NDArray[np.intp], count: int) -> list[int]:
    """Give the last row that shows each view."""
    last = np.zeros(count, np.intp)
    filled = numbers != EMPTY_CELL
    np.maximum.at(last, numbers[filled], np.nonzero(filled)[0])
    return last.tolist()
