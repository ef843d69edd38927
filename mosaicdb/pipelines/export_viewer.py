"""Write the viewer of a mosaic as a folder of files."""

import os
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..atomic import replacing_whole_folder
from ..errors import UsageError, printable
from ..executors import Executor, SerialExecutor
from ..options import FileOptions
from ..photos import lost_shrunk, shrink_original
from ..records import Mosaic
from ..rendering import write_picture
from ..store import Database, photo_facts
from ..viewer_options import ExportOptions
from ..viewing import PICTURE, foreign_file, is_site, write_site
from .draw import source_of
from .drawing import Drawing
from .mosaics import find_named
from .progress import SILENT, Progress
from .viewer import Viewed


@dataclass(frozen=True, slots=True)
class Exported:
    """What came of writing a viewer."""

    mosaic: Mosaic
    """What it shows."""
    folder: Path
    """Where it is."""
    photos: int
    """Different photos in it."""
    replaced: list[str]
    """Why thumbnails stand in for some of them, a line each."""


def export_viewer(
    database: Database,
    named: int | str | Path | None,
    folder: Path,
    options: ExportOptions = ExportOptions(),  # noqa: B008 - frozen
    *,
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> Exported:
    """Write the viewer of a recorded mosaic as a folder, for any web server.

    Of paths it tells what follows the folder that all photos have in common.

    Args:
        database: holds the mosaic.
        named: its id, its name, the path of its picture, or None: the newest.
        folder: is made; what is there stays until all is written.
        options: how large photos are, and whether an earlier viewer is replaced.
        executor: where photos are decoded; default: in this process.
        progress: called with each photo, and with notices.

    Raises:
        UsageError: the folder holds something.
        MosaicdbError: the mosaic cannot be found or drawn, or the folder cannot be written.
    """
    _refuse_taken(folder, options.replace)
    mosaic = find_named(database, named)
    ids = mosaic.placed.tolist()
    below = partial(_below, folder=_common_folder(database, ids))
    viewed = Viewed(database, mosaic, options.photo_side, below, progress)
    source = source_of(database, mosaic, None, None, progress)
    picture = Drawing(mosaic, source, viewed.drawing.cells, viewed.drawing.options)
    replaced: list[str] = []
    with replacing_whole_folder(folder) as temporary:
        write_picture(picture.strips(), temporary / PICTURE, FileOptions(quality=options.quality))
        progress.begin("photos", len(ids))
        with closing(_photos(viewed, ids, executor or SerialExecutor(), replaced)) as photos:
            write_site(viewed, photos, viewed.names(), temporary, lambda: progress.advance([None]))
        progress.end()
    return Exported(mosaic, folder, len(ids), replaced)


def _photos(
    viewed: Viewed, ids: list[int], executor: Executor, replaced: list[str]
) -> Generator[tuple[int, bytes], None, None]:
    """Yield the photos of some tiles, and note why thumbnails stand in for some."""
    shrink = partial(shrink_original, most=viewed.summary.photo_side)
    with closing(executor.map(shrink, viewed.wanted(ids), lost_shrunk)) as photos:
        for photo in photos:
            if photo.jpeg is None:
                replaced.append(photo.reason)
            yield photo.tile_id, viewed.jpeg_of(photo)


def _refuse_taken(folder: Path, replace: bool) -> None:
    """Refuse a folder that holds something else than a viewer that is to be replaced."""
    if not folder.exists():
        return
    named = printable(folder)
    if not folder.is_dir():
        raise UsageError(f"{named} is no folder: name another")
    if not any(folder.iterdir()):
        return
    if not is_site(folder):
        raise UsageError(f"{named} holds something already: name a new folder")
    if not replace:
        raise UsageError(f"{named} holds a viewer already: name a new folder, or --replace it")
    if (foreign := foreign_file(folder)) is not None:
        raise UsageError(
            f"{named} holds more than a viewer, such as {printable(foreign)}: name a new folder"
        )


def _common_folder(database: Database, ids: list[int]) -> str:
    """Give the folder that the photos of some tiles have in common; empty: none."""
    folders = {os.path.dirname(facts.path) for facts in photo_facts(database, ids)}
    known = [folder for folder in folders if os.path.isabs(folder)]
    return os.path.commonpath(known) if known else ""


def _below(path: str, folder: str) -> str:
    """Give what of a path follows a folder: where else it lies is nobody's concern."""
    inside = f"{folder.rstrip(os.sep)}{os.sep}"
    return path.removeprefix(inside) if path.startswith(inside) else os.path.basename(path)
