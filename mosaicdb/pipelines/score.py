"""Score mosaics: how much does a picture, by whatever tool, look like its target?"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import PhotoError, UsageError, printable
from ..options import Framing
from ..perception import count_repeats, sampled, score_samples
from ..photos import as_spelled_on_disk, read_first, read_whole, recorded_paths
from ..records import Mosaic, Score, Size
from ..rendering import Strips
from ..store import Database, find_mosaic
from .mosaics import recorded_framing, recorded_options
from .recorded_target import recorded_target
from .target import MAX_TARGET_PIXELS, Cells, Target, cut_cells, open_target

MAX_MOSAIC_PIXELS: Final = MAX_TARGET_PIXELS


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """How much a picture in a file looks like its target."""

    target: str
    """Path of the target."""
    grid: Size
    """Columns and rows."""
    score: Score
    """How much it looks like its target."""
    mosaic: Mosaic | None
    """The mosaic that the picture shows, where this database recorded it."""


class Sampler:
    """Takes the samples that a mosaic is scored by while it is written, by strips or by cells.

    Args:
        columns: cells across; each strip is one row of cells.
    """

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._of_strips: list[NDArray[np.float32]] = []
        self._of_pictures: list[NDArray[np.float32]] = []
        self._numbers: NDArray[np.intp] | None = None

    def along(self, strips: Strips) -> Strips:
        """Give strips that are sampled when they, or the pictures of their cells, are read."""
        rows = _sampled(strips.rows, self._columns, self._of_strips)
        cells = strips.cells
        if cells is not None:
            self._numbers = cells.numbers
            cells = replace(cells, pictures=_sampled(cells.pictures, 1, self._of_pictures))
        return replace(strips, rows=rows, cells=cells)

    @property
    def samples(self) -> NDArray[np.float32]:
        """Give the samples of all that was read: see `mosaicdb.perception.sampled`."""
        if self._numbers is None or not self._of_pictures:
            return np.concatenate(self._of_strips)
        lines = np.stack(self._of_pictures)[self._numbers].swapaxes(1, 2)
        rows, down, columns, across, channels = lines.shape
        return lines.reshape(rows * down, columns * across, channels)


def _sampled(
    parts: Iterator[NDArray[np.uint8]], columns: int, samples: list[NDArray[np.float32]]
) -> Iterator[NDArray[np.uint8]]:
    """Yield strips or cells, and add the samples of each."""
    for part in parts:
        picture = Image.fromarray(np.ascontiguousarray(part[..., :3]))
        samples.append(sampled(picture, (columns, 1)))
        yield part


def score_mosaic(mosaic: Mosaic, cells: Cells | None, sampler: Sampler | None = None) -> Mosaic:
    """Score a mosaic that was drawn, and say how it repeats its tiles.

    Args:
        mosaic: has a picture, unless it was sampled.
        cells: those of its target; None: there is none to compare with.
        sampler: has read the strips of its picture.
    """
    score = None
    if cells is not None and sampler is not None:
        score = score_samples(sampler.samples, cells.samples, cells.covered)
    elif cells is not None:
        score = score_picture(mosaic.drawn, cells)
    return replace(mosaic, score=score, repeats=count_repeats(mosaic.tile_ids))


def score_picture(picture: Image.Image, cells: Cells) -> Score:
    """Score a mosaic's picture.

    Args:
        picture: its size is a multiple of the grid.
        cells: those of what it rebuilds.
    """
    return score_samples(sample_picture(picture, cells), cells.samples, cells.covered)


def sample_picture(picture: Image.Image, cells: Cells) -> NDArray[np.float32]:
    """Reduce a mosaic's picture to what it is compared by: see `mosaicdb.perception.sampled`."""
    return sampled(picture.convert("RGB"), cells.grid)


def score_file(
    database: Database | None,
    path: str | Path,
    *,
    target: int | str | Path | None = None,
    grid: Size | None = None,
    usual_grid: Size = (100, 100),
    framing: Framing | None = None,
    usual_framing: Framing = Framing(),  # noqa: B008 - frozen
) -> Comparison:
    """Score a mosaic in a file, which is only read.

    Args:
        database: knows the mosaics that it recorded, with their targets and grids.
        path: any picture whose size is a multiple of the grid.
        target: number of a photo or path of a picture; None: the one that was recorded.
        grid: columns and rows; None: the one that was recorded, else the usual one.
        usual_grid: columns and rows of a mosaic that was not recorded.
        framing: how the target got the mosaic's shape; None: as recorded, else the usual way.
        usual_framing: that of a mosaic that was not recorded.

    Raises:
        UsageError: the target is not known, or the picture's size does not fit the grid.
        PhotoError: the mosaic or the target cannot be read, or a recorded target has changed.
        DatabaseError: no photo has the number.
    """
    path = as_spelled_on_disk(str(path))
    data = _read(path)
    mosaic = _recorded(database, path, data)
    opened = _target_of(database, path, mosaic) if target is None else open_target(database, target)
    grid = grid or (mosaic.grid if mosaic else usual_grid)
    picture = _open(path, data, grid, mosaic)
    cell = picture.width // grid[0], picture.height // grid[1]
    framing = framing or (mosaic and recorded_framing(mosaic)) or usual_framing
    cells = cut_cells(opened, grid, cell, framing, signatures=False)
    score = score_picture(picture, cells)
    if mosaic:
        repeats = count_repeats(mosaic.tile_ids)
        mosaic = replace(mosaic, picture=picture, score=score, repeats=repeats)
    return Comparison(opened.path, grid, score, mosaic)


def _read(mosaic: str | Path) -> bytes:
    try:
        return read_first([str(mosaic)])[1]
    except PhotoError as error:
        raise PhotoError(f"cannot read the mosaic {error}") from error


def _recorded(database: Database | None, mosaic: str | Path, data: bytes) -> Mosaic | None:
    if database is None:
        return None
    return find_mosaic(database, recorded_paths(mosaic), hashlib.sha256(data).hexdigest())


def _target_of(database: Database | None, mosaic: str | Path, recorded: Mosaic | None) -> Target:
    if database is not None and recorded is not None and recorded.has_target:
        try:
            return recorded_target(database, recorded)
        except PhotoError as error:
            raise PhotoError(f"{error}, or name another with --target") from error
    raise UsageError(
        f"no target of {printable(mosaic)} is recorded: name it with --target, "
        "and the mosaic's grid with --grid"
    )


def _open(path: str | Path, data: bytes, grid: Size, recorded: Mosaic | None) -> Image.Image:
    try:
        picture = read_whole(data, MAX_MOSAIC_PIXELS)
    except PhotoError as error:
        raise PhotoError(f"cannot read the mosaic {printable(path)}: {error}") from error
    if recorded is not None and recorded.grid == grid:
        picture = _without_bleed(path, picture, recorded)
    (width, height), (columns, rows) = picture.size, grid
    if width % columns or height % rows:
        raise UsageError(
            f"{printable(path)} is {width} x {height} pixels, which is no multiple of "
            f"{columns} x {rows} cells: name the mosaic's grid with --grid"
        )
    return picture


def _without_bleed(path: str | Path, picture: Image.Image, recorded: Mosaic) -> Image.Image:
    """Cut off the margin that a print shop would."""
    tile_size = recorded_options(recorded).tile_size
    if tile_size is None:
        return picture
    width, height = recorded.grid[0] * tile_size[0], recorded.grid[1] * tile_size[1]
    margins = {picture.width - width, picture.height - height}
    if len(margins) > 1:
        raise UsageError(
            f"{printable(path)} is a sheet of mosaic {recorded.id}, and not all of it: draw it "
            "again, without --sheets"
        )
    margin = margins.pop() // 2
    return picture.crop((margin, margin, margin + width, margin + height))
