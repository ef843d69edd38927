"""`mosaicdb render`."""

import argparse
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import EVERY_STRATEGY, FILE_NAME, Config, Flag
from ..errors import UsageError, printable, without_password
from ..options import (
    SOLVERS,
    STRATEGIES,
    DrawOptions,
    MosaicOptions,
    Outputs,
    Strategy,
)
from ..pipelines.wording import counted, optimality, retyped, ssim_text, times
from .command_line import quoted, render_again
from .mosaic_options import add_matching, add_target, add_wishes
from .opening import open_configured
from .options import (
    NOTHING_HALF_DONE,
    Commands,
    Parser,
    add_command,
    add_json,
    add_key,
    effective_config,
    given_keys,
    path_named,
)
from .output import print_json, say
from .print_options import add_file, add_size, file_options
from .progress import TerminalProgress

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..pipelines.database import Database
    from ..pipelines.progress import Progress
    from ..pipelines.writing import Form
    from ..records import Mosaic, Score

_APPROACH = {
    "nearest": "nearest neighbour",
    "unique": "optimal transport",
    "fair": "fair transport",
}
_OF_THE_EXERCISE: tuple[Strategy, ...] = ("nearest", "unique")  # what `--strategy all` makes
_DRAWN_FROM_MATCHES = (
    "database.url",
    "render.output",
    "render.quality",
    "render.tile_size",
    "render.name",
    "render.pyramid",
    "render.share_tiles",
    "print.width",
    "print.height",
    "print.dpi",
    "print.bleed",
    "print.sheets",
)
"""Keys that `--from-matches` goes with; it needs nothing else."""
_WITH_TARGET = (
    "target_id",
    "render.fit",
    "render.focus_point",
    "render.shift",
    "render.blend",
    "render.adapt",
    "render.report",
)
"""Keys that it goes with where the target is named."""
_OF_ONE_MOSAIC = {
    "render.output": "--output",
    "render.matches": "--matches",
    "render.report": "--report",
    "render.name": "--name",
}
"""Keys that two mosaics cannot share."""


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
    add_wishes(parser)
    add_key(parser, "--solver", "match.solver", "|".join(SOLVERS))
    add_key(parser, "--gap", "match.gap", "G")
    add_key(parser, "--time-limit", "match.time_limit", "SECONDS")
    add_key(parser, "--memory", "match.memory", "SIZE", default="4GB")
    add_key(parser, "--shift", "render.shift", "0..255")
    add_key(parser, "--adapt", "render.adapt", "0..1")
    add_key(parser, "--blend", "render.blend", "0..1")
    add_size(parser)
    add_key(parser, "--output", "render.output", "FILE", default="mosaic_<strategy>.jpg")
    add_key(
        parser,
        "--matches",
        "render.matches",
        "FILE",
        default="<data_path>/matches_<name>.tab, or of the output's name",
    )
    parser.add_argument(
        "--from-matches",
        metavar="FILE",
        type=path_named,
        help="draw a grid of tile ids without matching",
    )
    add_key(parser, "--name", "render.name", "NAME")
    add_file(parser)
    add_key(parser, "--report", "render.report", "FILE")
    add_json(parser)
    parser.set_defaults(run=run, parser=parser, when_interrupted=NOTHING_HALF_DONE)


def run(options: argparse.Namespace) -> int:
    """Make mosaics."""
    config = effective_config(options)
    _refuse_contradictions(options, config)
    with (
        closing(TerminalProgress(options)) as progress,
        open_configured(options, config) as database,
    ):
        for mosaic, outputs in _mosaics(options, config, database, progress):
            progress.end()
            _tell(options, mosaic, outputs)
    return 0


def _mosaics(
    options: argparse.Namespace, config: Config, database: "Database", progress: "Progress"
) -> "Iterator[tuple[Mosaic, Outputs]]":
    from ..pipelines.executor import local_executor
    from ..pipelines.mosaic import render_each

    kept = [Path(FILE_NAME), *([options.config] if options.config else [])]
    if options.from_matches:
        yield _from_matches(options, config, database, progress, kept)
        return
    strategies = _OF_THE_EXERCISE if config.strategy == EVERY_STRATEGY else (config.strategy,)
    wanted, form = _sized(options, config, database, strategies[0])
    config = replace(config, target_res=wanted.grid)
    matches = [
        (config.match_options(strategy), _outputs(config, strategy)) for strategy in strategies
    ]
    place = next(iter(database.files), database.name)
    mosaics = render_each(
        database,
        config.target_id,
        wanted,
        matches,
        config.selection,
        kept=kept,
        command=render_again(options, config, place, matches[0][1]),
        typed=_typed(options, config),
        executor=local_executor(config),
        progress=progress,
        form=form,
    )
    for mosaic, (_, outputs) in zip(mosaics, matches, strict=True):
        yield mosaic, outputs


def _from_matches(
    options: argparse.Namespace,
    config: Config,
    database: "Database",
    progress: "Progress",
    kept: list[Path],
) -> "tuple[Mosaic, Outputs]":
    from ..pipelines.executor import local_executor
    from ..pipelines.mosaic import render_given

    target = None
    outputs = replace(_outputs(config, "given"), matches=None, report=None)
    print_size = config.print_size
    # Without a target there is nothing to shift to.
    draw = DrawOptions(tile_size=None if print_size.is_sized else config.tile_size)
    if config.is_given("target_id"):
        target = config.target_id
        outputs = replace(outputs, report=config.report)
        draw = replace(draw, shift=config.shift, blend=config.blend, adapt=config.adapt)
    mosaic = render_given(
        database,
        options.from_matches,
        outputs,
        target,
        config.framing,
        draw,
        kept=kept,
        executor=local_executor(config),
        progress=progress,
        print_size=print_size,
    )
    return mosaic, replace(outputs, matches=options.from_matches)


def _sized(
    options: argparse.Namespace, config: Config, database: "Database", strategy: Strategy
) -> "tuple[MosaicOptions, Form | None]":
    """Choose grid and size of cells where a print is asked for, and say what was chosen."""
    from ..pipelines.printing import sized
    from ..pipelines.writing import describe_print

    wanted, print_size = config.mosaic_options(strategy), config.print_size
    if not print_size.is_sized:
        return wanted, None
    wanted, form = sized(
        database,
        config.target_id,
        wanted,
        print_size,
        file_options(config, config.output),
        with_grid=config.is_given("target_res"),
    )
    for line in describe_print(form, print_size):
        say(options, line)
    return wanted, form


def _typed(options: argparse.Namespace, config: Config) -> list[str]:
    """Give the command line as it was typed, to which options can be added."""
    words = [quoted(without_password(word)) for word in options.typed]
    if config.strategy == EVERY_STRATEGY:  # of which a limit on uses would be no part
        return [*retyped(words, ["--strategy unique"])]
    return words


def _outputs(config: Config, strategy: str) -> Outputs:
    extension = "jpg" if config.print_size.sheets is None else "pdf"
    picture = config.output or Path(f"mosaic_{strategy}.{extension}")
    file = file_options(config, picture)
    name = config.name or picture.stem.removeprefix("mosaic_")
    return Outputs(
        picture=picture,
        matches=config.matches or config.data_path / f"matches_{name}.tab",
        report=config.report,
        name=config.name,
        quality=file.quality,
        pyramid=file.pyramid,
        share_tiles=file.share_tiles,
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
    if mosaic.cropped_cells:
        say(
            options,
            f"{counted(mosaic.cropped_cells, 'cell')} of {mosaic.cells:,} show another part of "
            "their photo than the middle",
        )
    if mosaic.most_shift:
        say(
            options,
            f"colours shifted by {mosaic.mean_shift:.1f} of 255 on average, "
            f"by {mosaic.most_shift:.1f} at most",
        )
    if mosaic.paint:
        say(options, f"{mosaic.paint:.0%} of the way from tiles to the target is painted")


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
        "cropped_cells": mosaic.cropped_cells,
        **(asdict(mosaic.repeats) if mosaic.repeats else {}),
        "cost": mosaic.cost,
        "bound": mosaic.bound,
        "gap": mosaic.gap,
        "score": asdict(mosaic.score) if mosaic.score else None,
        "mean_shift": mosaic.mean_shift,
        "most_shift": mosaic.most_shift,
        "paint": mosaic.paint,
        "seconds": dict(mosaic.seconds),
    }


def _refuse_contradictions(options: argparse.Namespace, config: Config) -> None:
    if options.from_matches:
        _refuse_needless(given_keys(options))
    elif config.strategy == EVERY_STRATEGY and (
        shared := _OF_ONE_MOSAIC.keys() & config.sources.keys()
    ):
        named = [
            flag if config.is_given(key) else f"{key} (in {printable(config.sources[key])})"
            for key, flag in _OF_ONE_MOSAIC.items()
            if key in shared
        ]
        raise UsageError(f"--strategy all makes two mosaics: leave out {', '.join(named)}")


def _refuse_needless(given: "Mapping[str, Flag]") -> None:
    """Refuse what `--from-matches` has no use for."""
    kinds = (*_DRAWN_FROM_MATCHES, *_WITH_TARGET)
    if needless := [flag.name for key, flag in given.items() if key not in kinds]:
        raise UsageError(f"--from-matches draws a match as it is: leave out {', '.join(needless)}")
    of_a_target = [flag.name for key, flag in given.items() if key in _WITH_TARGET]
    if of_a_target and "target_id" not in given:
        raise UsageError(
            f"--from-matches needs the target for {', '.join(of_a_target)}: name it with --target"
        )
