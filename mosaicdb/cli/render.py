"""`mosaicdb render`."""

import argparse
import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import EVERY_STRATEGY, FILE_NAME, Config
from ..errors import ReadOnlyError, UsageError, printable
from ..matching import smallest_max_uses
from ..model import SOLVERS, STRATEGIES
from .options import Commands, Parser, add_command, add_json, add_key, effective_config
from .output import Bar, GapBar, print_json, say, times, within

if TYPE_CHECKING:
    from ..choice import Choice
    from ..model import TileSet
    from ..mosaic import Mosaic
    from ..store import Database

_APPROACH = {
    "nearest": "nearest neighbour",
    "unique": "optimal transport",
    "fair": "fair transport",
}
_OF_THE_EXERCISE = ("nearest", "unique")  # what `--strategy all` makes


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "render",
        "make a mosaic of a target",
        example="mosaicdb render --target 5019 --strategy all",
    )
    parser.add_argument(
        "--target",
        metavar="ID|PATH",
        help="number of a photo, or path of a picture (default: target_id)",
    )
    add_key(parser, "--strategy", "match.strategy", "|".join([*STRATEGIES, EVERY_STRATEGY]))
    add_key(parser, "--max-uses", "match.max_uses", "K")
    add_key(parser, "--min-distance", "match.min_distance", "D")
    add_key(parser, "--gap", "match.gap", "G")
    add_key(parser, "--solver", "match.solver", "|".join(SOLVERS))
    add_key(parser, "--time-limit", "match.time_limit", "SECONDS")
    add_key(parser, "--grid", "target_res", "COLSxROWS")
    parser.add_argument(
        "--where",
        metavar="CONDITION",
        help="use only the tiles for which this SQL condition on tile_stats holds, such as "
        "\"taken_at >= '2019-06-01'\"",
    )
    parser.add_argument(
        "--distinct",
        action="store_true",
        help="use one tile of each group that `mosaicdb duplicates` lists: the largest photo",
    )
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
        help="draw a grid of tile ids without matching",
    )
    add_key(parser, "--quality", "render.quality", "N")
    add_json(parser)
    parser.set_defaults(run=run)


class _Clock:
    """How long each part of the work took, in seconds."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - started, 3)


def run(options: argparse.Namespace) -> int:
    """Make mosaics."""
    from ..store import Database

    config = effective_config(options)
    _refuse_contradictions(options, config)
    with Database(config.database, create=False) as database:
        if options.from_matches:
            _draw_given(options, config, database)
        else:
            _match_and_draw(options, config, database)
    return 0


def _refuse_contradictions(options: argparse.Namespace, config: Config) -> None:
    if options.from_matches:
        by_flag = {key for key, source in config.sources.items() if source == "flag"}
        if options.target or options.matches or by_flag & {"target_res", "match.strategy"}:
            raise UsageError("--from-matches takes no target, strategy, grid or --matches")
        if options.where is not None or options.distinct:
            raise UsageError("--from-matches chooses no tiles: leave out --where and --distinct")
    elif config.strategy == EVERY_STRATEGY and (options.output or options.matches):
        raise UsageError("--strategy all makes two mosaics: leave out --output and --matches")


def _draw_given(options: argparse.Namespace, config: Config, database: "Database") -> None:
    from ..mosaic import given_mosaic
    from ..outputs import refuse_overwriting

    clock = _Clock()
    with clock.measure("load"):
        mosaic = given_mosaic(database, options.from_matches)
    clock.seconds["match"] = 0.0
    output = options.output or Path("mosaic_given.jpg")
    refuse_overwriting(database, [output], [options.from_matches, *_config_files(options)])
    _check_output(output, (mosaic.tile_ids.shape[1], mosaic.tile_ids.shape[0]), database)
    _finish(options, config, database, mosaic, (output, options.from_matches), clock)


def _match_and_draw(options: argparse.Namespace, config: Config, database: "Database") -> None:
    from ..mosaic import make_mosaic, open_target
    from ..outputs import refuse_overwriting
    from ..rendering import write_matches

    chosen = _OF_THE_EXERCISE if config.strategy == EVERY_STRATEGY else (config.strategy,)
    outputs = {name: options.output or Path(f"mosaic_{name}.jpg") for name in chosen}
    matches = {name: options.matches or config.data_path / f"matches_{name}.tab" for name in chosen}
    for output in outputs.values():
        _check_output(output, config.target_res, database)
    clock = _Clock()
    with clock.measure("load"):
        target = open_target(database, _target(options, config))
        tiles = _chosen_tiles(options, config, database)
    kept: list[str | Path] = [target.path, *_config_files(options)]
    refuse_overwriting(database, [*outputs.values(), *matches.values()], kept)
    for strategy, output in outputs.items():
        with clock.measure("match"), closing(GapBar(options)) as bar:
            mosaic = make_mosaic(
                tiles,
                target,
                grid=config.target_res,
                thumb_res=database.thumb_res,
                options=config.match_options(strategy),
                progress=bar.tell,
            )
        _tell_repeats(options, mosaic, len(tiles))
        write_matches(matches[strategy], mosaic.tile_ids)
        _finish(options, config, database, mosaic, (output, matches[strategy]), clock)


def _config_files(options: argparse.Namespace) -> list[Path]:
    return [Path(FILE_NAME), *([options.config] if options.config else [])]


def _tell_repeats(options: argparse.Namespace, mosaic: "Mosaic", tiles: int) -> None:
    cells = mosaic.tile_ids.size
    unlimited = mosaic.options is not None and mosaic.options.max_uses is None
    if mosaic.strategy == "unique" and unlimited and cells > tiles:
        limit = smallest_max_uses(tiles, cells)
        say(options, f"{tiles:,} tiles for {cells:,} cells: each is used at most {times(limit)}")


def _choice(options: argparse.Namespace) -> "Choice":
    from ..choice import Choice

    return Choice(options.where, options.distinct)


def _chosen_tiles(options: argparse.Namespace, config: Config, database: "Database") -> "TileSet":
    from ..choice import choose_tiles
    from ..executors import ProcessExecutor

    executor = ProcessExecutor(config.workers or os.cpu_count() or 1, config.deadline)
    with closing(Bar(options)) as bar:
        return choose_tiles(database, _choice(options), executor=executor, progress=bar)


def _target(options: argparse.Namespace, config: Config) -> int | str:
    if options.target is None:
        return config.target_id
    text = str(options.target)
    return int(text) if text.isascii() and text.isdigit() else text


def _check_output(output: Path, grid: tuple[int, int], database: "Database") -> None:
    from ..rendering import check_output

    check_output(output, (grid[0] * database.thumb_res[0], grid[1] * database.thumb_res[1]))


def _finish(
    options: argparse.Namespace,
    config: Config,
    database: "Database",
    mosaic: "Mosaic",
    files: tuple[Path, Path],
    clock: _Clock,
) -> None:
    """Draw, record and tell."""
    from ..mosaic import draw_mosaic
    from ..rendering import save_picture

    output, matches = files
    with clock.measure("render"):
        save_picture(draw_mosaic(database, mosaic), output, config.quality)
    mosaic_id = _record(options, database, mosaic, output)
    if options.json:
        _print_json(mosaic_id, mosaic, files, clock.seconds)
    elif mosaic.strategy in _APPROACH:
        approach = _APPROACH[mosaic.strategy]
        print(f"Unique images used in the {approach} approach: {mosaic.tiles_used}")
    rows, columns = mosaic.tile_ids.shape
    say(
        options,
        f"{printable(output)}: {columns} x {rows} cells, {mosaic.tiles_used:,} tiles, "
        f"the most used {times(mosaic.most_used)}{_quality(mosaic)}; "
        f"matches in {printable(matches)}",
    )


def _record(
    options: argparse.Namespace, database: "Database", mosaic: "Mosaic", output: Path
) -> int | None:
    from ..mosaic import record

    try:
        return record(database, mosaic, output, _choice(options))
    except ReadOnlyError as error:
        say(options, f"not recorded: {error}")
        return None


def _quality(mosaic: "Mosaic") -> str:
    if mosaic.match is None or mosaic.options is None:
        return ""
    if mosaic.match.optimal:
        return ", optimal"
    text = f", {within(mosaic.match.gap)}"
    if mosaic.options.min_distance:
        return text + " without distances"
    return text + (" (optimality was not proven)" if mosaic.options.gap == 0 else "")


def _print_json(
    mosaic_id: int | None, mosaic: "Mosaic", files: tuple[Path, Path], seconds: dict[str, float]
) -> None:
    found = mosaic.match
    rows, columns = mosaic.tile_ids.shape
    print_json(
        {
            "mosaic": mosaic_id,
            "output": str(files[0]),
            "matches": str(files[1]),
            "strategy": mosaic.strategy,
            "columns": columns,
            "rows": rows,
            "tiles_used": mosaic.tiles_used,
            "most_used": mosaic.most_used,
            "cost": found.cost if found else None,
            "bound": found.bound if found else None,
            "gap": found.gap if found else None,
            "seconds": seconds,
        }
    )
