"""Make mosaics: prepare, match, draw, save, score, record, report."""

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import MatchingError, ReadOnlyError, UsageError, printable
from ..executors import Executor
from ..matching import smallest_max_uses, warm_up
from ..options import EVERY_TILE, DrawOptions, MatchOptions, MosaicOptions, Outputs, Selection
from ..photos import canonical_path, hash_file, recorded_paths
from ..records import Mosaic, Size, TileSet
from ..rendering import check_matches, check_output, save_picture, write_matches
from ..store import Database, record_mosaic
from .drawing import draw_mosaic, load_thumbnail_stack
from .match import match_tiles, read_match
from .overwrite_guard import refuse_overwriting
from .plan import SAMPLE_CELLS, expect, freedom_flags, with_freedom, with_limit
from .progress import SILENT, Progress
from .report import check_report, write_report
from .score import score_mosaic
from .selection import select_tiles
from .target import Cells, Target, cut_cells, open_target, tell_cut, weigh_cells
from .wording import counted, ssim_text, times

_SCARCE = 2  # possible uses of tiles for each cell below which a notice says what to expect


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A target, its cells and the tiles: what mosaics of one target share."""

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
    typed: Sequence[str] = (),
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
        record: whether a mosaic whose picture is written to a file is recorded in the database,
            in the place of the one that was recorded with that file before.
        kept: files that no output may replace, beside photos, target, mask and the database.
        command: words of a command line that makes the mosaic again, for the report.
        typed: words of the command line that asked for it, quoted, for notices.
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
        options,
        [(options.match, outputs)],
        selection,
        score=score,
        record=record,
        kept=kept,
        command=command,
        typed=typed,
        executor=executor,
        progress=progress,
    )
    return mosaic


def render_each(
    database: Database,
    target: int | str | Path,
    options: MosaicOptions,
    matches: Sequence[tuple[MatchOptions, Outputs]],
    selection: Selection = EVERY_TILE,
    *,
    score: bool = True,
    record: bool = True,
    kept: Iterable[str | Path] = (),
    command: Sequence[str] = (),
    typed: Sequence[str] = (),
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> Iterator[Mosaic]:
    """Make several mosaics of one target that differ in their match; yield each when it is done.

    Every output is checked before the first match begins. `matches` gives the options of each
    match, in place of those in `options`, and where its mosaic is written; all other arguments
    and errors are those of `render`.
    """
    for _, outputs in matches:
        _check_names(outputs, options.grid, database)
        if outputs.report and not score:
            raise UsageError("a report shows the score of a mosaic: leave out neither or both")
    steps = _Steps(database, score, record, tuple(command), progress, _Clock())
    with steps.clock.measure("load"):
        prepared = prepare(
            database, target, options, selection, executor=executor, progress=progress
        )
    masks = [] if options.importance.mask is None else [options.importance.mask]
    files = [path for _, outputs in matches for path in _files(outputs)]
    refuse_overwriting(database, files, [prepared.target.path, *masks, *kept])
    for _, outputs in matches:
        if outputs.matches:
            check_matches(outputs.matches)
    tell_cut(prepared.cells, database.thumb_res, options.framing, progress)
    for match_options, outputs in matches:
        wanted = replace(options, match=match_options)
        _tell_expectation(database, prepared, wanted, typed, progress)
        with steps.clock.measure("match"):
            mosaic = _match(prepared, wanted, selection, progress)
        if outputs.matches:
            write_matches(outputs.matches, mosaic.tile_ids)
        yield steps.run(mosaic, prepared.cells, outputs, options.draw)


def _match(
    prepared: Prepared, options: MosaicOptions, selection: Selection, progress: Progress
) -> Mosaic:
    mosaic = match_tiles(
        prepared.tiles,
        prepared.cells,
        options,
        weights=prepared.weights,
        owner=prepared.tiles.owners,
        progress=progress,
    )
    return replace(
        mosaic,
        target=prepared.target.path,
        target_tile_id=prepared.target.tile_id,
        parameters={**mosaic.parameters, **selection.parameters()},
    )


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
    steps = _Steps(database, True, record, (), progress, _Clock())
    with steps.clock.measure("load"):
        mosaic = read_match(database, matches)
    steps.clock.seconds["match"] = 0.0
    refuse_overwriting(database, _files(outputs), [matches, *kept])
    _check_names(outputs, mosaic.grid, database)
    return steps.run(mosaic, None, outputs, DrawOptions())


def prepare(
    database: Database,
    target: int | str | Path,
    options: MosaicOptions,
    selection: Selection = EVERY_TILE,
    *,
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> Prepared:
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
    return Prepared(opened, cells, tiles, weights)


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
    database: Database,
    prepared: Prepared,
    options: MosaicOptions,
    typed: Sequence[str],
    progress: Progress,
) -> None:
    """Tell users before a long match what to expect of few tiles, and what would help."""
    tiles, cells = prepared.tiles.photos, int(prepared.cells.covered.sum())
    limit = options.match.max_uses or smallest_max_uses(tiles, cells)
    is_scarce = options.match.strategy == "unique" and cells <= tiles * limit < _SCARCE * cells
    is_large = cells > SAMPLE_CELLS
    if not progress.shows_notices or not is_scarce or (limit == 1 and not is_large):
        return
    kind = "tile" if prepared.tiles.owners is None else "photo"
    text = f"{counted(tiles, kind)} for {counted(cells, 'cell')}: "
    if tiles < cells:
        text += "each once is impossible; "
    text += f"each {'' if limit == 1 else 'at most '}{times(limit)}"
    freer = with_freedom(options, tiles, limit)
    if is_large:
        warm_up(progress.report_gap)
        progress.end()
        try:
            asked, better = (
                expect(
                    database, prepared.tiles, prepared.cells, wanted, prepared.weights
                ).score.samples_1
                for wanted in (with_limit(options, limit), freer)
            )
        except MatchingError:  # of distances that do not fit into a part: it is but a hint
            progress.notice(text)
            return
        text += (
            f" gives about ΔE {asked.delta_e:.1f} and SSIM {ssim_text(asked.ssim)}; "
            f"about ΔE {better.delta_e:.1f} and SSIM {ssim_text(better.ssim)} come of"
        )
    else:
        text += "; more like the target would be"
    progress.notice(f"{text} {' '.join([*typed, *freedom_flags(freer)])}")


@dataclass(frozen=True, slots=True)
class _Steps:
    """The steps after the match, as far as they are wanted."""

    database: Database
    score: bool
    record: bool
    command: tuple[str, ...]
    progress: Progress
    clock: "_Clock"

    def run(
        self, mosaic: Mosaic, cells: Cells | None, outputs: Outputs, options: DrawOptions
    ) -> Mosaic:
        """Draw, save, score, record and report a mosaic; without cells it has no target."""
        with self.clock.measure("render"):
            thumbnails = load_thumbnail_stack(self.database, mosaic.tile_ids)
            mosaic = draw_mosaic(mosaic, thumbnails, cells, options)
            content_hash = None
            if outputs.picture:
                content_hash = save_picture(mosaic.drawn, outputs.picture, outputs.quality)
                mosaic = replace(mosaic, output=outputs.picture)
        if self.score:
            with self.clock.measure("score"):
                mosaic = score_mosaic(mosaic, cells)
        if self.record and mosaic.output and content_hash:
            mosaic = self._recorded(mosaic, mosaic.output, content_hash)
        if outputs.report and cells:
            with self.clock.measure("report"):
                write_report(self.database, mosaic, cells, thumbnails, outputs.report, self.command)
        return replace(mosaic, seconds=dict(self.clock.seconds))

    def _recorded(self, mosaic: Mosaic, output: Path, content_hash: str) -> Mosaic:
        written = replace(mosaic, output=Path(os.path.realpath(canonical_path(output))))
        try:
            mosaic_id = record_mosaic(
                self.database,
                written,
                content_hash,
                paths=recorded_paths(output),
                is_kept=lambda: _holds(output, content_hash),
            )
        except ReadOnlyError as error:
            self.progress.notice(f"not recorded: {error}")
            return mosaic
        if mosaic_id is None:
            place = printable(output)
            self.progress.notice(f"not recorded: {place} was replaced or deleted meanwhile")
        return replace(mosaic, id=mosaic_id)


def _holds(path: Path, content_hash: str) -> bool:
    try:
        return hash_file(str(path)) == content_hash
    except OSError:
        return False


class _Clock:
    """How long each part of the work took, in seconds."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - started, 3)
