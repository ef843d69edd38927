"""Match tiles to the cells of a target, or read a match from a file."""

from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError, printable
from ..matching import Match, Start, match
from ..options import MosaicOptions
from ..perception import compute_features, reflection
from ..records import EMPTY_CELL, Mosaic, TilePrices, TileSet
from ..rendering import read_matches
from ..store import Database, missing_ids
from .progress import SILENT, Progress
from .target import Cells
from .wishes import NO_WISHES, Wishes, check_pins
from .wording import counted

Features = NDArray[np.float64]


def match_tiles(
    tiles: TileSet,
    cells: Cells,
    options: MosaicOptions,
    *,
    weights: Features | None = None,
    owner: NDArray[np.integer[Any]] | None = None,
    wishes: Wishes = NO_WISHES,
    earlier: Mosaic | None = None,
    progress: Progress = SILENT,
) -> Mosaic:
    """Match tiles to the cells of a target.

    Args:
        tiles: those to choose from, with signatures where the features need them.
        cells: the target's.
        options: what is asked of the match.
        weights: factors of the cells' costs, shape (rows, columns); None: 1.
        owner: one integer a tile, shape (tiles,): tiles of the same number count as one for limits
            on uses and for distances; None: each counts for itself.
        wishes: of single tiles, checked by `check_wishes`.
        earlier: a mosaic of the same cells, with its prices, whose match is repaired; None: one is
            sought anew.
        progress: called with the proven gap.

    Raises:
        MatchingError: there are too few tiles, or wishes cannot be met.
    """
    check_pins(wishes, tiles, int(cells.covered.sum()), options.match)
    mirror = reflection(options.features) if options.features.flip else None
    rows = _RowsOfTiles(tiles, owner)
    tile_features = rows.features(options)
    wanted = cell_features(cells, options)
    matched = match(
        tile_features,
        wanted,
        grid=cells.covered,
        weights=None if weights is None else weights[cells.covered],
        progress=progress.report_gap,
        reflection=mirror,
        owner=rows.owner,
        least=rows.of_tiles(wishes.limits(tiles)),
        fixed=wishes.fixed(tiles, cells.covered),
        start=None if earlier is None else _start(earlier, rows, cells),
        **asdict(options.match),
    )
    progress.end()
    is_best = matched.status in ("optimal", "gap reached")
    placed = tile_features[matched.indices]
    if mirror is not None and matched.mirrored is not None:
        placed[matched.mirrored] = placed[matched.mirrored] @ mirror
    return Mosaic(
        strategy=options.match.strategy,
        tile_ids=on_grid(cells, tiles.ids[rows.tile[matched.indices]], EMPTY_CELL),
        crops=None if tiles.crops is None else on_grid(cells, rows.boxes[matched.indices], 0),
        flipped=None if matched.mirrored is None else on_grid(cells, matched.mirrored, False),
        cell_costs=on_grid(cells, np.square(placed - wanted).sum(axis=1), 0.0),
        cost=matched.cost,
        bound=matched.bound,
        status=matched.status,
        parameters=options.parameters(),
        prices=TilePrices(tiles.ids, matched.prices[: len(tiles)]),
        tiles_before=int(tiles.ids.max()) + 1,
        matched_hash=hash_of_choice(tiles, wishes) if is_best else None,
    )


def hash_of_choice(tiles: TileSet, wishes: Wishes) -> str:
    """Give SHA-256 of the tiles that a match chooses from, and of what is wished of them."""
    digest = sha256()
    arrays = [tiles.ids, tiles.mean_rgb, tiles.signatures, tiles.owners, wishes.must]
    if (crops := tiles.crops) is not None:
        arrays += [crops.rows, crops.boxes, crops.mean_rgb, crops.greys]
    for array in arrays:
        digest.update(repr(None if array is None else array.shape).encode())
        if array is not None:
            digest.update(np.ascontiguousarray(array).data)
    digest.update(repr(wishes.pins).encode())
    return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class _RowsOfTiles:
    """What can be placed: the thumbnails of tiles, a row each, and then their crops."""

    tiles: TileSet
    owner_of_tile: NDArray[np.integer[Any]] | None

    @cached_property
    def tile(self) -> NDArray[np.intp]:
        """Give the row in the tiles of each row, shape (rows,)."""
        own, crops = np.arange(len(self.tiles)), self.tiles.crops
        return own if crops is None else np.concatenate([own, crops.rows])

    @property
    def boxes(self) -> Features:
        """Give which part of its photo each row shows, shape (rows, 4); 0: the thumbnail."""
        crops, nothing = self.tiles.crops, np.zeros((len(self.tiles), 4))
        return nothing if crops is None else np.concatenate([nothing, crops.boxes])

    @property
    def owner(self) -> NDArray[np.integer[Any]] | None:
        """Give a number for each row, the same for all that count as one photo."""
        if self.tiles.crops is None:
            return self.owner_of_tile
        return self.tile if self.owner_of_tile is None else self.owner_of_tile[self.tile]

    def of_tiles(self, values: NDArray[Any] | None) -> NDArray[Any] | None:
        """Give each row what its tile has."""
        return None if values is None else values[self.tile]

    def features(self, options: MosaicOptions) -> Features:
        """Compute the features of all rows."""
        tiles, wanted = self.tiles, options.features
        of_tiles = compute_features(tiles.mean_rgb, tiles.signatures, wanted)
        if tiles.crops is None:
            return of_tiles
        of_crops = compute_features(tiles.crops.mean_rgb, tiles.crops.greys, wanted)
        return np.concatenate([of_tiles, of_crops])


def _start(earlier: Mosaic, rows: _RowsOfTiles, cells: Cells) -> Start | None:
    """Say what a mosaic's match tells of tiles and cells of today; None: its prices are lost."""
    if earlier.prices is None:
        return None
    ids = rows.tiles.ids
    prices = earlier.prices.of(ids)[rows.tile]
    placed = earlier.tile_ids[cells.covered]
    row_of_cell = np.searchsorted(ids, placed).clip(max=len(ids) - 1)
    stays = ids[row_of_cell] == placed
    cost, bound = earlier.cost or 0.0, earlier.bound or 0.0
    known = np.where(np.isnan(prices), -np.inf, prices)
    match = Match(row_of_cell, cost, bound, known, "optimal")
    return Start(match, cells=np.where(stays, np.arange(len(stays)), -1))


def costs_in_cell(
    tiles: TileSet,
    cells: Cells,
    options: MosaicOptions,
    weights: Features | None,
    place: tuple[int, int],
) -> Features:
    """Give what each tile would cost in a cell at least, shape (tiles,).

    Args:
        tiles: with signatures where the features need them, and with the crops they may show.
        cells: the target's.
        options: what is asked of the match.
        weights: as for `match_tiles`.
        place: row and column of a cell that is covered.
    """
    number = int(np.cumsum(cells.covered).reshape(cells.covered.shape)[place]) - 1
    rows = _RowsOfTiles(tiles, None)
    cell, features = cell_features(cells, options)[number], rows.features(options)
    costs_of_rows = np.square(features - cell).sum(axis=1)
    if options.features.flip:
        mirrored = features @ reflection(options.features)
        costs_of_rows = np.minimum(costs_of_rows, np.square(mirrored - cell).sum(axis=1))
    costs = np.full(len(tiles), np.inf)
    np.minimum.at(costs, rows.tile, costs_of_rows)
    return costs if weights is None else costs * weights[place]


def cell_features(cells: Cells, options: MosaicOptions) -> Features:
    """Compute the features of the cells that get a tile, shape (cells, d)."""
    signatures = None if cells.signatures is None else cells.signatures[cells.covered]
    colours = cells.mean_rgb[cells.covered].astype(np.float64)
    return compute_features(colours, signatures, options.features)


def on_grid(cells: Cells, values: NDArray[Any], nothing: float) -> NDArray[Any]:
    """Put values of the covered cells in their places, shape (rows, columns, …)."""
    grid = np.full((*cells.covered.shape, *values.shape[1:]), nothing, values.dtype)
    grid[cells.covered] = values
    return grid


def read_match(database: Database, path: Path) -> Mosaic:
    """Read a mosaic's match from a file of integers, one line a row; -1 is an empty cell.

    Which cells are mirrored, and which show crops, stands in comments: see
    `mosaicdb.rendering.write_matches`.

    Raises:
        UsageError: the file is no grid of integers, or names tiles that there are not.
    """
    ids, flipped, crops = read_matches(path)
    if unknown := missing_ids(database, ids[ids != EMPTY_CELL].tolist()):
        raise UsageError(
            f"{printable(path)} names {counted(len(unknown), 'tile')} that the database does not "
            f"have, such as {unknown[0]}"
        )
    if (ids == EMPTY_CELL).all():
        raise UsageError(f"{printable(path)} names no tile")
    return Mosaic("given", ids, flipped, crops)
