"""What the pages of a live wall show, and what its host answers."""

import os
from collections import deque
from collections.abc import Sequence
from threading import Lock, RLock
from typing import Final

import numpy as np

from ..errors import printable
from ..records import EMPTY_CELL, Mosaic
from ..store import Database, load_thumbnails, photo_facts
from ..viewing import Arrival, Found, Growth, Place
from .ban import ban_photos
from .progress import Progress
from .stickers import Stickers
from .viewer import Viewed
from .wall import Wall
from .wording import counted

PHOTO_SIDE: Final = 1280
"""Pixels of the longer side of a photo that is shown."""
_NEWEST: Final = 5  # arrivals that a page is told of
_CHANGES: Final = 100  # after which a page has to load the whole picture again


class LiveView:
    """A wall as `mosaicdb.viewing.Live`; one thread at a time changes it.

    Args:
        database: holds it.
        wall: the wall.
        stickers: are made of photos that get a place; None: none are.
        progress: called with a notice of each arrival.
    """

    def __init__(
        self, database: Database, wall: Wall, stickers: Stickers | None, progress: Progress
    ) -> None:
        self._database, self._wall = database, wall
        self._stickers, self._progress = stickers, progress
        self._changing, self._reading = RLock(), Lock()
        self._newest: list[Arrival] = []
        self._told_full = False
        self.contents = self._viewed(None)
        self._changes: deque[tuple[str, list[Place]]] = deque(maxlen=_CHANGES)

    def take_in(self) -> None:
        """Give places to what the database has by now, and show them."""
        with self._changing:
            before = self._wall.mosaic
            if self._wall.take_in():
                self._tell(before)
                changed = np.argwhere(self._wall.mosaic.changed_from(before)).tolist()
                shown = self.contents.summary.version
                self._changes.append((shown, [(row, column) for row, column in changed]))
                self.contents = self._viewed(self.contents)
            if self._stickers is not None:
                self._stickers.make(self._wall.mosaic)
            self._tell_if_full()

    def _viewed(self, before: Viewed | None) -> Viewed:
        return Viewed(
            self._database,
            self._wall.mosaic,
            PHOTO_SIDE,
            os.path.basename,
            self._progress,
            self._reading,
            before,
        )

    def growth(self, since: str) -> Growth:
        """Say how far it has grown since a version."""
        contents, newest = self.contents, tuple(self._newest)
        changes = list(self._changes)
        changed: Sequence[Place] | None = [] if since == contents.summary.version else None
        versions = [version for version, _ in changes]
        if changed is None and since in versions:
            later = changes[versions.index(since) :]
            changed = sorted({place for _, places in later for place in places})
        return Growth(
            version=contents.summary.version,
            photos=contents.summary.photos,
            cells=len(self._wall.placed),
            newest=newest,
            changed=changed,
        )

    def _tell(self, before: Mosaic) -> None:
        """Say which photos came, and where they are."""
        now = self._wall.mosaic.tile_ids
        places = np.argwhere((now != EMPTY_CELL) & ~np.isin(now, before.tile_ids)).tolist()
        place_of = {int(now[row, column]): (row, column) for row, column in places}
        facts = list(photo_facts(self._database, list(place_of)[-_NEWEST:]))
        arrivals = [Arrival(_name(one.path), place_of[one.tile_id]) for one in facts]
        self._newest = arrivals or self._newest
        if len(places) > _NEWEST:
            self._progress.notice(f"{counted(len(places), 'photo')} got their places")
            return
        for arrival in arrivals:
            row, column = arrival.place
            self._progress.notice(f"{arrival.name}: row {row + 1}, column {column + 1}")

    def _tell_if_full(self) -> None:
        if self._wall.unplaced and not self._told_full:
            self._told_full = True
            what = "keep those that came first" if self._wall.live.fixed else "take what fits best"
            self._progress.notice(
                f"the wall is full: there are more photos than cells, which {what}; the others "
                "stay in the database without a place"
            )

    def waiting(self) -> Sequence[Found]:
        """Give the photos that wait for a yes or no, the oldest first."""
        facts = photo_facts(self._database, list(self._wall.waiting))
        return [Found(one.tile_id, _name(one.path), (0, 0)) for one in facts]

    def waiting_jpeg(self, tile_id: int) -> bytes | None:
        """Give the thumbnail of one of these; None: it does not wait."""
        if tile_id not in self._wall.waiting:
            return None
        return next((jpeg for _, jpeg in load_thumbnails(self._database, [tile_id])), None)

    def answer(self, shown: Sequence[int], refused: Sequence[int]) -> str:
        """Let some of these be shown, and ban others; say what came of it."""
        with self._changing:
            waiting = set(self._wall.waiting)
            banned, approved = waiting.intersection(refused), waiting.intersection(shown)
            if banned:
                ban_photos(self._database, sorted(banned))
            self._wall.approve(approved - banned)
            self.take_in()
        return f"{counted(len(approved - banned), 'photo')} shown, {len(banned):,} refused"


def _name(path: str) -> str:
    return printable(os.path.basename(path))
