"""Give what the viewer of a mosaic shows: its picture in pieces, its cells, and its photos."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from threading import Lock, Semaphore
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..batches import in_batches
from ..errors import DatabaseError, PhotoError, RenderingError, printable
from ..options import DrawOptions, Framing
from ..photos import ShrunkPhoto, WantedPhoto, read_framed, shrink_original
from ..records import EMPTY_CELL, SIGNATURE_SIDE, Mosaic
from ..rendering import deep_zoom_levels, encode_jpeg
from ..store import (
    Database,
    find_in_paths,
    find_originals,
    load_thumbnails,
    load_tiles,
    photo_facts,
)
from ..viewing import (
    BLOCK_SIDE,
    MOST_FOUND,
    PHOTOS_A_PIECE,
    PLACES_A_PHOTO,
    Block,
    Found,
    Photo,
    Summary,
)
from .draw import refuse_lost_tiles
from .drawing import Drawing, ThumbnailStack, load_thumbnail_stack, load_views
from .drawn_tiles import QUALITY, DrawnTiles, Part
from .mosaics import recorded_framing, recorded_options
from .progress import SILENT, Progress
from .recorded_target import recorded_cells, recorded_target
from .target import MAX_TARGET_PIXELS, Cells, Window
from .uses import Uses
from .views import View, views_of

_CROPS_AT_ONCE: Final = 1000
_MOST_OF_TARGET: Final = 2048  # pixels a side
_MOST_LOOKED_THROUGH: Final = 10_000
_DIGITS: Final = 19  # that no number of a photo has
_ENLARGED: Final = 4 / 3
"""How much a part of a signature may be enlarged until the thumbnails are drawn."""


class Viewed:
    """A recorded mosaic, as `mosaicdb.viewing.Contents`: what is asked for is read and drawn then.

    Cells of a few pixels are drawn from what the tiles are compared by: mean colours and
    signatures, which are kept in memory (108 bytes a tile). Larger ones are drawn from thumbnails.

    Args:
        database: holds the mosaic; has to be open.
        mosaic: the mosaic.
        photo_side: pixels of the longer side that photos are shown with at most.
        path_shown: gives what is told of a path; default: all of it.
        progress: called with a notice if the target cannot be read.
        reading: is held while a photo is read: it may be large, and Pillow's settings are global.
        before: the same mosaic when it had other tiles, whose target and pictures are used again.

    Raises:
        DatabaseError: tiles of the mosaic are gone.
    """

    def __init__(
        self,
        database: Database,
        mosaic: Mosaic,
        photo_side: int,
        path_shown: Callable[[str], str] = str,
        progress: Progress = SILENT,
        reading: "Lock | None" = None,
        before: "Viewed | None" = None,
    ) -> None:
        refuse_lost_tiles(database, mosaic)
        self._database = database
        self._mosaic = mosaic
        self._photo_side = photo_side
        self._path_shown = path_shown
        self._uses = Uses(mosaic.tile_ids)
        self._reading, self._drawing = reading or Lock(), Semaphore(2)
        self._drawn_before = DrawnTiles(database)
        if before is None:
            options, cells = _drawn_as(database, mosaic, progress)
            self._target = _framed_target(database, mosaic)
        else:
            options, cells = before.drawing.options, before.drawing.cells
            self._target = before._target
        shown = views_of(mosaic.tile_ids, mosaic.crops).shown
        parts = _parts_of(database, shown)
        means = parts.mean(axis=(1, 2), keepdims=True).round().astype(np.uint8)
        self.drawing: Drawing = Drawing(mosaic, ThumbnailStack(shown, means), cells, options)
        """The mosaic, a pixel a cell."""
        self._parts = ThumbnailStack(shown, parts)
        self._levels = deep_zoom_levels(self.summary.size)
        if before is not None and before.summary.size == self.summary.size:  # else it was rebuilt
            self._drawn_before = before._drawn_before

    @cached_property
    def summary(self) -> Summary:
        """Give what a page has to know first."""
        mosaic = self._mosaic
        (columns, rows), (width, height) = mosaic.grid, self._database.thumb_res
        database = self._database
        state = repr((database.name, mosaic.id, self.drawing.options, database.thumb_res)).encode()
        flipped = b"" if mosaic.flipped is None else mosaic.flipped.tobytes()
        crops = b"" if mosaic.crops is None else mosaic.crops.tobytes()
        version = hashlib.sha256(state + mosaic.tile_ids.tobytes() + flipped + crops).hexdigest()
        return Summary(
            title=_title(mosaic),
            size=(columns * width, rows * height),
            grid=mosaic.grid,
            photos=len(self._uses.ids),
            photo_side=self._photo_side,
            has_target=self._target is not None,
            version=version[:16],
        )

    def block(self, row: int, column: int) -> Block | None:
        """Give a block of cells; None: there is none."""
        mosaic = self._mosaic
        top, left = row * BLOCK_SIDE, column * BLOCK_SIDE
        if top >= mosaic.grid[1] or left >= mosaic.grid[0]:
            return None
        within = slice(top, top + BLOCK_SIDE), slice(left, left + BLOCK_SIDE)
        tile_ids = mosaic.tile_ids[within]
        shown = np.unique(tile_ids[tile_ids != EMPTY_CELL]).tolist()
        names = {facts.tile_id: _name(facts.path) for facts in photo_facts(self._database, shown)}
        flipped = np.zeros_like(tile_ids, bool)
        return Block(
            tile_ids,
            flipped if mosaic.flipped is None else mosaic.flipped[within],
            None if mosaic.crops is None else mosaic.crops[within],
            None if mosaic.cell_costs is None else mosaic.cell_costs[within],
            names,
        )

    def photos(self, piece: int) -> list[Photo]:
        """Tell of the photos of a piece of tile ids, as far as the mosaic shows them."""
        ids = self._uses.within(piece * PHOTOS_A_PIECE, (piece + 1) * PHOTOS_A_PIECE)
        return [
            Photo(
                tile_id=facts.tile_id,
                name=_name(facts.path),
                path=printable(self._path_shown(facts.path)),
                is_gone=facts.is_gone,
                size=(facts.width, facts.height),
                taken_at=facts.taken_at.isoformat(" ", "seconds") if facts.taken_at else "",
                camera=printable(facts.camera),
                mean_rgb=(round(facts.mean_rgb[0]), *map(round, facts.mean_rgb[1:])),  # type: ignore[arg-type]
                uses=self._uses.count(facts.tile_id),
                places=self._uses.places(facts.tile_id, PLACES_A_PHOTO),
            )
            for facts in photo_facts(self._database, ids)
        ]

    def photo_jpeg(self, tile_id: int) -> bytes | None:
        """Give a photo of the mosaic, or its thumbnail where it cannot be read; None: no such."""
        wanted = self.wanted([tile_id])
        if not wanted:
            return None
        with self._reading:
            return self.jpeg_of(shrink_original(wanted[0], self._photo_side))

    def wanted(self, tile_ids: Iterable[int]) -> list[WantedPhoto]:
        """Give the photos of those of some tiles that the mosaic shows."""
        shown = [tile_id for tile_id in tile_ids if self._uses.count(tile_id)]
        return [
            WantedPhoto(original.tile_id, original.content_hash, original.paths)
            for original in find_originals(self._database, shown)
        ]

    def jpeg_of(self, photo: ShrunkPhoto) -> bytes:
        """Give the JPEG of a photo that was read, or its thumbnail where it could not be.

        Raises:
            RenderingError: it has none.
        """
        if photo.jpeg is not None:
            return photo.jpeg
        for _, jpeg in load_thumbnails(self._database, [photo.tile_id]):
            return jpeg
        raise RenderingError(f"tile {photo.tile_id} has no thumbnail: see `mosaicdb check`")

    def tile_jpeg(self, level: int, column: int, row: int) -> bytes | None:
        """Give a tile of the mosaic's Deep Zoom pyramid; None: there is none."""
        if level >= len(self._levels):
            return None
        picture = self._levels[level]
        if column >= picture.columns or row >= picture.rows:
            return None
        (width, height), corner = picture.tile, (column, row)
        left, top = column * width, row * height
        size = min(width, picture.size[0] - left), min(height, picture.size[1] - top)
        shrunk = 2 ** (len(self._levels) - 1 - level)
        cell = self._database.thumb_res
        # in cells; the last pixels of a level may stand for less than the others
        across, down = (
            (
                place * picture.tile[axis] * shrunk / cell[axis],
                min(
                    (place * picture.tile[axis] + size[axis]) * shrunk / cell[axis],
                    self._mosaic.grid[axis],
                ),
            )
            for axis, place in enumerate(corner)
        )
        part = Part(across, down, size)
        if not self._mosaic.is_live:
            return encode_jpeg(self._drawn(part), QUALITY)
        place = level, *corner
        return self._drawn_before.jpeg(place, part, self._mosaic.tile_ids, self._drawn)

    def _drawn(self, part: Part) -> NDArray[np.uint8]:
        """Draw a part of the mosaic."""
        left, top, _, _ = window = part.window
        pixels = part.size[0] / (part.across[1] - part.across[0])  # of a cell
        with self._drawing:
            source = self._source_for(pixels, window)
            cells = Drawing(
                self._mosaic, source, self.drawing.cells, self.drawing.options, window
            ).picture()
        width, height = source.size
        box = (
            (part.across[0] - left) * width,
            (part.down[0] - top) * height,
            min((part.across[1] - left) * width, cells.width),
            min((part.down[1] - top) * height, cells.height),
        )
        small = cells.convert("RGB").resize(part.size, Image.Resampling.BOX, box)
        return np.asarray(small)

    def _source_for(self, pixels: float, window: Window) -> ThumbnailStack:
        """Choose what cells of so many pixels are drawn from."""
        if pixels <= 1:
            source = self.drawing.source
            assert isinstance(source, ThumbnailStack)
            return source
        if pixels < min(SIGNATURE_SIDE * _ENLARGED, self._database.thumb_res[0]):
            return self._parts
        left, top, columns, rows = window
        within = slice(top, top + rows), slice(left, left + columns)
        if self._mosaic.is_live:
            return self._drawn_before.thumbnails(self._mosaic.tile_ids[within])
        crops = None if self._mosaic.crops is None else self._mosaic.crops[within]
        return load_thumbnail_stack(self._database, self._mosaic.tile_ids[within], crops)

    def target_jpeg(self) -> bytes | None:
        """Give the target in the shape of the mosaic; None: it cannot be read."""
        return self._target

    def search(self, text: str) -> list[Found]:
        """Find photos by their numbers or a part of their paths."""
        assert self._mosaic.id is not None
        most = _MOST_LOOKED_THROUGH if self._mosaic.is_live else MOST_FOUND
        found = find_in_paths(self._database, self._mosaic.id, text, most)
        if self._mosaic.is_live:  # whose guests know names, and not folders
            found = [one for one in found if text.lower() in os.path.basename(one[1]).lower()]
        if text.isdecimal() and len(text) < _DIGITS:
            numbered = photo_facts(self._database, [int(text)])
            found = [*((facts.tile_id, facts.path) for facts in numbered), *found]
        # it may have been changed since it was opened
        shown = {tile_id: path for tile_id, path in found if self._uses.count(tile_id)}
        return [self._found(tile_id, path) for tile_id, path in shown.items()][:MOST_FOUND]

    def names(self) -> Iterator[Found]:
        """Yield all photos of the mosaic, by tile id."""
        for facts in photo_facts(self._database, self._uses.ids.tolist()):
            yield self._found(facts.tile_id, facts.path)

    def _found(self, tile_id: int, path: str) -> Found:
        place = self._uses.places(tile_id, 1)[0]
        return Found(tile_id, printable(self._path_shown(path)), place)


def _parts_of(database: Database, shown: list[View]) -> NDArray[np.uint8]:
    """Give the colours of 6 x 6 parts of some views, shape (views, 6, 6, 3).

    Those of whole tiles are their signatures; crops are cut from overviews.
    """
    if not shown:  # a picture that no cell shows
        return np.zeros((1, SIGNATURE_SIDE, SIGNATURE_SIDE, 3), np.uint8)
    tiles = load_tiles(database, signatures=True)
    assert tiles.signatures is not None
    parts: NDArray[np.uint8] = tiles.signatures[
        np.searchsorted(tiles.ids, [view.tile_id for view in shown])
    ]
    cropped = [place for place, view in enumerate(shown) if view.crop is not None]
    size = SIGNATURE_SIDE, SIGNATURE_SIDE
    for some in in_batches(cropped, _CROPS_AT_ONCE):
        stack = load_views(database, [shown[place] for place in some])
        for place in some:
            picture = Image.fromarray(stack.of(shown[place]))
            parts[place] = np.asarray(picture.resize(size, Image.Resampling.BOX))
    return parts


def _title(mosaic: Mosaic) -> str:
    if mosaic.name is not None:
        return mosaic.name
    target = _name(mosaic.target) if mosaic.target else ""
    return f"Mosaic {mosaic.id} of {target}" if target else f"Mosaic {mosaic.id}"


def _name(path: str) -> str:
    return printable(os.path.basename(path))


def _drawn_as(
    database: Database, mosaic: Mosaic, progress: Progress
) -> tuple[DrawOptions, Cells | None]:
    """Give what was done to the tiles, and the cells that this needs.

    Without its target, a mosaic is drawn from its tiles as they are.
    """
    options = recorded_options(mosaic)
    if not options.paints:
        return options, None
    try:
        return options, recorded_cells(database, mosaic, signatures=False)
    except (PhotoError, DatabaseError) as error:
        progress.notice(f"{error}: the photos are shown in their own colours")
        return DrawOptions(), None


def _framed_target(database: Database, mosaic: Mosaic) -> bytes | None:
    """Give the target in the mosaic's shape, as a JPEG; None: it cannot be read as it was."""
    columns, rows = mosaic.grid
    width, height = columns * database.thumb_res[0], rows * database.thumb_res[1]
    scale = min(1, _MOST_OF_TARGET / max(width, height))
    shape = max(1, round(width * scale)), max(1, round(height * scale))
    framing = recorded_framing(mosaic) or Framing()
    try:
        target = recorded_target(database, mosaic)
        framed = read_framed(target.data, shape, framing, MAX_TARGET_PIXELS)
    except (PhotoError, DatabaseError):
        return None
    picture = framed.picture
    if framed.opacity is not None:
        picture = Image.composite(picture, Image.new("RGB", picture.size, "white"), framed.opacity)
    return encode_jpeg(np.asarray(picture.resize(shape)), QUALITY)
