"""`mosaicdb score`."""

import argparse
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import printable
from .mosaic_options import add_framing, framing
from .options import (
    Commands,
    Parser,
    add_command,
    add_json,
    add_key,
    effective_config,
    target_named,
)
from .output import print_json, say, times

if TYPE_CHECKING:
    from ..pipelines.score import ScoredMosaic


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "score",
        "measure how much a mosaic, by whatever tool, looks like its target",
        example="mosaicdb score poster.png --target cat.jpg --grid 80x60",
        details="A lower colour distance ΔE and a higher structural similarity SSIM are better. "
        "Of a mosaic that this database recorded, target and grid are known.",
    )
    parser.add_argument("mosaic", metavar="MOSAIC", type=Path, help="the picture to score")
    parser.add_argument(
        "--target",
        metavar="ID|PATH",
        type=target_named,
        help="what it shows: number of a photo, or path of a picture (default: as recorded)",
    )
    add_framing(parser)
    add_key(parser, "--grid", "target_res", "COLSxROWS")
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Score a mosaic."""
    from ..pipelines.score import score_mosaic
    from ..store import Database, database_exists

    config = effective_config(options)
    is_given = config.sources.get("target_res") == "flag"
    is_framed = config.sources.get("render.fit") == "flag" or options.focus_point is not None
    with (
        Database(config.database, create=False)
        if database_exists(config.database)
        else nullcontext()
    ) as database:
        found = score_mosaic(
            database,
            options.mosaic,
            target=options.target,
            grid=config.target_res if is_given else None,
            usual_grid=config.target_res,
            framing=framing(options, config) if is_framed else None,
            usual_framing=framing(options, config),
        )
    if options.json:
        _print_json(options.mosaic, found)
    else:
        _print_table(found)
        say(
            options,
            f"{found.grid[0]} x {found.grid[1]} cells, compared with {printable(found.target)}",
        )
    return 0


def _print_table(found: "ScoredMosaic") -> None:
    score, repeats = found.score, found.repeats
    from ..perception import SCALE_NAMES

    print(f"{'':15}  {'ΔE':>6}  {'SSIM':>6}")
    for name, scale in SCALE_NAMES.items():
        likeness = getattr(score, name)
        ssim = "" if likeness.ssim is None else f"{likeness.ssim:.3f}"
        print(f"{scale:15}  {likeness.delta_e:6.2f}  {ssim:>6}".rstrip())
    if repeats is not None:
        distance = repeats.smallest_distance
        print(f"tiles used: {repeats.tiles_used:,}, the most used {times(repeats.most_used)}")
        print(
            f"smallest distance of repeats: {'no tile repeats' if distance is None else distance}"
        )
    if found.most_shift:
        print(f"colours shifted: {found.mean_shift:.1f} of 255, at most {found.most_shift:.1f}")


def _print_json(mosaic: Path, found: "ScoredMosaic") -> None:
    repeats = found.repeats
    print_json(
        {
            "mosaic": found.mosaic_id,
            "output": str(mosaic),
            "target": found.target,
            "columns": found.grid[0],
            "rows": found.grid[1],
            "score": asdict(found.score),
            "tiles_used": repeats.tiles_used if repeats else None,
            "most_used": repeats.most_used if repeats else None,
            "smallest_distance": repeats.smallest_distance if repeats else None,
            "mean_shift": found.mean_shift,
            "most_shift": found.most_shift,
        }
    )
