"""Each tile at most so often, at least total cost: optimal transport with whole units."""

import os

import numpy as np
from numpy.typing import NDArray

from ..errors import MatchingError
from ..model import Match


def transport(tiles: NDArray[np.float64], cells: NDArray[np.float64], max_uses: int) -> Match:
    """Match cells with tiles of limited uses by the network simplex of POT.

    A dummy cell, equally far from all tiles, takes the uses that are left over. The bound is the
    dual of the transport problem: ``sum_j min_i (c_ij + p_i) - max_uses * sum_i p_i`` for any
    prices ``p >= 0``.

    Args:
        tiles: features, shape (tiles, dimensions).
        cells: features, shape (cells, dimensions).
        max_uses: how often each tile may be used; enough for all cells.

    Raises:
        MatchingError: the solver gave up.
    """
    for backend in ("TORCH", "JAX", "CUPY", "TENSORFLOW"):
        os.environ.setdefault(f"POT_BACKEND_DISABLE_{backend}", "1")
    import ot

    count, left_over = len(cells), len(tiles) * max_uses - len(cells)
    costs = ot.dist(tiles, cells)
    supply = np.full(len(tiles), float(max_uses))
    demand = np.ones(count)
    if left_over:
        costs = np.hstack([costs, np.zeros((len(tiles), 1))])
        demand = np.append(demand, float(left_over))
    plan, log = ot.emd(supply, demand, costs, numItermax=100_000_000, log=True)
    if log["warning"]:
        raise MatchingError(f"the transport solver failed: {log['warning']}")
    indices = plan[:, :count].argmax(axis=0)
    prices = -log["u"]
    prices -= prices.min()
    reduced = (costs[:, :count] + prices[:, None]).min(axis=0)
    cost = float(((tiles[indices] - cells) ** 2).sum())
    bound = float(reduced.sum() - max_uses * prices.sum())
    return Match(indices, cost, min(bound, cost))
