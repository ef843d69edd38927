"""Keep a wall live: take photos in as they arrive, and serve pages that show it growing."""

import os
import secrets
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from ..errors import UsageError, printable
from ..live_options import LiveOptions
from ..options import MosaicOptions, Selection
from ..photos import Calm, check_can_watch
from ..store import Database
from ..viewer_options import ViewOptions
from ..viewing import Access, listen, make_server
from .ingest import IngestReport, check_paths
from .live_view import LiveView
from .progress import SILENT, Progress
from .stickers import Stickers
from .wall import Hindsight, Wall, open_wall
from .watch import ingest_on_arrival

if TYPE_CHECKING:
    from uvicorn import Server

_CALM: Final = Calm(quiet_s=0.2, patience_s=2.0, knows_ends=True)
"""Photos are shown soon; one that was not complete yet is read again when it has changed."""

Ingest = Callable[[bool], IngestReport]
"""Takes photos in; is told whether it is the first time, when there may be many."""
Tell = Callable[[str, str, bool], None]
"""Is called once a browser can ask: with the link that opens the wall, the one that opens the page
for its host, and whether only this machine can reach them."""


@dataclass(frozen=True, slots=True, eq=False)
class LiveReport:
    """What came of a live wall by its end."""

    wall: Wall
    """The wall."""
    hindsight: Hindsight
    """What it cost beside the best placing of its photos."""
    output: Path
    """Where its picture was drawn."""


def live(
    database: Database,
    target: int | str | Path,
    folder: Path,
    ingest: Ingest,
    tell: Tell,
    options: MosaicOptions,
    selection: Selection = Selection(),  # noqa: B008 - frozen
    wall_options: LiveOptions = LiveOptions(),  # noqa: B008 - frozen
    view_options: ViewOptions = ViewOptions(),  # noqa: B008 - frozen
    output: Path | None = None,
    progress: Progress = SILENT,
) -> LiveReport:
    """Give photos that arrive in a folder their places on a wall until an interrupt.

    Args:
        database: gets photos and wall, whose photos are those of all its files.
        target: what the wall rebuilds: the number of a photo, or the path of any picture.
        folder: where photos arrive.
        ingest: takes photos in from there.
        tell: called with the links, once a browser can ask.
        options: grid, features and framing of the wall.
        selection: conditions on photos.
        wall_options: how photos get their places.
        view_options: where pages are served.
        output: where the picture is drawn in the end; None: <name>.jpg in the working folder.
        progress: called with notices.

    Raises:
        UsageError: the folder is not there, the port is taken, or the wall another one.
        MissingExtraError: an extra is not installed.
        MosaicdbError: the target cannot be read, or the folder went away.
    """
    check_can_watch("`mosaicdb live`")
    check_paths([folder])
    if not os.path.isdir(folder):
        raise UsageError(f"{printable(folder)} is no folder: photos arrive in a folder")
    output = output or Path(f"{wall_options.name}.jpg")
    with closing(listen(view_options.host, view_options.port)) as listener:
        access = Access(
            view_options.host, listener.getsockname()[1], change_token=secrets.token_urlsafe(24)
        )
        wall = open_wall(database, target, options, selection, wall_options, output)
        stickers = None
        if wall_options.stickers is not None:
            stickers = Stickers(database, wall, wall_options.stickers)
        ingest(True)
        view = LiveView(database, wall, stickers, progress)
        view.take_in()
        server = make_server(view, access)
        watch = _Watch(database, folder, ingest, view, server, progress)
        tell(access.link, access.host_link, access.is_local)
        watch.start()
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            pass
        finally:
            watch.end()
    return LiveReport(wall, wall.hindsight(), wall.draw_picture())


class _Watch:
    """Takes photos in as they arrive, in a thread of its own; where that fails, the server ends."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        ingest: Ingest,
        view: LiveView,
        server: "Server",
        progress: Progress,
    ) -> None:
        self._database, self._folder, self._progress = database, folder, progress
        self._ingest, self._view, self._server = ingest, view, server
        self._stop = Event()
        self._failure: Exception | None = None
        self._thread = Thread(target=self._run)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self) -> None:
        """End it, and raise what it failed with."""
        self._stop.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        def take_in() -> None:
            self._ingest(False)
            self._view.take_in()

        try:
            ingest_on_arrival(
                self._database.files, [self._folder], take_in, self._stop, self._progress, _CALM
            )
        except Exception as error:  # noqa: BLE001 - `end` raises it
            self._failure = error
        self._server.should_exit = True
