"""What the cells of a mosaic show: tiles, as their thumbnails or as crops of their photos."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..crops import Crop
from ..records import EMPTY_CELL


class View(NamedTuple):
    """A tile, and which part of its photo is shown."""

    tile_id: int
    """The tile."""
    crop: Crop | None = None
    """None: the middle, as the thumbnail."""


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """What is shown in the cells of a mosaic."""

    shown: list[View]
    """Each view once, by tile id, and the thumbnail before crops."""
    numbers: NDArray[np.intp]
    """Which of them each cell shows, shape (rows, columns); `EMPTY_CELL` where there is no tile."""

    @property
    def first_of_tile(self) -> NDArray[np.intp]:
        """Give for each view the number of the first one of its tile, shape (views,)."""
        ids = np.array([view.tile_id for view in self.shown], np.int64)
        return np.searchsorted(ids, ids)


def views_of(tile_ids: NDArray[np.int64], crops: NDArray[np.float64] | None = None) -> Views:
    """Tell the views of a mosaic apart.

    Args:
        tile_ids: of each cell, shape (rows, columns).
        crops: see `mosaicdb.Mosaic`.
    """
    filled = tile_ids != EMPTY_CELL
    numbers = np.full(tile_ids.shape, EMPTY_CELL, np.intp)
    ids = tile_ids[filled]
    if crops is None:
        unique_ids, numbers[filled] = np.unique(ids, return_inverse=True)
        return Views([View(tile_id) for tile_id in unique_ids.tolist()], numbers)
    rows = np.column_stack([ids, crops[filled]])
    unique, inverse = np.unique(rows, axis=0, return_inverse=True)
    numbers[filled] = inverse.ravel()
    return Views(
        [View(int(row[0]), Crop(*row[1:]) if any(row[1:]) else None) for row in unique.tolist()],
        numbers,
    )


def by_tile(views: Iterable[View]) -> Iterator[tuple[int, tuple[Crop | None, ...]]]:
    """Yield each tile of some views, which stand together, and which crops of it they show."""
    for tile_id, own in groupby(views, key=lambda view: view.tile_id):
        yield tile_id, tuple(view.crop for view in own)
