"""Hear of photos that arrive, change or go, once they are no longer being written."""

import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from ..errors import MissingExtraError
from .walk import IGNORING_FILE, canonical_path, has_extension

_QUIET_S: Final = 1.0  # how long a file must stay as it is to count as written
_PATIENCE_S: Final = 60.0  # how long one that is written and written may keep others waiting
_TICK_MS: Final = 250

_BESIDE_A_DATABASE: Final = ("-wal", "-shm", "-journal", ".lock")


def watch_photos(
    paths: Iterable[str | Path], database: Path, stop: threading.Event
) -> Iterator[None]:
    """Yield when the photos at and below some paths should be looked at.

    That is at once, and then whenever some have changed and are written completely. Nothing that
    happens while the caller looks is missed.

    Args:
        paths: folders and files; one that does not exist is left to the caller to find.
        database: what happens to this file and those that belong to it is no change.
        stop: ends this where it is set.

    Raises:
        MissingExtraError: watchfiles is not installed.
        OSError: the system cannot watch so many folders.
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    try:
        from watchfiles import Change, watch
    except ImportError as error:
        raise MissingExtraError("--watch", "watch") from error
    roots, own = [canonical_path(path) for path in paths], canonical_path(database)
    if not all(map(os.path.exists, roots)):
        yield
        return
    ticks = watch(
        *roots,
        watch_filter=None,
        debounce=_TICK_MS,
        rust_timeout=_TICK_MS,
        yield_on_timeout=True,
        stop_event=stop,
        ignore_permission_denied=True,
    )
    unsettled = _Unsettled()
    unsettled.note(path for _, path in next(ticks, ()))
    yield
    for changes in ticks:
        unsettled.note(
            path
            for change, path in changes
            if _concerns_photos(path, roots, own, added=change == Change.added)
        )
        if unsettled.are_settled():
            unsettled = _Unsettled()
            yield


def _concerns_photos(path: str, roots: Sequence[str], database: str, *, added: bool) -> bool:
    if has_extension(path) or path in roots or os.path.basename(path) == IGNORING_FILE:
        return True
    if path.removeprefix(database) in ("", *_BESIDE_A_DATABASE):
        return False
    if os.path.isdir(path):
        return added
    return not os.path.lexists(path)  # it may have been a folder of photos


class _Unsettled:
    """Paths that something has happened to, and since when each has been as it is."""

    def __init__(self) -> None:
        self._looks: dict[str, tuple[object, float]] = {}
        self._began = time.monotonic()

    def note(self, paths: Iterable[str]) -> None:
        """Remember paths that something has happened to."""
        if not self._looks:
            self._began = time.monotonic()
        for path in paths:
            self._looks.setdefault(path, (_look(path), time.monotonic()))

    def are_settled(self) -> bool:
        """Look again: are there any, and have all been as they are for a while?"""
        now = time.monotonic()
        for path, (look, _) in self._looks.items():
            if (new := _look(path)) != look:
                self._looks[path] = new, now
        quiet = all(now - since >= _QUIET_S for _, since in self._looks.values())
        return bool(self._looks) and (quiet or now - self._began > _PATIENCE_S)


def _look(path: str) -> object:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns
