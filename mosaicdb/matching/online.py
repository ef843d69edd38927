"""Place tiles one by one as they come: each at once, for good, each cell with one tile at most."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import MatchingError
from ..records import Match
from .arrays import Flags, Floats, Indices, squared_distances
from .network_simplex import worth_of_cells
from .start import Start

_GROWTH: Final = 1.05
"""Prices are learnt anew when so many times as many tiles have come as the last time."""
_MOST_NUMBERS: Final = 500_000
"""Distances that prices are learnt from: where there are more, from a part of the tiles."""
_LEAST_LEARNT_FROM: Final = 50
NO_CELL: Final = -1
"""What stands for the cell of a tile that has none."""


@dataclass(frozen=True, slots=True, eq=False)
class Placing:
    """Which cell each of some tiles has: no two the same one."""

    cells: Indices
    """The cell of each tile, shape (tiles,); `NO_CELL` for one that has none."""
    cost: float
    """Sum of the squared feature distances of tiles to their cells."""
    bound: float
    """No placing of as many of these tiles costs less."""
    match: Match | None = None
    """What it came from: of the cells to tiles or, where those are fewer, of these to cells; None:
    there are no tiles."""


class OnlineMatch:
    """Places tiles as they come, by prices of the cells that it learns from those that came.

    A tile goes to the free cell j of least |x - y_j|^2 + q_j, where the price q_j says what others
    would lose without the cell. Where tiles come in random order, those to come are like those that
    came: prices are the dual ones of the transport problem that spreads the tiles so far evenly
    over the free cells. They are learnt anew as often as the number of tiles has grown by a
    twentieth. Taking the nearest free cell instead leaves those that nothing fits to the last ones.

    Args:
        cell_features: (m, d) features of the cells.
        learning: whether prices are learnt; if not, each tile takes the nearest free cell.
        seed: of the choice of tiles that prices are learnt from, where there are very many.

    References:
        Agrawal, Wang and Ye, "A dynamic near-optimal algorithm for online linear programming",
        Operations Research 62 (2014).
        Devanur and Hayes, "The adwords problem: online keyword matching with budgeted bidders under
        random permutations", ACM Conference on Electronic Commerce (2009).
    """

    def __init__(self, cell_features: ArrayLike, *, learning: bool = True, seed: int = 0) -> None:
        self._learning = learning
        self._cells = _rows(cell_features, "cells")
        self._random = np.random.default_rng(seed)
        self._seen: list[Floats] = []
        self._learnt_from = 0
        self.free: Flags = np.ones(len(self._cells), np.bool_)
        """Which cells have no tile, shape (m,)."""
        self.prices: Floats = np.zeros(len(self._cells))
        """Of the cells that were free when they were learnt, at least 0, shape (m,)."""

    def see(self, features: ArrayLike) -> None:
        """Learn from a tile that needs no place any more: one that has one, say.

        Args:
            features: (d,) of the tile.
        """
        tile = np.asarray(features, dtype=np.float64)
        if tile.shape != self._cells.shape[1:] or not np.isfinite(tile).all():
            raise MatchingError(f"a tile needs {self._cells.shape[1]} finite features")
        self._seen.append(tile)

    def take(self, cell: int) -> None:
        """Have a cell taken by a tile that is placed already."""
        self.free[cell] = False

    def place(self, features: ArrayLike) -> int:
        """Choose a free cell for a tile, and have it taken.

        Args:
            features: (d,) of the tile.

        Returns:
            The cell, or `NO_CELL` where none is free.
        """
        if self._learning and len(self._seen) >= max(1, _GROWTH * self._learnt_from):
            self._learn()
        self.see(features)
        if not self.free.any():
            return NO_CELL
        losses = squared_distances(self._seen[-1][None], self._cells)[0] + self.prices
        cell = int(np.argmin(np.where(self.free, losses, np.inf)))
        self.take(cell)
        return cell

    def _learn(self) -> None:
        free = np.flatnonzero(self.free)
        self._learnt_from = len(self._seen)
        if not len(free):
            return
        most = max(_LEAST_LEARNT_FROM, _MOST_NUMBERS // len(free))
        seen = np.array(self._seen)
        if len(seen) > most:
            seen = self._random.permutation(seen)[:most]
        worth = worth_of_cells(squared_distances(seen, self._cells[free]))
        self.prices[free] = worth.max() - worth


def match_online(
    tile_features: ArrayLike, cell_features: ArrayLike, *, learning: bool = True, seed: int = 0
) -> Indices:
    """Place tiles in their order as if each was the last that is known: see `OnlineMatch`.

    Args:
        tile_features: (n, d) features of the tiles, in the order of their arrival.
        cell_features: (m, d) features of the cells.
        learning: see `OnlineMatch`.
        seed: see `OnlineMatch`.

    Returns:
        (n,) the cell of each tile, or -1: all are taken.

    Raises:
        MatchingError: the features are malformed.
    """
    tiles = _rows(tile_features, "tiles")
    online = OnlineMatch(cell_features, learning=learning, seed=seed)
    return np.array([online.place(tile) for tile in tiles], np.intp)


def place_best(
    tile_features: ArrayLike,
    cell_features: ArrayLike,
    *,
    gap: float = 0.0,
    earlier: Placing | None = None,
    same: NDArray[np.integer[Any]] | None = None,
) -> Placing:
    """Place as many tiles as there are cells for, at least cost: what is best in hindsight.

    Args:
        tile_features: (n, d) features of the tiles.
        cell_features: (m, d) features of the cells.
        gap: see `mosaicdb.match`.
        earlier: a placing of other tiles in the same cells, from which this one is repaired.
        same: which of the earlier tiles each one is, shape (n,), or -1; needed with `earlier`.

    Raises:
        MatchingError: the features are malformed.
    """
    from . import match

    tiles, cells = _rows(tile_features, "tiles"), _rows(cell_features, "cells")
    placed = np.full(len(tiles), NO_CELL, np.intp)
    if not len(tiles):
        return Placing(placed, 0.0, 0.0)
    # As distances are the same both ways, those of which there are fewer choose.
    is_few = len(tiles) < len(cells)
    chosen, choosing = (cells, tiles) if is_few else (tiles, cells)
    start = None
    if earlier is not None and earlier.match is not None:
        was_few = len(earlier.cells) < len(cells)
        if was_few == is_few:
            start = Start(earlier.match, **{"cells" if is_few else "rows": same})
    best = match(chosen, choosing, strategy="unique", max_uses=1, gap=gap, start=start)
    if is_few:
        placed = best.indices
    else:
        placed[best.indices] = np.arange(len(cells))
    return Placing(placed, best.cost, best.bound, best)


def _rows(features: ArrayLike, name: str) -> Floats:
    rows: NDArray[Any] = np.asarray(features, dtype=np.float64)
    if rows.ndim != 2 or not np.isfinite(rows).all():
        raise MatchingError(f"the features of {name} must be finite rows of numbers")
    return rows
