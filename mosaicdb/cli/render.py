"""`mosaicdb render`."""

import argparse
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import EVERY_STRATEGY, FILE_NAME, Config
from ..errors import UsageError, printable
from ..options import SOLVERS, STRATEGIES, Outputs, Strategy
from ..pipelines.wording import counted, optimality, ssim_text, times
from .command_line import render_again
from .mosaic_options import add_matching, add_target, mosaic_options, selection_of, target_of
from .options import (
    Commands,
    Parser,
    add_command,
    add_json,
    add_key,
    add_option,
    effective_config,
)
from .output import print_json, say
from .progress import TerminalProgress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..pipelines.database import Database
    from ..pipelines.progress import Progress
    from ..records import Mosaic, Score

_APPROACH = {
    "nearest": "nearest neighbour",
    "unique": "optimal transport",
    "fair": "fair transport",
}
_OF_THE_EXERCISE: tuple[Strategy, ...] = ("nearest", "unique")  # what `--strategy all` makes
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
    add_option(parser, "--output", Outputs, "picture", "FILE", default="mosaic_<strategy>.jpg")
    add_option(
        parser,
        "--matches",
        Outputs,
        "matches",
        "FILE",
        default="<data_path>/matches_<strategy>.tab",
    )
    parser.add_argument(
        "--from-matches",
        metavar="FILE",
        type=Path,
        help="draw a grid of tile ids without matching, and without mirroring",
    )
    add_key(parser, "--quality", "render.quality", "N")
    add_option(parser, "--report", Outputs, "report", "FILE")
    add_json(parser)
    parser.set_defaults(run=run, parser=parser)


def run(options: argparse.Namespace) -> int:
    """Make mosaics."""
    from ..pipelines.database import open_existing

    config = effective_config(options)
    _refuse_contradictions(options, config)
    with (
        closing(TerminalProgress(options)) as progress,
        open_existing(config.database) as database,
    ):
        for mosaic, outputs in _mosaics(options, config, database, progress):
            progress.end()
            _tell(options, mosaic, outputs)
    return 0


def _mosaics(
    options: argparse.Namespace, config: Config, database: "Database", progress: "Progress"
) -> "Iterator[tuple[Mosaic, Outputs]]":
    from ..pipelines.executor import local_executor
    from ..pipelines.mosaic import render_each, render_given

    kept = [Path(FILE_NAME), *([options.config] if options.config else [])]
    if options.from_matches:
        given = Outputs(options.output or Path("mosaic_given.jpg"), quality=config.quality)
        mosaic = render_given(database, options.from_matches, given, kept=kept, progress=progress)
        yield mosaic, replace(given, matches=options.from_matches)
        return
    strategies = _OF_THE_EXERCISE if config.strategy == EVERY_STRATEGY else (config.strategy,)
    matches = [
        (config.match_options(strategy), _outputs(options, config, strategy))
        for strategy in strategies
    ]
    mosaics = render_each(
        database,
        target_of(options, config),
        mosaic_options(options, config, strategies[0]),
        matches,
        selection_of(options, config),
        kept=kept,
        command=render_again(options, config, database.path, matches[0][1]),
        executor=local_executor(config),
        progress=progress,
    )
    for mosaic, (_, outputs) in zip(mosaics, matches, strict=True):
        yield mosaic, outputs


def _outputs(options: argparse.Namespace, config: Config, strategy: Strategy) -> Outputs:
    return Outputs(
        picture=options.output or Path(f"mosaic_{strategy}.jpg"),
        matches=options.matches or config.data_path / f"matches_{strategy}.tab",
        report=options.report,
        quality=config.quality,
    )


def _tell(options: argparse.Namespace, mosaic: "Mosaic", outputs: Outputs) -> None:
    """Print what was made."""
    if options.json:
        print_json(_as_json(mosaic, outputs))
    elif mosaic.strategy in _APPROACH and mosaic.repeats:
        approach = _APPROACH[mosaic.strategy]
        print(f"Unique images used in the {approach} approach: {mosaic.repeats.tiles_used}")
    say(options, _summary(mosaic, outputs))
    if mosaic.score:
        say(options, _likeness(mosaic.score))
    if mosaic.most_shift:
        say(
            options,
            f"colours shifted by {mosaic.mean_shift:.1f} of 255 on average, "
            f"by {mosaic.most_shift:.1f} at most",
        )


def _summary(mosaic: "Mosaic", outputs: Outputs) -> str:
    (columns, rows), repeats = mosaic.grid, mosaic.repeats
    parts = [f"{columns} x {rows} cells"]
    if repeats:
        parts.append(counted(repeats.tiles_used, "tile"))
        parts.append(f"the most used {times(repeats.most_used)}")
        if repeats.smallest_distance is not None:
            parts.append(f"repeats at least {counted(repeats.smallest_distance, 'cell')} apart")
    if proven := optimality(mosaic):
        parts.append(proven)
    text = f"{printable(mosaic.output)}: {', '.join(parts)}"
    text += f"; matches in {printable(outputs.matches)}"
    return text + (f"; report in {printable(outputs.report)}" if outputs.report else "")


def _likeness(score: "Score") -> str:
    near, afar = (score.samples_1, score.samples_2, score.samples_4), score.afar
    delta_e = ", ".join(f"{likeness.delta_e:.1f}" for likeness in near)
    text = f"ΔE {delta_e} at 1, 2, 4 samples a cell, {afar.delta_e:.1f} from afar"
    if any(likeness.ssim is not None for likeness in near):
        ssim = ", ".join(ssim_text(likeness.ssim, "-") for likeness in near)
        text += f"; SSIM {ssim}, {ssim_text(afar.ssim, '-')} from afar"
    return text


def _as_json(mosaic: "Mosaic", outputs: Outputs) -> dict[str, object]:
    """Give what `--json` prints: see docs/json.md."""
    columns, rows = mosaic.grid
    return {
        "mosaic": mosaic.id,
        "output": str(mosaic.output),
        "matches": str(outputs.matches),
        "report": None if outputs.report is None else str(outputs.report),
        "strategy": mosaic.strategy,
        "columns": columns,
        "rows": rows,
        "cells": mosaic.cells,
        **(asdict(mosaic.repeats) if mosaic.repeats else {}),
        "cost": mosaic.cost,
        "bound": mosaic.bound,
        "gap": mosaic.gap,
        "score": asdict(mosaic.score) if mosaic.score else None,
        "mean_shift": mosaic.mean_shift,
        "most_shift": mosaic.most_shift,
        "seconds": dict(mosaic.seconds),
    }


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
