"""Make mosaics: prepare, match, draw, save, score, record, report, and nothing of it twice."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import MatchingError, ReadOnlyError
from ..executors import Executor
from ..matching import smallest_max_uses
from ..options import EVERY_TILE, DrawOptions, MosaicOptions, Outputs, Selection
from ..photos import canonical_path, hash_file
from ..records import Mosaic, Size, TileSet
from ..rendering import check_matches, check_output, save_picture, write_matches
from ..store import Database, record_mosaic
from .drawing import draw_mosaic, load_thumbnail_stack
from .match import match_tiles, read_match
from .overwrite_guard import refuse_overwriting
from .plan import SAMPLE_CELLS, expect, with_limit
from .progress import SILENT, Progress
from .report import check_report, write_report
from .score import score_mosaic
from .selection import select_tiles
from .target import Cells, Target, cut_cells, open_target, weigh_cells
from .wording import counted, ssim_text, times

_PLENTY = 2  # uses of tiles a cell from which on there is nothing to warn of


@dataclass(frozen=True, slots=True, eq=False)
class Ingredients:
    """What mosaics of one target are made of."""

    target: Target
    """The picture that they rebuild."""
    cells: Cells
    """Those of the target."""
    tiles: TileSet
    """Those to choose from."""
    weights: NDArray[np.float64] | None
    """Factors of the cells' costs, shape (rows, columns); None: all matter alike."""


def render(
    database: Database,
    target: int | str | Path,
    options: MosaicOptions = MosaicOptions(),  # noqa: B008 - frozen
    selection: Selection = EVERY_TILE,
    outputs: Outputs = Outputs(),  # noqa: B008 - frozen
    *,
    score: bool = True,
    record: bool = True,
    kept: Iterable[str | Path] = (),
    command: Sequence[str] = (),
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> Mosaic:
    """Make a mosaic and draw it; write, score, record and report it as far as that is wanted.

    Args:
        database: holds the tiles.
        target: the number of a photo, or the path of any picture.
        options: what is asked of the mosaic.
        selection: which tiles may be used.
        outputs: which files are written; a report is written of a mosaic that is scored.
        score: whether the mosaic is compared with its target.
        record: whether a mosaic whose picture is written is recorded in the database.
        kept: files that no output may replace, beside photos, target, mask and the database.
        command: words of a command line that makes the mosaic again, for the report.
        executor: where thumbnails are decoded for features that tiles lack; default: here.
        progress: called with what is done, and with notices. That a database can only be read,
            so that the mosaic is not recorded, is one.

    Returns:
        The mosaic, with its picture.

    Raises:
        MosaicdbError: the target cannot be read, there are too few tiles, or an output cannot be
            written or would replace what is to be kept.
    """
    (mosaic,) = render_each(
        database,
        target,
        [(options, outputs)],
        selection,
        score=score,
        record=record,
        kept=kept,
        command=command,
        executor=executor,
        progress=progress,
    )
    return mosaic


def render_each(
    database: Database,
    target: int | str | Path,
    wanted: Sequence[tuple[MosaicOptions, Outputs]],
    selection: Selection = EVERY_TILE,
    *,
    score: bool = True,
    record: bool = True,
    kept: Iterable[str | Path] = (),
    command: Sequence[str] = (),
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> Iterator[Mosaic]:
    """Make several mosaics of one target that differ in their match, one after the other.

    Every output is checked before the first match begins.

    Args:
        database: see `render`.
        target: see `render`.
        wanted: what is asked of each, and where it goes; they share grid, features, framing and
            importance.
        selection: see `render`.
        score: see `render`.
        record: see `render`.
        kept: see `render`.
        command: see `render`.
        executor: see `render`.
        progress: see `render`.

    Yields:
        Each mosaic as soon as it is done.
    """
    clock = _Clock()
    shared = wanted[0][0]
    for _, outputs in wanted:
        _check_names(outputs, shared.grid, database)
    with clock.measure("load"):
        ingredients = prepare(
            database, target, shared, selection, executor=executor, progress=progress
        )
    masks = [] if shared.importance.mask is None else [shared.importance.mask]
    files = [path for _, outputs in wanted for path in _files(outputs)]
    refuse_overwriting(database, files, [ingredients.target.path, *masks, *kept])
    for _, outputs in wanted:
        if outputs.matches:
            check_matches(outputs.matches)
    for options, outputs in wanted:
        _tell_expectation(database, ingredients, options, progress)
        with clock.measure("match"):
            mosaic = match_tiles(
                ingredients.tiles,
                ingredients.cells,
                options,
                weights=ingredients.weights,
                progress=progress,
            )
        mosaic = replace(
            mosaic,
            target=ingredients.target.path,
            target_tile_id=ingredients.target.tile_id,
            parameters={**mosaic.parameters, **selection.parameters()},
        )
        if outputs.matches:
            write_matches(outputs.matches, mosaic.tile_ids)
        work = _Finish(database, outputs, score, record, tuple(command), progress, clock)
        yield work.run(mosaic, ingredients.cells, options.draw)


def render_given(
    database: Database,
    matches: Path,
    outputs: Outputs,
    *,
    record: bool = True,
    kept: Iterable[str | Path] = (),
    progress: Progress = SILENT,
) -> Mosaic:
    """Draw a mosaic from a file of tile ids, without matching.

    Args:
        database: holds the tiles.
        matches: see `read_match`.
        outputs: where its picture goes.
        record: see `render`.
        kept: files that no output may replace.
        progress: see `render`.

    Raises:
        UsageError: the file is no grid of integers, or names tiles that there are not.
    """
    clock = _Clock()
    with clock.measure("load"):
        mosaic = read_match(database, matches)
    clock.seconds["match"] = 0.0
    refuse_overwriting(database, _files(outputs), [matches, *kept])
    _check_names(outputs, mosaic.grid, database)
    work = _Finish(database, outputs, True, record, (), progress, clock)
    return work.run(mosaic, None, DrawOptions())


def prepare(
    database: Database,
    target: int | str | Path,
    options: MosaicOptions,
    selection: Selection = EVERY_TILE,
    *,
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> Ingredients:
    """Read the target, cut it into cells and weigh them, and load the tiles.

    Args:
        database: holds the tiles; gets the descriptors that they lack.
        target: the number of a photo, or the path of any picture.
        options: what is asked of the mosaic.
        selection: which tiles may be used.
        executor: where thumbnails are decoded; default: in this process.
        progress: called with what is done, and with what was done to target and mask.

    Raises:
        MosaicdbError: the target or the mask cannot be read, or there are no tiles.
    """
    opened = open_target(database, target)
    structured = options.features.structured
    cells = cut_cells(
        opened, options.grid, database.thumb_res, options.framing, signatures=structured
    )
    tiles = select_tiles(
        database,
        selection,
        signatures=structured,
        executor=executor,
        progress=progress,
    )
    weights = weigh_cells(cells, options.importance, options.framing, progress=progress)
    return Ingredients(opened, cells, tiles, weights)


def _files(outputs: Outputs) -> list[Path]:
    files = (outputs.picture, outputs.matches, outputs.report)
    return [path for path in files if path is not None]


def _check_names(outputs: Outputs, grid: Size, database: Database) -> None:
    width, height = database.thumb_res
    if outputs.picture:
        check_output(outputs.picture, (grid[0] * width, grid[1] * height))
    if outputs.report:
        check_report(outputs.report)


def _tell_expectation(
    database: Database, ingredients: Ingredients, options: MosaicOptions, progress: Progress
) -> None:
    """Tell users before a long match what to expect of few tiles."""
    tiles, cells = len(ingredients.tiles), int(ingredients.cells.covered.sum())
    limit = options.match.max_uses or smallest_max_uses(tiles, cells)
    is_scarce = options.match.strategy == "unique" and cells <= tiles * limit < _PLENTY * cells
    is_large = cells > SAMPLE_CELLS
    if not progress.shows_notices or not is_scarce or (limit == 1 and not is_large):
        return
    text = f"{counted(tiles, 'tile')} for {counted(cells, 'cell')}: "
    if tiles < cells:
        text += "each once is impossible; "
    text += f"each {'' if limit == 1 else 'at most '}{times(limit)}"
    if is_large:
        try:
            limited, free = (
                expect(
                    database,
                    ingredients.tiles,
                    ingredients.cells,
                    with_limit(options, uses),
                    ingredients.weights,
                ).score.samples_1
                for uses in (limit, None)
            )
        except MatchingError:  # of distances that do not fit into a part: it is but a hint
            return
        text += (
            f" gives about ΔE {limited.delta_e:.1f} and SSIM {ssim_text(limited.ssim)}, any number "
            f"of times about ΔE {free.delta_e:.1f} and SSIM {ssim_text(free.ssim)}; "
            "`mosaicdb plan` tells more"
        )
    progress.notice(text)


@dataclass(frozen=True, slots=True)
class _Finish:
    """What is done with a mosaic once it is known which tile is where."""

    database: Database
    outputs: Outputs
    score: bool
    record: bool
    command: tuple[str, ...]
    progress: Progress
    clock: "_Clock"

    def run(self, mosaic: Mosaic, cells: Cells | None, options: DrawOptions) -> Mosaic:
        with self.clock.measure("render"):
            thumbnails = load_thumbnail_stack(self.database, mosaic.tile_ids)
            mosaic = draw_mosaic(mosaic, thumbnails, cells, options)
            if self.outputs.picture:
                save_picture(mosaic.drawn, self.outputs.picture, self.outputs.quality)
                mosaic = replace(mosaic, output=self.outputs.picture)
        if self.score:
            with self.clock.measure("score"):
                mosaic = score_mosaic(mosaic, cells)
        if self.record and mosaic.output:
            mosaic = self._recorded(mosaic, mosaic.output)
        if self.outputs.report and cells:
            with self.clock.measure("report"):
                write_report(
                    self.database, mosaic, cells, thumbnails, self.outputs.report, self.command
                )
        return replace(mosaic, seconds=dict(self.clock.seconds))

    def _recorded(self, mosaic: Mosaic, output: Path) -> Mosaic:
        written = replace(mosaic, output=Path(canonical_path(output)))
        try:
            mosaic_id = record_mosaic(self.database, written, hash_file(str(output)))
        except ReadOnlyError as error:
            self.progress.notice(f"not recorded: {error}")
            return mosaic
        return replace(mosaic, id=mosaic_id)


class _Clock:
    """How long each part of the work took, in seconds."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - started, 3)
