"""Give tiles at any size: from the original photos, each decoded once, in the cells' order."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Final

from ..crops import Crop
from ..errors import PhotoError, RenderingError
from ..executors import Executor
from ..photos import CutPhoto, WantedPhoto, cut_original, enlarged_thumbnail, lost_original
from ..records import Size
from ..store import Database, find_originals, load_overviews, load_thumbnails
from .drawing import Pixels, TileRow
from .progress import Progress
from .tile_rows import StoredThumbnails, rows_of_views
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
        """Tiles whose thumbnails stand in for photos, and why; known once all rows were read."""

    @property
    def size(self) -> Size:
        """Give width and height of a tile in pixels."""
        return self._size

    @property
    def thumbnails(self) -> StoredThumbnails:
        """Give the thumbnails of the same tiles."""
        return StoredThumbnails(self._database)

    def __len__(self) -> int:
        """Count the photos."""
        return len(self._wanted)

    def rows(self, views: Views, *, with_means: bool) -> Generator[TileRow, None, None]:
        """Yield the tiles of each row of cells; each photo is decoded once."""
        return rows_of_views(views, self._size, self.pictures, with_means=with_means)

    def pictures(self, views: Sequence[View]) -> Generator[Pixels, None, None]:
        """Yield some views in their order; each photo is decoded once."""
        self.replaced = []
        self._progress.begin(_PHASE, len({view.tile_id for view in views}))
        try:
            with closing(self._pixels(views)) as arriving:
                yield from arriving
        finally:  # who reads them may not ask for what comes after the last one
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
        self.replaced.append(f"tile {photo.tile_id} ({photo.reason})")
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
