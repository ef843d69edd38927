"""Change recorded mosaics by hand: swap tiles, pin them, leave some out, and undo that."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from ..errors import DatabaseError, MatchingError
from ..executors import Executor
from ..kinds import Pin, Swap
from ..options import Changes, Selection
from ..records import Mosaic, TileSet
from ..store import Database, before_last_edit, missing_ids, tiles_once_in
from .match import costs_in_cell
from .mosaics import find_named
from .photos_named import tile_named
from .progress import SILENT, Progress
from .redraw import Edit, redraw, refuse_lost_output
from .repair import Repairable, keep_pins, open_repairable, solve, tiles_of, usable_tiles
from .selection import Pool
from .wishes import check_cell

_LEFT_OUT: Final = re.compile(
    r"(?P<before>|\(.*\n\) OR )tile_id IN \((?P<tiles>\d+(, \d+)*)\)", re.DOTALL
)
"""What `edit` makes of a condition on photos that are left out."""


def edit_mosaic(
    database: Database,
    mosaic: int | str | Path | None,
    changes: Changes,
    *,
    version: int | None = None,
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> Edit:
    """Change a recorded mosaic by hand, repair the rest of its match, draw it again, and record it.

    A swapped tile is pinned from then on; what is left out stays so. The rest is optimal again
    under all that was ever asked of the mosaic, with the tiles that its match could choose from:
    photos that came later are taken in by `update_mosaic`. One edit of a database goes on at a
    time, others wait.

    Args:
        database: is written when the picture is drawn.
        mosaic: its id, its name or the path of its picture; None: the newest.
        changes: what is to be changed.
        version: that of the mosaic which these changes were made for; None: any.
        executor: where photos and thumbnails are decoded; default: in this process.
        progress: called with the proven gap, each photo that is read, and notices of pins that are
            given up.

    Returns:
        What it came to.

    Raises:
        MosaicdbError: there is no such mosaic, cell or tile, a change cannot be, the target or the
            picture has changed, or the mosaic was changed meanwhile. The mosaic is as it was.
    """
    with database.editing(lambda: progress.notice("waiting for another edit to end")):
        found = find_version(database, mosaic, version)
        refuse_lost_output(database, found)
        of = open_repairable(database, found)
        selection = _without(database, of.selection, changes.without)
        named = _named_tiles(database, changes)
        wished = tiles_of(selection.pin, named)
        pool = Pool(found.tiles_before, found.placed, wished)
        tiles = usable_tiles(database, of, selection, wished, pool, executor, progress)
        asked = [*named, *_next_best(database, of, tiles, changes.swap, named)]
        pins = keep_pins(of, tiles, asked, progress)
        selection = replace(selection, pin=pins)
        after = solve(database, of, tiles, selection, progress)
        if found.tiles_before is not None:
            after = replace(after, tiles_before=found.tiles_before)
        return redraw(
            database,
            found,
            after,
            str(changes),
            cells=of.cells,
            executor=executor,
            progress=progress,
        )


def undo_edit(
    database: Database,
    mosaic: int | str | Path | None,
    *,
    version: int | None = None,
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> Edit:
    """Make a mosaic again what it was before its last edit or update; each call goes a step back.

    What is undone is forgotten. Nothing is matched: photos that have gone since stand where they
    stood. All arguments and errors are those of `edit_mosaic`.

    Raises:
        DatabaseError: there is nothing to undo.
    """
    with database.editing(lambda: progress.notice("waiting for another edit to end")):
        found = find_version(database, mosaic, version)
        last = before_last_edit(database, found)
        if last is None:
            raise DatabaseError(f"mosaic {found.id} has no edits to undo")
        before, edit = last
        if lost := missing_ids(database, before.placed.tolist()):
            raise DatabaseError(
                f"mosaic {found.id} showed tiles that the database does not have any more, such "
                f"as {lost[0]}: this edit cannot be undone"
            )
        return redraw(
            database,
            found,
            before,
            f"undo {edit}",
            undoes=True,
            executor=executor,
            progress=progress,
        )


def find_version(
    database: Database, mosaic: int | str | Path | None, version: int | None
) -> Mosaic:
    """Find a recorded mosaic, and refuse another version of it than the one that is known.

    Raises:
        DatabaseError: there is none, or it was edited since.
    """
    found = find_named(database, mosaic)
    if version is not None and version != found.version:
        raise DatabaseError(
            f"mosaic {found.id} was edited meanwhile: it has version {found.version}, not {version}"
        )
    return found


def _without(database: Database, selection: Selection, photos: Sequence[int | str]) -> Selection:
    """Leave out some photos too."""
    if not photos:
        return selection
    tiles = {tile_named(database, photo) for photo in photos}
    before = "" if selection.without is None else f"({selection.without}\n) OR "
    if earlier := _LEFT_OUT.fullmatch(selection.without or ""):
        before = earlier["before"]  # which does not grow deeper with each edit
        tiles |= {int(tile) for tile in earlier["tiles"].split(",")}
    condition = f"{before}tile_id IN ({', '.join(map(str, sorted(tiles)))})"
    return replace(selection, without=condition)


def _named_tiles(database: Database, changes: Changes) -> list[Pin]:
    """Give the pins that changes ask for by their tiles."""
    swaps = [Pin(row, column, tile) for row, column, tile in changes.swap if tile is not None]
    pins = [*swaps, *changes.pin]
    if unknown := missing_ids(database, [pin.tile for pin in pins]):
        pin = next(pin for pin in pins if pin.tile in unknown)
        raise MatchingError(f"pin {pin}: there is no tile {pin.tile}")
    return pins


def _next_best(
    database: Database,
    of: Repairable,
    tiles: TileSet,
    swaps: Sequence[Swap],
    named: Sequence[Pin],
) -> list[Pin]:
    """Choose tiles for the cells whose next best is asked for.

    That is the tile of least cost and price together: what it adds here, with what others lose.
    """
    chosen: list[Pin] = []
    for swap in swaps:
        if swap.tile is not None:
            continue
        place = swap.row, swap.column
        check_cell(f"swap {swap}", place, of.cells.covered)
        taken = {pin.tile for pin in (*of.selection.pin, *named, *chosen)}
        taken |= tiles_once_in(database, of.mosaic, *place) | {int(of.mosaic.tile_ids[place])}
        losses = costs_in_cell(tiles, of.cells, of.options, of.weights, place)
        if of.mosaic.prices is not None:
            losses = losses + np.nan_to_num(of.mosaic.prices.of(tiles.ids))
        losses[np.isin(tiles.ids, list(taken))] = np.inf
        best = int(np.argmin(losses))
        if not np.isfinite(losses[best]):
            raise MatchingError(f"swap {swap}: there is no tile that has not stood here")
        chosen.append(Pin(*place, int(tiles.ids[best])))
    return chosen
