"""The parser: every command and option with its help, from which the docs are made."""

import argparse
from collections.abc import Sequence
from functools import cache
from typing import Any

from . import (
    ban,
    check,
    collage,
    config,
    copy,
    demo,
    draw,
    duplicates,
    edit,
    exchange,
    export_viewer,
    forget,
    ingest,
    live,
    mosaics,
    plan,
    prune,
    render,
    schema,
    score,
    sql,
    stats,
    update,
    view,
)
from .options import Parser, general_options


@cache
def build_parser() -> Parser:
    """Build the parser of the whole command line, once."""
    parser = Parser(
        prog="mosaicdb",
        description="Photo mosaics from an incremental tile database.",
        epilog="examples: mosaicdb ingest ~/photos; mosaicdb render --target 5019",
        parents=[general_options(first=True)],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, help="print the version")
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=Parser
    )
    modules = (
        *(ingest, plan, render, draw, mosaics, edit, update, ban, view, export_viewer, live),
        *(
            score,
            duplicates,
            sql,
            schema,
            stats,
            collage,
            check,
            prune,
            forget,
            exchange,
            copy,
            config,
        ),
        demo,
    )
    for module in modules:
        module.add_to(commands)
    return parser


class _Version(argparse.Action):
    """Print the version: looked up only then, since that takes its time."""

    def __init__(self, option_strings: Sequence[str], dest: str, **others: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **others)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib import metadata

        print("mosaicdb", metadata.version("mosaicdb"))
        parser.exit()
