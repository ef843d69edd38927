"""What commands print: data on stdout, everything else on stderr."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from ..errors import printable
from ..matching import COMPILING


def say(options: argparse.Namespace, text: str) -> None:
    """Tell people something, unless they want it quiet."""
    if not options.quiet:
        print(text, file=sys.stderr)


def times(count: int) -> str:
    """Say how often: once, 2 times, …."""
    return "once" if count == 1 else f"{count:,} times"


def counted(count: int, thing: str) -> str:
    """Say how many: 1 tile, 2,000 tiles, …."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def within(gap: float) -> str:
    """Say how far from optimal a match may be."""
    percent = gap * 100
    return f"within {percent:.{2 if percent < 10 else 3}g} % of optimal"


def number(value: float | None) -> str:
    """Write a figure of a score; nothing where there is none."""
    return "" if value is None else f"{value:.3f}"


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


class GapBar:
    """Shows on a terminal how far from optimal a long match still is."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._bar: Any = None
        if not (options.quiet or options.no_progress):
            from tqdm import tqdm

            self._bar = tqdm(bar_format="{desc} [{elapsed}]", delay=1, disable=None, leave=False)

    def tell(self, gap: float | None, phase: str) -> None:
        """Show the proven gap, or the phase where there is none yet."""
        if phase == COMPILING:
            say(self._options, "compiling the matching kernels: once on this machine, up to 20 s")
        elif self._bar is not None:
            shown = phase if gap is None else within(gap)
            self._bar.set_description_str(f"matching: {shown}")

    def close(self) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()


class Bar:
    """A progress bar on stderr: only on a terminal, and only for work longer than a second."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._quiet = options.quiet
        self._wanted = not (options.quiet or options.no_progress)
        self._bar: Any = None
        self._counts: dict[str, int] = {}

    def begin(self, phase: str, total: int) -> None:
        """Begin a bar for some items."""
        self.close()
        if self._wanted:
            from tqdm import tqdm

            self._counts = {}
            self._bar = tqdm(desc=phase, total=total, unit=" photos", delay=1, disable=None)

    def advance(self, outcomes: Sequence[Any]) -> None:
        """Show that some items are done."""
        if self._bar is None:
            return
        for outcome in filter(None, outcomes):
            self._counts[str(outcome)] = self._counts.get(str(outcome), 0) + 1
        shown = {name: self._counts[name] for name in ("new", "rejected") if name in self._counts}
        self._bar.set_postfix(shown, refresh=False)
        self._bar.update(len(outcomes))

    def wait(self) -> None:
        """Say that another ingest has to end first."""
        if not self._quiet:
            print("another ingest is at work here: waiting for it to end", file=sys.stderr)

    def close(self) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
