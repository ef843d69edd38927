"""The start of a match from an earlier one: what it tells of the tiles and cells of today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import MatchingError
from ..records import Match

if TYPE_CHECKING:  # the room can be imported before numpy
    from numpy.typing import ArrayLike

    from .arrays import Floats, Ints
    from .owners import Owners
    from .pins import Remainder
    from .problem import Problem


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """An earlier match, and which of its tiles and cells are there still.

    What is the same needs no more than its number; features may have changed. The closer the
    earlier problem is, the less there is to do; the answer is the same whatever the start.
    """

    match: Match
    """The earlier one, with the prices that prove it."""
    rows: ArrayLike | None = None
    """(rows now,) for each row of tile features its row in the earlier ones, -1 for a new one;
    None: they are as many, and the same."""
    cells: ArrayLike | None = None
    """(cells now,) for each cell its number in the earlier match, -1 for a new one; None: they are
    as many, and the same."""

    @classmethod
    def by_ids(cls, match: Match, ids: ArrayLike, ids_now: ArrayLike) -> Start:
        """Start from a match of the same cells and other tiles, which are known by numbers.

        Args:
            match: the earlier one.
            ids: (rows then,) a number for each row of its tile features, none of them twice.
            ids_now: (rows now,) likewise.
        """
        import numpy as np

        known, wanted = np.asarray(ids), np.asarray(ids_now)
        order = np.argsort(known)
        places = np.searchsorted(known, wanted, sorter=order).clip(max=max(len(known) - 1, 0))
        rows = order[places] if len(known) else np.full(len(wanted), -1)
        return cls(match, rows=np.where(known[rows] == wanted, rows, -1) if len(known) else rows)


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known from before of a problem's tiles and cells."""

    prices: Floats
    """(tiles,) dual prices in units of cost; NaN for a tile that is new."""
    tiles: Ints
    """(cells,) the tile that each cell had, or -1."""

    def left(self, remainder: Remainder) -> Known:
        """Give what is known of that which pins leave."""
        import numpy as np

        place = np.full(len(self.prices) + 1, -1, dtype=np.int64)
        place[remainder.tiles] = np.arange(len(remainder.tiles))
        return Known(self.prices[remainder.tiles], place[self.tiles[remainder.cells]])


def make_known(given: Match | Start | None, problem: Problem) -> Known | None:
    """Check a start, and say what it tells of a problem.

    Args:
        given: an earlier match of as many rows of tiles and cells, or one with correspondences.
        problem: what is to be matched now.

    Raises:
        MatchingError: the start is one of another problem's shape.
    """
    import numpy as np

    if given is None:
        return None
    start = given if isinstance(given, Start) else Start(given)
    match, owners = start.match, problem.owners
    rows = _numbers(start.rows, len(owners.of_row), len(match.prices), "rows of tiles")
    cells = _numbers(start.cells, len(problem.cells), len(match.indices), "cells")
    row_now = np.full(len(match.prices), -1, dtype=np.int64)
    row_now[rows[rows >= 0]] = np.flatnonzero(rows >= 0)
    price = np.where(rows >= 0, match.prices[rows], -np.inf)
    prices = owners.greatest(price)
    tile_then = _tiles(owners, row_now[match.indices])
    tiles = np.where(cells >= 0, tile_then[cells], -1)
    return Known(np.where(np.isfinite(prices), prices, np.nan), tiles)


def _tiles(owners: Owners, rows: Ints) -> Ints:
    import numpy as np

    tiles: Ints = np.where(rows >= 0, owners.of_row[rows], -1)
    return tiles


def _numbers(given: ArrayLike | None, now: int, then: int, name: str) -> Ints:
    """Check a correspondence of what is there now with what was there then."""
    import numpy as np

    if given is None:
        if now != then:
            raise MatchingError(
                f"the start has {then} {name}, but there are {now}: say which is which by "
                f"Start(match, rows=..., cells=...)"
            )
        return np.arange(now)
    numbers = np.asarray(given)
    fits = numbers.shape == (now,) and np.issubdtype(numbers.dtype, np.integer)
    if not fits or numbers.min() < -1 or numbers.max() >= then:
        raise MatchingError(
            f"the start must give one of its {then} {name}, or -1, for each of the {now} there are"
        )
    return numbers.astype(np.int64)
