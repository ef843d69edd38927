"""Owners: which rows of features belong to which tile.

A tile may have several rows, such as a photo and its crops. Its limits on uses, its price and its
distances to its own repeats hold for all of them together; a cell that gets the tile gets the row
that suits it best. So a cell's cost with a tile is the least over the tile's rows, and no other
part of the search needs to know of rows: without an owner, every row is a tile of its own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import MatchingError
from .arrays import AnyArray, Floats, Indices, Ints

MOST_NUMBERS = 1 << 20
"""Differences of features that are held at once: 8 MB. A choice."""


@dataclass(frozen=True, slots=True, eq=False)
class Owners:
    """Which rows belong to which tile; every tile has at least one."""

    of_row: Ints
    """(rows,) the tile of each row."""
    first: Ints
    """(tiles + 1,) the rows of tile i are rows[first[i]] to rows[first[i + 1] - 1]."""
    rows: Ints
    """(rows,) rows tile by tile, ascending within each."""

    @classmethod
    def of(cls, of_row: Ints) -> "Owners":
        """Set up owners from the (rows,) tile of each row, numbers from 0 without a gap."""
        first = np.concatenate(([0], np.cumsum(np.bincount(of_row))))
        return cls(of_row, first, np.argsort(of_row, kind="stable"))

    @classmethod
    def of_single_rows(cls, count: int) -> "Owners":
        """Set up owners of one row each."""
        return cls(np.arange(count), np.arange(count + 1), np.arange(count))

    def __len__(self) -> int:
        """Count the tiles."""
        return len(self.first) - 1

    @property
    def single(self) -> bool:
        """Say whether every tile has one row."""
        return len(self) == len(self.of_row)

    def least(self, values: Floats) -> Floats:
        """Reduce the values of rows, along the first axis, to the least of each tile."""
        lowest: Floats = np.minimum.reduceat(values[self.rows], self.first[:-1], axis=0)
        return lowest

    def greatest(self, values: Floats) -> Floats:
        """Reduce the values of rows, along the first axis, to the greatest of each tile."""
        return -self.least(-values)

    def means(self, values: Floats) -> Floats:
        """Reduce the values of rows, along the first axis, to the mean of each tile."""
        totals = np.add.reduceat(values[self.rows], self.first[:-1], axis=0)
        means: Floats = totals / np.diff(self.first)[:, None]
        return means

    def rows_of(self, tiles: AnyArray) -> tuple[Ints, Ints]:
        """List the rows of some tiles, one tile after the other, and where each tile's start."""
        counts = self.first[tiles + 1] - self.first[tiles]
        starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
        at = np.repeat(self.first[tiles] - starts, counts) + np.arange(counts.sum())
        return self.rows[at], starts

    def nearest_rows(self, features: Floats, tiles: AnyArray, cells: Floats) -> Indices:
        """Find for each cell its tile's row of least squared distance; ties to the lowest row.

        Args:
            features: (rows, dimensions) of the tiles.
            tiles: (cells,) the tile that each cell gets.
            cells: (cells, dimensions) features.

        Returns:
            (cells,) rows.
        """
        if self.single:
            return self.rows[self.first[tiles]]
        chosen = np.empty(len(cells), dtype=np.intp)
        most_rows = int(np.diff(self.first).max())
        step = max(1, MOST_NUMBERS // (most_rows * features.shape[1]))
        for start in range(0, len(cells), step):
            part = slice(start, start + step)
            rows, starts = self.rows_of(tiles[part])
            counts = np.diff(np.append(starts, len(rows)))
            distance = np.square(features[rows] - np.repeat(cells[part], counts, axis=0))
            squares = distance.sum(axis=1)
            least = np.repeat(np.minimum.reduceat(squares, starts), counts)
            best = np.flatnonzero(squares == least)
            chosen[part] = rows[best[np.searchsorted(best, starts)]]
        return chosen


def make_owners(given: ArrayLike | None, rows: int) -> Owners:
    """Check who owns the rows, and number the owners by their first row.

    Args:
        given: (rows,) integers, equal for the rows of a tile, or None for one row a tile.
        rows: how many there are.

    Raises:
        MatchingError: given is no array of so many integers.
    """
    if given is None:
        return Owners.of_single_rows(rows)
    labels = np.asarray(given)
    if labels.shape != (rows,):
        raise MatchingError(f"owner has shape {labels.shape}, but there are {rows} rows of tiles")
    if not np.issubdtype(labels.dtype, np.integer):
        raise MatchingError(
            f"owner holds {labels.dtype}, but must hold an integer for each row of tiles"
        )
    _, first, owner = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return Owners.of(rank[owner])
