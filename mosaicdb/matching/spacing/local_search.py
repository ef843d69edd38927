"""Local search over layouts, by moves and swaps: which change is best, and what it saves.

A cell moves to a tile with a use to spare, or swaps tiles with another cell (2-exchange; Aarts and
Lenstra, Local Search in Combinatorial Optimization, 1997, chapter 1). No step makes a conflict.
"""

from typing import NamedTuple

import numpy as np

from ..arrays import Flags, Floats, Indices, Ints
from ..kernels import inner_kernel, kernel
from ..pins import Pins
from ..problem import Problem
from .grid import NOTHING, Grid

LEAST_SAVING = 1e-9
"""Part of a cell's cost that a change must save: more than rounding, or two swaps could follow each
other for ever."""

SCAN_RATIO = 4
"""A tile of more uses than this many squares of the distance is looked for around the cell rather
than along its list of uses. The square searched has (2 distance - 1)^2 cells: geometry."""


class Layout(NamedTuple):
    """A grid of cells with their tiles; cells of the same tile form a list."""

    tiles: Floats
    """(rows, dimensions)"""
    own_first: Ints
    """(tiles + 1,) where a tile's rows start in `own_rows`."""
    own_rows: Ints
    """(rows,) rows tile by tile."""
    cells: Floats
    """(cells, dimensions)"""
    weights: Floats
    """(cells,)"""
    tile_of: Ints
    """(cells,) the tile of each cell, or NOTHING."""
    uses: Ints
    """(tiles,) cells that have the tile."""
    first: Ints
    """(tiles,) one of the cells of the tile, or NOTHING."""
    after: Ints
    """(cells,) the next cell of the same tile, or NOTHING."""
    before: Ints
    """(cells,) the cell of the same tile before, or NOTHING."""
    places: Ints
    """(cells,) row * columns + column of each cell."""
    cell_at: Ints
    """(places,) the cell at each place, or NOTHING."""
    columns: int
    """Of the grid."""
    distance: int
    """Least Chebyshev distance of two uses of a tile, in cells."""
    low: Ints
    """(tiles,) least uses."""
    high: Ints
    """(tiles,) most uses."""
    penalty: float
    """What a cell with a conflict, or without a tile, counts above its distance."""
    pinned: Flags
    """(cells,) whether the cell's tile stays."""


def lay_out(problem: Problem, pins: Pins, distance: int, grid: Grid, indices: Indices) -> Layout:
    """Give every cell its tile, conflicts or not.

    Args:
        problem: features and limits.
        pins: cells whose tile stays.
        distance: least Chebyshev distance of two uses of a tile, in cells.
        grid: where the cells lie.
        indices: (cells,) the tile of each cell.
    """
    tiles, cells = len(problem.owners), len(problem.cells)
    weights = np.ones(cells) if problem.weights is None else problem.weights
    span = np.ptp(np.vstack((problem.tiles, problem.cells)), axis=0)
    pinned = np.zeros(cells, dtype=np.bool_)
    pinned[pins.cells] = True
    layout = Layout(
        tiles=problem.tiles,
        own_first=problem.owners.first,
        own_rows=problem.owners.rows,
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
        low=problem.low,
        high=problem.high,
        penalty=4.0 * float(weights.max() * np.square(span).sum()) + 1.0,
        pinned=pinned,
    )
    _put_all(layout, np.asarray(indices, dtype=np.int64))
    return layout


@inner_kernel
def pair_cost(layout: Layout, tile: int, cell: int) -> float:
    """Compute the weighted squared distance to the tile's nearest row."""
    least = np.inf
    for at in range(layout.own_first[tile], layout.own_first[tile + 1]):
        row, total = layout.own_rows[at], 0.0
        for k in range(layout.tiles.shape[1]):
            step = layout.tiles[row, k] - layout.cells[cell, k]
            total += step * step
        least = min(least, total)
    return float(least * layout.weights[cell])


@inner_kernel
def put(layout: Layout, cell: int, tile: int) -> None:
    """Give a cell without a tile one."""
    layout.tile_of[cell] = tile
    layout.uses[tile] += 1
    following = layout.first[tile]
    layout.before[cell] = NOTHING
    layout.after[cell] = following
    if following != NOTHING:
        layout.before[following] = cell
    layout.first[tile] = cell


@kernel
def _put_all(layout: Layout, indices: Ints) -> None:
    for cell in range(len(indices)):
        put(layout, cell, indices[cell])


@inner_kernel
def take(layout: Layout, cell: int) -> None:
    """Take its tile from a cell."""
    tile = layout.tile_of[cell]
    layout.tile_of[cell] = NOTHING
    layout.uses[tile] -= 1
    before, after = layout.before[cell], layout.after[cell]
    if before != NOTHING:
        layout.after[before] = after
    else:
        layout.first[tile] = after
    if after != NOTHING:
        layout.before[after] = before


@inner_kernel
def is_too_near(layout: Layout, tile: int, cell: int, but: int) -> bool:
    """Say whether a cell other than `cell` and `but` uses the tile within the distance."""
    distance, columns = layout.distance, layout.columns
    row, column = layout.places[cell] // columns, layout.places[cell] % columns
    if layout.uses[tile] <= SCAN_RATIO * distance * distance:
        other = layout.first[tile]
        while other != NOTHING:
            place = layout.places[other]
            apart = max(abs(place // columns - row), abs(place % columns - column))
            if apart < distance and other not in (cell, but):
                return True
            other = layout.after[other]
        return False
    rows = len(layout.cell_at) // columns
    for r in range(max(0, row - distance + 1), min(rows, row + distance)):
        for c in range(max(0, column - distance + 1), min(columns, column + distance)):
            other = layout.cell_at[r * columns + c]
            if other in (NOTHING, cell, but):
                continue
            if layout.tile_of[other] == tile:
                return True
    return False


@inner_kernel
def best_change(layout: Layout, cell: int, choices: Ints) -> tuple[int, int, float]:
    """Find the best tile for a cell among the choices, the cell to swap with, the change.

    The change is in cost; without a tile a cell may only move. NOTHING for no tile and no swap.
    """
    own = layout.tile_of[cell]
    now = layout.penalty
    if own != NOTHING:
        now = pair_cost(layout, own, cell)
        if is_too_near(layout, own, cell, NOTHING):
            now += layout.penalty
    best_tile, best_other, best = NOTHING, NOTHING, -LEAST_SAVING * now
    for tile in choices:
        if tile == own:
            continue
        gain = pair_cost(layout, tile, cell) - now
        if gain >= best:
            continue
        may_move = own == NOTHING or layout.uses[own] > layout.low[own]
        free = may_move and layout.uses[tile] < layout.high[tile]
        if free and not is_too_near(layout, tile, cell, NOTHING):
            best_tile, best_other, best = tile, NOTHING, gain
        if own == NOTHING:
            continue
        other = layout.first[tile]
        while other != NOTHING:
            change = gain + pair_cost(layout, own, other) - pair_cost(layout, tile, other)
            if (
                change < best
                and not layout.pinned[other]
                and not is_too_near(layout, tile, cell, other)
                and not is_too_near(layout, own, other, cell)
            ):
                best_tile, best_other, best = tile, other, change
            other = layout.after[other]
    return best_tile, best_other, best


@inner_kernel
def make_change(layout: Layout, cell: int, tile: int, other: int) -> None:
    """Move a cell to a tile, or swap its tile with that of another cell."""
    own = layout.tile_of[cell]
    if own != NOTHING:
        take(layout, cell)
    if other != NOTHING:
        take(layout, other)
        put(layout, other, own)
    put(layout, cell, tile)


@kernel
def improve(layout: Layout, cells: Ints, choices: Ints, choice_of: Ints) -> int:
    """Improve some cells one after the other; return how many changed.

    Cell j tries the tiles in row choice_of[j] of choices, but if it is pinned.
    """
    changed = 0
    for cell in cells:
        if layout.pinned[cell]:
            continue
        tile, other, _ = best_change(layout, cell, choices[choice_of[cell]])
        if tile != NOTHING:
            make_change(layout, cell, tile, other)
            changed += 1
    return changed


@kernel
def conflicts(layout: Layout) -> Ints:
    """List the cells whose tile is used too near, or that have none."""
    found = np.empty(len(layout.tile_of), dtype=np.int64)
    count = 0
    for cell in range(len(layout.tile_of)):
        tile = layout.tile_of[cell]
        if tile == NOTHING or is_too_near(layout, tile, cell, NOTHING):
            found[count] = cell
            count += 1
    return found[:count]
