"""What is wished of single photos: that they appear, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import MatchingError, printable
from ..kinds import Pin
from ..matching import smallest_max_uses
from ..options import MatchOptions, Selection
from ..records import TileSet
from ..store import Database, missing_ids, tiles_where
from .wording import counted, times


@dataclass(frozen=True, slots=True, eq=False)
class Wishes:
    """Which tiles have to appear, and which cells have their tile already."""

    must: NDArray[np.int64]
    """Ids of tiles that appear at least once, shape (musts,)."""
    pins: tuple[Pin, ...] = ()
    """Cells and their tiles."""

    @property
    def ids(self) -> NDArray[np.int64]:
        """Give the ids of all tiles that are named, ascending."""
        return np.union1d(self.must, np.array([pin.tile for pin in self.pins], np.int64))

    def limits(self, tiles: TileSet) -> NDArray[np.int64] | None:
        """Give the least uses of each tile, shape (tiles,); tiles that count as one share them."""
        if not len(self.must):
            return None
        must = np.isin(tiles.ids, self.must)
        if tiles.owners is not None:
            must = np.isin(tiles.owners, tiles.owners[must])
        return must.astype(np.int64)

    def fixed(self, tiles: TileSet, covered: NDArray[np.bool_]) -> dict[int, int]:
        """Give the row of tiles of each pinned cell, by the number of the cell."""
        numbers = np.cumsum(covered).reshape(covered.shape) - 1
        rows = np.searchsorted(tiles.ids, [pin.tile for pin in self.pins])
        return {
            int(numbers[pin.row, pin.column]): int(row)
            for pin, row in zip(self.pins, rows, strict=True)
        }


NO_WISHES = Wishes(np.zeros(0, np.int64))


def find_wishes(database: Database, selection: Selection) -> Wishes:
    """Find the tiles that a selection wishes to see.

    Raises:
        UsageError: a condition is wrong.
        MatchingError: it holds for no tile, or a pin names a tile that there is not.
    """
    must = np.zeros(0, np.int64)
    if selection.must is not None:
        must = np.array(tiles_where(database.url, selection.must), np.int64)
        if not len(must):
            condition = printable(selection.must)
            raise MatchingError(f"must: the condition {condition!r} holds for no tile")
    unknown = missing_ids(database, [pin.tile for pin in selection.pin])
    for pin in selection.pin:
        if pin.tile in unknown:
            raise MatchingError(f"pin {pin}: there is no tile {pin.tile}")
    return Wishes(must, selection.pin)


def check_wishes(
    wishes: Wishes, tiles: TileSet, covered: NDArray[np.bool_], selection: Selection
) -> None:
    """Refuse wishes that the tiles or the grid cannot meet, whatever the match.

    Args:
        wishes: what is wished.
        tiles: those that may be used.
        covered: which places of the grid have a cell, shape (rows, columns).
        selection: why others may not.

    Raises:
        MatchingError: a wished tile is left out, a pin is not on a cell, or there are more wishes
            than cells.
    """
    for pin in wishes.pins:
        check_cell(f"pin {pin}", (pin.row, pin.column), covered)
        if pin.tile not in tiles.ids:
            raise MatchingError(f"pin {pin}: tile {pin.tile} is left out: {_reasons(selection)}")
    left_out = np.setdiff1d(wishes.must, tiles.ids)
    if len(left_out):
        raise MatchingError(
            f"must: {counted(len(left_out), 'tile')} left out, such as {left_out[0]}: "
            f"{_reasons(selection)}"
        )
    cells, places = int(covered.sum()), _places(wishes, tiles)
    if places > cells:
        raise MatchingError(
            f"{counted(places, 'cell')} needed for all that must appear or is pinned, "
            f"but there are {cells}"
        )


def check_cell(wish: str, place: tuple[int, int], covered: NDArray[np.bool_]) -> None:
    """Refuse a place that is not on the grid, or empty.

    Args:
        wish: what a message says of it.
        place: row and column.
        covered: which places of the grid have a cell, shape (rows, columns).

    Raises:
        MatchingError: it has no tile.
    """
    rows, columns = covered.shape
    if place[0] >= rows or place[1] >= columns:
        raise MatchingError(
            f"{wish}: the grid has rows 0 to {rows - 1} and columns 0 to {columns - 1}"
        )
    if not covered[place]:
        raise MatchingError(f"{wish}: this cell is empty")


def check_pins(wishes: Wishes, tiles: TileSet, cells: int, options: MatchOptions) -> None:
    """Refuse pins of one photo beyond its limit on uses.

    Args:
        wishes: what is wished.
        tiles: those that may be used.
        cells: how many there are.
        options: has the limit.

    Raises:
        MatchingError: a photo is pinned to too many cells.
    """
    if options.strategy == "nearest" and options.max_uses is None:
        return
    limit = options.max_uses or smallest_max_uses(tiles.photos, cells)
    pinned = [pin.tile for pin in wishes.pins]
    owners = _owners(tiles, np.array(pinned, np.int64))
    for tile, owner in zip(pinned, owners.tolist(), strict=True):
        uses = int((owners == owner).sum())
        if uses > limit:
            raise MatchingError(
                f"tile {tile} is pinned to {counted(uses, 'cell')}, "
                f"but may be used {times(limit)}: allow more uses (max_uses), or leave out a pin"
            )


def _owners(tiles: TileSet, ids: NDArray[np.int64]) -> NDArray[Any]:
    """Give for each of some tiles what counts its uses."""
    if tiles.owners is None:
        return ids
    return tiles.owners[np.searchsorted(tiles.ids, ids)]


def _places(wishes: Wishes, tiles: TileSet) -> int:
    """Count the cells that wishes take."""
    pinned = np.array([pin.tile for pin in wishes.pins], np.int64)
    free = np.setdiff1d(_owners(tiles, wishes.must), _owners(tiles, pinned))
    return len(pinned) + len(free)


def _reasons(selection: Selection) -> str:
    reasons = [name for name in ("where", "without") if getattr(selection, name) is not None]
    text = f"by {' or '.join(reasons)}, or " if reasons else ""
    return f"{text}because its photo is missing or banned"
