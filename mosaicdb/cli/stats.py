"""`mosaicdb stats`."""

import argparse
from dataclasses import asdict

from .opening import open_configured
from .options import Commands, Parser, add_command, add_json, effective_config
from .output import print_json


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands, "stats", "print the database in numbers", example="mosaicdb stats --json"
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print statistics."""
    from ..pipelines.database import statistics

    with open_configured(options, effective_config(options)) as database:
        figures = asdict(statistics(database))
    if options.json:
        print_json(figures)
        return 0
    for name, value in figures.items():
        print(f"{name:14}{_shown(value)}")
    return 0


def _shown(value: int | tuple[int, ...] | tuple[float, ...] | None) -> str:
    match value:
        case None:
            return ""
        case (int(), int()):
            return "x".join(map(str, value))
        case tuple():
            return "  ".join(f"{part:.1f}" for part in value)
    return f"{value:,}"
