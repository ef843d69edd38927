"""`mosaicdb duplicates`."""

import argparse
import os
from contextlib import closing
from dataclasses import asdict

from ..errors import printable
from ..records import HASH_BITS, NEAR_DISTANCE
from .options import Commands, Parser, add_command, add_json, effective_config
from .output import Bar, counted, print_json, say


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "duplicates",
        "list groups of the same picture at other sizes and qualities",
        example="mosaicdb duplicates --json",
        details="Each group's largest photo stands first. Files of the same bytes share a tile "
        "and stand in its lines. Photos that are gone are not listed. Nothing is deleted.",
    )
    parser.add_argument(
        "--distance",
        metavar="N",
        type=_distance,
        default=NEAR_DISTANCE,
        help=f"how many of the {HASH_BITS} bits of two photos' hashes may differ "
        f"(default: {NEAR_DISTANCE})",
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """List the groups."""
    from ..executors import ProcessExecutor
    from ..pipelines.selection import find_duplicates
    from ..store import Database

    config = effective_config(options)
    executor = ProcessExecutor(config.workers or os.cpu_count() or 1, config.deadline)
    with closing(Bar(options)) as bar, Database(config.database, create=False) as database:
        groups = find_duplicates(database, options.distance, executor=executor, progress=bar)
    for number, group in enumerate(groups, 1):
        if options.json:
            print_json({"group": number, "tiles": [asdict(found) for found in group]})
            continue
        print(f"group {number}: {len(group)} photos")
        for found in group:
            photo = f"{found.width} x {found.height} {found.format}, {found.size:,} bytes"
            for path in found.paths:
                print(f"    tile {found.tile_id}  {photo}  {printable(path)}")
    surplus = sum(len(group) - 1 for group in groups)
    shown = counted(len(groups), "group"), counted(surplus, "photo")
    say(options, "{}; {} beyond the first of a group".format(*shown))
    return 0


def _distance(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= HASH_BITS):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not allowed: a whole number from 0 to {HASH_BITS}"
        )
    return int(text)
