"""Give tiles at any size: from the original photos, each decoded once, in the cells' order."""

from collections.abc import Generator, Iterator
from contextlib import closing
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import PhotoError, RenderingError
from ..executors import Executor
from ..photos import CutPhoto, WantedPhoto, cut_original, enlarged_thumbnail, lost_original
from ..records import EMPTY_CELL, Size
from ..store import Database, find_originals, load_thumbnails
from .drawing import Pixels, TileRow
from .progress import Progress
from .tile_rows import rows_of_tiles

_PHASE: Final = "photos"


class Originals:
    """The photos of some tiles at a size, as `TileSource`.

    A photo whose files are gone, or hold other bytes by now, is drawn from its thumbnail.

    Args:
        database: knows where the photos are.
        tile_ids: of each cell, shape (rows, columns).
        size: width and height of a tile in pixels.
        executor: where photos are decoded.
        progress: called with each photo.

    Raises:
        RenderingError: a tile is not in the database any more.
    """

    def __init__(
        self,
        database: Database,
        tile_ids: NDArray[np.int64],
        size: Size,
        executor: Executor,
        progress: Progress,
    ) -> None:
        self._database = database
        self._executor = executor
        self._progress = progress
        self._size = size
        originals = find_originals(database, np.unique(tile_ids[tile_ids != EMPTY_CELL]).tolist())
        self._wanted = {
            original.tile_id: WantedPhoto(original.tile_id, original.content_hash, original.paths)
            for original in originals
        }
        self.smaller = sum(
            original.width < size[0] or original.height < size[1] for original in originals
        )
        """How many of the photos have fewer pixels than a cell, across or down."""
        self.replaced: list[str] = []
        """Why thumbnails stand in for photos, a line each; known once all rows were read."""

    @property
    def size(self) -> Size:
        """Give width and height of a tile in pixels."""
        return self._size

    def __len__(self) -> int:
        """Count the photos."""
        return len(self._wanted)

    def rows(self, tile_ids: NDArray[np.int64], *, with_means: bool) -> Iterator[TileRow]:
        """Yield the tiles of each row of cells; each photo is decoded once."""
        return rows_of_tiles(tile_ids, self._size, self.pictures, with_means=with_means)

    def pictures(self, tile_ids: list[int]) -> Generator[Pixels, None, None]:
        """Yield some of the tiles in their order; each photo is decoded once."""
        self.replaced = []
        self._progress.begin(_PHASE, len(tile_ids))
        try:
            with closing(self._pixels(tile_ids)) as arriving:
                yield from arriving
        finally:  # who reads them may not ask for what comes after the last one
            self._progress.end()

    def _pixels(self, tile_ids: list[int]) -> Generator[Pixels, None, None]:
        """Yield the pixels of photos in their order."""
        missing = [tile_id for tile_id in tile_ids if tile_id not in self._wanted]
        if missing:
            raise RenderingError(f"the database has no tile {missing[0]} any more")
        photos = self._executor.map(
            partial(cut_original, size=self._size),
            (self._wanted[tile_id] for tile_id in tile_ids),
            lost_original,
        )
        with closing(photos):
            for photo in photos:
                self._progress.advance([None])
                yield self._from_thumbnail(photo) if photo.pixels is None else photo.pixels

    def _from_thumbnail(self, photo: CutPhoto) -> Pixels:
        self.replaced.append(photo.reason)
        for tile_id, jpeg in load_thumbnails(self._database, [photo.tile_id]):
            try:
                return enlarged_thumbnail(jpeg, self._size)
            except PhotoError as error:
                raise RenderingError(
                    f"the thumbnail of tile {tile_id} does not decode: see `mosaicdb check`"
                ) from error
        raise RenderingError(f"tile {photo.tile_id} has no thumbnail: see `mosaicdb check`")
