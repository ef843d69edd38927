"""Store paths as readable text, including those that are not valid UTF-8."""

import os
import re
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, or_
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

_QUOTE = "\N{SINGLE HIGH-REVERSED-9 QUOTATION MARK}"
_TO_QUOTE = re.compile(f"[{_QUOTE}\udc80-\udcff]")
_QUOTED = re.compile(f"{_QUOTE}({_QUOTE}|[0-9A-F]{{2}})")


_IMPORT_SOURCES: Final = ("import:", "hdf5:")  # the second in databases of version 0.1


def path_to_text(path: str) -> str:
    """Encode a path as valid UTF-8 text; different paths give different texts.

    Args:
        path: bytes that are no UTF-8 are surrogate escapes, as `os.fsdecode` gives them.
    """
    return _TO_QUOTE.sub(_quoted, path)


def _quoted(match: re.Match[str]) -> str:
    character = match[0]
    return _QUOTE * 2 if character == _QUOTE else f"{_QUOTE}{ord(character) - 0xDC00:02X}"


def text_to_path(text: str) -> str:
    """Decode the text that `path_to_text` returned."""

    def unquote(match: re.Match[str]) -> str:
        quoted = match[1]
        return _QUOTE if quoted == _QUOTE else chr(0xDC00 + int(quoted, 16))

    return _QUOTED.sub(unquote, text)


def sort_key(path: str) -> bytes:
    """Return bytes that sort as `sorted(paths)` sorts the paths."""
    return path.encode("utf-8", "surrogatepass")


def import_source(path: Path, entry: str) -> str:
    """Return what is stored in place of a path where a tile was imported.

    Args:
        path: absolute, of the file that it was imported from.
        entry: what finds the tile in it.
    """
    return f"{_IMPORT_SOURCES[0]}{path}#{entry}"


def is_import_source(column: ColumnElement[str]) -> ColumnElement[bool]:
    """Ask for what stands in place of a path where a tile was imported."""
    return or_(*(column.startswith(source) for source in _IMPORT_SOURCES))


def folder_range(folder: str) -> tuple[str, str]:
    """Return the half-open range of text that holds exactly the paths below a folder."""
    prefix = folder.rstrip(os.sep) + os.sep
    return prefix, prefix[:-1] + chr(ord(os.sep) + 1)


def path_range(path: str) -> tuple[str, str]:
    """Return the half-open range of text that holds exactly a path."""
    return path, path + "\1"


BytewiseText: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is compared byte by byte, as SQLite does: ranges of paths depend on it."""


class FilePath(TypeDecorator[str]):
    """A path as text in the database and as `str` in Python."""

    impl = BytewiseText
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Turn a path into text."""
        return None if value is None else path_to_text(str(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Turn text into a path."""
        return None if value is None else text_to_path(str(value))
