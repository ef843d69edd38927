"""Draw a recorded mosaic again: at any size, from the original photos, without matching."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from ..errors import DatabaseError, PhotoError, UsageError, printable
from ..executors import Executor, SerialExecutor
from ..object_storage import is_url
from ..options import DrawOptions, FileOptions, Framing
from ..photos import is_file, recorded_paths
from ..print_size import PrintSize
from ..records import Mosaic, Size
from ..store import Database, find_recorded, missing_ids
from .drawing import Drawing, TileSource, load_views
from .mosaics import find_named, recorded_framing, recorded_options
from .originals import Originals
from .overwrite_guard import refuse_overwriting
from .printing import form_of_print, sized_for
from .progress import SILENT, Progress
from .recorded_target import recorded_cells
from .target import Cells, cut_cells, open_target
from .tile_rows import StoredThumbnails
from .views import views_of
from .wording import counted
from .writing import Form, check_form, write_form

MOST_STACKED: Final = 128 << 20
"""Bytes of pixels of thumbnails that are kept in memory together."""


def draw(
    database: Database,
    mosaic: int | str | Path | Mosaic | None = None,
    *,
    tile_size: Size | None = None,
    shift: int | None = None,
    blend: float | None = None,
    adapt: float | None = None,
    mirrored: bool = True,
    target: int | str | Path | None = None,
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> Drawing:
    """Draw a mosaic again, without matching.

    Args:
        database: holds the mosaic and its tiles; it has to be open while the drawing is read.
        mosaic: its id, its name, the path of its picture, or itself; None: the newest one.
        tile_size: width and height of a cell in pixels, for which the original photos are read,
            each once; a photo that is gone or has changed is drawn from its thumbnail. None: as
            it was made.
        shift: most by which a tile's mean colour is moved towards its cell's, of 255; None: as
            it was made.
        blend: how much of the target is laid over it, 0 to 1; None: as it was made.
        adapt: how much of the way to its cell's the mean colour and the contrast of a tile go, 0 to
            1; None: as it was made.
        mirrored: whether tiles that were mirrored to fit are drawn so.
        target: what shift, blend and adapt need: a photo's number or a path; None: as recorded.
        executor: where original photos are decoded; default: in this process.
        progress: called with each photo.

    Returns:
        A drawing, which is drawn when it is read: as a Pillow image (`picture()`), strip by strip
        (`strips().rows`), or into a file (`save`).

    Raises:
        DatabaseError: there is no such mosaic, or its tiles are gone.
        PhotoError: the target that is needed cannot be read.
    """
    found = mosaic if isinstance(mosaic, Mosaic) else find_named(database, mosaic)
    recorded = recorded_options(found)
    options = DrawOptions(
        recorded.shift if shift is None else shift,
        recorded.blend if blend is None else blend,
        recorded.tile_size if tile_size is None else tile_size,
        recorded.adapt if adapt is None else adapt,
        recorded.faint if found.cells < found.tile_ids.size else 0.0,
    )
    if not mirrored:
        found = replace(found, flipped=None)
    refuse_lost_tiles(database, found)
    cells = None
    if options.paints:
        cells = target_cells(database, found, target)
    source = source_of(database, found, options.tile_size, executor, progress)
    return Drawing(found, source, cells, options)


def source_of(
    database: Database,
    mosaic: Mosaic,
    tile_size: Size | None,
    executor: Executor | None,
    progress: Progress,
) -> TileSource:
    """Choose where the tiles of a mosaic come from: thumbnails where these have the size.

    Thumbnails that fit into memory together are faster to place from there.
    """
    views = views_of(mosaic.tile_ids, mosaic.crops)
    if tile_size is None or tile_size == database.thumb_res:
        width, height = database.thumb_res
        if len(views.shown) * width * height * 3 > MOST_STACKED:
            return StoredThumbnails(database)
        return load_views(database, views.shown)
    return Originals(database, views, tile_size, executor or SerialExecutor(), progress)


def refuse_lost_tiles(database: Database, mosaic: Mosaic) -> None:
    """Refuse a mosaic that cannot be drawn; raises DatabaseError: tiles of it are gone."""
    named = "the mosaic" if mosaic.id is None else f"mosaic {mosaic.id}"
    if not mosaic.cells and not mosaic.is_live:
        raise DatabaseError(f"{named} has no cells left in the database: render it again")
    if lost := missing_ids(database, mosaic.placed.tolist()):
        raise DatabaseError(
            f"{named} shows tiles that the database does not have any more: {len(lost):,}, such "
            f"as {lost[0]}; render it again"
        )


def target_cells(
    database: Database, mosaic: Mosaic, target: int | str | Path | None = None
) -> Cells:
    """Cut the target of a recorded mosaic into cells again.

    Args:
        database: knows the target's file where it is a photo.
        mosaic: the mosaic.
        target: a photo's number or a path; None: as recorded.

    Raises:
        UsageError: no target is recorded, and none is given.
        PhotoError: it cannot be read, or has changed since it was recorded.
    """
    if target is None and not mosaic.has_target:
        raise UsageError("shift, adapt and blend need the target: name it with --target")
    if target is not None:
        framing = recorded_framing(mosaic) or Framing()
        opened = open_target(database, target)
        return cut_cells(opened, mosaic.grid, database.thumb_res, framing, signatures=False)
    try:
        return recorded_cells(database, mosaic, signatures=False)
    except PhotoError as error:
        advice = "name it with --target, or leave it out with --shift 0 --adapt 0 --blend 0"
        if mosaic.is_live:
            advice = "for the cells that are empty"
        raise PhotoError(f"{error}, {advice}") from error


@dataclass(frozen=True, slots=True, eq=False)
class Redrawn:
    """What came of drawing a mosaic again into a file."""

    drawing: Drawing
    """What was drawn."""
    output: Path
    """Where it was written; of sheets that are pictures, the first one."""
    form: Form
    """In what form."""

    @property
    def size(self) -> Size:
        """Give width and height of what was written in pixels, with its bleed."""
        return self.form.size_of(self.drawing.size)

    @property
    def photos(self) -> int:
        """Count the photos that were to be read again."""
        return len(self.originals) if self.originals else 0

    @property
    def smaller(self) -> int:
        """Count the photos that have fewer pixels than a cell."""
        return self.originals.smaller if self.originals else 0

    @property
    def replaced(self) -> int:
        """Count the photos whose thumbnails were drawn instead."""
        return len(self.originals.replaced) if self.originals else 0

    @property
    def originals(self) -> Originals | None:
        """Give where photos were read from; None: thumbnails were drawn."""
        return self.drawing.source if isinstance(self.drawing.source, Originals) else None


def draw_to_file(
    database: Database,
    mosaic: int | str | Path | None,
    output: Path | None,
    *,
    file: FileOptions = FileOptions(),  # noqa: B008 - frozen
    print_size: PrintSize = PrintSize(),  # noqa: B008 - frozen
    kept: Iterable[str | Path] = (),
    progress: Progress = SILENT,
    **options: Any,
) -> Redrawn:
    """Draw a recorded mosaic again and write it.

    Args:
        database: see `draw`.
        mosaic: see `draw`.
        output: where to; None: mosaic_<id>.jpg, or .pdf for sheets, in the working folder. Sheets
            that are pictures get numbers: see `mosaicdb.rendering.files_of_sheets`.
        file: how it is encoded.
        print_size: how large it is printed, which chooses the size of cells.
        kept: files that the output may not replace, beside photos, the database, the target and
            the picture of the mosaic.
        progress: see `draw`; notices say which photos thumbnails stand in for, and whether the
            picture of another mosaic is replaced.
        options: the other arguments of `draw`.

    Raises:
        MosaicdbError: it cannot be drawn or written, or no cell fits the print.
    """
    found = find_named(database, mosaic)
    form = Form(file)
    if print_size.is_sized:
        if options.get("tile_size") is not None:
            raise UsageError("a print chooses the size of cells: leave out the tile size")
        shape = recorded_options(found).tile_size or database.thumb_res
        form = form_of_print(print_size, found.grid, shape, file)
        options["tile_size"] = sized_for(form, DrawOptions()).tile_size
    drawing = draw(database, found, progress=progress, **options)
    output = output or Path(f"mosaic_{found.id}.{'jpg' if form.sheets is None else 'pdf'}")
    check_form(output, drawing.size, form)
    files = form.files_of(output, drawing.size)
    own = [path for path in (found.output, found.target) if path is not None]
    own = [path for path in own if is_url(path) or os.path.exists(path)]
    refuse_overwriting(database, files, [*own, *kept])
    _tell_replaced(database, files[0], progress)
    write_form(drawing.strips(), output, form)
    progress.end()
    tell_photos(drawing.source, progress)
    return Redrawn(drawing, files[0], form)


def _tell_replaced(database: Database, file: Path, progress: Progress) -> None:
    """Say which mosaic's picture a file holds that is about to be replaced."""
    other = find_recorded(database, paths=recorded_paths(file)) if is_file(file) else None
    if other is not None:
        progress.notice(
            f"{printable(file)} was the picture of mosaic {other.id}: this one takes its place, "
            f"and `mosaicdb draw {other.id}` draws that one again"
        )


def tell_photos(source: TileSource, progress: Progress) -> None:
    """Say how many photos are smaller than their cells, and how many thumbnails stand in."""
    if not isinstance(source, Originals):
        return
    if source.smaller:
        width, height = source.size
        progress.notice(
            f"{source.smaller:,} of {counted(len(source), 'photo')} have fewer pixels than a cell "
            f"of {width} x {height}: they were scaled up"
        )
    if source.replaced:
        progress.notice(
            f"{len(source.replaced):,} of {counted(len(source), 'photo')} cannot be read any more, "
            f"and were drawn from thumbnails, such as {source.replaced[0]}"
        )
