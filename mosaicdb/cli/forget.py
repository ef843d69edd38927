"""`mosaicdb forget`."""

import argparse

from ..errors import printable
from .options import Commands, Parser, add_command, add_mosaic, effective_config
from .output import say


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "forget",
        "forget recorded mosaics; their pictures stay",
        example="mosaicdb forget 3 kitchen",
        details="Tiles that only these mosaics used can then be pruned, where their photos are "
        "gone.",
    )
    add_mosaic(parser, "id or name of a mosaic, or path of its picture", nargs="+")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Forget mosaics."""
    from ..pipelines.database import open_existing
    from ..pipelines.mosaics import forget_mosaics

    with open_existing(effective_config(options).database) as database:
        forgotten = forget_mosaics(database, options.mosaic)
    for mosaic in forgotten:
        name = f" ({printable(mosaic.name)})" if mosaic.name else ""
        say(options, f"mosaic {mosaic.id}{name} forgotten: {printable(mosaic.output)} stays")
    return 0
