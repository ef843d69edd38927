"""What the options of all commands share: how they are declared, and read."""

import argparse
import difflib
import sys
from collections.abc import Iterable, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, NoReturn

from ..config import KEYS, Config, Flag, key_help, load_config
from ..errors import printable
from ..kinds import FLAG, PINS, Kind, declared_option
from ..object_storage import to_path
from ..records import Size

_BILLION = 10**9
KEY_PREFIX = "key:"
"""How the parser's results tell a key of the configuration from other options."""


NOTHING_HALF_DONE = "nothing is half done"
"""What an interrupted command says that does all of its work or none."""


class Parser(argparse.ArgumentParser):
    """An `ArgumentParser` whose errors are one line, and say what was meant."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse; of an option that is unknown, say which one is like it."""
        words = sys.argv[1:] if args is None else args
        self._refuse_unknown(takewhile(lambda word: word.startswith("--") and word != "--", words))
        parsed, unknown = super().parse_known_args(args, namespace)
        self._refuse_unknown(unknown)
        return parsed, unknown

    def _refuse_unknown(self, words: Iterable[str]) -> None:
        for word in words:
            name = word.partition("=")[0]
            if name.startswith("-") and name not in self._option_string_actions:
                self.error(f"unknown option {_named(name, self._option_string_actions)}")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if isinstance(action, argparse._SubParsersAction) and value not in action.choices:
            self.error(f"unknown command {_named(value, action.choices)}")
        super()._check_value(action, value)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line, and exit with code 2."""
        self.exit(2, f"mosaicdb: {printable(message)}; see {self.prog} --help\n")


def _named(unknown: str, known: Iterable[str]) -> str:
    """Give a name that is unknown, and the one that it may stand for."""
    nearest = difflib.get_close_matches(unknown, list(known), n=1)
    return printable(unknown) + (f": did you mean {nearest[0]}?" if nearest else "")


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


def add_key(
    parser: argparse._ActionsContainer,
    flag: str,
    key: str,
    metavar: str = "",
    *,
    default: str = "",
    is_configured: bool = True,
) -> None:
    """Add an option that sets a key of the configuration.

    Args:
        parser: where to.
        flag: what it is called; a key that is true or false has also `--no-…`.
        key: its name in the configuration.
        metavar: stands for its value in the help; a key that is true or false has none.
        default: what the help says of it where it is not set.
        is_configured: whether the command heeds the key where the option is not given.
    """
    is_flag = KEYS[key].metadata["kind"] is FLAG
    notes = [f"config key: {key}"] * is_configured + [f"default: {default}"] * bool(default)
    help_text = f"{key_help(key)} ({'; '.join(notes)})" if notes else key_help(key)
    parser.add_argument(
        *([flag, f"--no-{flag.removeprefix('--')}"] if is_flag else [flag]),
        dest=KEY_PREFIX + key,
        action=_TakeKey,
        nargs=0 if is_flag else None,
        metavar=metavar or None,
        help=help_text.replace("%", "%%"),
    )


def add_option(
    parser: argparse.ArgumentParser, flag: str, of: type, name: str, metavar: str = ""
) -> None:
    """Add an option of a class of options that no key of the configuration sets.

    Args:
        parser: where to.
        flag: what it is called.
        of: the class, which knows its help, its default and what it allows.
        name: of the field.
        metavar: stands for its value in the help; one that is true or false has none.
    """
    declared = declared_option(of, name)
    kind: Kind = declared.metadata["kind"]
    help_text = declared.metadata["help"].replace("%", "%%")
    if kind is FLAG:
        parser.add_argument(flag, dest=name, action="store_true", help=help_text)
        return
    default = declared.default
    shown = "x".join(map(str, default)) if isinstance(default, tuple) else default
    parser.add_argument(
        flag,
        dest=name,
        metavar=metavar,
        type=lambda text: kind.read(flag, text),
        default=default,
        help=help_text if default is None else f"{help_text} (default: {shown})",
    )


class _TakeKey(argparse.Action):
    """Keep a key's text, and the flag as it was typed, for messages."""

    def __call__(
        self,
        _parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        name = option_string or self.option_strings[0]
        text = values if self.nargs != 0 else str(name == self.option_strings[0]).lower()
        earlier: Flag | None = getattr(namespace, self.dest, None)
        if (
            earlier is not None
            and KEYS[self.dest.removeprefix(KEY_PREFIX)].metadata["kind"] is PINS
        ):
            text = f"{earlier.text} {text}"
        setattr(namespace, self.dest, Flag(name, text))


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


def path_named(text: str) -> Path:
    """Read an option that names a file; shells leave the ~ in `--output=~/x.jpg` as it is."""
    return to_path(text)


def add_executor(parser: Parser) -> None:
    """Add the options that say what reads photos: see `mosaicdb.pipelines.executor`."""
    add_key(parser, "--executor", "ingest.executor", "NAME")
    add_key(parser, "--scheduler", "ingest.scheduler", "ADDRESS")
    add_key(parser, "--workers", "ingest.workers", "N")
    add_key(parser, "--deadline", "ingest.deadline", "SECONDS")


def add_mosaic(parser: argparse.ArgumentParser, help_text: str, **repeated: Any) -> None:
    """Add the argument that names a recorded mosaic, or several."""
    parser.add_argument(
        "mosaic",
        metavar="MOSAIC",
        type=number_or_text,
        help=help_text,
        **repeated,
    )


def number_or_text(text: str) -> int | str:
    """Read what names a mosaic, or a photo: digits are an id."""
    return int(text) if text.isascii() and text.isdigit() else text


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add the option for programs that read the answer."""
    parser.add_argument("--json", action="store_true", help="print JSON to stdout")


def given_keys(options: argparse.Namespace) -> dict[str, Flag]:
    """Give the keys of the configuration that the command line sets."""
    return {
        name.removeprefix(KEY_PREFIX): flag
        for name, flag in vars(options).items()
        if name.startswith(KEY_PREFIX) and flag is not None
    }


def effective_config(options: argparse.Namespace) -> Config:
    """Gather the configuration for a command line.

    Where another command runs this one, `options.alone` keeps the surroundings out of it.
    """
    given = given_keys(options)
    if getattr(options, "alone", False):
        return load_config(given, environment={}, local=False)
    return load_config(given, file=options.config)


def general_options(*, first: bool) -> Parser:
    """Give the options that stand before or after the command."""
    general = Parser(add_help=False, argument_default=None if first else argparse.SUPPRESS)
    group = general.add_argument_group("general options")
    group.add_argument(
        "--config", metavar="FILE", type=path_named, help="read this configuration too"
    )
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
