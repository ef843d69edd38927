"""Make mosaics: match tiles to the cells of a target, and remember what came of it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import UsageError, printable
from ..matching import match
from ..options import MosaicOptions
from ..perception import compute_features, reflection
from ..photos import canonical_path, hash_file
from ..records import EMPTY_CELL, Match, MosaicRecord, TileSet
from ..rendering import read_matches
from ..store import OUTPUT_HASH, Database, missing_ids, record_mosaic
from .drawing import Drawing, draw_mosaic
from .selection import EVERY_TILE, Choice, choose_tiles
from .target import Cells, Target, cut_cells, open_target, weigh_cells

Features = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Mosaic:
    """A match and what came of it."""

    strategy: str
    """What chose the tiles; `given` for a match read from a file."""
    tile_ids: NDArray[np.int64]
    """Which tile is in which cell, shape (rows, columns); `EMPTY_CELL` where there is none."""
    flipped: NDArray[np.bool_] | None = None
    """Which cells show theirs mirrored, shape (rows, columns); None: none does."""
    cell_costs: NDArray[np.float64] | None = None
    """Squared feature distance of each cell to its tile, shape (rows, columns); None: unknown."""
    match: Match | None = None
    """Cost and bound; None for a match read from a file."""


def make_mosaic(
    tiles: TileSet,
    cells: Cells,
    options: MosaicOptions,
    *,
    weights: Features | None = None,
    progress: Callable[[float | None, str], None] | None = None,
) -> Mosaic:
    """Match tiles to the cells of a target.

    Args:
        tiles: those to choose from, with signatures where the features need them.
        cells: the target's.
        options: what is asked of the match.
        weights: factors of the cells' costs, shape (rows, columns); None: 1.
        progress: see `mosaicdb.match`.

    Raises:
        MatchingError: there are too few tiles.
    """
    mirror = reflection(options.features) if options.features.flip else None
    tile_features = compute_features(tiles.mean_rgb, tiles.signatures, options.features)
    cell_features = _cell_features(cells, options)
    found = match(
        tile_features,
        cell_features,
        grid=cells.covered,
        weights=None if weights is None else weights[cells.covered],
        progress=progress,
        reflection=mirror,
        **asdict(options.match),
    )
    placed = tile_features[found.indices]
    if mirror is not None and found.mirrored is not None:
        placed[found.mirrored] = placed[found.mirrored] @ mirror
    return Mosaic(
        options.match.strategy,
        _on_grid(cells, tiles.ids[found.indices], EMPTY_CELL),
        None if found.mirrored is None else _on_grid(cells, found.mirrored, False),
        _on_grid(cells, np.square(placed - cell_features).sum(axis=1), 0.0),
        found,
    )


def _cell_features(cells: Cells, options: MosaicOptions) -> Features:
    signatures = cells.signatures[cells.covered] if options.features.structured else None
    colours = cells.mean_rgb[cells.covered].astype(np.float64)
    return compute_features(colours, signatures, options.features)


def _on_grid(cells: Cells, values: NDArray[Any], nothing: float) -> NDArray[Any]:
    """Put values of the covered cells in their places, shape (rows, columns)."""
    grid = np.full(cells.covered.shape, nothing, values.dtype)
    grid[cells.covered] = values
    return grid


def given_mosaic(database: Database, path: Path) -> Mosaic:
    """Read a mosaic's match from a file of integers, one line a row; -1 is an empty cell.

    Raises:
        UsageError: the file is no grid of integers, or names tiles that there are not.
    """
    ids = read_matches(path)
    if unknown := missing_ids(database, ids[ids != EMPTY_CELL].tolist()):
        raise UsageError(
            f"{printable(path)} names tiles that the database does not have: {len(unknown)}, "
            f"such as {unknown[0]}"
        )
    if (ids == EMPTY_CELL).all():
        raise UsageError(f"{printable(path)} names no tile")
    return Mosaic("given", ids)


def record(
    database: Database,
    mosaic: Mosaic,
    output: Path,
    *,
    target: Target | None = None,
    choice: Choice = EVERY_TILE,
    options: MosaicOptions | None = None,
    drawing: Drawing | None = None,
) -> int:
    """Remember a mosaic that was written to a file, with its placements, and give its id.

    Args:
        database: is written.
        mosaic: which tile is where.
        output: the picture.
        target: what it rebuilds.
        choice: which tiles could be used.
        options: what was asked of it; None for a match read from a file.
        drawing: its picture, which knows how far colours were shifted.
    """
    found = mosaic.match
    return record_mosaic(
        database,
        MosaicRecord(
            strategy=mosaic.strategy,
            tile_ids=mosaic.tile_ids,
            cell_costs=mosaic.cell_costs,
            flipped=mosaic.flipped,
            target=target.path if target else None,
            target_tile_id=target.tile_id if target else None,
            output=canonical_path(output),
            cost=found.cost if found else None,
            bound=found.bound if found else None,
            parameters={OUTPUT_HASH: hash_file(str(output))}
            | choice.parameters()
            | (options.parameters() if options else {})
            | (drawing.shifts() if drawing else {}),
        ),
    )


def render(
    database: Database,
    target: int | str | Path,
    options: MosaicOptions = MosaicOptions(),  # noqa: B008 - frozen
    choice: Choice = EVERY_TILE,
) -> Image.Image:
    """Make a mosaic and draw it, without recording it.

    Args:
        database: holds the tiles.
        target: the number of a photo, or the path of any picture.
        options: what is asked of the mosaic.
        choice: which tiles may be used.

    Raises:
        MosaicdbError: the target cannot be read, or there are too few tiles.
    """
    tiles = choose_tiles(database, choice, signatures=options.features.structured)
    cells = cut_cells(
        open_target(database, target),
        options.grid,
        database.thumb_res,
        options.framing,
    )
    mosaic = make_mosaic(
        tiles,
        cells,
        options,
        weights=weigh_cells(cells, options.importance, options.framing).weights,
    )
    return draw_mosaic(database, mosaic.tile_ids, mosaic.flipped, cells, options.draw).picture
