"""Make mosaics: prepare, match, draw, save, score, record, report."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import ReadOnlyError, UsageError
from ..executors import Executor
from ..options import (
    EVERY_TILE,
    DrawOptions,
    Framing,
    MatchOptions,
    MosaicOptions,
    Outputs,
    Selection,
)
from ..photos import canonical_path, hash_file
from ..records import Mosaic, Size, TileSet
from ..rendering import check_matches, picture_of, strips_of, write_matches
from ..store import Database, record_mosaic
from .draw import source_of, tell_photos
from .drawing import Drawing, ThumbnailStack, TileSource, draw_mosaic, load_thumbnail_stack
from .match import match_tiles, read_match
from .overwrite_guard import refuse_overwriting
from .plan import tell_expectation
from .progress import SILENT, Progress
from .report import check_report, write_report
from .score import Sampler, score_mosaic
from .selection import select_tiles
from .target import Cells, Target, cut_cells, open_target, weigh_cells
from .writing import Form, check_form, write_form


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
        options,
        [(options.match, outputs)],
        selection,
        score=score,
        record=record,
        kept=kept,
        command=command,
        executor=executor,
        progress=progress,
        keep_picture=True,
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
    executor: Executor | None = None,
    progress: Progress = SILENT,
    keep_picture: bool = False,
    form: Form | None = None,
) -> Iterator[Mosaic]:
    """Make several mosaics of one target that differ in their match; yield each when it is done.

    Every output is checked before the first match begins. `matches` gives the options of each
    match, in place of those in `options`, and where its mosaic is written. Unless `keep_picture`,
    a picture that is written is never in memory as a whole. `form` says in what form it is
    written, in place of the quality in `matches`. All other arguments and errors are those of
    `render`.
    """
    tile_size = options.draw.tile_size or database.thumb_res
    for _, outputs in matches:
        _check_names(outputs, options.grid, tile_size, form)
        if outputs.report and not score:
            raise UsageError("a report shows the score of a mosaic: leave out neither or both")
    steps = _Steps(database, score, record, tuple(command), progress, executor, keep_picture, form)
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
    for match_options, outputs in matches:
        wanted = replace(options, match=match_options)
        tell_expectation(
            database, prepared.tiles, prepared.cells, wanted, prepared.weights, progress
        )
        with steps.clock.measure("match"):
            mosaic = _match(prepared, wanted, selection, progress)
        if outputs.matches:
            write_matches(outputs.matches, mosaic.tile_ids, mosaic.flipped)
        yield steps.run(mosaic, prepared.cells, outputs, options.draw)


def _match(
    prepared: Prepared, options: MosaicOptions, selection: Selection, progress: Progress
) -> Mosaic:
    mosaic = match_tiles(
        prepared.tiles, prepared.cells, options, weights=prepared.weights, progress=progress
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
    target: int | str | Path | None = None,
    framing: Framing = Framing(),  # noqa: B008 - frozen
    options: DrawOptions = DrawOptions(),  # noqa: B008 - frozen
    *,
    record: bool = True,
    kept: Iterable[str | Path] = (),
    executor: Executor | None = None,
    progress: Progress = SILENT,
    form: Form | None = None,
) -> Mosaic:
    """Draw a mosaic from a file of tile ids, without matching.

    Args:
        database: holds the tiles.
        matches: see `read_match`.
        outputs: where its picture goes.
        target: what it rebuilds, which a shift, a blend and a score need; None: unknown.
        framing: how the target gets the mosaic's shape.
        options: what is done to tiles.
        record: see `render`.
        kept: files that no output may replace.
        executor: where original photos are decoded, if the tile size asks for them.
        progress: see `render`.
        form: see `render_each`.

    Raises:
        UsageError: the file is no grid of integers, or names tiles that there are not; or a shift
            or blend has no target.
        PhotoError: the target cannot be read.
    """
    if target is None and (options.shift or options.blend):
        raise UsageError("a shift or a blend needs the target: name it with --target")
    steps = _Steps(database, True, record, (), progress, executor, False, form)
    with steps.clock.measure("load"):
        mosaic = replace(read_match(database, matches), parameters=asdict(options))
        cells, own = None, [matches]
        if target is not None:
            opened = open_target(database, target)
            cells = cut_cells(opened, mosaic.grid, database.thumb_res, framing, signatures=False)
            mosaic = replace(
                mosaic,
                target=opened.path,
                target_tile_id=opened.tile_id,
                parameters={**mosaic.parameters, **asdict(framing)},
            )
            own.append(Path(opened.path))
    steps.clock.seconds["match"] = 0.0
    refuse_overwriting(database, _files(outputs), [*own, *kept])
    _check_names(outputs, mosaic.grid, options.tile_size or database.thumb_res, form)
    return steps.run(mosaic, cells, outputs, options)


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


def _check_names(outputs: Outputs, grid: Size, tile_size: Size, form: Form | None) -> None:
    size = grid[0] * tile_size[0], grid[1] * tile_size[1]
    if outputs.picture:
        check_form(outputs.picture, size, form or Form(outputs.file))
    if outputs.report:
        check_report(outputs.report)


@dataclass(frozen=True, slots=True)
class _Steps:
    """The steps after the match, as far as they are wanted."""

    database: Database
    score: bool
    record: bool
    command: tuple[str, ...]
    progress: Progress
    executor: Executor | None
    keep_picture: bool
    form: Form | None
    clock: "_Clock" = field(default_factory=lambda: _Clock())

    def run(
        self, mosaic: Mosaic, cells: Cells | None, outputs: Outputs, options: DrawOptions
    ) -> Mosaic:
        """Draw, save, score, record and report a mosaic; without cells it has no target."""
        with self.clock.measure("render"):
            source = source_of(
                self.database, mosaic, options.tile_size, self.executor, self.progress
            )
            mosaic, sampler = self._drawn(Drawing(mosaic, source, cells, options), outputs)
        if self.score:
            with self.clock.measure("score"):
                mosaic = score_mosaic(mosaic, cells, sampler)
        if self.record and mosaic.output:
            mosaic = self._recorded(mosaic, mosaic.output)
        if outputs.report and cells:
            with self.clock.measure("report"):
                self._report(mosaic, cells, source, outputs.report, options)
        return replace(mosaic, seconds=dict(self.clock.seconds))

    def _drawn(self, drawing: Drawing, outputs: Outputs) -> tuple[Mosaic, Sampler | None]:
        """Draw a mosaic into memory, into its file, or both; give what was sampled on the way."""
        sampler, picture, strips = None, None, drawing.strips()
        if self.keep_picture or not outputs.picture:
            picture = picture_of(strips)
            strips = strips_of(picture)
        elif self.score and drawing.cells is not None:
            sampler = Sampler(drawing.mosaic.grid[0])
            strips = sampler.along(strips)
        if outputs.picture:
            write_form(strips, outputs.picture, self.form or Form(outputs.file))
        tell_photos(drawing.source, self.progress)
        mosaic = replace(
            drawing.mosaic,
            picture=picture,
            output=outputs.picture,
            mean_shift=drawing.mean_shift,
            most_shift=drawing.most_shift,
        )
        return mosaic, sampler

    def _report(
        self, mosaic: Mosaic, cells: Cells, source: TileSource, page: Path, options: DrawOptions
    ) -> None:
        """Write a page; it shows the mosaic as it is drawn from thumbnails."""
        thumbnails = source
        if not isinstance(thumbnails, ThumbnailStack):
            thumbnails = load_thumbnail_stack(self.database, mosaic.tile_ids)
        shown = mosaic if mosaic.picture else draw_mosaic(mosaic, thumbnails, cells, options)
        write_report(self.database, shown, cells, thumbnails, page, self.command)

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
