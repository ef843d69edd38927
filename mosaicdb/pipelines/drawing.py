"""Draw mosaics and collages: from tile ids to a picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import PhotoError, RenderingError
from ..options import DrawOptions
from ..photos import read_cut, read_first
from ..records import EMPTY_CELL
from ..rendering import bounded_shifts, compose, decode_thumbnails, mean_colours
from ..store import MEAN_SHIFT, MOST_SHIFT, Database, find_originals_from, load_thumbnails
from .target import MAX_TARGET_PIXELS, Cells


@dataclass(frozen=True, slots=True)
class Drawing:
    """A mosaic's picture."""

    picture: Image.Image
    """In mode RGB or, with empty cells, RGBA."""
    mean_shift: float
    """How far mean colours were moved towards those of the cells, in levels of 255: the mean
    over cells and channels."""
    most_shift: float
    """The same: the largest."""

    def shifts(self) -> dict[str, object]:
        """Give how far colours were moved, for a mosaic's parameters."""
        return {MEAN_SHIFT: self.mean_shift, MOST_SHIFT: self.most_shift}


def draw_mosaic(
    database: Database,
    tile_ids: NDArray[np.int64],
    flipped: NDArray[np.bool_] | None = None,
    cells: Cells | None = None,
    options: DrawOptions = DrawOptions(),  # noqa: B008 - frozen
) -> Drawing:
    """Draw a mosaic from the thumbnails in the database.

    Args:
        database: holds the thumbnails.
        tile_ids: which tile is in which cell, shape (rows, columns).
        flipped: which cells show theirs mirrored, shape (rows, columns).
        cells: the target's, which a shift or a blend needs.
        options: what is done to tiles.

    Raises:
        RenderingError: a thumbnail is damaged: see `mosaicdb check`.
    """
    used, places = np.unique(tile_ids[tile_ids != EMPTY_CELL], return_inverse=True)
    positions = np.full(tile_ids.shape, EMPTY_CELL, np.intp)
    positions[tile_ids != EMPTY_CELL] = places
    thumbnails = _thumbnails(database, used)
    if cells is None or options == DrawOptions():
        return Drawing(compose(thumbnails, positions, flipped=flipped), 0.0, 0.0)
    shifts = None
    if options.shift:
        means = mean_colours(thumbnails)[positions]
        shifts = bounded_shifts(means, cells.mean_rgb, options.shift)
        shifts[positions == EMPTY_CELL] = 0
    picture = compose(thumbnails, positions, flipped=flipped, shifts=shifts)
    if options.blend:
        picture = _blended(picture, cells, options.blend)
    if shifts is None:
        return Drawing(picture, 0.0, 0.0)
    used_shifts = np.abs(shifts[positions != EMPTY_CELL])
    return Drawing(picture, float(used_shifts.mean()), float(used_shifts.max()))


def _thumbnails(database: Database, used: NDArray[np.int64]) -> NDArray[np.uint8]:
    found = dict(load_thumbnails(database, used.tolist()))
    if len(found) < len(used):
        lacking = sorted(set(used.tolist()) - found.keys())[0]
        raise RenderingError(f"tile {lacking} has no thumbnail: see `mosaicdb check`")
    return decode_thumbnails(found.values(), database.thumb_res)


def _blended(picture: Image.Image, cells: Cells, part: float) -> Image.Image:
    """Lay the target over a mosaic; empty cells stay empty."""
    over = cells.filled.resize(picture.size, Image.Resampling.BICUBIC)
    blended = Image.blend(picture.convert("RGB"), over, part)
    if picture.mode == "RGBA":
        opacity = picture.getchannel("A")
        blended = Image.composite(blended, Image.new("RGB", picture.size, "white"), opacity)
        blended.putalpha(opacity)
    return blended


def make_collage(database: Database, start: int, count: int, size: int) -> Image.Image:
    """Put the original photos of some tiles side by side, each cut to a square.

    Args:
        database: knows where the photos are.
        start: id of the first tile; the next ones follow by id.
        count: how many.
        size: of a side, in pixels.

    Raises:
        PhotoError: a photo has gone, or there are not so many.
    """
    originals = find_originals_from(database, start, count)
    if len(originals) < count:
        raise PhotoError(f"there are {len(originals)} photos from number {start} on, not {count}")
    row = Image.new("RGB", (count * size, size))
    for place, original in enumerate(originals):
        try:
            data = read_first(original.paths, original.content_hash)[1]
            row.paste(read_cut(data, (size, size), MAX_TARGET_PIXELS), (place * size, 0))
        except PhotoError as error:
            raise PhotoError(f"cannot read photo {original.tile_id}: {error}") from error
    return row
