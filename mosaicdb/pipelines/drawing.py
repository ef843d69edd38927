"""Draw mosaics and collages: from tile ids to a picture."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import PhotoError, RenderingError
from ..options import DrawOptions, FileOptions
from ..photos import read_cut, read_first
from ..records import EMPTY_CELL, Mosaic, Size
from ..rendering import (
    PlainCells,
    Strips,
    check_output,
    compose_row,
    cut_overviews,
    decode_thumbnails,
    mean_colours,
    picture_of,
    preview_png,
    save_picture,
    with_opacity,
    write_picture,
)
from ..store import Database, find_originals_from, load_overviews, load_thumbnails
from .overwrite_guard import refuse_overwriting
from .painting import Painter
from .target import MAX_TARGET_PIXELS, Cells, Window
from .views import View, Views, by_tile, views_of

Pixels = NDArray[np.uint8]
TileRow = tuple[Pixels, NDArray[np.float64] | None]
"""The tiles of a row of cells, shape (columns, height, width, 3), which may be written to, and
their mean colours, shape (columns, 3). What stands for an empty cell is undefined."""


class TileSource(Protocol):
    """Gives the pixels of tiles, row by row of a mosaic."""

    @property
    def size(self) -> Size:
        """Give width and height of a tile in pixels."""

    @property
    def thumbnails(self) -> "TileSource":
        """Give the same tiles at the size of thumbnails, for which no photo is read."""

    def rows(self, views: Views, *, with_means: bool) -> Generator[TileRow, None, None]:
        """Yield the tiles of each row of cells, from the top.

        Args:
            views: what the cells show.
            with_means: whether mean colours are needed.
        """

    def pictures(self, views: Sequence[View]) -> Generator[Pixels, None, None]:
        """Yield some views in their order, each of shape (height, width, 3).

        Those of one tile stand together.
        """


@dataclass(frozen=True, eq=False)
class ThumbnailStack:
    """The thumbnails of some tiles, decoded, and crops of the size of thumbnails."""

    views: list[View]
    """What is in the stack, each view once."""
    pixels: Pixels
    """sRGB, shape (views, height, width, 3); without views, a picture that no cell shows."""

    @property
    def size(self) -> Size:
        """Give width and height of a thumbnail in pixels."""
        _, height, width, _ = self.pixels.shape
        return width, height

    @property
    def thumbnails(self) -> "ThumbnailStack":
        """Give these."""
        return self

    def of(self, view: View) -> Pixels:
        """Give one of the views, shape (height, width, 3)."""
        thumbnail: Pixels = self.pixels[self._places[view]]
        return thumbnail

    def rows(self, views: Views, *, with_means: bool) -> Generator[TileRow, None, None]:
        """Yield the thumbnails of each row of cells."""
        # What stands for an empty cell, numbered -1, is undefined.
        places = np.array([*(self._places[view] for view in views.shown), 0], np.intp)
        for row in places[views.numbers]:
            yield self.pixels[row], self._means[row] if with_means else None

    def pictures(self, views: Sequence[View]) -> Generator[Pixels, None, None]:
        """Yield some of the thumbnails in their order."""
        yield from map(self.of, views)

    @cached_property
    def _places(self) -> dict[View, int]:
        return {view: place for place, view in enumerate(self.views)}

    @cached_property
    def _means(self) -> NDArray[np.float64]:
        return mean_colours(self.pixels)


def load_thumbnail_stack(
    database: Database, tile_ids: NDArray[np.int64], crops: NDArray[np.float64] | None = None
) -> ThumbnailStack:
    """Load and decode what a mosaic shows of its tiles, each thumbnail and each crop once.

    Args:
        database: see `load_views`.
        tile_ids: of each cell; `EMPTY_CELL` has none.
        crops: which part of its photo each cell shows: see `mosaicdb.Mosaic`.

    Raises:
        RenderingError: see `load_views`.
    """
    return load_views(database, views_of(tile_ids, crops).shown)


def load_views(database: Database, views: Sequence[View]) -> ThumbnailStack:
    """Load and decode some views of tiles.

    Args:
        database: holds the thumbnails, and the overviews that crops are cut from.
        views: each of them once; those of one tile stand together.

    Raises:
        RenderingError: a thumbnail or an overview is missing or damaged: see `mosaicdb check`.
    """
    if not views:
        width, height = database.thumb_res
        return ThumbnailStack([], np.zeros((1, height, width, 3), np.uint8))
    whole = [view.tile_id for view in views if view.crop is None]
    jpegs = dict(load_thumbnails(database, whole))
    if len(jpegs) < len(whole):
        lacking = min(set(whole) - jpegs.keys())
        raise RenderingError(f"tile {lacking} has no thumbnail: see `mosaicdb check`")
    thumbnails = decode_thumbnails([jpegs[tile_id] for tile_id in whole], database.thumb_res)
    cropped = [view for view in views if view.crop is not None]
    if not cropped:
        return ThumbnailStack(list(views), thumbnails)
    cut = _cut_crops(database, cropped)
    return ThumbnailStack(
        [*map(View, whole), *cropped], np.concatenate([thumbnails, *cut], dtype=np.uint8)
    )


def _cut_crops(database: Database, views: list[View]) -> Iterator[Pixels]:
    """Cut crops of tiles from overviews, shape (crops of a tile, height, width, 3) each."""
    wanted = dict(by_tile(views))
    overviews = dict(load_overviews(database, wanted))
    if lacking := wanted.keys() - overviews.keys():
        raise RenderingError(
            f"tile {min(lacking)} has no overview that a crop could be cut from: ingest its photo "
            "again"
        )
    return cut_overviews(
        ((overviews[tile_id], crops) for tile_id, crops in wanted.items()), database.thumb_res
    )


@dataclass(eq=False)
class Drawing:
    """A mosaic that is drawn while it is read, strip by strip: it need not be in memory as a whole.

    Each of `strips`, `picture` and `save` draws it from the top.
    """

    mosaic: Mosaic
    """Which tile is where."""
    source: TileSource
    """Gives the tiles' pixels."""
    cells: Cells | None = None
    """The target's, which is needed where options paint."""
    options: DrawOptions = field(default_factory=DrawOptions)
    """What is done to tiles."""
    window: Window | None = None
    """The cells that are drawn; None: all."""
    mean_shift: float = field(default=0.0, init=False)
    """How far mean colours were moved, in levels of 255: known once all strips were read."""
    most_shift: float = field(default=0.0, init=False)
    """The largest such shift."""
    paint: float = field(default=0.0, init=False)
    """How much of the way from tiles as they are to the target was painted, 0 to 1: of the mean
    distances in sRGB, known once all strips were read. With a blend alone, it is that."""

    @property
    def size(self) -> Size:
        """Give width and height of the picture in pixels."""
        (_, _, columns, rows), (width, height) = self._window, self.source.size
        return columns * width, rows * height

    @property
    def described(self) -> Mosaic:
        """Give the mosaic with how much was painted, once all strips were read."""
        return replace(
            self.mosaic,
            mean_shift=self.mean_shift,
            most_shift=self.most_shift,
            paint=self.paint,
        )

    @property
    def _window(self) -> Window:
        return self.window or (0, 0, *self.mosaic.grid)

    @property
    def _within(self) -> tuple[slice, slice]:
        """Give what cuts the window out of an array of shape (rows, columns, …)."""
        left, top, columns, rows = self._window
        return slice(top, top + rows), slice(left, left + columns)

    def strips(self) -> Strips:
        """Give the picture as strips of one row of cells; RGBA where cells are empty.

        Raises:
            MosaicdbError: while strips are read: a tile cannot be drawn.
        """
        bare = self._bare
        is_plain = not self.options.paints and self.window is None
        return Strips(
            self.size,
            "RGBA" if bare.any() else "RGB",
            self._rows(bare),
            plain_cells(self.mosaic, self.source) if is_plain else None,
        )

    def picture(self) -> Image.Image:
        """Give the picture as a whole, in mode RGB or, with empty cells, RGBA."""
        return picture_of(self.strips())

    def save(self, path: str | Path, quality: int = 90, dpi: float | None = None) -> None:
        """Write the picture; a file that is there is replaced only at the end.

        Args:
            path: where to; its suffix chooses the format.
            quality: of a JPEG, WebP or AVIF, 1 to 100.
            dpi: pixels an inch, which the file says; None: it says nothing.

        Raises:
            MosaicdbError: it cannot be drawn or written.
        """
        write_picture(self.strips(), Path(path), FileOptions(quality=quality, dpi=dpi))

    def __repr__(self) -> str:
        """Say in a line what it is."""
        width, height = self.size
        return f"<Drawing of {self.mosaic!r}: {width:,} x {height:,} pixels>"

    def _repr_png_(self) -> bytes:
        """Show it in a notebook, made small, for which thumbnails are enough."""
        small = Drawing(self.mosaic, self.source.thumbnails, self.cells, self.options, self.window)
        return preview_png(small.strips(), self.size)

    @property
    def _bare(self) -> NDArray[np.bool_]:
        """Say which cells show nothing, not even the target faintly, shape (rows, columns)."""
        bare: NDArray[np.bool_] = self.mosaic.tile_ids[self._within] == EMPTY_CELL
        if self.cells and self.options.faint:
            bare &= ~self.cells.covered[self._within]
        return bare

    def _rows(self, bare: NDArray[np.bool_]) -> Generator[Pixels, None, None]:
        mosaic, options = self.mosaic, self.options
        empty = mosaic.tile_ids[self._within] == EMPTY_CELL
        painter = None
        if self.cells and options.paints:
            painter = Painter(self.cells, options, self._window)
        all_flipped = None if mosaic.flipped is None else mosaic.flipped[self._within]
        is_transparent = bool(bare.any())
        crops = None if mosaic.crops is None else mosaic.crops[self._within]
        views = views_of(mosaic.tile_ids[self._within], crops)
        needs_means = painter is not None and bool(options.shift or options.adapt)
        with closing(self.source.rows(views, with_means=needs_means)) as tiles:
            for row, (pixels, means) in enumerate(tiles):
                flipped = None if all_flipped is None else all_flipped[row]
                strip = compose_row(pixels, flipped=flipped)
                if painter is not None:
                    strip = painter.paint(strip, pixels, means, row, empty[row])
                if is_transparent:
                    strip = with_opacity(strip, bare[row], self.source.size[0])
                yield strip
        if painter is not None:
            self.mean_shift = painter.shifted / max(1, 3 * int((~empty).sum()))
            self.most_shift, self.paint = painter.most_shift, painter.share


def plain_cells(mosaic: Mosaic, source: TileSource) -> PlainCells:
    """Give a mosaic as cells that show tiles as they are, but for mirroring.

    Pictures are numbered in the order of the first cells that show their tiles; a tile that is
    shown in several ways has several, one after the other. Empty cells show a white one.
    """
    views = views_of(mosaic.tile_ids, mosaic.crops)
    empty = views.numbers == EMPTY_CELL
    flipped = np.zeros_like(empty) if mosaic.flipped is None else mosaic.flipped
    ways, places = np.unique(
        np.where(empty, EMPTY_CELL, 2 * views.numbers + flipped), return_inverse=True
    )
    tiles, first = np.unique(mosaic.tile_ids, return_index=True)
    ids = np.array([*(view.tile_id for view in views.shown), EMPTY_CELL])[ways // 2]
    order = np.lexsort((ways, first[np.searchsorted(tiles, ids)]))
    numbers = np.argsort(order)[places].reshape(empty.shape)
    return PlainCells(numbers, source.size, _pictures(ways[order].tolist(), views.shown, source))


def _pictures(
    ways: list[int], views: list[View], source: TileSource
) -> Generator[Pixels, None, None]:
    """Yield pictures of tiles: ways are twice the numbers of views, and one more if mirrored."""
    width, height = source.size
    numbers = dict.fromkeys(way // 2 for way in ways if way != EMPTY_CELL)
    shown, pixels = None, np.empty(0, np.uint8)
    with closing(source.pictures([views[number] for number in numbers])) as tiles:
        for way in ways:
            if way == EMPTY_CELL:
                yield np.full((height, width, 3), 255, np.uint8)
                continue
            if way // 2 != shown:
                shown, pixels = way // 2, next(tiles)
            yield pixels[:, ::-1] if way % 2 else pixels


def draw_mosaic(
    mosaic: Mosaic,
    thumbnails: ThumbnailStack,
    cells: Cells | None = None,
    options: DrawOptions = DrawOptions(),  # noqa: B008 - frozen
) -> Mosaic:
    """Draw a mosaic from thumbnails.

    Args:
        mosaic: which tile is where.
        thumbnails: those of its tiles.
        cells: the target's, which is needed where options paint.
        options: what is done to tiles.

    Returns:
        The mosaic with its picture, and how much was painted.
    """
    drawing = Drawing(mosaic, thumbnails, cells, options)
    picture = drawing.picture()
    return replace(drawing.described, picture=picture)


def make_collage(
    database: Database, start: int, count: int, size: int, output: Path, quality: int
) -> list[int]:
    """Put the original photos of some tiles side by side, each cut to a square.

    Photos that are missing, and those of which only a thumbnail was imported, are left out.

    Args:
        database: knows where the photos are.
        start: id of the first tile; the next ones follow by id.
        count: how many.
        size: of a side, in pixels.
        output: where the picture goes: see `mosaicdb.rendering.save_picture`.
        quality: of a JPEG, WebP or AVIF, 1 to 100.

    Returns:
        The ids of the tiles.

    Raises:
        PhotoError: a photo has gone since the last ingest, or there are not so many.
        UsageError: the output cannot be a picture, or is one of the photos.
    """
    check_output(output, (count * size, size))
    refuse_overwriting(database, [output])
    originals = find_originals_from(database, start, count)
    if len(originals) < count:
        raise PhotoError(f"there are {len(originals)} photos from number {start} on, not {count}")
    row = Image.new("RGB", (count * size, size))
    for place, original in enumerate(originals):
        try:
            data = read_first(original.paths, original.content_hash)[1]
            row.paste(read_cut(data, (size, size), MAX_TARGET_PIXELS), (place * size, 0))
        except PhotoError as error:
            raise PhotoError(
                f"cannot read photo {original.tile_id}: {error}; if it is gone, ingest again, and "
                "it is left out"
            ) from error
    save_picture(row, output, quality)
    return [original.tile_id for original in originals]
