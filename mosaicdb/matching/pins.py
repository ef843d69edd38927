"""Pins: cells whose tile is given. What is left for the others is a problem without pins.

Leaving out a pinned cell takes one from the uses that its tile must and may have. Prices of what is
left prove a bound of the whole: a pinned cell pays the price of its one tile, and that much less is
paid for the tile's other uses.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..errors import MatchingError
from ..records import Match, relative_gap
from .arrays import Indices, Ints
from .owners import Owners
from .problem import Problem
from .stopping import StoppingCriterion


@dataclass(frozen=True, slots=True, eq=False)
class Pins:
    """Cells whose row of tiles is given."""

    cells: Ints
    """(pins,) ascending."""
    rows: Ints
    """(pins,) the row that each of them gets."""

    def __len__(self) -> int:
        """Count the pins."""
        return len(self.cells)

    def put_into(self, rows: Indices) -> Indices:
        """Give the (cells,) rows of cells, those of pinned ones in their places."""
        rows = rows.copy()
        rows[self.cells] = self.rows
        return rows

    def with_images(self, problem: Problem) -> "Pins":
        """Let each pinned cell have its row, or the mirror image of it where that is nearer.

        Args:
            problem: one whose second half of rows are the mirror images of the first.
        """
        both = np.column_stack((self.rows, self.rows + len(problem.tiles) // 2))
        apart = np.square(problem.tiles[both] - problem.cells[self.cells][:, None]).sum(axis=2)
        return replace(self, rows=both[np.arange(len(both)), np.argmin(apart, axis=1)])


def make_pins(fixed: Mapping[int, int] | None, problem: Problem) -> Pins:
    """Check which cells have a tile already.

    Args:
        fixed: row of tile features by cell, or None.
        problem: what is to be matched.

    Raises:
        MatchingError: there is no such cell or row, or its tile may not, or must not, be used so.
    """
    given = sorted((fixed or {}).items())
    try:
        pairs = np.array(given, dtype=np.int64).reshape(-1, 2)
    except (TypeError, ValueError, OverflowError):
        raise MatchingError("fixed must give a row of tiles, a whole number, by cell") from None
    cells, rows = pairs[:, 0].copy(), pairs[:, 1].copy()
    for name, numbers, count in (
        ("cell", cells, len(problem.cells)),
        ("row of tiles", rows, len(problem.tiles)),
    ):
        strange = numbers[(numbers < 0) | (numbers >= count)]
        if len(strange):
            raise MatchingError(f"there is no {name} {strange[0]} to fix: there are {count}")
    uses = np.bincount(problem.owners.of_row[rows], minlength=len(problem.owners))
    if (uses > problem.high).any():
        tile = int(np.argmax(uses > problem.high))
        raise MatchingError(
            f"{_name(problem.owners, tile)} is fixed to {_counted(int(uses[tile]), 'cell')}, "
            f"but may be used {_counted(int(problem.high[tile]), 'time')}"
        )
    needed = int(np.maximum(problem.low, uses).sum())
    if needed > len(problem.cells):
        raise MatchingError(
            f"fixed cells and least uses of other tiles take {needed} cells, "
            f"but there are {len(problem.cells)}"
        )
    return Pins(cells, rows)


def _name(owners: Owners, tile: int) -> str:
    return f"tile {owners.rows[owners.first[tile]]}"


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


@dataclass(frozen=True, slots=True, eq=False)
class Remainder:
    """What is left to match beside the pins, and the way back."""

    whole: Problem
    pins: Pins
    problem: Problem | None
    """Free cells, and tiles that may be used in them; None where there is no free cell."""
    cells: Ints
    """(free cells,) their numbers in the whole."""
    tiles: Ints
    """(tiles left,) their numbers in the whole."""
    rows: Ints
    """(rows left,) their numbers in the whole."""

    def complete(self, match: Match | None, stopping: StoppingCriterion) -> Match:
        """Put the pins to a match of the rest, or to nothing where there is no rest."""
        whole, pins = self.whole, self.pins
        indices: Indices = np.empty(len(whole.cells), dtype=np.intp)
        indices[pins.cells] = pins.rows
        own_cost = self.own_cost()
        if match is None:
            return Match(indices, own_cost, own_cost, np.zeros(len(whole.tiles)), "optimal")
        indices[self.cells] = self.rows[match.indices]
        cost, bound = match.cost + own_cost, match.bound + own_cost
        # A tile without room is too dear for every cell: it pays for no use.
        row_prices = np.full(len(whole.tiles), self._highest_value(indices, match))
        row_prices[self.rows] = match.prices
        status = stopping.status(relative_gap(cost, bound), match.status != "time limit")
        return replace(
            match, indices=indices, cost=cost, bound=bound, prices=row_prices, status=status
        )

    def own_cost(self) -> float:
        """Add up what the pinned cells cost."""
        whole, pins = self.whole, self.pins
        apart = np.square(whole.tiles[pins.rows] - whole.cells[pins.cells]).sum(axis=1)
        factors = 1.0 if whole.weights is None else whole.weights[pins.cells]
        return float((apart * factors).sum())

    def _highest_value(self, indices: Indices, match: Match) -> float:
        """Give what no free cell pays, tile and price together."""
        whole, rows = self.whole, indices[self.cells]
        costs = np.square(whole.tiles[rows] - whole.cells[self.cells]).sum(axis=1)
        if whole.weights is not None:
            costs = costs * whole.weights[self.cells]
        return max(float((costs + match.prices[match.indices]).max()), 0.0)


def leave_out(pins: Pins, problem: Problem) -> Remainder:
    """Take the pinned cells out of a problem, and tiles that may be used no more."""
    uses = np.bincount(problem.owners.of_row[pins.rows], minlength=len(problem.owners))
    cells = np.setdiff1d(np.arange(len(problem.cells)), pins.cells)
    high = np.minimum(problem.high - uses, len(cells))
    tiles = np.flatnonzero(high)
    place = np.full(len(problem.owners), -1, dtype=np.int64)
    place[tiles] = np.arange(len(tiles))
    rows = np.flatnonzero(place[problem.owners.of_row] >= 0)
    if len(cells) == 0:
        return Remainder(problem, pins, None, cells, tiles, rows)
    rest = replace(
        problem,
        tiles=np.ascontiguousarray(problem.tiles[rows]),
        owners=Owners.of(place[problem.owners.of_row[rows]]),
        cells=np.ascontiguousarray(problem.cells[cells]),
        weights=None if problem.weights is None else problem.weights[cells],
        low=np.maximum(problem.low - uses, 0)[tiles],
        high=high[tiles],
    )
    return Remainder(problem, pins, rest, cells, tiles, rows)
