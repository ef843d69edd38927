"""How often each tile must and may be used: what the strategy and limits of its own make of it."""

import numpy as np
from numpy.typing import ArrayLike

from ..errors import MatchingError
from ..options import STRATEGIES
from .arrays import Ints
from .limits import smallest_max_uses
from .owners import Owners


def make_limits(
    owners: Owners,
    cells: int,
    strategy: str,
    max_uses: int | None,
    least: ArrayLike | None = None,
    most: ArrayLike | None = None,
) -> tuple[Ints, Ints]:
    """Give the least and the most uses of each tile, if so many cells can be filled within them.

    `unique` allows as many uses as it takes to fill the cells, the same for all tiles, `fair` asks
    for as many as the cells suffice for; where a tile's own limits forbid that, these hold, and the
    others make up for it.

    Args:
        owners: which row belongs to which tile.
        cells: how many there are.
        strategy: one of `STRATEGIES`.
        max_uses: most uses of each tile, or None for what the strategy says.
        least: (rows,) least uses of the tile of each row, a number for all of them, or None for 0.
        most: (rows,) most uses, likewise; None for no limit of a tile's own.

    Returns:
        (tiles,) least and (tiles,) most uses; no more than there are cells.

    Raises:
        MatchingError: a limit is malformed, or all of them together cannot be met.
    """
    if strategy not in STRATEGIES:
        raise MatchingError(f"no strategy {strategy!r}: use one of {', '.join(STRATEGIES)}")
    if max_uses is not None and max_uses < 1:
        raise MatchingError(f"max_uses is {max_uses}, but must be at least 1")
    own_least = _of_tiles(least, owners, "least", 0)
    own_most = _of_tiles(most, owners, "most", cells)
    if max_uses is not None:
        own_most = np.minimum(own_most, min(max_uses, cells))
    _refuse_contradictions(owners, own_least, own_most)
    own_most = np.minimum(own_most, cells)
    if own_least.sum() > cells:
        raise MatchingError(
            f"the least uses of all tiles add up to {own_least.sum()}, but there are {cells} cells"
        )
    if own_most.sum() < cells:
        _refuse_scarcity(own_most, cells, max_uses, most is not None)
    low, high = own_least, own_most
    if strategy == "fair":
        low = np.clip(_level(own_least, own_most, cells), own_least, own_most)
    if strategy == "fair" or (strategy == "unique" and max_uses is None):
        level = _level(own_least, own_most, cells)
        if np.clip(level, own_least, own_most).sum() < cells:
            level += 1
        high = np.clip(level, own_least, own_most)
    return low, high


def _of_tiles(given: ArrayLike | None, owners: Owners, name: str, usual: int) -> Ints:
    """Check limits that were given row by row, and give them tile by tile."""
    if given is None:
        return np.full(len(owners), usual)
    rows = len(owners.of_row)
    limits = np.asarray(given)
    if limits.shape not in ((), (rows,)):
        raise MatchingError(f"{name} has shape {limits.shape}, but there are {rows} rows of tiles")
    if not np.issubdtype(limits.dtype, np.integer) or limits.min() < 0:
        raise MatchingError(f"{name} must hold whole numbers of at least 0")
    limits = np.broadcast_to(limits.astype(np.int64), rows)
    of_tile = limits[owners.rows[owners.first[:-1]]]
    differing = np.flatnonzero(limits != of_tile[owners.of_row])
    if len(differing):
        row = int(differing[0])
        raise MatchingError(
            f"{name} differs between rows of one tile: row {row} has {limits[row]}, the tile's "
            f"first row {of_tile[owners.of_row[row]]}"
        )
    return of_tile


def _refuse_contradictions(owners: Owners, least: Ints, most: Ints) -> None:
    contradictory = np.flatnonzero(least > most)
    if len(contradictory):
        tile = contradictory[0]
        others = f", and {len(contradictory) - 1} more" if len(contradictory) > 1 else ""
        raise MatchingError(
            f"tile {owners.rows[owners.first[tile]]} must be used at least {least[tile]} times, "
            f"but at most {most[tile]} times{others}"
        )


def _refuse_scarcity(most: Ints, cells: int, max_uses: int | None, own_limits: bool) -> None:
    tiles = len(most)
    if own_limits or max_uses is None:
        raise MatchingError(
            f"the most uses of all tiles add up to {most.sum()}, but there are {cells} cells"
        )
    raise MatchingError(
        f"{tiles:,} tiles used at most {max_uses:,} times cannot fill {cells:,} cells: "
        f"{-(-cells // max_uses) - tiles} tiles more, a limit of "
        f"{smallest_max_uses(tiles, cells)}, or at most {max_uses * tiles} cells would do"
    )


def _level(least: Ints, most: Ints, cells: int) -> int:
    """Give the most uses that all tiles can have alike, within their own limits, in these cells."""
    low, high = 0, cells
    while low < high:
        middle = (low + high + 1) // 2
        if np.clip(middle, least, most).sum() <= cells:
            low = middle
        else:
            high = middle - 1
    return low
