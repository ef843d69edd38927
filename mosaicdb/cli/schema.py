"""`mosaicdb schema`."""

import argparse

from .options import Commands, Parser, add_command


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "schema",
        "print the tables, views and columns with a line of meaning each",
        example="mosaicdb schema",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:  # noqa: ARG001 - every command takes them
    """Print the schema."""
    from ..pipelines.database import describe_schema

    for described in describe_schema():
        print(f"{described.kind} {described.name}: {described.comment}")
        width = max(len(name) for name, _, _ in described.columns)
        for name, kind, meaning in described.columns:
            print(f"    {name:{width}}  {kind:12}  {meaning}".rstrip())
        print()
    return 0
