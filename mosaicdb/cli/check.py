"""`mosaicdb check`."""

import argparse

from ..pipelines.wording import counted
from .options import Commands, Parser, add_command, effective_config
from .output import say


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "check",
        "look whether the database is whole; exit code 1 if it is not",
        example="mosaicdb check",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check the database."""
    from ..pipelines.database import open_existing
    from ..pipelines.maintenance import check

    faults = 0
    with open_existing(effective_config(options).database) as database:
        for fault in check(database):
            faults += 1
            print(fault)
    say(options, counted(faults, "fault") if faults else "the database is whole")
    return 1 if faults else 0
