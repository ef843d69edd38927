"""Find the picture to rebuild, give it the mosaic's shape, and cut it into cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from ..errors import DatabaseError, PhotoError, UsageError, printable
from ..options import Framing, Importance
from ..perception import SAMPLES, area_averages, cell_averages, find_attention, weights_of
from ..photos import Framed, canonical_path, read_first, read_framed, read_mask
from ..records import SIGNATURE_SIDE, Size
from ..store import Database, find_original, find_tile_of_path, largest_photos
from .progress import SILENT, Progress
from .wording import counted

MAX_TARGET_PIXELS: Final = 250_000_000
_LEAST_OPACITY: Final = 0.5
"""Of a cell that gets a tile."""
_MUCH_CUT: Final = 0.3
"""Part of the target that is cut away, from which users are told."""
_WINDOW_SAMPLES: Final = 2 * SIGNATURE_SIDE
"""Pixels a cell of a window, across and down: a multiple of all that cells are averaged to."""

Window = tuple[int, int, int, int]
"""First column, first row, columns and rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A picture to rebuild."""

    path: str
    """Where it is."""
    tile_id: int | None
    """Its tile, where the photo is in the database."""
    data: bytes
    """The file's bytes."""

    @property
    def content_hash(self) -> str:
        """Give SHA-256 of the file's bytes, in hexadecimal."""
        return sha256(self.data).hexdigest()


@dataclass(frozen=True, eq=False)
class Cells:
    """A target, cut into cells; what is transparent in a cell has the cell's colour."""

    grid: Size
    """Columns and rows."""
    framed: Framed
    """The target in the mosaic's shape."""
    mean_rgb: NDArray[np.float32]
    """Mean sRGB 0 to 255, shape (rows, columns, 3)."""
    covered: NDArray[np.bool_]
    """Which cells get a tile, shape (rows, columns): those where the target is not transparent."""
    samples: NDArray[np.float32]
    """What mosaics are compared with: see `mosaicdb.perception.score_samples`."""
    signatures: NDArray[np.uint8] | None
    """Mean sRGB 0 to 255 of 6 x 6 equal parts, shape (rows, columns, 6, 6, 3); None where no
    structure is compared."""

    @property
    def enlarged(self) -> bool:
        """Say whether the target, as it is framed, has fewer pixels than there are cells."""
        width, height = self.framed.picture.size
        return width < self.grid[0] or height < self.grid[1]

    @cached_property
    def contrasts(self) -> NDArray[np.float64]:
        """Root mean square of the distances of samples from the cell's mean colour.

        In levels of 255, shape (rows, columns).
        """
        columns, rows = self.grid
        samples = self.samples.reshape(rows, -1, columns, self.samples.shape[1] // columns, 3)
        variances: NDArray[np.float64] = samples.var(axis=(1, 3), dtype=np.float64)
        contrasts: NDArray[np.float64] = np.sqrt(variances.sum(axis=-1))
        return contrasts

    @cached_property
    def filled(self) -> Image.Image:
        """The framed target in mode RGB, where what is transparent has its cell's colour."""
        if self.framed.opacity is None:
            return self.framed.picture
        colours = Image.fromarray(self.mean_rgb.round().astype(np.uint8))
        behind = colours.resize(self.framed.picture.size, Image.Resampling.NEAREST)
        black = Image.new("RGB", behind.size)
        return ImageChops.add(
            self.framed.picture, Image.composite(black, behind, self.framed.opacity)
        )


def open_target(database: Database | None, target: int | str | Path) -> Target:
    """Find and read a target.

    Args:
        database: knows which file has which number; None: there is none.
        target: the number of a photo, or the path of any picture.

    Raises:
        DatabaseError: no photo has the number.
        PhotoError: the picture's file has gone, or holds something else now.
    """
    try:
        if isinstance(target, int):
            if database is None:
                raise DatabaseError(f"no database knows photo {target}: name one with --db")
            original = find_original(database, target)
            path, data = read_first(original.paths, original.content_hash)
            return Target(path, original.tile_id, data)
        path = canonical_path(target)
        tile_id = find_tile_of_path(database, path) if database is not None else None
        return Target(path, tile_id, read_first([path])[1])
    except PhotoError as error:
        another = ""
        if database is not None:
            largest = [number for number in largest_photos(database, 4) if number != target][:3]
            another = f", such as one of the largest photos ({', '.join(map(str, largest))})"
        raise PhotoError(
            f"cannot read the target {printable(target)}: {error}; name another with --target"
            f"{another}"
        ) from error


def cut_cells(
    target: Target, grid: Size, cell: Size, framing: Framing, *, signatures: bool = True
) -> Cells:
    """Cut a target into cells.

    Args:
        target: the picture to rebuild.
        grid: columns and rows.
        cell: width and height of a cell in the mosaic, in pixels.
        framing: what is cut off or left empty where its shape is another.
        signatures: whether structure will be compared.

    Raises:
        UsageError: the grid has no cells, or the target is transparent everywhere.
        PhotoError: the target cannot be read.
    """
    if min(grid) < 1:
        raise UsageError(f"a grid of {grid[0]} x {grid[1]} cells: give at least 1 x 1")
    shape = grid[0] * cell[0], grid[1] * cell[1]
    try:
        framed = read_framed(target.data, shape, framing, MAX_TARGET_PIXELS)
    except PhotoError as error:
        raise PhotoError(f"cannot read the target {printable(target.path)}: {error}") from error
    cells = _cells_of(framed, grid, signatures)
    if not cells.covered.any():
        raise UsageError(
            f"the target {printable(target.path)} covers no cell by half: it is transparent, or "
            "far from the mosaic's shape"
        )
    return cells


def cut_windows(cells: Cells, windows: Sequence[Window]) -> Cells:
    """Give windows of a target, all of one size, as one target: one below the other.

    Args:
        cells: those of the whole target.
        windows: first column, first row, columns and rows of each.
    """
    _, _, columns, rows = windows[0]
    shape = columns * _WINDOW_SAMPLES, rows * _WINDOW_SAMPLES
    whole = cells.framed
    across, down = (
        side / count for side, count in zip(whole.picture.size, cells.grid, strict=True)
    )
    strip = Image.new("RGB", (shape[0], shape[1] * len(windows)))
    opacity = Image.new("L", strip.size) if whole.opacity else None
    for place, (left, top, width, height) in enumerate(windows):
        box = left * across, top * down, (left + width) * across, (top + height) * down
        part = whole.picture.resize(shape, Image.Resampling.BOX, box)
        strip.paste(part, (0, place * shape[1]))
        if whole.opacity and opacity:
            part = whole.opacity.resize(shape, Image.Resampling.BOX, box)
            opacity.paste(part, (0, place * shape[1]))
    framed = Framed(strip, opacity, whole.size)
    return _cells_of(framed, (columns, rows * len(windows)), cells.signatures is not None)


def _cells_of(framed: Framed, grid: Size, with_signatures: bool) -> Cells:
    sides = (1, SAMPLES, SIGNATURE_SIDE) if with_signatures else (1, SAMPLES)
    colours = cell_averages(framed.picture, grid, sides)  # transparency is black in them
    covered = np.ones((grid[1], grid[0]), np.bool_)
    if framed.opacity is not None:
        opacity = {
            side: averages[..., None] / 255
            for side, averages in cell_averages(framed.opacity, grid, sides).items()
        }
        covered = opacity[1][..., 0] >= _LEAST_OPACITY
        opaque = np.where(opacity[1] > 0, opacity[1], 1)
        colours[1] = np.where(covered[..., None], colours[1] / opaque, 255)
        for side in sides[1:]:
            behind = colours[1].repeat(side, axis=0).repeat(side, axis=1)
            colours[side] += (1 - opacity[side]) * behind
    signatures = None
    if with_signatures:
        parts = colours[SIGNATURE_SIDE].round().astype(np.uint8)
        split = parts.reshape(grid[1], SIGNATURE_SIDE, grid[0], SIGNATURE_SIDE, 3)
        signatures = split.swapaxes(1, 2)
    return Cells(grid, framed, colours[1], covered, colours[SAMPLES], signatures)


def weigh_cells(
    cells: Cells, importance: Importance, framing: Framing, *, progress: Progress = SILENT
) -> NDArray[np.float64] | None:
    """Say how much each cell matters.

    Args:
        cells: those of the target.
        importance: a mask, or what to find.
        framing: that of the target.
        progress: called with notices of what had to be done to target and mask.

    Returns:
        Factors of the cells' costs, shape (rows, columns); None: all matter alike.

    Raises:
        UsageError: the mask is black.
        PhotoError: the mask cannot be read.
    """
    weights = None
    has_scaled_mask = False
    if importance.focus is not None:
        attention = find_attention(importance.focus, cells.filled, cells.samples, cells.covered)
        weights = weights_of(attention.importance)
        if attention.faces is not None:
            alike = "" if attention.faces else ": all of it matters alike"
            progress.notice(f"{counted(attention.faces, 'face')} found in the target{alike}")
    elif importance.mask is not None:
        bright, has_scaled_mask = _brightness(cells, importance.mask, framing)
        weights = weights_of(bright)
    if cells.enlarged:
        width, height = cells.framed.size
        columns, rows = cells.grid
        progress.notice(
            f"the target has {width} x {height} pixels for {columns} x {rows} cells: "
            "it was scaled up"
        )
    if has_scaled_mask:
        progress.notice("the mask has another size than the target: it was scaled")
    if empty := cells.covered.size - int(cells.covered.sum()):
        progress.notice(
            f"{empty:,} of {cells.covered.size:,} cells stay empty: the target is transparent "
            "there, or does not reach them"
        )
    return weights


def tell_cut(cells: Cells, cell: Size, framing: Framing, progress: Progress) -> None:
    """Tell that much of the target was cut away, if so, and which grid would keep it.

    Args:
        cells: those of the target.
        cell: width and height of a cell in the mosaic, in pixels.
        framing: that of the target.
        progress: called with the notice.
    """
    (width, height), (columns, rows) = cells.framed.size, cells.grid
    across = width / height * cell[1] / cell[0]  # columns for each row of a grid of its shape
    cut = 1 - min(across * rows / columns, columns / (across * rows))
    if framing.fit != "fill" or cut < _MUCH_CUT:
        return
    high = max((columns * rows / across) ** 0.5, 1, 1 / across)
    grid = f"{round(high * across)}x{round(high)}"
    progress.notice(
        f"{cut * 100:.0f} % of the target is cut away: --grid {grid} keeps it, and --fit letter "
        "shows it whole with empty cells beside it"
    )


def _brightness(cells: Cells, mask: Path, framing: Framing) -> tuple[NDArray[Any], bool]:
    """Give the brightness of a mask in each cell, 0 to 1, and whether the mask was scaled."""
    named = printable(mask)
    try:
        data = read_first([canonical_path(mask)])[1]
        picture, scaled = read_mask(
            data, cells.framed.size, cells.framed.picture.size, framing, MAX_TARGET_PIXELS
        )
    except PhotoError as error:
        raise PhotoError(f"cannot read the mask {named}: {error}") from error
    bright = area_averages(picture, cells.grid)[..., 0] / 255
    if not bright[cells.covered].any():
        raise UsageError(f"the mask {named} is black everywhere: make bright what matters")
    return bright, scaled
