"""`mosaicdb config`."""

import argparse

from .parser import Commands, Parser, add_command, effective_config


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "config",
        "print the effective configuration as TOML, and where each value came from",
        example="mosaicdb config > config.toml",
        details="A value comes from its flag, its MOSAICDB_* variable, --config FILE, "
        "./config.toml or its default, whichever is there first.",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the configuration."""
    import toml

    table = ""
    for name, value, source in effective_config(options).as_table():
        *outer, key = name.split(".")
        if outer and outer[0] != table:
            table = outer[0]
            print(f"\n[{table}]")
        if value is None:
            print(f"# {key} is not set")
        else:
            print(f"{toml.dumps({key: value}).strip()}  # {source}")
    return 0
