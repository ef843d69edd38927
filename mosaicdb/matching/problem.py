"""What is asked for: features, limits on uses, and errors that name the numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..errors import MatchingError
from .arrays import Floats, Indices, Ints
from .owners import Owners, make_owners
from .uses import make_limits

LARGEST = 1e100
"""Largest feature: its square, summed, stays far below the 1.8e308 of a double."""


@dataclass(frozen=True, slots=True, eq=False)
class DistinctRows:
    """Equal rows merged."""

    rows: Floats
    """(groups, columns) the distinct rows, sorted."""
    member_of: Ints
    """(rows before merging,) the group of each."""
    counts: Ints
    """(groups,) members."""


@dataclass(frozen=True, slots=True, eq=False)
class DistinctTiles:
    """Tiles with equal rows merged."""

    rows: Floats
    """(rows, columns) features of the distinct tiles, no two rows of a tile the same."""
    owners: Owners
    """Whose rows they are."""
    member_of: Ints
    """(tiles before merging,) the distinct tile of each."""
    counts: Ints
    """(distinct tiles,) members."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Minimise sum_j w_j |x_sigma(j) - y_j|^2 where tile i is used low_i to high_i times."""

    tiles: Floats
    """(rows, dimensions), one row or more of each tile."""
    owners: Owners
    """Which row belongs to which tile."""
    cells: Floats
    """(cells, dimensions)"""
    weights: Floats | None
    """(cells,) or None where every weight is 1."""
    low: Ints
    """(tiles,) least uses of each tile."""
    high: Ints
    """(tiles,) most uses of each tile; at least 1, and no more than there are cells."""

    def best_rows(self, tiles: Indices) -> Indices:
        """(cells,) the row of its tile that suits each cell best, from the (cells,) tiles."""
        return self.owners.nearest_rows(self.tiles, tiles, self.cells)

    def distinct_rows(self) -> DistinctRows:
        """Merge the rows of tiles with equal features, whosever they are."""
        return _merge(self.tiles)

    def distinct_tiles(self) -> DistinctTiles:
        """Merge equal rows of each tile, and tiles of the same limits whose rows are all equal."""
        owners, limits = self.owners, np.column_stack((self.low, self.high))
        if owners.single:
            limited = _merge(np.column_stack((self.tiles, limits.astype(np.float64))))
            single = Owners.of_single_rows(len(limited.rows))
            features = np.ascontiguousarray(limited.rows[:, : self.tiles.shape[1]])
            return DistinctTiles(features, single, limited.member_of, limited.counts)
        merged = _merge(self.tiles)
        row_kinds = len(merged.rows)
        tile, kind = np.divmod(np.unique(owners.of_row * row_kinds + merged.member_of), row_kinds)
        starts = np.searchsorted(tile, np.arange(len(owners) + 1))
        known: dict[tuple[bytes, int, int], int] = {}
        member_of = np.array(
            [
                known.setdefault((kind[start:stop].tobytes(), low, high), len(known))
                for start, stop, (low, high) in zip(
                    starts[:-1], starts[1:], limits.tolist(), strict=True
                )
            ]
        )
        _, example = np.unique(member_of, return_index=True)
        rows, firsts = Owners.of(tile).rows_of(example)
        counts = np.diff(np.append(firsts, len(rows)))
        return DistinctTiles(
            merged.rows[kind[rows]],
            Owners.of(np.repeat(np.arange(len(example)), counts)),
            member_of,
            np.bincount(member_of),
        )

    def distinct_cells(self) -> DistinctRows:
        """Merge the cells with equal features and weights; with weights, these come last."""
        if self.weights is None:
            return _merge(self.cells)
        # A cell without weight fits everywhere: one group, whatever its features.
        features = np.where(self.weights[:, None] > 0, self.cells, self.tiles.mean(axis=0))
        return _merge(np.column_stack((features, self.weights)))


def _merge(rows: Floats) -> DistinctRows:
    distinct, member_of, counts = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    return DistinctRows(distinct, member_of.ravel(), counts)


def make_problem(
    tile_features: ArrayLike,
    cell_features: ArrayLike,
    strategy: str,
    max_uses: int | None,
    weights: ArrayLike | None,
    owner: ArrayLike | None = None,
    least: ArrayLike | None = None,
    most: ArrayLike | None = None,
) -> Problem:
    """Check what was asked for and turn it into limits on uses.

    Args:
        tile_features: (rows, dimensions) in any unit.
        cell_features: (cells, dimensions) in the same unit.
        strategy: one of `STRATEGIES`.
        max_uses: most uses of each tile, or None for what the strategy says.
        weights: (cells,) factors of the squared distances, or None for 1.
        owner: (rows,) integers, equal for the rows of a tile, or None for one row a tile.
        least: least uses of the tile of each row, see `make_limits`.
        most: most uses of the tile of each row.

    Raises:
        MatchingError: features, owners, weights or limits are malformed, or cannot be met.
    """
    tiles = _features(tile_features, "tile")
    cells = _features(cell_features, "cell")
    if tiles.shape[1] != cells.shape[1]:
        raise MatchingError(
            f"tiles have {tiles.shape[1]} features, cells have {cells.shape[1]}: "
            "they must be made the same way"
        )
    owners = make_owners(owner, len(tiles))
    low, high = make_limits(owners, len(cells), strategy, max_uses, least, most)
    return Problem(tiles, owners, cells, _weights(weights, len(cells)), low, high)


def _features(given: ArrayLike, kind: str) -> Floats:
    features = np.ascontiguousarray(given, dtype=np.float64)
    if features.ndim != 2:
        raise MatchingError(
            f"{kind} features must be a table of shape ({kind}s, dimensions), "
            f"not an array of shape {features.shape}"
        )
    if len(features) == 0:
        raise MatchingError(f"there are 0 {kind}s: nothing to match")
    if features.shape[1] == 0:
        raise MatchingError(f"the {kind}s have 0 features: nothing to compare them by")
    bad = ~np.isfinite(features).all(axis=1)
    if bad.any():
        raise MatchingError(
            f"{int(bad.sum())} of {len(features)} {kind}s have features that are NaN or infinite, "
            f"the first is {kind} {int(np.argmax(bad))}"
        )
    if np.abs(features).max() > LARGEST:
        raise MatchingError(f"{kind} features beyond ±{LARGEST:g} overflow when squared")
    return features + 0.0  # turns -0.0 into 0.0, so that equal rows are merged


def _weights(given: ArrayLike | None, cells: int) -> Floats | None:
    if given is None:
        return None
    weights = np.ascontiguousarray(given, dtype=np.float64)
    if weights.shape != (cells,):
        raise MatchingError(f"weights have shape {weights.shape}, but there are {cells} cells")
    if not np.isfinite(weights).all() or weights.min() < 0:
        raise MatchingError("weights must be finite and not negative")
    return None if (weights == 1.0).all() else weights + 0.0
