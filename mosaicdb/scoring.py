"""Score mosaics: how much does a picture, by whatever tool, look like its target?"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .errors import PhotoError, UsageError, printable
from .model import Repeats, Score, Size
from .perception import count_repeats, sampled, score_samples
from .photos import canonical_path, read_first, read_shape, read_whole
from .store import Database, RecordedMosaic, find_mosaic
from .targets import MAX_TARGET_PIXELS, Target, open_target

MAX_MOSAIC_PIXELS = MAX_TARGET_PIXELS


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


def score_mosaic(
    database: Database | None,
    mosaic: str | Path,
    *,
    target: int | str | Path | None = None,
    grid: Size | None = None,
    usual_grid: Size = (100, 100),
) -> ScoredMosaic:
    """Score a mosaic in a file, which is only read.

    Args:
        database: knows the mosaics that it recorded, with their targets and grids.
        mosaic: path of any picture whose size is a multiple of the grid.
        target: number of a photo or path of a picture; None: the one that was recorded.
        grid: columns and rows; None: the one that was recorded, else the usual one.
        usual_grid: columns and rows of a mosaic that was not recorded.

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
    covered = found.tile_ids >= 0 if found and grid == own_grid else None
    score = score_picture(_open(mosaic, data, grid), opened, grid, covered)
    repeats = count_repeats(found.tile_ids) if found else None
    return ScoredMosaic(found.id if found else None, opened.path, grid, score, repeats)


def score_picture(
    picture: Image.Image, target: Target, grid: Size, covered: NDArray[np.bool_] | None = None
) -> Score:
    """Score a mosaic's picture.

    Args:
        picture: in mode RGB; its size is a multiple of the grid.
        target: what it rebuilds.
        grid: columns and rows.
        covered: which cells hold a tile, shape (rows, columns); None: all.

    Raises:
        PhotoError: the target cannot be read.
    """
    return score_samples(
        sampled(picture, grid), target_samples(target, grid, picture.size), covered
    )


def target_samples(target: Target, grid: Size, shape: Size) -> NDArray[np.float32]:
    """Cut a target to a mosaic's shape and reduce it to what mosaics are compared with.

    Args:
        target: the picture that is rebuilt.
        grid: columns and rows.
        shape: width and height of the mosaic.

    Returns:
        See `mosaicdb.perception.sampled`.

    Raises:
        PhotoError: the target cannot be read.
    """
    try:
        return sampled(read_shape(target.data, shape, MAX_TARGET_PIXELS), grid)
    except PhotoError as error:
        raise PhotoError(f"cannot read the target {printable(target.path)}: {error}") from error


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
