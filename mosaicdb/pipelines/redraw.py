"""Draw a recorded mosaic anew into its file after an edit, and record it."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import DatabaseError, printable
from ..executors import Executor
from ..photos import holds, is_file
from ..records import Mosaic
from ..store import Database, output_hash_of, record_edit
from .draw import source_of, tell_photos
from .drawing import Drawing
from .mosaics import recorded_options
from .overwrite_guard import refuse_overwriting
from .progress import Progress
from .recorded_target import recorded_cells
from .target import Cells
from .writing import Form, check_form, write_form


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """What came of an edit of a mosaic, of bringing it up to date, or of undoing that."""

    before: Mosaic
    """The mosaic as it was."""
    mosaic: Mosaic
    """The mosaic as it is now, with its new version."""
    changed: NDArray[np.bool_]
    """Which cells show something else, shape (rows, columns)."""
    asked: str
    """What was asked for, in a line."""

    @property
    def changed_cells(self) -> int:
        """Count the cells that show something else."""
        return int(self.changed.sum())


def refuse_lost_output(database: Database, mosaic: Mosaic) -> Path:
    """Give where a mosaic's picture is drawn again; refuse to replace what is not its picture.

    Raises:
        DatabaseError: the file holds something else by now.
    """
    output = mosaic.output
    if output is None or mosaic.id is None:
        raise DatabaseError("this mosaic is not recorded: render it to a file")
    written = output_hash_of(database, mosaic.id)
    if is_file(output) and written is not None and not holds(output, written):
        raise DatabaseError(
            f"{printable(output)} is not the picture of mosaic {mosaic.id} any more: move it "
            "away, and the mosaic is drawn there again"
        )
    return output


def redraw(
    database: Database,
    before: Mosaic,
    after: Mosaic,
    asked: str,
    *,
    undoes: bool = False,
    cells: Cells | None = None,
    executor: Executor | None = None,
    progress: Progress,
) -> Edit:
    """Draw a mosaic again into its file, in the form it had, and record what changed.

    Where no cell shows something else, nothing is drawn; where nothing else is asked of it either,
    there is nothing to undo.

    Args:
        database: is written.
        before: the mosaic as it was read.
        after: as it is to be.
        asked: what was asked for, to be recorded.
        undoes: whether this takes back the last edit, in place of being one more.
        cells: those of its target, if they are at hand.
        executor: where original photos are decoded; default: in this process.
        progress: called with each photo that is read.

    Raises:
        MosaicdbError: it cannot be drawn or written, or was changed meanwhile.
    """
    output = refuse_lost_output(database, before)
    changed = after.changed_from(before)
    if not changed.any():
        painted = {name: getattr(before, name) for name in ("mean_shift", "most_shift", "paint")}
        after = replace(after, **painted)
        is_same = not undoes and _settled(after) == _settled(before)
        written = output_hash_of(database, before.id or 0)
        edit = None if is_same else asked
        recorded = record_edit(database, before, after, written, edit, undoes=undoes)
        return Edit(before, recorded, changed, asked)
    options = recorded_options(after)
    if options.paints and cells is None:
        cells = recorded_cells(database, after, signatures=False)
    source = source_of(database, after, options.tile_size, executor, progress)
    drawing = Drawing(after, source, cells, options)
    form = Form.recorded(after.form)
    check_form(output, drawing.size, form)
    files = form.files_of(output, drawing.size)
    refuse_overwriting(database, files, [] if after.target is None else [after.target])
    content_hash = write_form(drawing.strips(), output, form)
    progress.end()
    tell_photos(source, progress)
    recorded = record_edit(
        database,
        before,
        drawing.described,
        content_hash,
        asked,
        undoes=undoes,
        is_kept=lambda: content_hash is None or holds(files[0], content_hash),
    )
    return Edit(before, recorded, changed, asked)


def _settled(mosaic: Mosaic) -> object:
    """Give what was asked of a mosaic as its record has it."""
    return json.loads(json.dumps(dict(mosaic.parameters)))
