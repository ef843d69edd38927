"""Plan mosaics: what to expect of grids and limits on uses, from a small part of the work.

A part of the cells, in windows spread over the target, is matched with as large a part of the
tiles, drawn and scored: so that as many tiles stand behind a cell as in the whole mosaic.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .drawing import draw_mosaic
from .matching import smallest_max_uses
from .model import MosaicOptions, Score, TileSet
from .mosaic import make_mosaic
from .perception import mean_score, sampled, score_samples
from .store import Database
from .targets import Cells, Window, cut_windows

SAMPLE_CELLS: Final = 2000
"""About as many cells are tried."""

_WINDOWS_A_SIDE: Final = 3
_TIME_EXPONENT: Final = 1.5  # of matching, in the number of cells: see docs/matching.md
_ROUGH_GAP: Final = 1e-3
_SEED: Final = 5019


@dataclass(frozen=True, slots=True)
class Expectation:
    """What to expect of a mosaic."""

    options: MosaicOptions
    """What it is asked for."""
    cells: int
    """Cells that get a tile."""
    tiles: int
    """Tiles to choose from."""
    score: Score
    """How much it will look like its target."""
    match_seconds: float
    """How long its match will take."""
    draw_seconds: float
    """How long it will take to draw."""


def limits_worth_a_try(tiles: int, cells: int) -> list[int | None]:
    """Give limits on uses, from the smallest that can be to none."""
    smallest = smallest_max_uses(tiles, cells)
    return [smallest, 2 * smallest, 4 * smallest, None]


def with_limit(options: MosaicOptions, limit: int | None) -> MosaicOptions:
    """Ask for the same mosaic with another limit on uses."""
    strategy = "nearest" if limit is None else "unique"
    return replace(options, match=replace(options.match, strategy=strategy, max_uses=limit))


def expect(
    database: Database,
    tiles: TileSet,
    cells: Cells,
    options: MosaicOptions,
    weights: NDArray[np.float64] | None = None,
) -> Expectation:
    """Say what to expect of a mosaic.

    Args:
        database: holds the thumbnails.
        tiles: those to choose from, with signatures where the features need them.
        cells: the target's.
        options: what is asked of it.
        weights: factors of the cells' costs, shape (rows, columns); None: 1.

    Raises:
        MatchingError: there are too few tiles.
    """
    windows = list(_windows(cells))
    part = cut_windows(cells, windows)
    wanted, tried = int(cells.covered.sum()), int(part.covered.sum())
    some = tiles if options.match.max_uses is None else _some(tiles, tried / max(wanted, 1))
    rough = replace(options, match=replace(options.match, gap=max(options.match.gap, _ROUGH_GAP)))
    started = time.perf_counter()
    mosaic = make_mosaic(some, part, rough, weights=_stacked(weights, windows))
    matched = time.perf_counter()
    drawing = draw_mosaic(database, mosaic.tile_ids, mosaic.flipped, part, options.draw)
    drawn = time.perf_counter()
    share = wanted / max(tried, 1)
    return Expectation(
        options,
        wanted,
        len(tiles),
        _score(sampled(drawing.picture.convert("RGB"), part.grid), part, len(windows)),
        (matched - started) * share**_TIME_EXPONENT,
        (drawn - matched) * share,
    )


def _score(samples: NDArray[np.float32], part: Cells, windows: int) -> Score:
    """Score windows one by one: SSIM would look across their borders."""
    pieces = [np.split(array, windows) for array in (samples, part.samples, part.covered)]
    scores = [score_samples(*piece) for piece in zip(*pieces, strict=True)]
    return mean_score(scores, [covered.sum() for covered in pieces[2]])


def _windows(cells: Cells) -> Iterator[Window]:
    """Spread windows evenly over a grid; all of it, where it is small."""
    columns, rows = cells.grid
    if columns * rows <= SAMPLE_CELLS:
        yield 0, 0, columns, rows
        return
    part = (SAMPLE_CELLS / (columns * rows)) ** 0.5 / _WINDOWS_A_SIDE
    width, height = (max(1, round(part * side)) for side in cells.grid)
    for row in range(_WINDOWS_A_SIDE):
        for column in range(_WINDOWS_A_SIDE):
            left = round((columns - width) * (column + 0.5) / _WINDOWS_A_SIDE)
            top = round((rows - height) * (row + 0.5) / _WINDOWS_A_SIDE)
            yield left, top, width, height


def _some(tiles: TileSet, part: float) -> TileSet:
    """Choose a part of the tiles, always the same."""
    count = max(1, round(len(tiles) * part))
    return tiles.only(np.random.default_rng(_SEED).permutation(tiles.ids)[:count])


def _stacked(
    weights: NDArray[np.float64] | None, windows: list[Window]
) -> NDArray[np.float64] | None:
    if weights is None:
        return None
    return np.concatenate(
        [weights[top : top + rows, left : left + columns] for left, top, columns, rows in windows]
    )
