"""`mosaicdb plan`."""

import argparse
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING

from ..pipelines.wording import ssim_text, times
from .mosaic_options import add_matching, add_target
from .opening import open_configured
from .options import (
    NOTHING_HALF_DONE,
    Commands,
    Parser,
    add_command,
    add_json,
    add_key,
    effective_config,
    sizes,
)
from .output import print_json, print_row
from .progress import TerminalProgress

if TYPE_CHECKING:
    from ..pipelines.plan import Expectation

_COLUMNS = (
    ("grid", 9), ("each tile", 17), ("ΔE", 6), ("SSIM", 6), ("within", 6), ("ΔE afar", 7),
    ("afar", 6), ("match, s", 8), ("draw, s", 7),
)  # fmt: skip


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "plan",
        "say what to expect of a few grids and limits on repeats, before a mosaic is made",
        example="mosaicdb plan --target 5019 --grids 40x40,80x80",
        details="Some cells are matched with as large a part of the tiles, drawn and scored: "
        "ΔE (lower is better) and SSIM (higher is better) of cells as a whole, SSIM within cells, "
        "and both from afar. Times leave out what it takes to write the picture.",
    )
    add_target(parser)
    parser.add_argument(
        "--grids",
        metavar="COLSxROWS,…",
        type=sizes,
        help="which grids to try (default: target_res, half and twice as large)",
    )
    add_matching(parser)
    add_key(parser, "--min-distance", "match.min_distance", "D")
    add_key(parser, "--shift", "render.shift", "0..255")
    add_key(parser, "--adapt", "render.adapt", "0..1")
    add_key(parser, "--blend", "render.blend", "0..1")
    add_json(parser)
    parser.set_defaults(run=run, when_interrupted=NOTHING_HALF_DONE)


def run(options: argparse.Namespace) -> int:
    """Plan a mosaic."""
    from ..pipelines.executor import local_executor
    from ..pipelines.plan import plan_mosaics

    config = effective_config(options)
    with (
        closing(TerminalProgress(options)) as progress,
        open_configured(options, config) as database,
    ):
        expectations = plan_mosaics(
            database,
            config.target_id,
            config.mosaic_options("unique"),
            config.selection,
            grids=options.grids,
            executor=local_executor(config),
            progress=progress,
        )
        if options.json:
            print_json([_as_json(expectation) for expectation in expectations])
            return 0
        for number, expectation in enumerate(expectations):
            if number == 0:  # notices come first
                print_row([(name, width) for name, width in _COLUMNS])
            widths = (width for _, width in _COLUMNS)
            print_row(list(zip(_cells(expectation), widths, strict=True)))
    return 0


def _cells(expectation: "Expectation") -> list[str]:
    score, limit = expectation.score, expectation.options.match.max_uses
    return [
        f"{expectation.options.grid[0]}x{expectation.options.grid[1]}",
        "any number" if limit is None else f"at most {times(limit)}",
        f"{score.samples_1.delta_e:.1f}",
        ssim_text(score.samples_1.ssim),
        ssim_text(score.samples_2.ssim),
        f"{score.afar.delta_e:.1f}",
        ssim_text(score.afar.ssim),
        f"{expectation.match_seconds:.1f}",
        f"{expectation.draw_seconds:.1f}",
    ]


def _as_json(expectation: "Expectation") -> dict[str, object]:
    return {
        "columns": expectation.options.grid[0],
        "rows": expectation.options.grid[1],
        "cells": expectation.cells,
        "tiles": expectation.tiles,
        "max_uses": expectation.options.match.max_uses,
        "score": asdict(expectation.score),
        "seconds": {
            "match": round(expectation.match_seconds, 3),
            "draw": round(expectation.draw_seconds, 3),
        },
    }
