"""Matching: which tile goes to which cell, at least total distance, with a proof.

Arrays in, a `Match` out; this room knows no file, no database and no picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import MatchingError
from ..options import SOLVERS, STRATEGIES
from ..records import COMPILING, Match, Status
from .limits import smallest_max_uses
from .online import NO_CELL, OnlineMatch, Placing, match_online, place_best
from .start import Start
from .stopping import Progress

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "COMPILING",
    "NO_CELL",
    "SOLVERS",
    "STRATEGIES",
    "Match",
    "OnlineMatch",
    "Placing",
    "Progress",
    "Start",
    "Status",
    "kernels_are_compiled",
    "match",
    "match_online",
    "place_best",
    "smallest_max_uses",
    "warm_up",
]


def match(
    tile_features: ArrayLike,
    cell_features: ArrayLike,
    *,
    strategy: str = "unique",
    max_uses: int | None = None,
    min_distance: int | None = None,
    grid: tuple[int, int] | NDArray[np.bool_] | None = None,
    gap: float = 1e-6,
    solver: str = "auto",
    time_limit: float | None = None,
    progress: Progress | None = None,
    weights: ArrayLike | None = None,
    reflection: ArrayLike | None = None,
    owner: ArrayLike | None = None,
    least: ArrayLike | None = None,
    most: ArrayLike | None = None,
    fixed: Mapping[int, int] | None = None,
    start: Match | Start | None = None,
) -> Match:
    """Assign a tile to every cell at least total squared distance, and prove how good that is.

    Minimises over assignments sigma of n tiles to m cells

        sum_j w_j |x_sigma(j) - y_j|^2    with    lo <= #{j : sigma(j) = i} <= hi for every tile i

    where `nearest` means lo = 0, hi = max_uses or m; `unique` lo = 0, hi = max_uses or ceil(m/n);
    `fair` lo = floor(m/n), hi = ceil(m/n). The bound is the dual value

        sum_j min_i (w_j |x_i - y_j|^2 + p_i) - sum_i (hi p_i if p_i > 0 else lo p_i)

    at the dual prices p that the search ends with, computed afresh by code that shares nothing
    with the search; it holds for any prices. A fixed cell has one tile to choose from in it, and a
    tile that is fixed to k cells has to be used at least k times.

    Time grows about as n^1.5 for n = m in few dimensions; memory is linear in n + m.

    Args:
        tile_features: (n, d) features of the tiles, in any unit; with owner, (rows, d).
        cell_features: (m, d) features of the cells, in the same unit.
        strategy: one of `STRATEGIES`.
        max_uses: most uses of each tile, for `nearest` and `unique`; at least 1.
        min_distance: least Chebyshev distance, in cells, of two uses of one tile. No longer a
            linear problem: the answer is improved locally, and the bound is that of a relaxation,
            which `Match.windows` proves.
        grid: (rows, columns) of the cells, which come row by row; needed with min_distance. Or a
            boolean array of that shape, where only some places have a cell.
        gap: stop as soon as (cost - bound) / cost is proven to be no more than this; 0 asks for
            an optimal answer. `Match.status` says whether it was reached.
        solver: "auto", or "emd" for the dense reference solver `ot.emd`.
        time_limit: seconds after which the best assignment so far is returned, with its gap.
        progress: called now and then with the gap known so far, or None, and the phase.
        weights: (m,) factors w_j >= 0 of the squared distances, 1 by default.
        reflection: (d, d) matrix R, equal to its transpose and its inverse, that mirrors a row of
            features left to right. A tile may then be used as it is or mirrored, and costs
            w_j min(|x_i - y_j|^2, |R x_i - y_j|^2).
        owner: (rows,) integers that say which rows of tile_features are one tile, such as a photo
            and its crops: rows of the same number are. Uses, prices and distances of repeats are
            counted for all rows of a tile together, the n above are tiles, and |x_i - y_j|^2 is
            the least over the tile's rows. None: every row is a tile of its own.
        least: (rows,) least uses of the tile of each row, lo_i at least; or a number for all. Rows
            of one owner have the same. None: 0.
        most: (rows,) most uses, hi_i at most, likewise; 0 bans a tile. None: no more limits. Where
            such limits keep a tile from its share, `unique` and `fair` give more to the others.
        fixed: row of tile_features by cell: these cells have their tile already, which counts as a
            use. With a reflection they take the row or its mirror image, whichever is nearer.
        start: an earlier match, of a problem that is like this one: what is no longer optimal is
            repaired, in time that grows with the change. A `Start` says which rows and cells are
            the same; a `Match` alone, that all are. The answer is as good as one without a start.

    Returns:
        A `Match` with the row of tile_features that each cell gets, the cost, the bound and the
        dual prices that prove it in squared units of features, and why the search stopped; with a
        reflection also whether each cell's tile is mirrored.

    Raises:
        MatchingError: what was asked for is malformed or has no solution; names the numbers.

    References:
        Bertsekas, "The auction algorithm", Annals of Operations Research 14 (1988).
        Bertsekas and Castañón, "The auction algorithm for the transportation problem", Annals of
        Operations Research 20 (1989).
        Jonker and Volgenant, "A shortest augmenting path algorithm for dense and sparse linear
        assignment problems", Computing 38 (1987); Crouse, IEEE TAES 52 (2016).
        Mérigot, "A multiscale approach to optimal transport", Computer Graphics Forum 30 (2011);
        Schmitzer, "A sparse multiscale algorithm for dense optimal transport", JMIV 56 (2016).
        Flamary et al., "POT: Python Optimal Transport", JMLR 22 (2021).
        Fisher, "The Lagrangian relaxation method for solving integer programming problems",
        Management Science 27 (1981).
    """
    from .strategies import Request, solve

    if gap < 0 or gap != gap:
        raise MatchingError(f"the gap is {gap}, but must be at least 0")
    if time_limit is not None and not time_limit >= 0:
        raise MatchingError(f"the time limit is {time_limit} s, but must be at least 0")
    if solver not in SOLVERS:
        raise MatchingError(f"no solver {solver!r}: use one of {', '.join(SOLVERS)}")
    return solve(
        Request(
            tile_features=tile_features,
            cell_features=cell_features,
            strategy=strategy,
            max_uses=max_uses,
            min_distance=min_distance,
            grid=grid,
            gap=gap,
            solver=solver,
            time_limit=time_limit,
            progress=progress,
            weights=weights,
            reflection=reflection,
            owner=owner,
            least=least,
            most=most,
            fixed=fixed,
            start=start,
        )
    )


def warm_up(progress: Progress | None = None) -> None:
    """Load the kernels, or compile them once on a machine, so that the next match starts at once.

    Args:
        progress: called with None and `COMPILING` if the kernels have to be compiled.
    """
    from . import compilation

    compilation.warm_up(progress)


def kernels_are_compiled(distances: bool = False) -> bool:
    """Say whether the solver can start at once; if not, its first run compiles for some seconds.

    Args:
        distances: whether what a least distance takes is asked for, too.
    """
    from . import compilation

    ready = compilation.kernels_are_compiled()
    return ready and (not distances or compilation.distances_are_compiled())
