"""`mosaicdb duplicates`."""

import argparse
from contextlib import closing
from dataclasses import asdict

from ..errors import printable
from ..pipelines.wording import counted
from ..records import NEAR_LIKENESS
from .options import Commands, Parser, add_command, add_json, effective_config
from .output import print_json, say
from .progress import TerminalProgress


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "duplicates",
        "list groups of photos that show the same: at other sizes, brighter, grey, mirrored, "
        "slightly cropped",
        example="mosaicdb duplicates --json",
        details="A group is a photo and those that look like it; its largest photo stands first. "
        "Files of the same bytes share a tile and stand in its lines. Photos that are gone are "
        "not listed. Nothing is deleted.",
    )
    parser.add_argument(
        "--likeness",
        metavar="0..1",
        type=_likeness,
        default=NEAR_LIKENESS,
        help="how well the edges of two photos have to agree: more finds fewer "
        f"(default: {NEAR_LIKENESS})",
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """List the groups."""
    from ..pipelines.database import open_existing
    from ..pipelines.executor import local_executor
    from ..pipelines.selection import find_duplicates

    config = effective_config(options)
    with (
        closing(TerminalProgress(options)) as progress,
        open_existing(config.database) as database,
    ):
        groups = find_duplicates(
            database, options.likeness, executor=local_executor(config), progress=progress
        )
    for number, group in enumerate(groups, 1):
        if options.json:
            print_json({"group": number, "tiles": [asdict(tile) for tile in group]})
            continue
        print(f"group {number}: {len(group)} photos")
        for tile in group:
            photo = f"{tile.width} x {tile.height} {tile.format}, {tile.size:,} bytes"
            for path in tile.paths:
                print(f"    tile {tile.tile_id}  {photo}  {printable(path)}")
    surplus = sum(len(group) - 1 for group in groups)
    shown = counted(len(groups), "group"), counted(surplus, "photo")
    say(options, "{}; {} beyond the first of a group".format(*shown))
    return 0


def _likeness(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed: a number above 0, up to 1")
    return value
