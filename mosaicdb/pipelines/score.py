"""Score mosaics: how much does a picture, by whatever tool, look like its target?"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from ..errors import PhotoError, UsageError, printable
from ..options import Framing
from ..perception import count_repeats, sampled, score_samples
from ..photos import canonical_path, read_first, read_whole
from ..records import Repeats, Score, Size
from ..store import MEAN_SHIFT, MOST_SHIFT, Database, RecordedMosaic, find_mosaic
from .target import MAX_TARGET_PIXELS, Cells, cut_cells, open_target

MAX_MOSAIC_PIXELS: Final = MAX_TARGET_PIXELS


@dataclass(frozen=True, slots=True)
class ScoredMosaic:
    """A mosaic's score, and what it was compared with."""

    mosaic_id: int | None
    """Its id, where this database recorded it."""
    target: str
    """Path of the target."""
    grid: Size
    """Columns and rows."""
    score: Score
    """How much it looks like its target."""
    repeats: Repeats | None
    """How it repeats its tiles, where this database recorded it."""
    mean_shift: float | None
    """How far mean colours were moved, in levels of 255, where this database recorded it."""
    most_shift: float | None
    """The same: the largest."""


def score_mosaic(
    database: Database | None,
    mosaic: str | Path,
    *,
    target: int | str | Path | None = None,
    grid: Size | None = None,
    usual_grid: Size = (100, 100),
    framing: Framing | None = None,
    usual_framing: Framing = Framing(),  # noqa: B008 - frozen
) -> ScoredMosaic:
    """Score a mosaic in a file, which is only read.

    Args:
        database: knows the mosaics that it recorded, with their targets and grids.
        mosaic: path of any picture whose size is a multiple of the grid.
        target: number of a photo or path of a picture; None: the one that was recorded.
        grid: columns and rows; None: the one that was recorded, else the usual one.
        usual_grid: columns and rows of a mosaic that was not recorded.
        framing: how the target got the mosaic's shape; None: as recorded, else the usual way.
        usual_framing: that of a mosaic that was not recorded.

    Raises:
        UsageError: the target is not known, or the picture's size does not fit the grid.
        PhotoError: the mosaic or the target cannot be read.
        DatabaseError: no photo has the number.
    """
    data = _read(mosaic)
    found = _recorded(database, mosaic, data)
    if target is None:
        target = _recorded_target(mosaic, found)
    opened = open_target(database, target)
    own_grid = (found.tile_ids.shape[1], found.tile_ids.shape[0]) if found else None
    grid = grid or own_grid or usual_grid
    picture = _open(mosaic, data, grid)
    cell = picture.width // grid[0], picture.height // grid[1]
    score = score_picture(
        picture, cut_cells(opened, grid, cell, framing or _framing(found) or usual_framing)
    )
    repeats = count_repeats(found.tile_ids) if found else None
    shifts = [found.parameters.get(key) if found else None for key in (MEAN_SHIFT, MOST_SHIFT)]
    return ScoredMosaic(found.id if found else None, opened.path, grid, score, repeats, *shifts)


def score_picture(picture: Image.Image, cells: Cells) -> Score:
    """Score a mosaic's picture.

    Args:
        picture: its size is a multiple of the grid.
        cells: those of what it rebuilds.
    """
    return score_samples(sampled(picture.convert("RGB"), cells.grid), cells.samples, cells.covered)


def _read(mosaic: str | Path) -> bytes:
    try:
        return read_first([str(mosaic)])[1]
    except PhotoError as error:
        raise PhotoError(f"cannot read the mosaic {error}") from error


def _recorded(database: Database | None, mosaic: str | Path, data: bytes) -> RecordedMosaic | None:
    if database is None:
        return None
    paths = {canonical_path(mosaic), os.path.realpath(mosaic)}
    return find_mosaic(database, paths, hashlib.sha256(data).hexdigest())


def _recorded_target(mosaic: str | Path, found: RecordedMosaic | None) -> int | str:
    if found is not None and found.target_tile_id is not None:
        return found.target_tile_id
    if found is not None and found.target is not None:
        return found.target
    raise UsageError(
        f"no target of {printable(mosaic)} is recorded: name it with --target, "
        "and the mosaic's grid with --grid"
    )


def _framing(found: RecordedMosaic | None) -> Framing | None:
    if found is None or "fit" not in found.parameters:
        return None
    across, down = found.parameters["focus_point"]
    return Framing(found.parameters["fit"], (across, down))


def _open(mosaic: str | Path, data: bytes, grid: Size) -> Image.Image:
    try:
        picture = read_whole(data, MAX_MOSAIC_PIXELS)
    except PhotoError as error:
        raise PhotoError(f"cannot read the mosaic {printable(mosaic)}: {error}") from error
    (width, height), (columns, rows) = picture.size, grid
    if width % columns or height % rows:
        raise UsageError(
            f"{printable(mosaic)} is {width} x {height} pixels, which is no multiple of "
            f"{columns} x {rows} cells: name the mosaic's grid with --grid"
        )
    return picture
