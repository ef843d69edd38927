"""`mosaicdb collage`."""

import argparse
from pathlib import Path

from ..errors import printable
from ..options import PICTURE_HELP
from ..pipelines.wording import counted
from .options import (
    NOTHING_HALF_DONE,
    Commands,
    Parser,
    add_command,
    add_key,
    effective_config,
    path_named,
    positive_integer,
    whole_number,
)
from .output import say


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "collage",
        "put a few photos side by side, each cut to a square",
        example="mosaicdb collage --start 100 --count 4 --size 400",
        details="Photos that are missing are left out.",
    )
    parser.add_argument(
        "--start", metavar="ID", type=whole_number, default=0, help="first tile (default: 0)"
    )
    parser.add_argument(
        "--count", metavar="N", type=positive_integer, default=4, help="photos (default: 4)"
    )
    parser.add_argument(
        "--size",
        metavar="PIXELS",
        type=positive_integer,
        default=400,
        help="of a side (default: 400)",
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=path_named,
        default=Path("collage.jpg"),
        help=f"{PICTURE_HELP} (default: collage.jpg)",
    )
    add_key(parser, "--quality", "render.quality", "N")
    parser.set_defaults(run=run, when_interrupted=NOTHING_HALF_DONE)


def run(options: argparse.Namespace) -> int:
    """Make a collage."""
    from ..pipelines.database import open_existing
    from ..pipelines.drawing import make_collage

    config = effective_config(options)
    with open_existing(config.database) as database:
        shown = make_collage(
            database, options.start, options.count, options.size, options.output, config.quality
        )
    photos, numbers = counted(len(shown), "photo"), f"{shown[0]} to {shown[-1]}"
    say(options, f"{printable(options.output)}: {photos}, {numbers}")
    return 0
