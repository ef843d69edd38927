"""`mosaicdb plan`."""

import argparse
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from ..config import Config
from ..matching import warm_up
from .mosaic_options import (
    add_matching,
    add_target,
    chosen_tiles,
    mosaic_options,
    target_of,
    weighed,
)
from .options import Commands, Parser, add_command, add_json, add_key, effective_config, sizes
from .output import GapBar, counted, number, print_json, print_row, say, times

if TYPE_CHECKING:
    from ..pipelines.plan import Expectation
    from ..records import Size
    from ..store import Database

_SCALES = (0.5, 1, 2)
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
    add_key(parser, "--blend", "render.blend", "0..1")
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Plan a mosaic."""
    from ..store import Database

    config = effective_config(options)
    with Database(config.database, create=False) as database:
        expectations = _expectations(options, config, database)
        if options.json:
            print_json([_as_json(one) for one in expectations])
            return 0
        print_row([(name, width) for name, width in _COLUMNS])
        for one in expectations:
            print_row(list(zip(_cells(one), (width for _, width in _COLUMNS), strict=True)))
    return 0


def _expectations(
    options: argparse.Namespace, config: Config, database: "Database"
) -> "Iterator[Expectation]":
    from ..pipelines.plan import expect, limits_worth_a_try, with_limit
    from ..pipelines.target import cut_cells, open_target

    target = open_target(database, target_of(options, config))
    tiles = chosen_tiles(options, config, database)
    say(options, counted(len(tiles), "tile"))
    with closing(GapBar(options)) as bar:
        warm_up(bar.tell)
    for grid in options.grids or _usual_grids(config.target_res):
        wanted = replace(mosaic_options(options, config, "unique"), grid=grid)
        cells = cut_cells(target, grid, database.thumb_res, wanted.framing)
        weights = weighed(options, cells, wanted).weights
        for limit in limits_worth_a_try(len(tiles), int(cells.covered.sum())):
            yield expect(database, tiles, cells, with_limit(wanted, limit), weights)


def _usual_grids(grid: "Size") -> "list[Size]":
    found = [(round(grid[0] * scale), round(grid[1] * scale)) for scale in _SCALES]
    return [(max(columns, 1), max(rows, 1)) for columns, rows in found]


def _cells(one: "Expectation") -> list[str]:
    score, limit = one.score, one.options.match.max_uses
    return [
        f"{one.options.grid[0]}x{one.options.grid[1]}",
        "any number" if limit is None else f"at most {times(limit)}",
        f"{score.samples_1.delta_e:.1f}",
        number(score.samples_1.ssim),
        number(score.samples_2.ssim),
        f"{score.afar.delta_e:.1f}",
        number(score.afar.ssim),
        f"{one.match_seconds:.1f}",
        f"{one.draw_seconds:.1f}",
    ]


def _as_json(one: "Expectation") -> dict[str, object]:
    return {
        "columns": one.options.grid[0],
        "rows": one.options.grid[1],
        "cells": one.cells,
        "tiles": one.tiles,
        "max_uses": one.options.match.max_uses,
        "score": asdict(one.score),
        "seconds": {"match": round(one.match_seconds, 3), "draw": round(one.draw_seconds, 3)},
    }
