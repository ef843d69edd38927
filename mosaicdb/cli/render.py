"""`mosaicdb render`."""

import argparse
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import EVERY_STRATEGY, FILE_NAME, Config
from ..errors import MatchingError, ReadOnlyError, UsageError
from ..matching import smallest_max_uses
from ..options import SOLVERS, STRATEGIES
from .made import Made, Rebuilt, as_json, tell
from .mosaic_options import (
    add_matching,
    add_target,
    choice_of,
    chosen_tiles,
    mosaic_options,
    target_of,
    weighed,
)
from .options import Commands, Parser, add_command, add_json, add_key, effective_config
from .output import GapBar, counted, number, print_json, say, times
from .page import write_page

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..options import MosaicOptions
    from ..pipelines.drawing import Drawing
    from ..pipelines.mosaic import Mosaic
    from ..pipelines.target import Cells, Target
    from ..records import TileSet
    from ..store import Database

_APPROACH = {
    "nearest": "nearest neighbour",
    "unique": "optimal transport",
    "fair": "fair transport",
}
_OF_THE_EXERCISE = ("nearest", "unique")  # what `--strategy all` makes
_PLENTY = 2  # uses of tiles a cell from which on there is nothing to warn of
_OF_A_MATCH = ("target_res", "match.", "render.fit", "render.shift", "render.blend")


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "render",
        "make a mosaic of a target",
        example="mosaicdb render --target 5019 --strategy all",
    )
    add_target(parser)
    add_key(parser, "--grid", "target_res", "COLSxROWS")
    add_key(parser, "--strategy", "match.strategy", "|".join([*STRATEGIES, EVERY_STRATEGY]))
    add_key(parser, "--max-uses", "match.max_uses", "K")
    add_key(parser, "--min-distance", "match.min_distance", "D")
    add_matching(parser)
    add_key(parser, "--solver", "match.solver", "|".join(SOLVERS))
    add_key(parser, "--gap", "match.gap", "G")
    add_key(parser, "--time-limit", "match.time_limit", "SECONDS")
    add_key(parser, "--shift", "render.shift", "0..255")
    add_key(parser, "--blend", "render.blend", "0..1")
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=Path,
        help="a .jpg or .png (default: mosaic_<strategy>.jpg)",
    )
    parser.add_argument(
        "--matches",
        metavar="FILE",
        type=Path,
        help="where the tile ids go (default: <data_path>/matches_<strategy>.tab)",
    )
    parser.add_argument(
        "--from-matches",
        metavar="FILE",
        type=Path,
        help="draw a grid of tile ids without matching, and without mirroring",
    )
    add_key(parser, "--quality", "render.quality", "N")
    parser.add_argument(
        "--report",
        metavar="FILE",
        type=Path,
        help="write a page too, with all its pictures in it, that shows what came of it: an .html",
    )
    add_json(parser)
    parser.set_defaults(run=run, parser=parser)


class _Clock:
    """How long each part of the work took, in seconds."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - started, 3)


@dataclass(frozen=True, slots=True)
class _Work:
    """What is known before a match."""

    options: argparse.Namespace
    config: Config
    database: "Database"
    clock: _Clock


def run(options: argparse.Namespace) -> int:
    """Make mosaics."""
    from ..store import Database

    config = effective_config(options)
    _refuse_contradictions(options, config)
    with Database(config.database, create=False) as database:
        work = _Work(options, config, database, _Clock())
        if options.from_matches:
            _draw_given(work)
        else:
            _match_and_draw(work)
    return 0


def _refuse_contradictions(options: argparse.Namespace, config: Config) -> None:
    if options.from_matches:
        by_flag = {key for key, source in config.sources.items() if source == "flag"}
        of_a_match = any(key.startswith(_OF_A_MATCH) for key in by_flag)
        of_a_target = options.target, options.focus_point, options.mask, options.focus
        if any(given is not None for given in of_a_target) or options.matches or of_a_match:
            raise UsageError(
                "--from-matches takes no target, grid or --matches, and nothing that needs these"
            )
        if options.where is not None or options.distinct or options.flip:
            raise UsageError(
                "--from-matches chooses no tiles: leave out --where, --distinct and --flip"
            )
        if options.report:
            raise UsageError("--from-matches has no target to compare with: leave out --report")
    elif config.strategy == EVERY_STRATEGY and (
        options.output or options.matches or options.report
    ):
        raise UsageError(
            "--strategy all makes two mosaics: leave out --output, --matches and --report"
        )


def _draw_given(work: _Work) -> None:
    from ..pipelines.mosaic import given_mosaic
    from ..pipelines.overwrite_guard import refuse_overwriting

    options, database = work.options, work.database
    with work.clock.measure("load"):
        mosaic = given_mosaic(database, options.from_matches)
    work.clock.seconds["match"] = 0.0
    output = options.output or Path("mosaic_given.jpg")
    refuse_overwriting(database, [output], [options.from_matches, *_config_files(options)])
    _check_output(output, (mosaic.tile_ids.shape[1], mosaic.tile_ids.shape[0]), database)
    _finish(work, mosaic, output, options.from_matches)


def _match_and_draw(work: _Work) -> None:
    from ..pipelines.mosaic import make_mosaic
    from ..pipelines.overwrite_guard import refuse_overwriting
    from ..pipelines.report import check_report
    from ..pipelines.target import cut_cells, open_target
    from ..rendering import check_matches, write_matches

    options, config, database = work.options, work.config, work.database
    chosen = _OF_THE_EXERCISE if config.strategy == EVERY_STRATEGY else (config.strategy,)
    outputs = {name: options.output or Path(f"mosaic_{name}.jpg") for name in chosen}
    matches = {name: options.matches or config.data_path / f"matches_{name}.tab" for name in chosen}
    for output in outputs.values():
        _check_output(output, config.target_res, database)
    reports = [options.report] if options.report else []
    for report in reports:
        check_report(report)
    with work.clock.measure("load"):
        wanted = {name: mosaic_options(options, config, name) for name in chosen}
        some = wanted[chosen[0]]
        target = open_target(database, target_of(options, config))
        cells = cut_cells(target, config.target_res, database.thumb_res, some.framing)
        tiles = chosen_tiles(options, config, database)
        weights = weighed(options, cells, some).weights
    masks = [options.mask] if options.mask else []
    kept: list[str | Path] = [target.path, *masks, *_config_files(options)]
    refuse_overwriting(database, [*outputs.values(), *matches.values(), *reports], kept)
    for path in matches.values():
        check_matches(path)
    for strategy, output in outputs.items():
        _tell_expectation(work, tiles, cells, wanted[strategy], weights)
        with work.clock.measure("match"), closing(GapBar(options)) as bar:
            mosaic = make_mosaic(tiles, cells, wanted[strategy], weights=weights, progress=bar.tell)
        write_matches(matches[strategy], mosaic.tile_ids)
        _finish(work, mosaic, output, matches[strategy], (target, cells, wanted[strategy]))


def _config_files(options: argparse.Namespace) -> list[Path]:
    return [Path(FILE_NAME), *([options.config] if options.config else [])]


def _tell_expectation(
    work: _Work,
    tiles: "TileSet",
    cells: "Cells",
    wanted: "MosaicOptions",
    weights: "NDArray[np.float64] | None",
) -> None:
    """Tell people before a long match what to expect of few tiles."""
    from ..pipelines.plan import SAMPLE_CELLS, expect, with_limit

    count = int(cells.covered.sum())
    limit = wanted.match.max_uses or smallest_max_uses(len(tiles), count)
    scarce = wanted.match.strategy == "unique" and len(tiles) * limit < _PLENTY * count
    enough = len(tiles) * limit >= count
    if not scarce or not enough or (limit == 1 and count <= SAMPLE_CELLS) or work.options.quiet:
        return
    text = f"{counted(len(tiles), 'tile')} for {counted(count, 'cell')}: "
    if len(tiles) < count:
        text += "each once is impossible; "
    text += f"each {'' if limit == 1 else 'at most '}{times(limit)}"
    if count > SAMPLE_CELLS:
        try:
            found = [
                expect(work.database, tiles, cells, with_limit(wanted, some), weights).score
                for some in (limit, None)
            ]
        except MatchingError:  # of distances that do not fit into a part: it is but a hint
            return
        nearest = [score.samples_1 for score in found]
        texts = [f"about ΔE {one.delta_e:.1f} and SSIM {number(one.ssim)}" for one in nearest]
        text += f" gives {texts[0]}, any number of times {texts[1]}; `mosaicdb plan` tells more"
    say(work.options, text)


def _check_output(output: Path, grid: tuple[int, int], database: "Database") -> None:
    from ..rendering import check_output

    check_output(output, (grid[0] * database.thumb_res[0], grid[1] * database.thumb_res[1]))


def _finish(
    work: _Work,
    mosaic: "Mosaic",
    output: Path,
    matches: Path,
    origin: "tuple[Target, Cells, MosaicOptions] | None" = None,
) -> None:
    """Draw, score, record and tell; a match that was read from a file has no origin."""
    from ..perception import count_repeats
    from ..pipelines.drawing import draw_mosaic
    from ..rendering import save_picture

    options, clock = work.options, work.clock
    with clock.measure("render"):
        drawing = draw_mosaic(
            work.database,
            mosaic.tile_ids,
            mosaic.flipped,
            origin[1] if origin else None,
            work.config.draw_options,
        )
        save_picture(drawing.picture, output, work.config.quality)
    with clock.measure("score"):
        repeats = count_repeats(mosaic.tile_ids)
        rebuilt = _scored(mosaic, drawing, *origin) if origin else None
    made = Made(mosaic, drawing, repeats, output, matches, options.report, rebuilt)
    mosaic_id = _record(work, made)
    if rebuilt and options.report:
        with clock.measure("report"):
            write_page(options, work.config, work.database, made, rebuilt, options.report)
    if options.json:
        print_json(as_json(made, mosaic_id, clock.seconds))
    elif mosaic.strategy in _APPROACH:
        approach = _APPROACH[mosaic.strategy]
        print(f"Unique images used in the {approach} approach: {repeats.tiles_used}")
    tell(options, made)


def _scored(
    mosaic: "Mosaic", drawing: "Drawing", target: "Target", cells: "Cells", wanted: "MosaicOptions"
) -> "Rebuilt | None":
    from ..pipelines.score import score_picture

    if mosaic.match is None:
        return None
    score = score_picture(drawing.picture, cells)
    return Rebuilt(target, cells, wanted, mosaic.match, score)


def _record(work: _Work, made: Made) -> int | None:
    from ..pipelines.mosaic import record

    rebuilt = made.rebuilt
    try:
        return record(
            work.database,
            made.mosaic,
            made.output,
            target=rebuilt.target if rebuilt else None,
            choice=choice_of(work.options),
            options=rebuilt.wanted if rebuilt else None,
            drawing=made.drawing,
        )
    except ReadOnlyError as error:
        say(work.options, f"not recorded: {error}")
        return None
