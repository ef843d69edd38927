"""`mosaicdb ingest --watch`."""

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from .output import INTERRUPTED

if TYPE_CHECKING:
    from ..pipelines.progress import Progress


def keep_watching(
    options: argparse.Namespace,
    paths: Iterable[str | Path],
    database: Sequence[Path],
    ingest: Callable[[], object],
    progress: "Progress",
) -> int:
    """Ingest at once, and whenever photos have arrived, until Ctrl-C.

    Args:
        options: of the command line.
        paths: folders and files to watch.
        database: the database's files.
        ingest: takes the photos in and tells about it.
        progress: called with notices of waiting.

    Returns:
        The exit code.
    """
    from ..pipelines.watch import ingest_on_arrival

    def ingest_and_flush() -> None:
        ingest()
        sys.stdout.flush()
        progress.notice("waiting for more photos: Ctrl-C ends this")

    stop = threading.Event()
    try:
        with stopping_on_interrupt(stop):
            ingest_on_arrival(database, paths, ingest_and_flush, stop, progress)
    except KeyboardInterrupt:
        if options.debug:
            raise
    return INTERRUPTED


@contextmanager
def stopping_on_interrupt(stop: threading.Event) -> Iterator[None]:
    """Have Ctrl-C end the watch even where the exception that it raises is lost.

    Python drops exceptions that are raised in finalizers. Any other command would merely go on
    to its end; this one would go on for ever.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        stop.set()
        signal.default_int_handler(number, frame)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:  # as shells have it for what runs in the background
                signal.signal(number, interrupt)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
