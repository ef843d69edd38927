"""The one entry to matching: check the arrays, pick the strategy."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import MatchingError
from ..model import Match


def match(
    tile_features: ArrayLike,
    cell_features: ArrayLike,
    *,
    strategy: str = "unique",
    max_uses: int | None = None,
) -> Match:
    """Give every cell a tile so that the squared feature distances add up to the least.

    Minimises ``sum_j |x_s(j) - y_j|^2`` over assignments ``s`` that use each tile at most
    ``max_uses`` times.

    Args:
        tile_features: shape (tiles, dimensions).
        cell_features: shape (cells, dimensions), in the same units.
        strategy: `nearest`: the nearest tile, repeats allowed, ties to the lowest row;
            `unique`: each tile at most once, or as rarely as the number of tiles allows.
        max_uses: how often a tile may be used; default: the least that works for `unique`,
            any number for `nearest`.

    Returns:
        The match with its cost, and a lower bound on the cost of every other.

    Raises:
        MatchingError: the arrays do not fit each other, or there are too few tiles.
    """
    tiles, cells = _features("tile", tile_features), _features("cell", cell_features)
    if tiles.shape[1] != cells.shape[1]:
        raise MatchingError(
            f"tiles have {tiles.shape[1]} features and cells {cells.shape[1]}: give the same"
        )
    if strategy not in ("nearest", "unique"):
        raise MatchingError(f"no strategy {strategy!r}: give nearest or unique")
    if max_uses is not None and max_uses < 1:
        raise MatchingError(f"a tile used at most {max_uses} times: give at least 1")
    if max_uses is None and strategy == "unique":
        max_uses = smallest_max_uses(len(tiles), len(cells))
    if max_uses is None or max_uses >= len(cells):
        from .nearest import nearest

        return nearest(tiles, cells)
    if len(tiles) * max_uses < len(cells):
        raise MatchingError(_too_few(len(tiles), len(cells), max_uses))
    from .transport import transport

    return transport(tiles, cells, max_uses)


def smallest_max_uses(tiles: int, cells: int) -> int:
    """Give the smallest limit on uses for which there are enough tiles."""
    return math.ceil(cells / tiles)


def _features(what: str, values: ArrayLike) -> NDArray[np.float64]:
    features = np.ascontiguousarray(values, dtype=np.float64)
    if features.ndim != 2 or 0 in features.shape:
        raise MatchingError(
            f"{what} features have the shape {features.shape}: give one row a {what}, not empty"
        )
    if not np.isfinite(features).all():
        count = np.count_nonzero(~np.isfinite(features).all(axis=1))
        raise MatchingError(f"{count} of {len(features)} {what}s have features that are not finite")
    return features


def _too_few(tiles: int, cells: int, max_uses: int) -> str:
    needed = math.ceil(cells / max_uses)
    return (
        f"{tiles} tiles used at most {max_uses} times cannot fill {cells} cells: "
        f"{needed - tiles} tiles more, a limit of {smallest_max_uses(tiles, cells)}, "
        f"or at most {tiles * max_uses} cells would do"
    )
