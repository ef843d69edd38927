"""Ingest whenever photos arrive."""

import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ..errors import LockedError
from ..photos import Calm, watch_photos
from .progress import Progress


def ingest_on_arrival(
    database: Sequence[Path],
    paths: Iterable[str | Path],
    ingest: Callable[[], object],
    stop: threading.Event,
    progress: Progress,
    calm: Calm = Calm(),  # noqa: B008 - frozen
) -> None:
    """Ingest at once, and whenever photos have arrived, until `stop` is set.

    Args:
        database: its files: what happens to these is no arrival.
        paths: folders and files to watch.
        ingest: takes the photos in; is called again while the database is locked.
        stop: ends this.
        progress: called with notices of waiting.
        calm: when files count as written.

    Raises:
        MissingExtraError: watchfiles is not installed.
        MosaicdbError: one of the paths went away and did not come back.
    """
    for _ in watch_photos(paths, database, stop, calm):
        _ingest_when_unlocked(ingest, stop, progress)


def _ingest_when_unlocked(
    ingest: Callable[[], object], stop: threading.Event, progress: Progress
) -> None:
    """Ingest; where another program keeps the database locked, say so and try again."""
    while not stop.is_set():
        try:
            ingest()
            return
        except LockedError as error:
            progress.notice(f"{error}; this goes on trying")
