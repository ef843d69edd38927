"""Serve the viewer of a mosaic, in which it can be changed."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import Final

from ..errors import DatabaseError, MosaicdbError
from ..kinds import Swap
from ..options import Changes
from ..records import Mosaic
from ..store import Database, before_last_edit
from ..viewer_options import ViewOptions
from ..viewing import Access, listen, make_server
from .ban import ban_photos, unban_photos
from .edit import edit_mosaic, undo_edit
from .mosaics import find_named
from .progress import SILENT, Progress
from .redraw import Edit
from .viewer import Viewed
from .wording import counted

PHOTO_SIDE: Final = 1280
"""Pixels of the longer side of a photo that is shown."""


def view(
    database: Database,
    mosaic: int | str | Path | None,
    options: ViewOptions,
    tell: Callable[[str, bool], None],
    progress: Progress = SILENT,
) -> None:
    """Serve the viewer of a recorded mosaic until an interrupt.

    Args:
        database: holds it; has to stay open.
        mosaic: its id, its name, the path of its picture, or None: the newest.
        options: where to listen.
        tell: called once a browser can ask: with the link that opens the viewer, and whether only
            this machine can reach it.
        progress: called with notices.

    Raises:
        DatabaseError: there is no such mosaic, or tiles of it are gone.
        UsageError: the port is taken, or the address is none of this machine.
        MissingExtraError: the extra `viewer` is not installed.
        KeyboardInterrupt: it was ended.
    """
    with closing(listen(options.host, options.port)) as listener:
        contents = EditedView(database, find_named(database, mosaic), progress)
        access = Access(options.host, listener.getsockname()[1])
        server = make_server(contents, access)
        tell(access.link, access.is_local)
        server.run(sockets=[listener])


class EditedView:
    """A recorded mosaic as `mosaicdb.viewing.Editor`.

    Args:
        database: holds it.
        mosaic: the mosaic.
        progress: called with notices of the mosaic as it is at first.

    Raises:
        DatabaseError: tiles of the mosaic are gone.
    """

    def __init__(self, database: Database, mosaic: Mosaic, progress: Progress = SILENT) -> None:
        self._database = database
        self._reading = Lock()
        self._bans: list[int | None] = []
        """What was banned with each change made here, since it was last changed elsewhere."""
        self._show(mosaic, progress)

    def _show(self, mosaic: Mosaic, progress: Progress = SILENT) -> None:
        self.contents = Viewed(
            self._database, mosaic, PHOTO_SIDE, progress=progress, reading=self._reading
        )
        self._mosaic = mosaic
        self.can_undo = before_last_edit(self._database, mosaic) is not None

    def swap(self, version: str, row: int, column: int, tile_id: int | None) -> str:
        """Put another tile into a cell; None: the next best."""
        changes = Changes(swap=(Swap(row, column, tile_id),))

        def swap(known: int) -> Edit:
            edit = self._edited(known, changes)
            self._bans.append(None)
            return edit

        return self._changed(version, swap)

    def ban(self, version: str, tile_id: int) -> str:
        """Take a photo out of this mosaic, and keep it out of every other from now on."""

        def ban(known: int) -> Edit:
            is_new = bool(ban_photos(self._database, [tile_id]))
            try:
                edit = self._edited(known, Changes(without=(tile_id,)))
            except MosaicdbError:
                if is_new:
                    unban_photos(self._database, [tile_id])
                raise
            self._bans.append(tile_id if is_new else None)
            return edit

        return self._changed(version, ban)

    def undo(self, version: str) -> str:
        """Take the last change back, and the ban that was a part of it."""

        def undo(known: int) -> Edit:
            edit = undo_edit(self._database, self._mosaic.id, version=known)
            banned = self._bans.pop() if self._bans else None
            if banned is not None:
                unban_photos(self._database, [banned])
            return edit

        return self._changed(version, undo)

    def _edited(self, known: int, changes: Changes) -> Edit:
        return edit_mosaic(self._database, self._mosaic.id, changes, version=known)

    def _changed(self, version: str, change: Callable[[int], Edit]) -> str:
        """Change the mosaic, and show it as it is afterwards; say what came of it."""
        with self._reading:
            now = find_named(self._database, self._mosaic.id)
            if now.version != self._mosaic.version:
                self._bans.clear()
                self._show(now)
            if version != self.contents.summary.version:
                raise DatabaseError("the mosaic was changed meanwhile: look at it anew")
            edit = change(now.version)
            self._show(edit.mosaic)
        cells = counted(edit.mosaic.cells, "cell")
        return f"{edit.changed_cells:,} of {cells} changed"
