"""Make mosaics: prepare, match, draw, save, score, record, report."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
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
from ..photos import recorded_paths
from ..print_size import PrintSize
from ..records import Mosaic, Size, TileSet
from ..rendering import check_matches, write_matches
from ..store import Database, check_name
from .backfill import fill_descriptors
from .beyond_memory import match_beyond_memory
from .finishing import Steps
from .match import match_tiles, read_match
from .memory import exceeds_memory, within_memory
from .overwrite_guard import refuse_overwriting
from .plan import tell_expectation
from .printing import form_of_print, sized_for
from .progress import SILENT, Progress
from .report import check_report
from .selection import select_tiles
from .target import Cells, Target, cut_cells, open_target, tell_cut, weigh_cells
from .wishes import NO_WISHES, Wishes, check_wishes, find_wishes
from .wording import counted
from .writing import Form, check_form, describe_print


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A target, its cells and the tiles: what mosaics of one target share."""

    target: Target
    """The picture that they rebuild."""
    cells: Cells
    """Those of the target."""
    tiles: TileSet | None
    """Those to choose from; None: more than memory holds, each match chooses candidates."""
    weights: NDArray[np.float64] | None
    """Factors of the cells' costs, shape (rows, columns); None: all matter alike."""
    wishes: Wishes = NO_WISHES
    """What is wished of single tiles."""


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
    typed: Sequence[str] = (),
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
    size = _pixels(options.grid, options.draw.tile_size or database.thumb_res)
    for _, outputs in matches:
        _check_names(outputs, size, form)
        if outputs.report and not score:
            raise UsageError("a report shows the score of a mosaic: leave out neither or both")
    steps = Steps(database, score, record, tuple(command), progress, executor, keep_picture, form)
    with steps.clock.measure("load"):
        options = within_memory(database, options, progress)
        prepared = prepare(
            database, target, options, selection, executor=executor, progress=progress
        )
    masks = [] if options.importance.mask is None else [options.importance.mask]
    files = [path for _, outputs in matches for path in _files(outputs, size, form)]
    refuse_overwriting(database, files, [prepared.target.path, *masks, *kept])
    for _, outputs in matches:
        if record:
            _refuse_taken_name(database, outputs)
        if outputs.matches:
            check_matches(outputs.matches)
    tell_cut(prepared.cells, database.thumb_res, options.framing, progress)
    for match_options, outputs in matches:
        wanted = replace(options, match=match_options)
        if prepared.tiles is not None:
            tell_expectation(
                database, prepared.tiles, prepared.cells, wanted, prepared.weights, typed, progress
            )
        _tell_left_out(prepared, wanted, progress)
        with steps.clock.measure("match"):
            mosaic = _match(database, prepared, wanted, selection, progress)
        if outputs.matches:
            write_matches(outputs.matches, mosaic.tile_ids, mosaic.flipped, mosaic.crops)
        yield steps.run(mosaic, prepared.cells, outputs, options.draw)


def _tell_left_out(prepared: Prepared, options: MosaicOptions, progress: Progress) -> None:
    """Say that some photos do not appear though each is to appear as often as every other."""
    cells = int(prepared.cells.covered.sum())
    if options.match.strategy == "fair" and prepared.tiles and cells < prepared.tiles.photos:
        progress.notice(
            f"{counted(cells, 'cell')} for {counted(prepared.tiles.photos, 'photo')}: "
            f"{prepared.tiles.photos - cells:,} do not appear"
        )


def _match(
    database: Database,
    prepared: Prepared,
    options: MosaicOptions,
    selection: Selection,
    progress: Progress,
) -> Mosaic:
    tiles, cells, weights = prepared.tiles, prepared.cells, prepared.weights
    if tiles is None:
        mosaic = match_beyond_memory(database, cells, options, selection, weights, progress)
    else:
        mosaic = match_tiles(
            tiles,
            cells,
            options,
            weights=weights,
            owner=tiles.owners,
            wishes=prepared.wishes,
            progress=progress,
        )
    return replace(
        mosaic,
        target=prepared.target.path,
        target_tile_id=prepared.target.tile_id,
        target_hash=prepared.target.content_hash,
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
    print_size: PrintSize = PrintSize(),  # noqa: B008 - frozen
) -> Mosaic:
    """Draw a mosaic from a file of tile ids, without matching.

    Args:
        database: holds the tiles.
        matches: see `read_match`.
        outputs: where its picture goes.
        target: what it rebuilds, which shift, adapt, blend and a score need; None: unknown.
        framing: how the target gets the mosaic's shape.
        options: what is done to tiles.
        record: see `render`.
        kept: files that no output may replace.
        executor: where original photos are decoded, if the tile size asks for them.
        progress: see `render`; notices say what was chosen for a print.
        print_size: how large it is printed, which chooses the size of cells.

    Raises:
        UsageError: the file is no grid of integers, or names tiles that there are not; or what
            paints has no target; or no cell fits the print.
        PhotoError: the target cannot be read.
    """
    if target is None and options.paints:
        raise UsageError("shift, adapt and blend need the target: name it with --target")
    form = None
    steps = Steps(database, True, record, (), progress, executor, False, form)
    with steps.clock.measure("load"):
        mosaic = read_match(database, matches)
        if print_size.is_sized:
            form = form_of_print(print_size, mosaic.grid, database.thumb_res, outputs.file)
            steps, options = replace(steps, form=form), sized_for(form, options)
            for line in describe_print(form, print_size):
                progress.notice(line)
        mosaic, cells = replace(mosaic, parameters=asdict(options)), None
        if target is not None:
            mosaic, cells = _aimed(database, mosaic, target, framing)
    steps.clock.seconds["match"] = 0.0
    size = _pixels(mosaic.grid, options.tile_size or database.thumb_res)
    own = [path for path in (matches, mosaic.target) if path is not None]
    refuse_overwriting(database, _files(outputs, size, form), [*own, *kept])
    if record:
        _refuse_taken_name(database, outputs)
    _check_names(outputs, size, form)
    return steps.run(mosaic, cells, outputs, options)


def _aimed(
    database: Database, mosaic: Mosaic, target: int | str | Path, framing: Framing
) -> tuple[Mosaic, Cells]:
    """Say what a given match rebuilds; give the cells of that too."""
    opened = open_target(database, target)
    cells = cut_cells(opened, mosaic.grid, database.thumb_res, framing, signatures=False)
    aimed = replace(
        mosaic,
        target=opened.path,
        target_tile_id=opened.tile_id,
        target_hash=opened.content_hash,
        parameters={**mosaic.parameters, **asdict(framing)},
    )
    return aimed, cells


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
    tiles = None
    if not exceeds_memory(database, cells, options, selection):
        tiles = select_tiles(
            database,
            selection,
            signatures=structured,
            zoom=options.features.zoom,
            executor=executor,
            progress=progress,
        )
    elif structured:
        fill_descriptors(database, executor=executor, progress=progress)
    weights = weigh_cells(cells, options.importance, options.framing, progress=progress)
    if tiles is None:
        return Prepared(opened, cells, None, weights)
    wishes = find_wishes(database, selection)
    check_wishes(wishes, tiles, cells.covered, selection)
    return Prepared(opened, cells, tiles, weights, wishes)


def _refuse_taken_name(database: Database, outputs: Outputs) -> None:
    if outputs.name and outputs.picture:
        check_name(database, outputs.name, recorded_paths(outputs.picture))


def _pixels(grid: Size, tile_size: Size) -> Size:
    return grid[0] * tile_size[0], grid[1] * tile_size[1]


def _files(outputs: Outputs, size: Size, form: Form | None) -> list[Path]:
    """Give the files that are written; `size` is that of the mosaic in pixels."""
    pictures: list[Path] = []
    if outputs.picture:
        pictures = (form or Form(outputs.file)).files_of(outputs.picture, size)
    return [*pictures, *(path for path in (outputs.matches, outputs.report) if path is not None)]


def _check_names(outputs: Outputs, size: Size, form: Form | None) -> None:
    if outputs.picture:
        check_form(outputs.picture, size, form or Form(outputs.file))
    if outputs.report:
        check_report(outputs.report)
