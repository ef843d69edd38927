"""What commands print: data on stdout, everything else on stderr."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from ..errors import printable

INTERRUPTED = 130
"""Exit code of a command that Ctrl-C ended."""


def say(options: argparse.Namespace, text: str) -> None:
    """Tell people something, unless they want it quiet."""
    if not options.quiet:
        print(text, file=sys.stderr)


def print_row(cells: Sequence[tuple[str, int]]) -> None:
    """Print a row of a table as soon as it is known: texts and widths; the first two left."""
    left = [text.ljust(width) for text, width in cells[:2]]
    print("  ".join([*left, *(text.rjust(width) for text, width in cells[2:])]), flush=True)


def print_json(value: object) -> None:
    """Print one JSON value on one line."""
    print(json.dumps(value, ensure_ascii=True))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows in aligned columns: numbers to the right, everything else to the left."""
    table = [list(row) for row in rows]
    texts = [[_cell(value) for value in row] for row in table]
    widths = [max(map(len, column)) for column in zip(columns, *texts, strict=True)]
    numeric = [
        all(isinstance(row[place], int | float | None) for row in table)
        for place in range(len(columns))
    ]
    for line in [list(columns), ["-" * width for width in widths], *texts]:
        cells = [
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(line, widths, numeric, strict=True)
        ]
        print("  ".join(cells).rstrip())


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.6g}"
    return printable(value)
