"""The nearest row of tiles of every cell, exactly as a brute-force search in float64 finds it."""

import numpy as np

from .arrays import Floats, Indices, Ints
from .problem import Problem

CLEAR = 1.0 + 1e-9
"""Ratio of two distances that no rounding of a sum of squares explains, up to a million terms."""

MOST_NUMBERS = 1 << 22
"""Numbers of candidates that are held at once: 32 MB."""


def nearest_rows(problem: Problem) -> Indices:
    """Find for each cell the row of least squared distance; ties to the lowest row.

    A KD-tree proposes the two nearest distinct tiles; where rounding could swap more, it is asked
    for more, and the candidates are compared by sum((x - y)**2) itself. Typically
    O((tiles + cells) log tiles), memory linear.

    Args:
        problem: its limits on uses and owners are ignored, and so are the weights.

    Returns:
        (cells,) rows of tiles.

    References:
        Friedman, Bentley and Finkel, "An algorithm for finding best matches in logarithmic expected
        time", ACM Transactions on Mathematical Software 3 (1977).
    """
    from scipy.spatial import cKDTree

    tiles = problem.distinct_rows()
    first = np.full(len(tiles.rows), len(problem.tiles), dtype=np.intp)
    np.minimum.at(first, tiles.member_of, np.arange(len(problem.tiles)))
    by_row = np.argsort(first)
    rows, first = tiles.rows[by_row], first[by_row]
    cells, back = np.unique(problem.cells, axis=0, return_inverse=True)
    tree = cKDTree(rows)
    chosen = np.empty(len(cells), dtype=np.intp)
    pending, asked = np.arange(len(cells)), min(2, len(rows))
    while len(pending):
        pending = _settle(tree, rows, cells, pending, asked, chosen)
        asked = min(4 * asked, len(rows))
    return first[chosen][back.ravel()]


def _settle(
    tree: object, rows: Floats, cells: Floats, pending: Ints, asked: int, chosen: Indices
) -> Ints:
    """Choose for the pending cells whose nearest tile is surely among those asked for."""
    unclear = []
    step = max(1, MOST_NUMBERS // (asked * rows.shape[1]))
    for start in range(0, len(pending), step):
        part = pending[start : start + step]
        distance, found = tree.query(cells[part], k=asked)  # type: ignore[attr-defined]
        distance, found = distance.reshape(len(part), -1), found.reshape(len(part), -1)
        # In the order of rows, so that argmin settles ties for the lowest.
        found = np.sort(found, axis=1)
        exact = np.square(rows[found] - cells[part][:, None, :]).sum(axis=2)
        chosen[part] = found[np.arange(len(part)), np.argmin(exact, axis=1)]
        clear = distance[:, -1] > distance[:, 0] * CLEAR + np.finfo(float).tiny
        unclear.append(part[~clear] if asked < len(rows) else part[:0])
    return np.concatenate(unclear)
