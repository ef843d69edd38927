"""Give the command line that makes a mosaic again, wherever it is run."""

import argparse
import os
import shlex
from pathlib import Path
from typing import Final

from ..config import KEYS, Config
from ..kinds import Pin
from ..object_storage import is_url
from ..options import Outputs
from ..print_size import LENGTHS
from .options import KEY_PREFIX

_TELLING: Final = {"config", "quiet", "no_progress", "debug", "json"}
"""Options that change nothing of what is made; what a configuration says is spelt out."""

_LENGTHS: Final = [f"print.{name}" for name in LENGTHS]


def render_again(
    options: argparse.Namespace, config: Config, database: str | Path, outputs: Outputs
) -> list[str]:
    """Give a command line with every option that was set by flag, variable or configuration.

    Target, grid, strategy and outputs are given even if they are defaults; paths are absolute.

    Args:
        options: what the parser of the command made of its command line; `parser` in it is that.
        config: the effective configuration.
        database: its path, or its URL without a password.
        outputs: where picture and match are.

    Returns:
        Its words, quoted for bash and zsh; bytes that are no UTF-8 are escaped.
    """
    values = vars(options) | {key: getattr(config, known.name) for key, known in KEYS.items()}
    values |= {
        "database.url": database,
        "render.output": outputs.picture,
        "render.matches": outputs.matches,
        **{name: f"{values[name]:g}mm" if values[name] else None for name in _LENGTHS},
    }
    words = ["mosaicdb", "render"]
    for action in options.parser._actions:
        name = action.dest.removeprefix(KEY_PREFIX)
        value = values.get(name)
        is_set = value is not None and value is not False and value != ()
        if is_set and name not in _TELLING:
            words += _option(action.option_strings[0], value)
    return list(map(quoted, words))


def _option(flag: str, value: object) -> list[str]:
    match value:
        case True:
            return [flag]
        case (Pin(), *_):
            text = " ".join(map(str, value))
        case (int(), int()):
            text = "x".join(map(str, value))
        case tuple():
            text = ",".join(map(str, value))
        case Path():
            text = str(value) if is_url(value) else os.path.abspath(value)
        case _:
            text = str(value)
    return [f"{flag}={text}"] if text.startswith("-") else [flag, text]


def quoted(word: str) -> str:
    """Quote a word of a command line for bash and zsh."""
    if word.isprintable():
        return shlex.quote(word)
    return "$'" + "".join(map(_escaped, word)) + "'"


def _escaped(char: str) -> str:
    if char.isprintable() and char not in "'\\":
        return char
    return "".join(f"\\{byte:03o}" for byte in os.fsencode(char))
