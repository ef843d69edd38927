"""A wall: a recorded mosaic whose cells fill as photos arrive."""

import os
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MatchingError, UsageError, printable
from ..live_options import LiveOptions
from ..matching import NO_CELL, OnlineMatch, Placing, place_best
from ..object_storage import to_path
from ..options import DrawOptions, MosaicOptions, Selection
from ..perception import compute_features
from ..photos import final_path, is_file, recorded_paths
from ..records import EMPTY_CELL, LIVE, SIGNATURE_SIDE, Mosaic, TileSet
from ..store import (
    Database,
    banned_tiles,
    count_tiles,
    find_recorded,
    load_tiles,
    output_hash_of,
    record_edit,
    record_mosaic,
)
from .draw import draw
from .match import cell_features
from .overwrite_guard import refuse_overwriting
from .selection import Pool, select_tiles
from .target import Cells, Target, cut_cells, open_target
from .writing import Form, check_form, write_form

_EXACT = 1e-9  # relative gap up to which a placing in hindsight is sought


@dataclass(frozen=True, slots=True, eq=False)
class Hindsight:
    """What a wall cost beside the best placing of its photos, had all been known at first."""

    cost: float
    """Of the wall: the sum of squared feature distances."""
    least: float
    """Of the best placing of the same photos, which may leave other cells empty."""

    @property
    def ratio(self) -> float | None:
        """Give the cost over the least one; None: that is 0."""
        return self.cost / self.least if self.least > 0 else None


class Wall:
    """A wall, and the photos of a database that stand on it.

    Each tile that may be used has one cell at most. Where photos are fixed, each gets its cell when
    it is met, by `mosaicdb.OnlineMatch`, and keeps it unless it is banned; else all are placed
    anew, at least cost, whenever there are others.

    Args:
        database: holds the mosaic and the tiles.
        mosaic: as it is recorded.
        cells: those of its target.
        options: what is asked of the mosaic.
        selection: which tiles may stand on it.
        live: how they get their places.
    """

    def __init__(
        self,
        database: Database,
        mosaic: Mosaic,
        cells: Cells,
        options: MosaicOptions,
        selection: Selection,
        live: LiveOptions,
    ) -> None:
        self.mosaic = mosaic
        self.cells = cells
        self.live = live
        self.waiting: list[int] = []
        """Tiles that nobody has said yes or no to yet, by id."""
        self.unplaced = 0
        """How many tiles have no cell because others have them all."""
        self._database, self._options, self._selection = database, options, selection
        self._cell_features = cell_features(cells, options)
        self._places = np.flatnonzero(cells.covered)
        self._online = OnlineMatch(self._cell_features)
        self._met: set[int] = set()
        self._placing: tuple[NDArray[np.int64], Placing] | None = None

    @property
    def placed(self) -> NDArray[np.int64]:
        """Give the tile of each cell that may have one, shape (cells,); `EMPTY_CELL`: none."""
        placed: NDArray[np.int64] = self.mosaic.tile_ids[self.cells.covered]
        return placed

    @property
    def approved(self) -> frozenset[int]:
        """Give the tiles that someone has said yes to."""
        return frozenset(self.mosaic.parameters["approved"])

    def approve(self, tile_ids: Collection[int]) -> None:
        """Let tiles be shown from the next time on that places are given."""
        approved = sorted(self.approved.union(tile_ids))
        self._record(replace(self.mosaic, parameters={**self._parameters, "approved": approved}))

    def take_in(self) -> bool:
        """Give places to the tiles that the database has by now; say whether a cell changed."""
        tiles = self._usable_tiles()
        if self.live.approve:
            known = self.approved
            shown = np.array([tile_id in known for tile_id in tiles.ids.tolist()], np.bool_)
            self.waiting = tiles.ids[~shown].tolist()
            tiles = tiles.only(tiles.ids[shown])
        features = compute_features(tiles.mean_rgb, tiles.signatures, self._options.features)
        give = self._keep_and_fill if self.live.fixed else self._place_anew
        placed, bound = give(tiles.ids, features)
        self.unplaced = len(tiles) - int(np.isin(tiles.ids, placed).sum())
        if np.array_equal(placed, self.placed):
            return False
        self._show(placed, self._costs(placed, tiles.ids, features), bound)
        return True

    def _usable_tiles(self) -> TileSet:
        """Load the tiles that may stand on the wall; there may be none."""
        pool = None
        if self.live.fixed:  # those that have their places stay, though their files be gone
            pool = Pool(None, self.placed, np.zeros(0, np.int64))
        structured = self._options.features.structured
        try:
            if count_tiles(self._database):
                return select_tiles(
                    self._database, self._selection, pool=pool, signatures=structured
                )
        except MatchingError:
            pass  # none is left
        none = np.zeros((0, SIGNATURE_SIDE, SIGNATURE_SIDE, 3), np.uint8)
        return TileSet(np.zeros(0, np.int64), np.zeros((0, 3)), none)

    def _place_anew(
        self, ids: NDArray[np.int64], features: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], float | None]:
        """Place all tiles at least cost; give the tile of each cell, and the cost's bound."""
        earlier, same = None, None
        if self._placing is not None:
            known, earlier = self._placing
            rows = np.searchsorted(known, ids).clip(max=max(len(known) - 1, 0))
            same = np.where(known[rows] == ids, rows, -1) if len(known) else None
        best = place_best(features, self._cell_features, gap=_EXACT, earlier=earlier, same=same)
        self._placing = ids, best
        placed = np.full(len(self._cell_features), EMPTY_CELL, np.int64)
        has_cell = best.cells != NO_CELL
        placed[best.cells[has_cell]] = ids[has_cell]
        if np.array_equal(np.sort(placed), np.sort(self.placed)):
            now = self._costs(self.placed, ids, features).sum()
            if now <= best.cost * (1 + _EXACT):
                return self.placed, best.bound  # nobody moves for nothing
        return placed, best.bound

    def _keep_and_fill(
        self, ids: NDArray[np.int64], features: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], float | None]:
        """Give cells to the tiles that were not met before, in their order."""
        placed = self.placed.copy()
        banned = np.isin(placed, banned_tiles(self._database))
        placed[banned] = EMPTY_CELL
        self._online.free[:] = placed == EMPTY_CELL
        stands = np.isin(ids, placed)
        for number in np.flatnonzero(stands).tolist():
            self._meet(int(ids[number]), features[number])
        for number in np.flatnonzero(~stands).tolist():
            if not self._online.free.any():
                break
            cell = self._online.place(features[number])
            self._met.add(int(ids[number]))
            placed[cell] = ids[number]
        return placed, None

    def _meet(self, tile_id: int, features: NDArray[np.float64]) -> None:
        """Learn from a tile once."""
        if tile_id not in self._met:
            self._met.add(tile_id)
            self._online.see(features)

    def _costs(
        self, placed: NDArray[np.int64], ids: NDArray[np.int64], features: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Give the squared distance of each cell to its tile: as recorded where that is unknown."""
        costs = np.zeros(len(placed))
        before = self.mosaic.cell_costs
        if before is not None:
            costs = np.where(placed == EMPTY_CELL, 0.0, before[self.cells.covered])
        known = np.isin(placed, ids)
        rows = np.searchsorted(ids, placed[known])
        costs[known] = np.square(features[rows] - self._cell_features[known]).sum(axis=1)
        return costs

    def _show(
        self, placed: NDArray[np.int64], costs: NDArray[np.float64], bound: float | None
    ) -> None:
        """Record which tile each cell has now."""
        after = replace(
            self.mosaic,
            tile_ids=self._on_grid(placed, EMPTY_CELL),
            cell_costs=self._on_grid(costs, 0.0),
            cost=float(costs.sum()),
            bound=bound,
            parameters=self._parameters,
        )
        self._record(after)

    def _on_grid(self, values: NDArray[Any], nothing: float) -> NDArray[Any]:
        grid = np.full(self.cells.covered.shape, nothing, values.dtype)
        grid[self.cells.covered] = values
        return grid

    @property
    def _parameters(self) -> dict[str, Any]:
        """Give what has to be known of the wall to go on with it."""
        live = {"fixed": self.live.fixed, "approve": self.live.approve}
        return {
            **self._options.parameters(),
            **self._selection.parameters(),
            **live,
            "approved": self.mosaic.parameters["approved"],
            "tile_size": list(self._database.thumb_res),
        }

    def _record(self, after: Mosaic, output_hash: str | None = None) -> None:
        written = output_hash or output_hash_of(self._database, self.mosaic.id or 0)
        self.mosaic = record_edit(
            self._database, self.mosaic, after, written, "arrivals", can_undo=False
        )

    def hindsight(self) -> Hindsight:
        """Find the best placing of the photos that stand on it; its cost is recorded as bound."""
        cost = self.mosaic.cost or 0.0
        if not self.mosaic.cells:
            return Hindsight(cost, cost)
        tiles = load_tiles(self._database, self._options.features.structured).only(self.placed)
        features = compute_features(tiles.mean_rgb, tiles.signatures, self._options.features)
        best = place_best(features, self._cell_features, gap=_EXACT)
        self._record(replace(self.mosaic, bound=min(best.bound, cost)))
        return Hindsight(cost, min(best.cost, cost))

    def draw_picture(self) -> Path:
        """Draw it into its file, and record that."""
        assert self.mosaic.output is not None
        drawing = draw(self._database, self.mosaic)
        written = write_form(drawing.strips(), self.mosaic.output, Form())
        self._record(drawing.described, written)
        return self.mosaic.output


def open_wall(
    database: Database,
    target: int | str | Path,
    options: MosaicOptions,
    selection: Selection,
    live: LiveOptions,
    output: Path,
) -> Wall:
    """Make a wall, or open the one of that name to go on with it.

    Args:
        database: gets it.
        target: the number of a photo, or the path of any picture.
        options: grid, features and framing are heeded.
        selection: which tiles may stand on it: its conditions are heeded.
        live: how they get their places.
        output: where its picture will be drawn.

    Raises:
        UsageError: another mosaic has the name, or the wall another target or grid, or photos that
            are fixed or not; or a new wall's output is there already.
        MosaicdbError: the target cannot be read.
    """
    options = replace(options, draw=DrawOptions(faint=live.faint))
    opened = open_target(database, target)
    structured = options.features.structured
    cells = cut_cells(
        opened, options.grid, database.thumb_res, options.framing, signatures=structured
    )
    found = find_recorded(database, name=live.name)
    if found is None:
        found = _new_wall(database, opened, options, live, output)
    _refuse_other(found, opened, options, live)
    approved = {*found.parameters["approved"], *found.placed.tolist()}
    found = replace(found, parameters={**found.parameters, "approved": sorted(approved)})
    return Wall(database, found, cells, options, selection, live)


def _new_wall(
    database: Database, target: Target, options: MosaicOptions, live: LiveOptions, output: Path
) -> Mosaic:
    """Record a wall without photos."""
    (columns, rows), (width, height) = options.grid, database.thumb_res
    check_form(output, (columns * width, rows * height), Form())
    refuse_overwriting(database, [output], [target.path])
    other = find_recorded(database, paths=recorded_paths(output))
    if other is not None or is_file(output) or os.path.lexists(output):
        raise UsageError(f"{printable(output)} is there already: name another file with --output")
    mosaic = Mosaic(
        strategy=LIVE,
        tile_ids=np.full((rows, columns), EMPTY_CELL, np.int64),
        cost=0.0,
        target=target.path,
        target_tile_id=target.tile_id,
        target_hash=target.content_hash,
        parameters={**options.parameters(), "fixed": live.fixed, "approved": []},
        output=to_path(final_path(output)),
        name=live.name,
        form=Form().record(),
    )
    recorded = find_recorded(database, record_mosaic(database, mosaic))
    assert recorded is not None
    return recorded


def _refuse_other(found: Mosaic, target: Target, options: MosaicOptions, live: LiveOptions) -> None:
    """Refuse to go on with a mosaic that is another one than what is asked for."""
    differs = None
    if not found.is_live:
        differs = "is not live"
    elif found.target_hash != target.content_hash:
        differs = f"rebuilds {printable(found.target or 'another picture')} as it was"
    elif found.grid != options.grid:
        differs = f"has {found.grid[0]} x {found.grid[1]} cells"
    elif found.parameters["fixed"] != live.fixed:
        differs = "has photos that keep their places" if not live.fixed else "has photos that move"
    if differs is not None:
        raise UsageError(
            f"mosaic {found.id}, {printable(live.name)}, {differs}: name another with --name, or "
            f"`mosaicdb forget {printable(live.name)}`"
        )
