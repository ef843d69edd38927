"""Bring recorded mosaics up to date with the photos that came and went."""

from dataclasses import replace
from pathlib import Path

from ..executors import Executor
from ..store import Database
from .edit import find_version
from .progress import SILENT, Progress
from .redraw import Edit, redraw, refuse_lost_output
from .repair import keep_pins, open_repairable, solve, tiles_of, usable_tiles


def update_mosaic(
    database: Database,
    mosaic: int | str | Path | None,
    *,
    version: int | None = None,
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> Edit:
    """Take the tiles of today into a mosaic, repair its match, draw it again, and record it.

    Photos that fit better move in, those that are gone or banned move out; the rest is kept where
    that is optimal. What was asked of the mosaic holds, also by edits; pins are given up, with a
    notice, where their photos may not be used any more. While an ingest runs, the tiles count that
    it has written. Errors are those of `edit_mosaic`.

    Args:
        database: is written when the picture is drawn.
        mosaic: its id, its name or the path of its picture; None: the newest.
        version: that of the mosaic which is meant; None: any.
        executor: where photos and thumbnails are decoded; default: in this process.
        progress: called with the proven gap, each photo that is read, and notices.
    """
    with database.editing(lambda: progress.notice("waiting for another edit to end")):
        found = find_version(database, mosaic, version)
        refuse_lost_output(database, found)
        of = open_repairable(database, found)
        wished = tiles_of(of.selection.pin)
        tiles = usable_tiles(database, of, of.selection, wished, None, executor, progress)
        selection = replace(of.selection, pin=keep_pins(of, tiles, (), progress))
        if of.is_best_of(tiles, selection):
            return redraw(database, found, found, "update", progress=progress)
        after = solve(database, of, tiles, selection, progress)
        return redraw(
            database, found, after, "update", cells=of.cells, executor=executor, progress=progress
        )
