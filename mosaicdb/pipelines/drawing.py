"""Draw mosaics and collages: from tile ids to a picture."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import PhotoError, RenderingError
from ..options import DrawOptions
from ..photos import read_cut, read_first
from ..records import EMPTY_CELL, Mosaic
from ..rendering import (
    bounded_shifts,
    check_output,
    compose_mosaic,
    decode_thumbnails,
    mean_colours,
    save_picture,
)
from ..store import Database, find_originals_from, load_thumbnails
from .overwrite_guard import refuse_overwriting
from .target import MAX_TARGET_PIXELS, Cells


@dataclass(frozen=True, slots=True, eq=False)
class ThumbnailStack:
    """The thumbnails of some tiles, decoded."""

    ids: NDArray[np.int64]
    """Tile ids, ascending, shape (tiles,)."""
    pixels: NDArray[np.uint8]
    """sRGB, shape (tiles, height, width, 3)."""

    def of(self, tile_id: int) -> NDArray[np.uint8]:
        """Give the thumbnail of one of the tiles, shape (height, width, 3)."""
        thumbnail: NDArray[np.uint8] = self.pixels[np.searchsorted(self.ids, tile_id)]
        return thumbnail


def load_thumbnail_stack(database: Database, tile_ids: NDArray[np.int64]) -> ThumbnailStack:
    """Load and decode the thumbnails of the tiles of a mosaic, each once.

    Args:
        database: holds the thumbnails.
        tile_ids: of any shape; `EMPTY_CELL` has none.

    Raises:
        RenderingError: a thumbnail is damaged: see `mosaicdb check`.
    """
    used = np.unique(tile_ids[tile_ids != EMPTY_CELL])
    jpegs = dict(load_thumbnails(database, used.tolist()))
    if len(jpegs) < len(used):
        lacking = min(set(used.tolist()) - jpegs.keys())
        raise RenderingError(f"tile {lacking} has no thumbnail: see `mosaicdb check`")
    return ThumbnailStack(used, decode_thumbnails(jpegs.values(), database.thumb_res))


def draw_mosaic(
    mosaic: Mosaic,
    thumbnails: ThumbnailStack,
    cells: Cells | None = None,
    options: DrawOptions = DrawOptions(),  # noqa: B008 - frozen
) -> Mosaic:
    """Draw a mosaic.

    Args:
        mosaic: which tile is where.
        thumbnails: those of its tiles.
        cells: the target's, which a shift or a blend needs.
        options: what is done to tiles.

    Returns:
        The mosaic with its picture, and how far colours were shifted.
    """
    occupied = mosaic.tile_ids != EMPTY_CELL
    positions = np.where(occupied, np.searchsorted(thumbnails.ids, mosaic.tile_ids), EMPTY_CELL)
    means = shifts = None
    if cells is not None and options.shift:
        means = mean_colours(thumbnails.pixels)
        shifts = bounded_shifts(means[positions], cells.mean_rgb, options.shift)
        shifts[~occupied] = 0
    picture = compose_mosaic(
        thumbnails.pixels, positions, flipped=mosaic.flipped, means=means, shifts=shifts
    )
    if cells is not None and options.blend:
        picture = _blended(picture, cells, options.blend)
    sizes = np.zeros(1) if shifts is None else np.abs(shifts[occupied])
    return replace(
        mosaic,
        picture=picture,
        mean_shift=float(sizes.mean()),
        most_shift=float(sizes.max()),
    )


def _blended(picture: Image.Image, cells: Cells, part: float) -> Image.Image:
    """Lay the target over a mosaic; empty cells stay empty."""
    over = cells.filled.resize(picture.size, Image.Resampling.BICUBIC)
    blended = Image.blend(picture.convert("RGB"), over, part)
    if picture.mode == "RGBA":
        opacity = picture.getchannel("A")
        blended = Image.composite(blended, Image.new("RGB", picture.size, "white"), opacity)
        blended.putalpha(opacity)
    return blended


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
        quality: of a JPEG, 1 to 100.

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
