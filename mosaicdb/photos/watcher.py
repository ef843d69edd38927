"""Watch folders for photos that are added, changed or removed, once completely written."""

import os
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import MissingExtraError, MosaicdbError, UsageError, printable
from ..object_storage import is_url
from .exclusions import IGNORING_FILE
from .formats import has_extension
from .walk import canonical_path

_AWAY_S: Final = 5.0  # that a watched folder may be absent while it is replaced
_TICK_MS: Final = 250
_STEP_MS: Final = 50  # between two looks whether more changes come with the first one
_ENDS: Final = (b"\xff\xd9", b"IEND\xaeB`\x82")  # of a JPEG and a PNG


@dataclass(frozen=True, slots=True)
class Calm:
    """When files that were changed count as completely written."""

    quiet_s: float = 1.0
    """How long they have not changed."""
    patience_s: float = 60.0
    """After which one that keeps changing no longer delays others."""
    knows_ends: bool = False
    """Whether a JPEG or PNG that ends as such files do counts as written at once."""

    @property
    def tick_ms(self) -> int:
        """How often to look."""
        return min(_TICK_MS, round(self.quiet_s * 250))


def watch_photos(
    paths: Iterable[str | Path],
    database: Sequence[Path],
    stop: threading.Event,
    calm: Calm = Calm(),
) -> Iterator[None]:
    """Yield whenever the photos at and below some paths should be ingested.

    The first time is at once, then whenever photos have changed and are completely written.
    Changes while the caller is ingesting are not missed.

    Args:
        paths: folders and files; if one does not exist, this yields once and ends.
        database: its files, whose changes are ignored.
        stop: set to end the watch.
        calm: when files count as written.

    Raises:
        MissingExtraError: watchfiles is not installed.
        MosaicdbError: one of the paths was removed and not replaced.
        UsageError: one of the paths is a URL.
        OSError: the system cannot watch so many folders.
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    check_can_watch("--watch")
    roots = [canonical_path(path) for path in paths]
    for root in filter(is_url, roots):
        raise UsageError(f"{printable(root)}: only folders can be watched: ingest it now and then")
    ignored = {canonical_path(path) for path in database}
    if not all(map(os.path.exists, roots)):
        yield
        return
    while not stop.is_set():
        yield from _arrivals(roots, ignored, stop, calm)
        _wait_for(roots, stop)


def check_can_watch(what: str) -> None:
    """Check that folders can be watched.

    Args:
        what: needs that, for the message.

    Raises:
        MissingExtraError: watchfiles is not installed.
    """
    try:
        import watchfiles  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(what, "watch") from error


def _arrivals(
    roots: Sequence[str], ignored: Collection[str], stop: threading.Event, calm: Calm
) -> Iterator[None]:
    """Yield as `watch_photos` does, until a root is removed or replaced."""
    from watchfiles import Change, watch

    watched = [_identity(root) for root in roots]
    ticks = watch(
        *roots,
        watch_filter=None,
        debounce=calm.tick_ms,
        step=min(_STEP_MS, calm.tick_ms // 4),
        rust_timeout=calm.tick_ms,
        yield_on_timeout=True,
        stop_event=stop,
        ignore_permission_denied=True,
    )
    unsettled = _Unsettled(calm)
    with closing(ticks):
        unsettled.note(path for _, path in next(ticks, ()))
        yield
        for changes in ticks:
            root_deleted = any(
                change == Change.deleted and path in roots for change, path in changes
            )
            if root_deleted or watched != [_identity(root) for root in roots]:
                return
            unsettled.note(
                path
                for change, path in changes
                if _concerns_photos(path, roots, ignored, added=change == Change.added)
            )
            if unsettled.are_settled():
                unsettled = _Unsettled(calm)
                yield


def _wait_for(roots: Sequence[str], stop: threading.Event) -> None:
    """Wait until all roots exist again.

    Raises:
        MosaicdbError: one did not reappear in time.
    """
    deadline = time.monotonic() + _AWAY_S
    while missing_roots := [root for root in roots if _identity(root) is None]:
        if stop.is_set():
            return
        if time.monotonic() > deadline:
            raise MosaicdbError(
                f"{printable(missing_roots[0])} is gone: there is nothing left to watch"
            )
        time.sleep(_TICK_MS / 1000)


def _identity(path: str) -> object:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _concerns_photos(
    path: str, roots: Sequence[str], ignored: Collection[str], *, added: bool
) -> bool:
    if has_extension(path) or path in roots or os.path.basename(path) == IGNORING_FILE:
        return True
    if path in ignored:
        return False
    if os.path.isdir(path):
        return added
    return not os.path.lexists(path)  # it may have been a folder of photos


class _Unsettled:
    """Changed paths, the state of each, and the time since which it has been unchanged."""

    def __init__(self, calm: Calm) -> None:
        self._calm = calm
        self._states: dict[str, tuple[object, float]] = {}
        self._began = time.monotonic()

    def note(self, paths: Iterable[str]) -> None:
        """Add changed paths."""
        if not self._states:
            self._began = time.monotonic()
        for path in paths:
            self._states.setdefault(path, (_file_state(path), time.monotonic()))

    def are_settled(self) -> bool:
        """Return whether there are changed paths and all have been unchanged long enough."""
        now = time.monotonic()
        for path, (state, _) in self._states.items():
            if (new := _file_state(path)) != state:
                self._states[path] = new, now
        quiet = all(
            now - since >= self._calm.quiet_s or (self._calm.knows_ends and _has_end(path))
            for path, (_, since) in self._states.items()
        )
        return bool(self._states) and (quiet or now - self._began > self._calm.patience_s)


def _file_state(path: str) -> object:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _has_end(path: str) -> bool:
    """Say whether a file ends as a JPEG or a PNG does."""
    try:
        with open(path, "rb") as file:
            file.seek(-max(map(len, _ENDS)), os.SEEK_END)
            return file.read().endswith(_ENDS)
    except OSError:  # it is gone, a folder, or too short
        return False
