"""`mosaicdb config`."""

import argparse
import json
import tomllib

from ..errors import printable, without_password
from .options import Commands, Parser, add_command, effective_config


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "config",
        "print the effective configuration as TOML, and where each value came from",
        example="mosaicdb config > effective.toml",
        details="A value comes from its flag, its MOSAICDB_* variable, --config FILE, "
        "./config.toml or its default, whichever is there first.",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the configuration."""
    from ..pipelines.database import stored_thumb_res

    config = effective_config(options)
    stored = stored_thumb_res(config.database)
    table = ""
    for name, value, source in config.as_table():
        *outer, key = name.split(".")
        if outer and outer[0] != table:
            table = outer[0]
            print(f"\n[{table}]")
        if isinstance(value, str) and name == "database.url":
            value = without_password(value)
        if value is None:
            print(f"# {key} is not set")
        else:
            other = (
                f"; the database has {list(stored)}"
                if name == "thumb_res" and stored not in (None, config.thumb_res)
                else ""
            )
            print(f"{_toml(key, value)}  # {printable(source)}{other}")
    return 0


def _toml(key: str, value: object) -> str:
    import toml

    line = toml.dumps({key: value}).strip()
    try:
        tomllib.loads(line)
    except tomllib.TOMLDecodeError:  # toml writes some characters in a way that TOML forbids
        line = f"{key} = {json.dumps(value)}"
    return line
