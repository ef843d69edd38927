"""Write docs/commands.md from the parser: python docs/commands.py [--check]."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from mosaicdb.cli.parser import build_parser
from mosaicdb.config import KEYS, key_help, variable_name

PAGE = Path(__file__).with_name("commands.md")


def page() -> str:
    """Describe every command, option and key of the configuration."""
    parser = build_parser()
    (commands,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    lines = ["# Commands", "", "Made by `python docs/commands.py`; do not edit.", ""]
    lines += ["## General options", "", "They stand before or after the command.", ""]
    lines += [*options(parser, general=True), ""]
    for name, command in commands.choices.items():
        lines += [f"## mosaicdb {name}", "", command.description, ""]
        lines += [f"    {command.epilog.removeprefix('example: ')}", "", *options(command), ""]
    lines += ["## Configuration", "", "| key | variable | meaning |", "|---|---|---|"]
    lines += [f"| `{key}` | `{variable_name(key)}` | {text(key_help(key))} |" for key in KEYS]
    return "\n".join(lines) + "\n"


def options(parser: argparse.ArgumentParser, *, general: bool = False) -> Iterator[str]:
    """Describe the options of a parser in a table."""
    rows = []
    for group in parser._action_groups:
        if (group.title == "general options") == general:
            rows += [row(action) for action in group._group_actions if action.dest != "help"]
    rows = [line for line in rows if line]
    if rows:
        yield from ("| option | meaning |", "|---|---|")
        yield from rows


def row(action: argparse.Action) -> str:
    """Describe one option; nothing for the list of commands."""
    if isinstance(action, argparse._SubParsersAction):
        return ""
    value = action.metavar or ("|".join(action.choices) if action.choices else "")
    names = [f"{name} {value}".strip() for name in action.option_strings] or [str(value)]
    shown = ", ".join(f"`{name}`" for name in names).replace("|", "\\|")
    return f"| {shown} | {text((action.help or '').replace('%%', '%'))} |"


def text(help_text: str) -> str:
    """Give a help text as Markdown: its asterisks are no emphasis."""
    return help_text.replace("*", "\\*")


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text("utf-8") == page() else "run: python docs/commands.py")
    PAGE.write_text(page(), "utf-8")
