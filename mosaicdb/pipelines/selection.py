"""Select the tiles that a mosaic may be made of, and tell which show the same picture."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import MatchingError, printable
from ..executors import Executor
from ..options import EVERY_TILE, Selection
from ..perception import group_near
from ..records import NEAR_DISTANCE, TileSet
from ..store import (
    Database,
    TileFiles,
    files_of_tiles,
    load_tile_hashes,
    load_tiles,
    tiles_where,
    tiles_without_file,
)
from .backfill import fill_descriptors
from .progress import SILENT, Progress
from .wording import counted


def select_tiles(
    database: Database,
    selection: Selection = EVERY_TILE,
    *,
    signatures: bool = False,
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> TileSet:
    """Load the tiles that a mosaic may be made of.

    The largest of several photos of the same picture is the largest among those that are not
    missing and for which the condition holds.

    Args:
        database: gets the descriptors that its tiles lack, if they are needed.
        selection: which tiles.
        signatures: whether to load their signatures too.
        executor: where thumbnails are decoded; default: in this process.
        progress: called with how many thumbnails are decoded, and with how many tiles are left out
            because their photos are missing.

    Raises:
        UsageError: the condition is wrong.
        MatchingError: it holds for no tile, or for tiles alone whose photos are missing.
        DatabaseError: there are no tiles, or a rebuild stopped half-way.
    """
    if signatures:
        fill_descriptors(database, executor=executor, progress=progress)
    tiles = load_tiles(database, signatures)
    if selection.where is not None:
        tiles = tiles.only(np.array(tiles_where(database.path, selection.where), np.int64))
        if not len(tiles):
            raise MatchingError(
                f"no tile is left: the condition {printable(selection.where)!r} holds for none"
            )
    if not selection.with_missing:
        tiles = _with_file(database, tiles, progress)
    if selection.distinct:
        groups = group_tiles(database, executor=executor, progress=progress)
        tiles = tiles.only(np.setdiff1d(tiles.ids, groups.surplus(tiles.ids)))
    return tiles


def _with_file(database: Database, tiles: TileSet, progress: Progress) -> TileSet:
    """Leave out the tiles whose photo no file holds any more."""
    present = np.setdiff1d(tiles.ids, tiles_without_file(database))
    missing = len(tiles) - len(present)
    if not missing:
        return tiles
    photos = counted(missing, "photo")
    if not len(present):
        raise MatchingError(
            f"no tile is left: {photos} missing when last looked for, and no others to choose "
            "from; mount their disk and ingest again, or add --with-missing"
        )
    progress.notice(f"{photos} left out, missing when last looked for: --with-missing uses them")
    return tiles.only(present)


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Which tiles belong together: arrays of one row a tile, the best of each group first."""

    ids: NDArray[np.int64]
    """Tile ids, shape (tiles,); within a group by descending size of the photo, then by id."""
    labels: NDArray[np.intp]
    """A number for each tile, the same for all of its group, ascending; shape (tiles,)."""

    def surplus(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give those of some tiles that are not the largest of their group among these."""
        given = np.isin(self.ids, ids)
        tiles, labels = self.ids[given], self.labels[given]
        smaller: NDArray[np.int64] = tiles[1:][labels[1:] == labels[:-1]]
        return smaller


def group_tiles(
    database: Database,
    distance: int = NEAR_DISTANCE,
    *,
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> Groups:
    """Group all tiles by what they show.

    Args:
        database: gets the descriptors that its tiles lack.
        distance: how many of the 64 bits of two tiles' hashes may differ.
        executor: where thumbnails are decoded; default: in this process.
        progress: called with how many thumbnails are decoded.

    Raises:
        DatabaseError: a rebuild stopped half-way.
    """
    fill_descriptors(database, executor=executor, progress=progress)
    looks = load_tile_hashes(database)
    labels = group_near(looks.dhashes, looks.mean_rgb, distance)
    order = np.lexsort((looks.ids, -looks.pixels, labels))
    return Groups(looks.ids[order], labels[order])


def find_duplicates(
    database: Database,
    distance: int = NEAR_DISTANCE,
    *,
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> list[list[TileFiles]]:
    """List the groups of tiles that show the same picture, each group's largest photo first.

    Only tiles whose photos are still there count: what is listed can be compared.

    Args:
        database: as for `group_tiles`.
        distance: as for `group_tiles`.
        executor: as for `group_tiles`.
        progress: as for `group_tiles`.

    Returns:
        Groups of at least two tiles, by the lowest id in each.
    """
    groups = group_tiles(database, distance, executor=executor, progress=progress)
    sizes = np.bincount(groups.labels, minlength=1)
    together = sizes[groups.labels] > 1
    ids, labels = groups.ids[together], groups.labels[together]
    files = {held.tile_id: held for held in files_of_tiles(database, ids.tolist())}
    listed: dict[int, list[TileFiles]] = {}
    for tile_id, label in zip(ids.tolist(), labels.tolist(), strict=True):
        if tile_id in files:
            listed.setdefault(label, []).append(files[tile_id])
    return sorted((group for group in listed.values() if len(group) > 1), key=_lowest_id)


def _lowest_id(group: Iterable[TileFiles]) -> int:
    return min(held.tile_id for held in group)
