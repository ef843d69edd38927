"""Make mosaics: from a target and the tiles in a database to a picture."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .choice import EVERY_TILE, Choice, choose_tiles
from .errors import PhotoError, RenderingError, UsageError, printable
from .matching import match
from .model import EMPTY_CELL, Match, MatchOptions, MosaicRecord, Size, TileSet
from .photos import canonical_path, hash_file, read_cells, read_cut, read_first
from .rendering import compose, decode_thumbnails, read_matches
from .store import (
    OUTPUT_HASH,
    Database,
    find_originals_from,
    load_thumbnails,
    missing_ids,
    record_mosaic,
)
from .targets import MAX_TARGET_PIXELS, Target
from .targets import open_target as open_target


@dataclass(frozen=True, slots=True, eq=False)
class Mosaic:
    """A match and what came of it."""

    strategy: str
    """What chose the tiles; `given` for a match read from a file."""
    tile_ids: NDArray[np.int64]
    """Which tile is in which cell, shape (rows, columns); `EMPTY_CELL` where there is none."""
    target: Target | None
    """The picture that it rebuilds."""
    match: Match | None
    """Cost and bound; None for a match read from a file."""
    cell_costs: NDArray[np.float64] | None
    """Squared feature distance of each cell to its tile, shape (rows, columns)."""
    options: MatchOptions | None
    """What was asked of the match; None for a match read from a file."""

    @property
    def tiles_used(self) -> int:
        """Count the different tiles."""
        return len(np.unique(self._placed))

    @property
    def most_used(self) -> int:
        """Count the uses of the tile that is used most."""
        return int(np.unique(self._placed, return_counts=True)[1].max(initial=0))

    @property
    def _placed(self) -> NDArray[np.int64]:
        placed: NDArray[np.int64] = self.tile_ids[self.tile_ids != EMPTY_CELL]
        return placed


def make_mosaic(
    tiles: TileSet,
    target: Target,
    *,
    grid: Size,
    thumb_res: Size,
    options: MatchOptions = MatchOptions(),  # noqa: B008 - frozen
    progress: Callable[[float | None, str], None] | None = None,
) -> Mosaic:
    """Match tiles to the cells of a target.

    Args:
        tiles: those to choose from.
        target: the picture to rebuild.
        grid: columns and rows.
        thumb_res: width and height of a thumbnail, which is a cell's shape.
        options: what is asked of the match.
        progress: see `mosaicdb.match`.

    Raises:
        UsageError: the grid has no cells.
        PhotoError: the target cannot be read.
        MatchingError: there are too few tiles.
    """
    if min(grid) < 1:
        raise UsageError(f"a grid of {grid[0]} x {grid[1]} cells: give at least 1 x 1")
    try:
        cells = read_cells(target.data, grid, thumb_res, MAX_TARGET_PIXELS)
    except PhotoError as error:
        raise PhotoError(f"cannot read the target {printable(target.path)}: {error}") from error
    features, shape = cells.reshape(-1, 3), cells.shape[:2]
    found = match(
        tiles.mean_rgb, features, grid=(grid[1], grid[0]), progress=progress, **asdict(options)
    )
    costs = ((tiles.mean_rgb[found.indices] - features) ** 2).sum(axis=1)
    ids = tiles.ids[found.indices].reshape(shape)
    return Mosaic(options.strategy, ids, target, found, costs.reshape(shape), options)


def given_mosaic(database: Database, path: Path) -> Mosaic:
    """Read a mosaic's match from a file of integers, one line a row; -1 is an empty cell.

    Raises:
        UsageError: the file is no grid of integers, or names tiles that there are not.
    """
    ids = read_matches(path)
    if unknown := missing_ids(database, ids[ids != EMPTY_CELL].tolist()):
        raise UsageError(
            f"{printable(path)} names {len(unknown)} tiles that the database does not have, "
            f"such as {unknown[0]}"
        )
    return Mosaic("given", ids, None, None, None, None)


def draw_mosaic(database: Database, mosaic: Mosaic) -> Image.Image:
    """Draw a mosaic from the thumbnails in the database.

    Raises:
        RenderingError: a thumbnail is damaged: see `mosaicdb check`.
    """
    used, positions = np.unique(mosaic.tile_ids, return_inverse=True)
    found = dict(load_thumbnails(database, used.tolist()))
    if len(found) < len(used):
        lacking = sorted(set(used.tolist()) - found.keys())[0]
        raise RenderingError(f"tile {lacking} has no thumbnail: see `mosaicdb check`")
    thumbnails = decode_thumbnails(found.values(), database.thumb_res)
    return compose(thumbnails, positions.reshape(mosaic.tile_ids.shape))


def record(database: Database, mosaic: Mosaic, output: Path, choice: Choice = EVERY_TILE) -> int:
    """Remember a mosaic that was written to a file, with its placements, and give its id."""
    found = mosaic.match
    return record_mosaic(
        database,
        MosaicRecord(
            strategy=mosaic.strategy,
            tile_ids=mosaic.tile_ids,
            cell_costs=mosaic.cell_costs,
            target=mosaic.target.path if mosaic.target else None,
            target_tile_id=mosaic.target.tile_id if mosaic.target else None,
            output=canonical_path(output),
            cost=found.cost if found else None,
            bound=found.bound if found else None,
            parameters={"features": "rgb", OUTPUT_HASH: hash_file(str(output))}
            | choice.parameters()
            | (asdict(mosaic.options) if mosaic.options else {}),
        ),
    )


def render(
    database: Database,
    target: int | str | Path,
    *,
    grid: Size = (100, 100),
    options: MatchOptions = MatchOptions(),  # noqa: B008 - frozen
    choice: Choice = EVERY_TILE,
) -> Image.Image:
    """Make a mosaic and draw it, without recording it.

    Args:
        database: holds the tiles.
        target: the number of a photo, or the path of any picture.
        grid: columns and rows.
        options: what is asked of the match.
        choice: which tiles may be used.

    Raises:
        MosaicdbError: the target cannot be read, or there are too few tiles.
    """
    mosaic = make_mosaic(
        choose_tiles(database, choice),
        open_target(database, target),
        grid=grid,
        thumb_res=database.thumb_res,
        options=options,
    )
    return draw_mosaic(database, mosaic)


def make_collage(database: Database, start: int, count: int, size: int) -> Image.Image:
    """Put the original photos of some tiles side by side, each cut to a square.

    Args:
        database: knows where the photos are.
        start: id of the first tile; the next ones follow by id.
        count: how many.
        size: of a side, in pixels.

    Raises:
        PhotoError: a photo has gone, or there are not so many.
    """
    originals = find_originals_from(database, start, count)
    if len(originals) < count:
        raise PhotoError(f"there are {len(originals)} photos from number {start} on, not {count}")
    row = Image.new("RGB", (count * size, size))
    for place, original in enumerate(originals):
        try:
            data = read_first(original.paths, original.content_hash)[1]
            row.paste(read_cut(data, (size, size), MAX_TARGET_PIXELS), (place * size, 0))
        except PhotoError as error:
            raise PhotoError(f"cannot read photo {original.tile_id}: {error}") from error
    return row
