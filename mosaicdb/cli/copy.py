"""`mosaicdb copy`."""

import argparse
from contextlib import closing

from ..pipelines.wording import counted
from .options import Commands, Parser, add_command
from .output import say
from .progress import TerminalProgress


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "copy",
        "copy a database into another one, such as from a file to a PostgreSQL server",
        example="mosaicdb copy data/mosaic.db postgresql+psycopg://me@server/photos",
        details="Photos stay where they are. Stopped half-way, the same command goes on. In the "
        "end all tables of both are compared.",
    )
    parser.add_argument("source", metavar="FROM", help="path or URL of a database")
    parser.add_argument("target", metavar="TO", help="path or URL of a new or empty one")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Copy a database."""
    from ..pipelines.copy import copy_database

    with closing(TerminalProgress(options)) as progress:
        copied = copy_database(options.source, options.target, progress=progress)
    tiles, mosaics = counted(copied.tiles, "tile"), counted(copied.mosaics, "mosaic")
    say(options, f"{tiles} and {mosaics}: {copied.target} is equal to {copied.source}")
    return 0
