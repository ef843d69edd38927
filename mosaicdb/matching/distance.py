"""Minimum distance between uses of a tile: repair an optimal match, and improve it locally.

With distances the problem is no longer linear. Cells in conflict, and then all cells in turn, take
the best of: moving to a tile with a use to spare, or swapping tiles with another cell, among the
tiles that are best for them at the optimal prices. No step ever makes a conflict. If the repair
gets stuck, it starts from a regular pattern that is known to fit.
"""

import numpy as np

from ..errors import MatchingError
from .arrays import Floats, Indices, Ints
from .compiled import inner_kernel, kernel
from .grid import NOTHING, Grid, set_grid
from .layout import Layout, best_change, change, conflicts, improve, put, take
from .problem import Problem
from .tree import PriceTree, build_order, build_tree, refresh, search, set_references
from .watch import Watch

CHOICES = 48
PASSES = 12
SLICE = 512


def check_distance(problem: Problem, distance: int, given: object) -> Grid:
    """Give the grid, if the problem may have a solution with this distance."""
    grid = set_grid(given, len(problem.cells))
    if not _may_fit(problem, distance, grid):
        tiles = len(problem.tiles)
        needed = _least_tiles(distance, grid)
        raise MatchingError(
            f"a distance of {distance} on {grid} needs at least {needed} tiles, "
            f"each for at most {grid.spread_limit(distance)} cells, and there are {tiles} of at "
            f"most {problem.high} uses: {_advice(problem, distance, grid)}"
        )
    return grid


def _least_tiles(distance: int, grid: Grid) -> int:
    """How many tiles it takes to fill a square of that side, where it has no holes."""
    return min(distance, grid.rows) * min(distance, grid.columns) if grid.full else 1


def _may_fit(problem: Problem, distance: int, grid: Grid) -> bool:
    """Say whether nothing obvious forbids a layout."""
    tiles, limit = len(problem.tiles), grid.spread_limit(distance)
    return (
        _least_tiles(distance, grid) <= tiles
        and tiles * min(limit, problem.high) >= len(problem.cells)
        and problem.low <= limit
    )


def _advice(problem: Problem, distance: int, grid: Grid) -> str:
    fitting = [d for d in range(1, distance) if _may_fit(problem, d, grid)]
    return f"the largest distance that may fit is {max(fitting, default=1)}"


def keep_apart(
    problem: Problem,
    indices: Indices,
    prices: Floats,
    distance: int,
    grid: Grid,
    watch: Watch,
) -> Indices:
    """Keep any two uses of a tile at least the distance apart, at low cost.

    Args:
        problem: limits and features.
        indices: (cells,) the match to start from, within the limits.
        prices: (tiles,) the prices that belong to it.
        distance: Chebyshev distance in cells, at least 2.
        grid: where the cells lie.
        watch: asked often whether to stop improving; a repair is always finished.
    """
    watch.phase = "keeping repeats apart"
    cells = problem.distinct_cells()
    layout = _lay_out(problem, distance, grid, indices)
    choices = _choices(problem, cells.rows[:, : problem.tiles.shape[1]], prices)
    waiting = conflicts(layout)
    _repair(layout, waiting, choices, cells.member_of)
    if len(conflicts(layout)):
        layout = _lay_out(problem, distance, grid, _pattern(problem, distance, grid))
    _improve(layout, choices, cells.member_of, watch)
    return layout.tile_of.astype(np.intp)


def _lay_out(problem: Problem, distance: int, grid: Grid, indices: Indices) -> Layout:
    tiles, cells = len(problem.tiles), len(problem.cells)
    weights = np.ones(cells) if problem.weights is None else problem.weights
    span = np.ptp(np.vstack((problem.tiles, problem.cells)), axis=0)
    layout = Layout(
        tiles=problem.tiles,
        cells=problem.cells,
        weights=weights,
        tile_of=np.full(cells, NOTHING, dtype=np.int64),
        uses=np.zeros(tiles, dtype=np.int64),
        first=np.full(tiles, NOTHING, dtype=np.int64),
        after=np.full(cells, NOTHING, dtype=np.int64),
        before=np.full(cells, NOTHING, dtype=np.int64),
        places=grid.places,
        cell_at=grid.cell_at(),
        columns=grid.columns,
        distance=distance,
        high=problem.high,
        penalty=4.0 * float(weights.max() * np.square(span).sum()) + 1.0,
        movable=problem.low == 0,
    )
    _put_all(layout, np.asarray(indices, dtype=np.int64))
    return layout


@kernel
def _put_all(layout: Layout, indices: Ints) -> None:
    for cell in range(len(indices)):
        put(layout, cell, indices[cell])


def _choices(problem: Problem, cells: Floats, prices: Floats) -> Ints:
    """(groups, tiles to try) the best tiles for each group of equal cells at the prices."""
    order = build_order(problem.tiles)
    points = np.ascontiguousarray(problem.tiles[order])
    tree = build_tree(points, np.square(points).sum(axis=1))
    queries = -2.0 * cells
    set_references(tree, np.tile(queries.mean(axis=0), (len(points), 1)))
    price = np.ascontiguousarray(prices[order])
    refresh(tree, price)
    found = np.empty((len(cells), min(CHOICES, len(points))), dtype=np.int64)
    _search_all(tree, price, queries, found)
    return order[found]


@kernel
def _search_all(tree: PriceTree, price: Floats, queries: Floats, found: Ints) -> None:
    costs, values = np.empty(found.shape[1]), np.empty(found.shape[1])
    for row in range(len(queries)):
        search(tree, price, queries[row], found.shape[1], found[row], costs, values)


@kernel
def _repair(layout: Layout, waiting: Ints, choices: Ints, choice_of: Ints) -> None:
    """Free the cells of conflicts one by one, among a few choices or, failing that, all tiles."""
    everything = np.arange(len(layout.uses))
    for cell in waiting:
        tile, other, saved = best_change(layout, cell, choices[choice_of[cell]])
        if saved > -layout.penalty / 2:
            if not _in_conflict(layout, cell):
                continue
            tile, other, saved = best_change(layout, cell, everything)
        if tile != NOTHING:
            change(layout, cell, tile, other)


@inner_kernel
def _in_conflict(layout: Layout, cell: int) -> bool:
    tile = layout.tile_of[cell]
    take(layout, cell)
    alone = np.full(1, tile)
    free = best_change(layout, cell, alone)[0]
    put(layout, cell, tile)
    return bool(free == NOTHING)


def _improve(layout: Layout, choices: Ints, choice_of: Ints, watch: Watch) -> None:
    """Passes over all cells until nothing changes."""
    cells = np.arange(len(layout.tile_of))
    for _ in range(PASSES):
        changed = 0
        for start in range(0, len(cells), SLICE):
            changed += improve(layout, cells[start : start + SLICE], choices, choice_of)
            if watch.expired():
                return
        if changed == 0:
            return


def _pattern(problem: Problem, distance: int, grid: Grid) -> Indices:
    """Lay out tiles so that cells a distance apart, in both directions, share them."""
    row, column = np.divmod(grid.places, grid.columns)
    family = (row % distance) * distance + column % distance
    order = np.argsort(family, kind="stable")
    sizes = np.bincount(family)[np.unique(family)]
    for uses in dict.fromkeys((problem.high, -(-len(order) // len(problem.tiles)))):
        needed = -(-sizes // uses)
        if needed.sum() <= len(problem.tiles) and problem.low == 0:
            ends = np.concatenate(([0], np.cumsum(needed)[:-1]))
            rank = np.concatenate([np.arange(size) // uses for size in sizes])
            indices = np.empty(len(order), dtype=np.intp)
            indices[order] = np.repeat(ends, sizes) + rank
            return indices
    # Row by row, with all tiles in turn: repeats are as many cells apart as there are tiles.
    for across, places in ((grid.columns, grid.places), (grid.rows, column * grid.rows + row)):
        indices = places % len(problem.tiles)
        fits = np.bincount(indices).max() <= problem.high
        if fits and len(problem.tiles) >= (distance - 1) * across + distance:
            return indices
    raise MatchingError(
        f"found no layout of {len(problem.tiles)} tiles of at most {problem.high} uses with a "
        f"distance of {distance} on {grid}: allow more uses, or a distance "
        f"below {distance}"
    )
