"""Prices on windows: dual prices of the least distance, for a bound that knows of it.

A window is a square of places as wide as the distance. No two of its cells may share a tile,

    sum_{j in window} x(i, j) <= 1    for every tile i and window,

and two uses that are too near lie in some window together. Relaxed with multipliers of at least 0,
these constraints leave each cell to choose by cost + price + what the windows around it charge for
the tile; the dual value is a bound whatever they charge (Fisher, "The Lagrangian relaxation method
for solving integer programming problems", Management Science 27, 1981). Multipliers and prices
follow the subgradient (Held, Wolfe and Crowder, "Validation of subgradient optimization",
Mathematical Programming 6, 1974), to which a part of the last direction is added (Camerini, Fratta
and Maffioli, "On improving relaxation methods by modified gradient techniques", Mathematical
Programming Study 3, 1975). Nearly all multipliers are 0: only those of windows that a choice has
violated once are held.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ..arrays import Flags, Floats, Ints
from ..kernels import inner_kernel, kernel
from ..problem import Problem
from ..stopping import StoppingCriterion
from .choices import cheapest_tiles, pair_costs
from .grid import NOTHING, Grid

LISTED = 48
"""Tiles that a cell may choose from while prices are sought; at the bound's end, all. A choice."""

ROUNDS = 200
"""Most steps along the subgradient. A choice: about the time of the match that they are for."""

FIRST_STEP = 0.3
"""Of the step that would reach the match's cost were the bound linear. 1 ended higher."""

MEMORY = 0.7
"""Part of the last direction that is kept. 0 ended higher."""

PATIENCE = 8
"""Steps without progress after which steps are halved. A choice."""

LEAST_STEP = 1e-3
"""Step at which it is no use to go on. A choice."""

PROGRESS = 1e-4
"""Part of the gap by which a bound has to rise to count as progress. A choice."""

WINDOWS = 20
"""Windows a cell that are held at most; 16 were, at a distance of 5 without a limit on uses."""

ENTRIES = 400
"""Listed choices a cell in all windows that are held; 350 were, likewise."""

MOST_CELLS = 100_000
"""Cells up to which windows are priced: they take 3 kB each."""


class Choices(NamedTuple):
    """What cells may choose, and choose."""

    tiles: Ints
    """(cells, listed) the tiles that each cell may choose."""
    values: Floats
    """(cells, listed) cost + price + what windows charge."""
    beyond: Floats
    """(cells,) cost + first price of all other tiles is no less."""
    chosen: Ints
    """(cells,) the place in `tiles`, flattened, of each cell's choice, or NOTHING."""
    taken: Flags
    """(cells * listed,) whether that is chosen."""


class Windows(NamedTuple):
    """Windows that were violated once, each of one tile."""

    keys: Ints
    """(windows,) tile * places + the place of the window's first row and column."""
    first: Ints
    """(windows + 1,) where the window's entries start."""
    entries: Ints
    """(entries,) places in `Choices.tiles`, flattened, of the tile in the window's cells."""
    prices: Floats
    """(windows,) multipliers, at least 0, in units of cost."""
    direction: Floats
    """(windows,) where they go."""
    table: Ints
    """(a power of two,) keys by their hash, or NOTHING."""


@dataclass(frozen=True, slots=True, eq=False)
class Relaxation:
    """Prices of tiles and of windows."""

    prices: Floats
    """(tiles,) in units of cost."""
    tiles: Ints
    """(windows,) the tile whose uses each window keeps apart."""
    corners: Ints
    """(windows, 2) its first row and column."""
    amounts: Floats
    """(windows,) what it charges, in units of cost."""


@dataclass(slots=True, eq=False)
class Ascent:
    """The state of the search for prices."""

    problem: Problem
    choices: Choices
    windows: Windows
    price: Floats
    """(tiles,)"""
    direction: Floats
    """(tiles,)"""
    count: int = 0
    """Windows held."""
    step: float = FIRST_STEP
    bound: float = -np.inf
    """The highest so far."""
    stalled: int = 0
    """Steps since it rose."""
    best: tuple[Floats, Floats] = field(default_factory=lambda: (np.zeros(0), np.zeros(0)))
    """Prices of tiles and of windows that prove it."""


def price_windows(
    problem: Problem,
    grid: Grid,
    distance: int,
    prices: Floats,
    cost: float,
    stopping: StoppingCriterion,
) -> Relaxation | None:
    """Find prices of tiles and windows that prove a high bound of a problem with a least distance.

    Args:
        problem: features and limits.
        grid: where its cells lie.
        distance: least Chebyshev distance of two uses of a tile, in cells.
        prices: (tiles,) dual prices without the distance, in units of cost.
        cost: of the best match that is known.
        stopping: has the gap that is small enough; asked often whether to stop.

    Returns:
        The prices, or None where there are too many cells.
    """
    if len(problem.cells) > MOST_CELLS:
        return None
    ascent = _begin(problem, prices, distance)
    columns, cell_at = grid.columns, grid.cell_at()
    for _ in range(ROUNDS):
        _note_bound(ascent, cost)
        small_enough = cost - ascent.bound <= stopping.gap_asked * cost
        if small_enough or ascent.step < LEAST_STEP or stopping.out_of_time():
            break
        ascent.count = add_windows(
            ascent.choices, ascent.windows, ascent.count, grid.places, cell_at, columns, distance
        )
        if not _climb(ascent, cost):
            break
    held, (price, amounts) = ascent.windows.keys[: ascent.count], ascent.best
    charging = np.flatnonzero(amounts > 0)
    tiles, place = np.divmod(held[charging], len(cell_at))
    corners = np.column_stack(np.divmod(place, columns))
    return Relaxation(price, tiles, corners, amounts[charging])


def _begin(problem: Problem, prices: Floats, distance: int) -> Ascent:
    listed, cells = min(LISTED, len(problem.owners)), len(problem.cells)
    kinds = problem.distinct_cells()
    features = np.ascontiguousarray(kinds.rows[:, : problem.tiles.shape[1]])
    weights = None if problem.weights is None else np.ascontiguousarray(kinds.rows[:, -1])
    of_kinds = cheapest_tiles(problem.tiles, problem.owners, prices, features, weights, listed)
    tiles = np.ascontiguousarray(of_kinds[kinds.member_of])
    values = pair_costs(problem, tiles) + prices[tiles]
    everything = listed == len(problem.owners)
    beyond = np.full(cells, np.inf) if everything else values.max(axis=1)
    windows = WINDOWS * cells
    return Ascent(
        problem,
        Choices(
            tiles, values, beyond, np.full(cells, NOTHING), np.zeros(tiles.size, dtype=np.bool_)
        ),
        Windows(
            keys=np.empty(windows, dtype=np.int64),
            first=np.zeros(windows + 1, dtype=np.int64),
            entries=np.empty(ENTRIES * cells + distance**2, dtype=np.int64),
            prices=np.zeros(windows),
            direction=np.zeros(windows),
            table=np.full(1 << (2 * windows).bit_length(), NOTHING),
        ),
        price=prices.copy(),
        direction=np.zeros(len(prices)),
    )


def _note_bound(ascent: Ascent, cost: float) -> None:
    """Let cells choose, and note what that proves; halve the step if that is nothing new."""
    problem, price = ascent.problem, ascent.price
    amounts = ascent.windows.prices[: ascent.count]
    paid = np.where(price > 0, problem.high, problem.low) * price
    bound = choose(ascent.choices) - float(paid.sum()) - float(amounts.sum())
    first = not np.isfinite(ascent.bound)
    ascent.stalled += 1
    if first or bound > ascent.bound + PROGRESS * (cost - ascent.bound):
        ascent.stalled = 0
    if bound > ascent.bound:
        ascent.bound, ascent.best = bound, (price.copy(), amounts.copy())
    if ascent.stalled >= PATIENCE:
        ascent.step, ascent.stalled = ascent.step / 2, 0


def _climb(ascent: Ascent, cost: float) -> bool:
    """Step along the subgradient; False if that is 0: the relaxation is solved."""
    problem, price, choices = ascent.problem, ascent.price, ascent.choices
    picked = choices.chosen[choices.chosen != NOTHING]
    uses = np.bincount(choices.tiles.ravel()[picked], minlength=len(price))
    beyond, missing = uses - problem.high, uses - problem.low
    at_zero = np.maximum(beyond, 0) + np.minimum(missing, 0)
    slope = np.where(price > 0, beyond, np.where(price < 0, missing, at_zero))
    ascent.direction = slope + MEMORY * ascent.direction
    bounded = (price == 0) & (problem.low == 0)
    ascent.direction[bounded] = np.maximum(ascent.direction[bounded], 0.0)
    square = turn(choices, ascent.windows, ascent.count)
    square += float(np.square(ascent.direction).sum())
    if square == 0.0:
        return False
    length = ascent.step * max(cost - ascent.bound, 0.0) / square
    after = price + length * ascent.direction
    after = np.where(problem.low == 0, np.maximum(after, 0.0), after)
    move(choices, ascent.windows, ascent.count, length, after - price)
    ascent.price = after
    return True


@kernel
def choose(choices: Choices) -> float:
    """Let every cell choose what is cheapest for it; return the sum of these values."""
    listed, total = choices.tiles.shape[1], 0.0
    for cell in range(len(choices.tiles)):
        if choices.chosen[cell] != NOTHING:
            choices.taken[choices.chosen[cell]] = False
        least, at = choices.beyond[cell], NOTHING
        for entry in range(listed):
            if choices.values[cell, entry] < least:
                least, at = choices.values[cell, entry], cell * listed + entry
        choices.chosen[cell] = at
        if at != NOTHING:
            choices.taken[at] = True
        total += least
    return total


@inner_kernel
def _slot_of(table: Ints, key: int) -> int:
    """Find where a key is in the table, or where it belongs (linear probing)."""
    slot = (key * 0x1E3779B97F4A7C15 >> 17) & (len(table) - 1)
    while table[slot] not in (NOTHING, key):
        slot = (slot + 1) & (len(table) - 1)
    return int(slot)


@kernel
def add_windows(
    choices: Choices,
    windows: Windows,
    count: int,
    places: Ints,
    cell_at: Ints,
    columns: int,
    distance: int,
) -> int:
    """Hold a window around each two cells that are too near for what both choose.

    Args:
        choices: of cells.
        windows: those held already.
        count: how many these are.
        places: (cells,) row * columns + column of each cell.
        cell_at: (places,) the cell at each place, or NOTHING.
        columns: of the grid.
        distance: in cells.

    Returns:
        How many are held now.
    """
    tiles, rows = choices.tiles.ravel(), len(cell_at) // columns
    for cell in range(len(places)):
        if choices.chosen[cell] == NOTHING:
            continue
        tile = tiles[choices.chosen[cell]]
        row, column = places[cell] // columns, places[cell] % columns
        for r in range(row, min(rows, row + distance)):
            left = column + 1 if r == row else max(0, column - distance + 1)
            for c in range(left, min(columns, column + distance)):
                other = cell_at[r * columns + c]
                if other == NOTHING or choices.chosen[other] == NOTHING:
                    continue
                if tiles[choices.chosen[other]] != tile:
                    continue
                top = min(row, max(0, rows - distance))
                corner = min(min(column, c), max(0, columns - distance))
                key = tile * len(cell_at) + top * columns + corner
                slot = _slot_of(windows.table, key)
                if windows.table[slot] == key:
                    continue
                room = len(windows.entries) - windows.first[count]
                if count == len(windows.keys) or room < distance * distance:
                    return count
                windows.table[slot] = windows.keys[count] = key
                _list_entries(choices, windows, count, cell_at, columns, distance)
                count += 1
    return count


@inner_kernel
def _list_entries(
    choices: Choices, windows: Windows, window: int, cell_at: Ints, columns: int, distance: int
) -> None:
    """List where the cells of a window may choose its tile."""
    tile, place = divmod(windows.keys[window], len(cell_at))
    top, left, end = place // columns, place % columns, windows.first[window]
    for r in range(top, min(len(cell_at) // columns, top + distance)):
        for c in range(left, min(columns, left + distance)):
            cell = cell_at[r * columns + c]
            if cell == NOTHING:
                continue
            for entry in range(choices.tiles.shape[1]):
                if choices.tiles[cell, entry] == tile:
                    windows.entries[end] = cell * choices.tiles.shape[1] + entry
                    end += 1
                    break
    windows.first[window + 1] = end


@kernel
def turn(choices: Choices, windows: Windows, count: int) -> float:
    """Turn the direction of windows towards the subgradient; return its square."""
    square = 0.0
    for window in range(count):
        slope = -1.0
        for at in range(windows.first[window], windows.first[window + 1]):
            slope += choices.taken[windows.entries[at]]
        slope += MEMORY * windows.direction[window]
        if windows.prices[window] == 0.0:
            slope = max(slope, 0.0)
        windows.direction[window] = slope
        square += slope * slope
    return square


@kernel
def move(choices: Choices, windows: Windows, count: int, length: float, change: Floats) -> None:
    """Change the prices of windows by a length along their direction, those of tiles by a change.

    Args:
        choices: whose values are changed likewise.
        windows: those held.
        count: how many these are.
        length: of the step.
        change: (tiles,) of their prices.
    """
    tiles, values = choices.tiles.ravel(), choices.values.ravel()
    for at in range(len(values)):
        values[at] += change[tiles[at]]
    for window in range(count):
        before = windows.prices[window]
        after = max(0.0, before + length * windows.direction[window])
        windows.prices[window] = after
        for at in range(windows.first[window], windows.first[window + 1]):
            values[windows.entries[at]] += after - before
