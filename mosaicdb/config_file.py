"""Configuration files: TOML whose keys are known."""

import difflib
import tomllib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from .errors import UsageError, printable


def read_keys(path: Path, keys: Collection[str]) -> Iterator[tuple[str, object]]:
    """Read the keys of a configuration file and their values, in the file's order.

    Args:
        path: a TOML file.
        keys: names of those that there are, with the names of their tables: `render.quality`.

    Raises:
        UsageError: it cannot be read, is no TOML, or has another key or table.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{printable(path)}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{printable(path)} is not TOML: {printable(error)}") from error
    tables = {name.split(".")[0] for name in keys if "." in name}
    for name, value in content.items():
        if name in tables and isinstance(value, dict):
            for inner, inner_value in value.items():
                yield _known(f"{name}.{inner}", path, keys), inner_value
        elif isinstance(value, dict):
            hint = _nearest(name, tables)
            raise UsageError(f"{printable(path)}: unknown table [{printable(name)}]: {hint}")
        else:
            yield _known(name, path, keys), value


def _known(name: str, path: Path, keys: Collection[str]) -> str:
    if name in keys:
        return name
    last = name.rpartition(".")[2]
    elsewhere = [key for key in keys if key.rpartition(".")[2] == last]  # in another table
    hint = f"did you mean {elsewhere[0]}?" if elsewhere else _nearest(name, keys)
    raise UsageError(f"{printable(path)}: unknown key {printable(name)}: {hint}")


def _nearest(name: str, known: Iterable[str]) -> str:
    known = list(known)
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {nearest[0]}?" if nearest else "allowed are " + ", ".join(known)
