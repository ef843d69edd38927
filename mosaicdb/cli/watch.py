"""`mosaicdb ingest --watch`."""

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from .output import say

_INTERRUPTED = 130


def keep_watching(
    options: argparse.Namespace,
    paths: Iterable[str | Path],
    database: Path,
    ingest: Callable[[], object],
) -> int:
    """Ingest at once, and whenever photos have arrived, until Ctrl-C.

    Args:
        options: of the command line.
        paths: folders and files to watch.
        database: the database's file.
        ingest: takes the photos in and tells about it.
    """
    from ..photos import watch_photos

    try:
        for _ in watch_photos(paths, database):
            ingest()
            sys.stdout.flush()
            say(options, "waiting for more photos: Ctrl-C ends this")
    except KeyboardInterrupt:
        if options.debug:
            raise
    return _INTERRUPTED
