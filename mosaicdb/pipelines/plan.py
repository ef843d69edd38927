"""Plan mosaics: what to expect of grids and limits on uses, from a small part of the work.

A part of the cells, in windows spread over the target, is matched with as large a part of the uses
of tiles, drawn and scored: so that as many tiles stand behind a cell as in the whole mosaic.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import MatchingError
from ..executors import Executor
from ..matching import kernels_are_compiled, smallest_max_uses, warm_up
from ..options import EVERY_TILE, MosaicOptions, Selection, Strategy
from ..perception import mean_score, score_samples
from ..records import Score, Size, TileSet
from ..store import Database
from .drawing import draw_mosaic, load_thumbnail_stack
from .match import match_tiles
from .memory import within_memory
from .progress import SILENT, Progress
from .score import sample_picture
from .selection import select_tiles
from .target import Cells, Window, cut_cells, cut_windows, open_target, tell_cut, weigh_cells
from .wording import counted, retyped, ssim_text, times

SAMPLE_CELLS: Final = 2000
"""About as many cells are tried."""

_WINDOWS_A_SIDE: Final = 3
_SCARCE: Final = 2  # possible uses of tiles a cell below which a notice says what to expect
_TIME_EXPONENT: Final = 1.5  # of matching, in the number of cells: see docs/matching.md
_ROUGH_GAP: Final = 1e-3
_ROUGH_SECONDS: Final = 5.0  # until the best match so far is scored: it is but an estimate
_SEED: Final = 5019
_FREEDOM: Final = 4  # times the least number of uses: the largest limit that is planned
_DISTANCE: Final = 6  # cells
_SHIFT: Final = 25  # of 255
_SCALES: Final = (0.5, 1, 2)


@dataclass(frozen=True, slots=True)
class Expectation:
    """The estimated outcome of a mosaic."""

    options: MosaicOptions
    """What it is asked for."""
    cells: int
    """Cells that get a tile."""
    tiles: int
    """Tiles to choose from."""
    score: Score
    """How much it will look like its target."""
    match_seconds: float
    """How long its match will take; at least, where that of the part was stopped."""
    draw_seconds: float
    """How long it will take to draw."""


def plan_mosaics(
    database: Database,
    target: int | str | Path,
    options: MosaicOptions,
    selection: Selection = EVERY_TILE,
    *,
    grids: Sequence[Size] | None = None,
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> Iterator[Expectation]:
    """Estimate the outcome of a few grids, each with several limits on uses of a tile.

    Args:
        database: holds the tiles; gets the descriptors that they lack.
        target: the number of a photo, or the path of any picture.
        options: what is asked of the mosaic, but for its limit on uses.
        selection: which tiles may be used.
        grids: columns and rows of each; None: those of the options, half and twice as large.
        executor: where thumbnails are decoded; default: in this process.
        progress: called with what is done, and with notices.

    Yields:
        What to expect, from the smallest limit that can be to none, grid by grid.

    Raises:
        MosaicdbError: the target cannot be read, or there are too few tiles.
    """
    opened = open_target(database, target)
    options = within_memory(database, options, progress)
    structured = options.features.structured
    tiles = select_tiles(
        database,
        selection,
        signatures=structured,
        zoom=options.features.zoom,
        executor=executor,
        progress=progress,
    )
    progress.notice(counted(len(tiles), "tile"))
    warm_up(progress.report_gap)
    progress.end()
    for grid in grids or _usual_grids(options.grid):
        wanted = replace(options, grid=grid)
        cells = cut_cells(opened, grid, database.thumb_res, wanted.framing, signatures=structured)
        tell_cut(cells, database.thumb_res, wanted.framing, progress)
        weights = weigh_cells(cells, wanted.importance, wanted.framing, progress=progress)
        for limit in limits_worth_a_try(tiles.photos, int(cells.covered.sum())):
            yield expect(database, tiles, cells, with_limit(wanted, limit), weights)


def _usual_grids(grid: Size) -> list[Size]:
    columns, rows = grid
    return [(max(round(columns * scale), 1), max(round(rows * scale), 1)) for scale in _SCALES]


def limits_worth_a_try(tiles: int, cells: int) -> list[int | None]:
    """Give limits on uses, from the smallest that can be to none."""
    smallest = smallest_max_uses(tiles, cells)
    return [smallest, 2 * smallest, 4 * smallest, None]


def with_limit(options: MosaicOptions, limit: int | None) -> MosaicOptions:
    """Ask for the same mosaic with another limit on uses."""
    strategy: Strategy = "nearest" if limit is None else "unique"
    return replace(options, match=replace(options.match, strategy=strategy, max_uses=limit))


def with_freedom(options: MosaicOptions, tiles: int, limit: int) -> MosaicOptions:
    """Ask for a mosaic that has more to choose from: more uses of a tile, apart, and shifted.

    Args:
        options: what was asked; distances and shifts in it are kept.
        tiles: how many there are: few cannot be far apart.
        limit: the least that tiles have to be used.
    """
    distance = options.match.min_distance or min(_DISTANCE, max(math.isqrt(tiles // 2), 1))
    match = replace(
        options.match, strategy="unique", max_uses=_FREEDOM * limit, min_distance=distance
    )
    draw = replace(options.draw, shift=max(options.draw.shift, _SHIFT))
    return replace(options, match=match, draw=draw)


def freedom_flags(options: MosaicOptions) -> list[str]:
    """Give the flags that ask for what `with_freedom` asks for."""
    return [
        f"--max-uses {options.match.max_uses}",
        f"--min-distance {options.match.min_distance}",
        f"--shift {options.draw.shift}",
    ]


def expect(
    database: Database,
    tiles: TileSet,
    cells: Cells,
    options: MosaicOptions,
    weights: NDArray[np.float64] | None = None,
) -> Expectation:
    """Estimate the outcome of a mosaic from a part of its cells.

    Args:
        database: holds the thumbnails.
        tiles: those to choose from, with signatures where the features need them.
        cells: the target's.
        options: what is asked of it.
        weights: factors of the cells' costs, shape (rows, columns); None: 1.

    Raises:
        MatchingError: there are too few tiles.
    """
    windows = _windows(cells)
    part = cut_windows(cells, windows)
    wanted, tried = int(cells.covered.sum()), int(part.covered.sum())
    fewer_tiles, fewer_uses = _thinned(tiles, wanted, part, options)
    gap = max(options.match.gap, _ROUGH_GAP)
    asked = fewer_uses.match.time_limit
    limit = _ROUGH_SECONDS if asked is None else min(asked, _ROUGH_SECONDS)
    rough = replace(fewer_uses, match=replace(fewer_uses.match, gap=gap, time_limit=limit))
    started = time.perf_counter()
    mosaic = match_tiles(
        fewer_tiles,
        part,
        rough,
        weights=_stacked(weights, windows),
        owner=fewer_tiles.owners,
    )
    matched = time.perf_counter()
    thumbnails = load_thumbnail_stack(database, mosaic.tile_ids, mosaic.crops)
    picture = draw_mosaic(mosaic, thumbnails, part, options.draw).drawn
    drawn = time.perf_counter()
    share = wanted / max(tried, 1)
    return Expectation(
        options,
        wanted,
        len(tiles),
        _score(sample_picture(picture, part), part, len(windows)),
        (matched - started) * share**_TIME_EXPONENT,
        (drawn - matched) * share,
    )


def _score(samples: NDArray[np.float32], part: Cells, windows: int) -> Score:
    """Score windows one by one: SSIM would look across their borders."""
    pieces = [np.split(array, windows) for array in (samples, part.samples, part.covered)]
    scores = [score_samples(*piece) for piece in zip(*pieces, strict=True)]
    return mean_score(scores, [covered.sum() for covered in pieces[2]])


def _windows(cells: Cells) -> list[Window]:
    """Put windows into the middle of equal parts of a grid.

    Of all of it where it is small, else of the part that is not empty.
    """
    if cells.covered.size <= SAMPLE_CELLS:
        return [(0, 0, *cells.grid)]
    left, top, columns, rows = _covered_part(cells)
    if columns * rows <= SAMPLE_CELLS:
        return [(left, top, columns, rows)]
    across, down = (min(_WINDOWS_A_SIDE, side) for side in (columns, rows))
    part = (SAMPLE_CELLS / (columns * rows)) ** 0.5
    width = max(1, round(part * columns / across))
    height = max(1, min(rows // down, SAMPLE_CELLS // (across * down * width)))
    width = max(1, min(columns // across, SAMPLE_CELLS // (across * down * height)))
    return [
        (
            left + _middle(column, across, columns, width),
            top + _middle(row, down, rows, height),
            width,
            height,
        )
        for row in range(down)
        for column in range(across)
    ]


def _covered_part(cells: Cells) -> Window:
    """Give the smallest part of a grid that has all cells that are not empty."""
    rows, columns = (np.flatnonzero(cells.covered.any(axis=axis)) for axis in (1, 0))
    left, top = int(columns[0]), int(rows[0])
    return left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1


def _middle(part: int, parts: int, length: int, window: int) -> int:
    """Give where a window begins that lies in the middle of a part."""
    return round((part + 0.5) * length / parts - window / 2)


def _thinned(
    tiles: TileSet, wanted: int, cells: Cells, options: MosaicOptions
) -> tuple[TileSet, MosaicOptions]:
    """Lower the limit on uses, and then the number of photos, by as much as the cells are fewer.

    Always the same photos are left out, with all the tiles that count as one with them. Those
    that are left can fill the cells.
    """
    limit = options.match.max_uses
    if limit is None:
        return tiles, options
    tried = int(cells.covered.sum())
    uses = max(tiles.photos * limit * tried // max(wanted, 1), tried)
    fewer = -(-uses // tiles.photos)
    count = -(-uses // fewer)
    owners = tiles.ids if tiles.owners is None else tiles.owners
    chosen = np.random.default_rng(_SEED).permutation(np.unique(owners))[:count]
    kept = tiles.only(tiles.ids[np.isin(owners, chosen)])
    return kept, replace(options, match=replace(options.match, max_uses=fewer))


def _stacked(
    weights: NDArray[np.float64] | None, windows: list[Window]
) -> NDArray[np.float64] | None:
    if weights is None:
        return None
    return np.concatenate(
        [weights[top : top + rows, left : left + columns] for left, top, columns, rows in windows]
    )


def tell_expectation(
    database: Database,
    tiles: TileSet,
    target: Cells,
    options: MosaicOptions,
    weights: NDArray[np.float64] | None,
    typed: Sequence[str],
    progress: Progress,
) -> None:
    """Tell users before a long match what to expect of few tiles, and what would help.

    `typed` are the words of their command line, to which options are added; all other arguments
    are those of `expect`.
    """
    count, cells = tiles.photos, int(target.covered.sum())
    limit = options.match.max_uses or smallest_max_uses(count, cells)
    is_scarce = options.match.strategy == "unique" and cells <= count * limit < _SCARCE * cells
    is_large = cells > SAMPLE_CELLS
    if not progress.shows_notices or not is_scarce or (limit == 1 and not is_large):
        return
    kind = "tile" if tiles.owners is None else "photo"
    text = f"{counted(count, kind)} for {counted(cells, 'cell')}: "
    if count < cells:
        text += "each once is impossible; "
    text += f"each {'' if limit == 1 else 'at most '}{times(limit)}"
    freer = with_freedom(options, count, limit)
    # A hint is not worth waiting for compilers.
    if is_large and kernels_are_compiled(distances=True):
        try:
            asked, better = (
                expect(database, tiles, target, wanted, weights).score.samples_1
                for wanted in (with_limit(options, limit), freer)
            )
        except MatchingError:  # of distances that do not fit into a part: it is but a hint
            progress.notice(text)
            return
        text += (
            f" gives about ΔE {asked.delta_e:.1f} and SSIM {ssim_text(asked.ssim)}; "
            f"about ΔE {better.delta_e:.1f} and SSIM {ssim_text(better.ssim)} would come of:"
        )
    else:
        text += "; this would look more like the target:"
    progress.notice(f"{text} {' '.join(retyped(typed, freedom_flags(freer)))}")
