"""`mosaicdb score`."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import printable
from ..pipelines.wording import likenesses, ssim_text, times
from .mosaic_options import add_framing
from .options import Commands, Parser, add_command, add_json, add_key, effective_config, path_named
from .output import print_json, say

if TYPE_CHECKING:
    from ..pipelines.score import Comparison


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "score",
        "measure how much a mosaic, by whatever tool, looks like its target",
        example="mosaicdb score poster.png --target cat.jpg --grid 80x60",
        details="A lower colour distance, ΔE of 1976 or ΔE00 (CIEDE2000), and a higher structural "
        "similarity SSIM are better. "
        "Of a mosaic that this database recorded, target and grid are known, unless options of "
        "the command line say otherwise.",
    )
    parser.add_argument("mosaic", metavar="PICTURE", type=path_named, help="the picture to score")
    add_key(parser, "--target", "target_id", "ID|PATH")
    add_framing(parser)
    add_key(parser, "--grid", "target_res", "COLSxROWS")
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Score a mosaic."""
    from ..pipelines.database import open_if_exists
    from ..pipelines.score import score_file

    config = effective_config(options)
    is_framed = config.is_given("render.fit", "render.focus_point")
    with open_if_exists(config.database) as database:
        comparison = score_file(
            database,
            options.mosaic,
            target=config.target_id if config.is_given("target_id") else None,
            grid=config.target_res if config.is_given("target_res") else None,
            usual_grid=config.target_res,
            framing=config.framing if is_framed else None,
            usual_framing=config.framing,
        )
    if options.json:
        _print_json(options.mosaic, comparison)
    else:
        _print_table(comparison)
        columns, rows = comparison.grid
        target = printable(comparison.target)
        say(options, f"{columns} x {rows} cells, compared with {target}")
    return 0


def _print_table(comparison: "Comparison") -> None:
    print(f"{'':15}  {'ΔE':>6}  {'ΔE00':>6}  {'SSIM':>6}")
    for scale, likeness in likenesses(comparison.score):
        ssim = ssim_text(likeness.ssim)
        colours = f"{likeness.delta_e:6.2f}  {likeness.ciede2000:6.2f}"
        print(f"{scale:15}  {colours}  {ssim:>6}".rstrip())
    mosaic = comparison.mosaic
    if mosaic and mosaic.repeats:
        repeats, distance = mosaic.repeats, mosaic.repeats.smallest_distance
        print(f"tiles used: {repeats.tiles_used:,}, the most used {times(repeats.most_used)}")
        print(
            f"smallest distance of repeats: {'no tile repeats' if distance is None else distance}"
        )
    if mosaic and mosaic.most_shift:
        print(f"colours shifted: {mosaic.mean_shift:.1f} of 255, at most {mosaic.most_shift:.1f}")
    if mosaic and mosaic.paint:
        print(f"painted: {mosaic.paint:.0%} of the way from tiles to the target")


def _print_json(path: Path, comparison: "Comparison") -> None:
    mosaic = comparison.mosaic
    repeats = mosaic.repeats if mosaic else None
    print_json(
        {
            "mosaic": mosaic.id if mosaic else None,
            "output": str(path),
            "target": comparison.target,
            "columns": comparison.grid[0],
            "rows": comparison.grid[1],
            "score": asdict(comparison.score),
            "tiles_used": repeats.tiles_used if repeats else None,
            "most_used": repeats.most_used if repeats else None,
            "smallest_distance": repeats.smallest_distance if repeats else None,
            "mean_shift": mosaic.mean_shift if mosaic else None,
            "most_shift": mosaic.most_shift if mosaic else None,
            "paint": mosaic.paint if mosaic else None,
        }
    )
