"""Serve the viewer of a mosaic."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from ..options import ViewOptions
from ..store import Database
from ..viewing import Access, listen, serve
from .progress import SILENT, Progress
from .viewer import view_of

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
        contents = view_of(database, mosaic, PHOTO_SIDE, progress=progress)
        access = Access(options.host, listener.getsockname()[1])
        tell(access.link, access.is_local)
        serve(contents, access, listener)
