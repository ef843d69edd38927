"""What the options of all commands share: how they are declared, and read."""

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from ..config import Config, key_help, load_config
from ..options import FLAG, Kind, declared_option
from ..records import Size

_BILLION = 10**9
KEY_PREFIX = "key:"
"""How the parser's results tell a key of the configuration from other options."""


class Parser(argparse.ArgumentParser):
    """An `ArgumentParser` whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line, and exit with code 2."""
        self.exit(2, f"mosaicdb: {message}; see {self.prog} --help\n")


Commands = argparse._SubParsersAction


def add_command(
    commands: "Commands[Parser]", name: str, help_text: str, *, example: str, details: str = ""
) -> Parser:
    """Add a command that takes the general options too.

    Args:
        commands: where to.
        name: of the command.
        help_text: a line for the list of commands.
        example: a command line.
        details: more for the command's own help.
    """
    description = f"{help_text[0].upper()}{help_text[1:]}. {details}".strip()
    parser: Parser = commands.add_parser(
        name,
        help=help_text,
        description=description,
        epilog=f"example: {example}",
        parents=[general_options(first=False)],
        allow_abbrev=False,
    )
    return parser


def add_option(
    parser: argparse._ActionsContainer,
    flag: str,
    of: type,
    name: str,
    metavar: str = "",
    *,
    default: str = "",
) -> None:
    """Add an option that is no key of the configuration.

    Args:
        parser: where to.
        flag: what it is called.
        of: the class of options that declares it.
        name: its name there.
        metavar: stands for its value in the help; a flag has none.
        default: what the help says of it where it is not given.
    """
    declared = declared_option(of, name)
    help_text = declared.metadata["help"].replace("%", "%%")
    if default:
        help_text += f" (default: {default})"
    if declared.metadata["kind"] is FLAG:
        parser.add_argument(flag, action="store_true", help=help_text)
        return

    def read(text: str) -> object:
        kind: Kind = declared.metadata["kind"]
        return kind.read(f"flag: {name}", text)

    parser.add_argument(flag, metavar=metavar, type=read, help=help_text)


def add_key(
    parser: argparse._ActionsContainer, flag: str, key: str, metavar: str | None = None
) -> None:
    """Add an option that sets a key of the configuration; without metavar, to true."""
    help_text = f"{key_help(key)} (config key: {key})"
    takes: dict[str, Any] = {"metavar": metavar}
    if metavar is None:
        takes = {"action": "store_const", "const": "true"}
    parser.add_argument(flag, dest=KEY_PREFIX + key, help=help_text.replace("%", "%%"), **takes)


def whole_number(text: str) -> int:
    """Read an option that is a whole number from 0 to a billion."""
    if not (text.isascii() and text.isdigit() and int(text) <= _BILLION):
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed: give a whole number")
    return int(text)


def positive_integer(text: str) -> int:
    """Read an option that is a whole number from 1 to 10,000."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 10_000):
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed: give 1 to 10,000")
    return int(text)


def sizes(text: str) -> list[Size]:
    """Read an option that lists sizes, such as 40x30,80x60."""
    try:
        given = [tuple(int(side) for side in size.split("x")) for size in text.split(",")]
    except ValueError:
        given = []
    if given and all(len(size) == 2 and 1 <= min(size) <= max(size) <= 10_000 for size in given):
        return [(size[0], size[1]) for size in given]
    raise argparse.ArgumentTypeError(
        f"{text!r} is not allowed: give sizes of 1 to 10,000 a side, such as 40x30,80x60"
    )


def target_named(text: str) -> int | str:
    """Read an option that names a target: digits are a photo's number, all else is a path."""
    return int(text) if text.isascii() and text.isdigit() else text


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add the option for programs that read the answer."""
    parser.add_argument("--json", action="store_true", help="print JSON to stdout")


def effective_config(options: argparse.Namespace) -> Config:
    """Gather the configuration for a command line.

    Where another command runs this one, `options.alone` keeps the surroundings out of it.
    """
    given = {
        name.removeprefix(KEY_PREFIX): text
        for name, text in vars(options).items()
        if name.startswith(KEY_PREFIX) and text is not None
    }
    if getattr(options, "alone", False):
        return load_config(given, environment={}, local=False)
    return load_config(given, file=options.config)


def general_options(*, first: bool) -> Parser:
    """Give the options that stand before or after the command."""
    from pathlib import Path

    general = Parser(add_help=False, argument_default=None if first else argparse.SUPPRESS)
    group = general.add_argument_group("general options")
    group.add_argument("--config", metavar="FILE", type=Path, help="read this configuration too")
    add_key(group, "--db", "database.url", "PATH")
    flags: Sequence[tuple[tuple[str, ...], str]] = (
        (("-q", "--quiet"), "say nothing but data and errors"),
        (("--no-progress",), "show no progress bars"),
        (("--debug",), "show where an error came from"),
    )
    for names, help_text in flags:
        default = False if first else argparse.SUPPRESS
        group.add_argument(*names, action="store_true", default=default, help=help_text)
    return general
