"""Bring cells nearer to the target: shift and adapt tiles, blend it in, show it where none are."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..options import DrawOptions
from ..rendering import bounded_contrasts, bounded_shifts, compose_row, scale_contrasts
from .target import Cells, Window

_STEP = 2  # pixels, across and down, of those that are compared


class Painter:
    """Paints the rows of a mosaic, and measures how much.

    Args:
        cells: the target's.
        options: what is done to tiles.
        window: which cells are drawn.
    """

    def __init__(self, cells: Cells, options: DrawOptions, window: Window) -> None:
        self._cells, self._options, self._window = cells, options, window
        self.shifted = 0.0
        """Sum of the shifts of cells and channels, in levels of 255."""
        self.most_shift = 0.0
        """The largest of them."""
        self._painted, self._left = 0.0, 0.0

    @property
    def share(self) -> float:
        """Give how much of the way to the target was painted, 0 to 1."""
        way = self._painted + self._left
        return self._painted / way if way else 0.0

    def paint(
        self,
        plain: NDArray[np.uint8],
        tiles: NDArray[np.uint8],
        means: NDArray[np.float64] | None,
        row: int,
        empty: NDArray[np.bool_],
    ) -> NDArray[np.uint8]:
        """Paint a row of cells.

        Args:
            plain: the row as it is, shape (height, columns * width, 3).
            tiles: the same, tile by tile, shape (columns, height, width, 3).
            means: of tiles, shape (columns, 3); None where only the target is blended in.
            row: which it is, from the top of the window.
            empty: which cells have no tile, shape (columns,).
        """
        if means is None and not self._options.blend and not empty.any():
            return plain  # only empty cells would show something of the target
        strip = plain if means is None else self._adapted(tiles, means, row, empty)
        target = self._target(row, (strip.shape[1], strip.shape[0]))
        if self._options.blend:
            blended = Image.blend(Image.fromarray(strip), target, self._options.blend)
            strip = np.asarray(blended)
        shown = ~empty.repeat(tiles.shape[2])
        if self._options.faint and empty.any():
            strip = strip.copy()
            strip[:, ~shown] = self._faint(target)[:, ~shown]
        before, now, aim = (
            pixels[::_STEP, shown][:, ::_STEP].astype(np.int16)
            for pixels in (plain, strip, np.asarray(target))
        )
        self._painted += float(np.abs(now - before).sum())
        self._left += float(np.abs(aim - now).sum())
        return strip

    def _faint(self, target: Image.Image) -> NDArray[np.uint8]:
        white = Image.new("RGB", target.size, "white")
        return np.asarray(Image.blend(white, target, self._options.faint))

    def _adapted(
        self,
        tiles: NDArray[np.uint8],
        means: NDArray[np.float64],
        row: int,
        empty: NDArray[np.bool_],
    ) -> NDArray[np.uint8]:
        """Move the means of tiles, and scale their contrasts."""
        cells, options = self._cells, self._options
        left, top, columns, _ = self._window
        own = top + row, slice(left, left + columns)
        shifts = bounded_shifts(means, cells.mean_rgb[own], options.shift, options.adapt)
        shifts[empty] = 0
        self.shifted += float(np.abs(shifts).sum())
        self.most_shift = max(self.most_shift, float(np.abs(shifts).max()))
        if options.adapt:
            factors = bounded_contrasts(tiles, means, cells.contrasts[own], options.adapt)
            tiles = scale_contrasts(tiles, means, factors)
        return compose_row(tiles, means=means, shifts=shifts)

    def _target(self, row: int, size: tuple[int, int]) -> Image.Image:
        """Give what a row of cells rebuilds, at a size in pixels."""
        picture, grid = self._cells.filled, self._cells.grid
        left, top, columns, _ = self._window
        across, down = picture.width / grid[0], picture.height / grid[1]
        right = min((left + columns) * across, picture.width)
        bottom = min((top + row + 1) * down, picture.height)
        box = left * across, (top + row) * down, right, bottom
        return picture.resize(size, Image.Resampling.BICUBIC, box)
