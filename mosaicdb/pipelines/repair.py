"""Repair the match of a recorded mosaic: only what changed is solved."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..executors import Executor
from ..kinds import Pin
from ..matching import smallest_max_uses
from ..options import MosaicOptions, Selection
from ..records import Mosaic, TileSet
from ..store import Database, load_prices, tiles_where
from .match import hash_of_choice, match_tiles
from .mosaics import recorded_settings
from .progress import SILENT, Progress
from .recorded_target import recorded_cells
from .selection import Pool, select_tiles
from .target import Cells, weigh_cells
from .wishes import Wishes, check_wishes


@dataclass(frozen=True, eq=False)
class Repairable:
    """A recorded mosaic, and what its match is repaired from: the target is read when needed."""

    database: Database
    """Knows where the target is."""
    mosaic: Mosaic
    """With its prices, where they are recorded."""
    options: MosaicOptions
    """What was asked of it."""
    selection: Selection
    """Which tiles it may be made of, and what was wished of them, also by edits."""

    @cached_property
    def cells(self) -> Cells:
        """Cut the target into cells; raises PhotoError: it has gone or changed."""
        structured = self.options.features.structured
        return recorded_cells(self.database, self.mosaic, signatures=structured)

    @cached_property
    def weights(self) -> NDArray[np.float64] | None:
        """Give factors of the cells' costs, shape (rows, columns); None: all matter alike.

        Raises:
            PhotoError: the mask has gone or changed.
        """
        return weigh_cells(self.cells, self.options.importance, self.options.framing)

    def is_best_of(self, tiles: TileSet, selection: Selection) -> bool:
        """Say whether the best match of tiles, under the wishes of a selection, is the one it has.

        False where that is unknown.
        """
        known = self.mosaic.matched_hash
        if known is None or self.options.importance.mask is not None:  # which may have changed
            return False
        return known == hash_of_choice(tiles, find_usable_wishes(self.database, tiles, selection))


def open_repairable(database: Database, mosaic: Mosaic) -> Repairable:
    """Read what the match of a recorded mosaic is repaired from.

    Raises:
        DatabaseError: too little is recorded.
    """
    options, selection = recorded_settings(mosaic)
    prices = None if mosaic.id is None else load_prices(database, mosaic.id)
    return Repairable(database, replace(mosaic, prices=prices), options, selection)


def usable_tiles(
    database: Database,
    of: Repairable,
    selection: Selection,
    wished: NDArray[np.int64],
    pool: Pool | None,
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> TileSet:
    """Load the tiles that a mosaic may be made of now.

    Args:
        database: holds the tiles.
        of: the mosaic.
        selection: its own, or one that an edit has changed.
        wished: ids of tiles that are pinned.
        pool: those among which an edit stays; None: all that there are.
        executor: where thumbnails are decoded; default: in this process.
        progress: see `select_tiles`.

    Raises:
        MatchingError: none is left.
    """
    return select_tiles(
        database,
        replace(selection, must=None, pin=()),
        pool=pool,
        wished=wished,
        signatures=of.options.features.structured,
        zoom=of.options.features.zoom,
        executor=executor,
        progress=progress,
    )


def tiles_of(*pins: Sequence[Pin]) -> NDArray[np.int64]:
    """Give the ids of the tiles of some pins, ascending."""
    return np.unique(np.array([pin.tile for some in pins for pin in some], np.int64))


def keep_pins(
    of: Repairable, tiles: TileSet, asked: Sequence[Pin], progress: Progress = SILENT
) -> tuple[Pin, ...]:
    """Give the pins of a mosaic with those that are asked now, which go before.

    Earlier ones are given up, with a notice, where their cell is asked for, or their tile may not
    be used any more, or not so often.

    Args:
        of: the mosaic.
        tiles: those that may be used.
        asked: new pins.
        progress: called with notices.
    """
    limit = _most_uses(of, tiles)
    places = {(pin.row, pin.column) for pin in asked}
    uses: dict[int, int] = {}
    for pin in asked:
        uses[pin.tile] = uses.get(pin.tile, 0) + 1
    kept: list[Pin] = []
    for pin in reversed(of.selection.pin):  # of one tile, the newest
        if (pin.row, pin.column) in places:
            continue
        is_usable = pin.tile in tiles.ids
        if is_usable and uses.get(pin.tile, 0) < limit:
            uses[pin.tile] = uses.get(pin.tile, 0) + 1
            kept.append(pin)
        else:
            reason = "is pinned elsewhere" if is_usable else "may not be used any more"
            progress.notice(f"pin {pin} is given up: tile {pin.tile} {reason}")
    return (*reversed(kept), *asked)


def _most_uses(of: Repairable, tiles: TileSet) -> int:
    asked = of.options.match
    if asked.strategy == "nearest" and asked.max_uses is None:
        return of.mosaic.cells
    return asked.max_uses or smallest_max_uses(tiles.photos, of.mosaic.cells)


def find_usable_wishes(database: Database, tiles: TileSet, selection: Selection) -> Wishes:
    """Find the wishes of a selection: of tiles that have to appear, those that may be used."""
    must: Collection[int] = ()
    if selection.must is not None:
        must = tiles_where(database.url, selection.must)
    return Wishes(np.intersect1d(np.array(must, np.int64), tiles.ids), selection.pin)


def solve(
    database: Database,
    of: Repairable,
    tiles: TileSet,
    selection: Selection,
    progress: Progress = SILENT,
) -> Mosaic:
    """Match a mosaic's cells again, starting from its match.

    Args:
        database: tells which tiles have to appear.
        of: the mosaic.
        tiles: those that may be used.
        selection: has the pins that hold; of tiles that have to appear, those count that may be
            used.
        progress: called with the proven gap.

    Raises:
        MatchingError: there are too few tiles, or a pin cannot be.
    """
    wishes = find_usable_wishes(database, tiles, selection)
    check_wishes(wishes, tiles, of.cells.covered, selection)
    matched = match_tiles(
        tiles,
        of.cells,
        of.options,
        weights=of.weights,
        owner=tiles.owners,
        wishes=wishes,
        earlier=of.mosaic,
        progress=progress,
    )
    was = of.mosaic
    return replace(
        matched,
        target=was.target,
        target_tile_id=was.target_tile_id,
        target_hash=was.target_hash,
        parameters={**matched.parameters, **selection.parameters()},
        output=was.output,
        name=was.name,
        id=was.id,
        version=was.version,
        form=was.form,
    )
