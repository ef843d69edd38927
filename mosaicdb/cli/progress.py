"""Progress on a terminal: bars on stderr, only for work longer than a second."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from ..pipelines.wording import within
from ..records import COMPILING
from .output import say


class TerminalProgress:
    """Shows how far a pipeline is: see `mosaicdb.pipelines.progress.Progress`."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._shows_bars = not (options.quiet or options.no_progress)
        self._bar: Any = None
        self._counts: dict[str, int] = {}
        self._is_matching = False
        self.shows_notices = not options.quiet

    def begin(self, phase: str, total: int) -> None:
        """Begin a bar for some items."""
        self.end()
        self._counts = {}
        self._open(desc=phase, total=total, unit=" photos")

    def advance(self, outcomes: Sequence[object]) -> None:
        """Show that some items are done."""
        if self._bar is None:
            return
        for outcome in filter(None, outcomes):
            self._counts[str(outcome)] = self._counts.get(str(outcome), 0) + 1
        shown = {name: self._counts[name] for name in ("new", "rejected") if name in self._counts}
        self._bar.set_postfix(shown, refresh=False)
        self._bar.update(len(outcomes))

    def report_gap(self, gap: float | None, phase: str) -> None:
        """Show the proven gap, or the phase where there is none yet."""
        if phase == COMPILING:
            self.notice("compiling the matching kernels: once on this machine, up to 20 s")
            return
        if not self._is_matching:
            self.end()
            self._open(bar_format="{desc} [{elapsed}]", leave=False)
            self._is_matching = True
        if self._bar is not None:
            self._bar.set_description_str(f"matching: {phase if gap is None else within(gap)}")

    def end(self) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()
        self._bar = None
        self._is_matching = False

    close = end

    def wait(self) -> None:
        """Say that another ingest has to end first."""
        self.notice("another ingest is at work here: waiting for it to end")

    def notice(self, text: str) -> None:
        """Say something, unless it is to be quiet."""
        say(self._options, text)

    def _open(self, **parameters: Any) -> None:
        if self._shows_bars:
            from tqdm import tqdm

            self._bar = tqdm(file=sys.stderr, delay=1, disable=None, **parameters)
