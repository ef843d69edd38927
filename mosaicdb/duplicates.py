"""Tell which tiles show the same picture at other sizes and qualities."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .executors import Executor
from .features import Progress, fill_features
from .model import NEAR_DISTANCE
from .near import group_near
from .store import Database, TileFiles, files_of_tiles, load_looks


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Which tiles belong together: arrays of one row a tile, the best of each group first."""

    ids: NDArray[np.int64]
    """Tile ids, shape (tiles,); within a group by descending size of the photo, then by id."""
    labels: NDArray[np.intp]
    """A number for each tile, the same for all of its group, ascending; shape (tiles,)."""

    def surplus(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give those of some tiles that are not the largest of their group among these."""
        some = np.isin(self.ids, ids)
        found, labels = self.ids[some], self.labels[some]
        others: NDArray[np.int64] = found[1:][labels[1:] == labels[:-1]]
        return others


def group_tiles(
    database: Database,
    distance: int = NEAR_DISTANCE,
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Groups:
    """Group all tiles by what they show.

    Args:
        database: gets the features that its tiles lack.
        distance: how many of the 64 bits of two tiles' hashes may differ.
        executor: where thumbnails are decoded; default: in this process.
        progress: hears how far it is.

    Raises:
        DatabaseError: a rebuild stopped half-way.
    """
    fill_features(database, executor=executor, progress=progress)
    looks = load_looks(database)
    labels = group_near(looks.dhashes, looks.mean_rgb, distance)
    order = np.lexsort((looks.ids, -looks.pixels, labels))
    return Groups(looks.ids[order], labels[order])


def find_duplicates(
    database: Database,
    distance: int = NEAR_DISTANCE,
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
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
    files = {found.tile_id: found for found in files_of_tiles(database, ids.tolist())}
    listed: dict[int, list[TileFiles]] = {}
    for tile_id, label in zip(ids.tolist(), labels.tolist(), strict=True):
        if tile_id in files:
            listed.setdefault(label, []).append(files[tile_id])
    return sorted((group for group in listed.values() if len(group) > 1), key=_lowest_id)


def _lowest_id(group: Iterable[TileFiles]) -> int:
    return min(found.tile_id for found in group)
