"""Match tiles to the cells of a target, or read a match from a file."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError, printable
from ..matching import match
from ..options import MosaicOptions
from ..perception import compute_features, reflection
from ..records import EMPTY_CELL, Mosaic, TileSet
from ..rendering import read_matches
from ..store import Database, missing_ids
from .progress import SILENT, Progress
from .target import Cells
from .wishes import NO_WISHES, Wishes, check_pins

Features = NDArray[np.float64]


def match_tiles(
    tiles: TileSet,
    cells: Cells,
    options: MosaicOptions,
    *,
    weights: Features | None = None,
    owner: NDArray[np.integer[Any]] | None = None,
    wishes: Wishes = NO_WISHES,
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
        progress: called with the proven gap.

    Raises:
        MatchingError: there are too few tiles, or wishes cannot be met.
    """
    check_pins(wishes, tiles, int(cells.covered.sum()), options.match)
    mirror = reflection(options.features) if options.features.flip else None
    tile_features = compute_features(tiles.mean_rgb, tiles.signatures, options.features)
    cell_features = _cell_features(cells, options)
    matched = match(
        tile_features,
        cell_features,
        grid=cells.covered,
        weights=None if weights is None else weights[cells.covered],
        progress=progress.report_gap,
        reflection=mirror,
        owner=owner,
        least=wishes.limits(tiles),
        fixed=wishes.fixed(tiles, cells.covered),
        **asdict(options.match),
    )
    progress.end()
    placed = tile_features[matched.indices]
    if mirror is not None and matched.mirrored is not None:
        placed[matched.mirrored] = placed[matched.mirrored] @ mirror
    return Mosaic(
        strategy=options.match.strategy,
        tile_ids=_on_grid(cells, tiles.ids[matched.indices], EMPTY_CELL),
        flipped=None if matched.mirrored is None else _on_grid(cells, matched.mirrored, False),
        cell_costs=_on_grid(cells, np.square(placed - cell_features).sum(axis=1), 0.0),
        cost=matched.cost,
        bound=matched.bound,
        status=matched.status,
        parameters=options.parameters(),
    )


def _cell_features(cells: Cells, options: MosaicOptions) -> Features:
    signatures = None if cells.signatures is None else cells.signatures[cells.covered]
    colours = cells.mean_rgb[cells.covered].astype(np.float64)
    return compute_features(colours, signatures, options.features)


def _on_grid(cells: Cells, values: NDArray[Any], nothing: float) -> NDArray[Any]:
    """Put values of the covered cells in their places, shape (rows, columns)."""
    grid = np.full(cells.covered.shape, nothing, values.dtype)
    grid[cells.covered] = values
    return grid


def read_match(database: Database, path: Path) -> Mosaic:
    """Read a mosaic's match from a file of integers, one line a row; -1 is an empty cell.

    Which cells are mirrored stands in comments: see `mosaicdb.rendering.write_matches`.

    Raises:
        UsageError: the file is no grid of integers, or names tiles that there are not.
    """
    ids, flipped = read_matches(path)
    if unknown := missing_ids(database, ids[ids != EMPTY_CELL].tolist()):
        raise UsageError(
            f"{printable(path)} names tiles that the database does not have: {len(unknown)}, "
            f"such as {unknown[0]}"
        )
    if (ids == EMPTY_CELL).all():
        raise UsageError(f"{printable(path)} names no tile")
    return Mosaic("given", ids, flipped)
