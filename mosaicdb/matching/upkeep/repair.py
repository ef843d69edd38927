"""Repair an assignment that was optimal for a problem like this one.

Prices and pairs of before are kept; what is not optimal any more is taken apart and put together
again by shortest paths, one for each cell without a tile and for each tile that is used too little
or too dear. Time grows with the number of these, beside one pass over all cells and tiles.
"""

from dataclasses import replace

import numpy as np

from ..arrays import Flags, Floats, Indices, Ints
from ..auction.transport_problem import TransportProblem, order_by_trees
from ..dual_prices import shift_to_best_bound
from ..kernels import kernel
from ..price_tree import refresh, search, set_references
from ..problem import Problem
from ..start import Known
from ..stopping import StoppingCriterion
from .forest import Forest, open_forest, with_more_room
from .growth import DONE, FULL, grow, let_floor_fall, plant_all
from .holdings import NOTHING, Holdings, let_all_go, open_holdings, order_groups

TIGHT = 1e-13
"""Rounding of a reduced cost, as a part of the largest number in the trees: some hundred times that
of one operation."""

MOST_REPAIRS = 0.1
"""Part of the cells up to which a repair is tried before a search anew. A choice."""

FEW_REPAIRS = 200
"""Repairs that are always made, however few the cells. A choice."""

MOST_SCANS = 40
"""Scans for each tile and group after which a search begins anew. A choice: they take about as long
as that, which bounds what a bad start can cost."""

FLOORS = 4
"""Floors at which cells seek tiles before tiles seek cells: where many tiles are new, each is
nearer to the right one than the one before. A choice."""

STRIDE = 64
"""One of so many groups is asked for its best tile before the others are believed. A choice."""

FEW_SCANS = 20_000
"""Scans that are always made, however small the problem. A choice."""

SCANS = 2_000
"""Scans between two looks at the clock: some 20 ms in 3 dimensions. A choice."""


def update_match(
    problem: Problem, known: Known, stopping: StoppingCriterion, trusting: bool = False
) -> tuple[Indices, Floats] | None:
    """Find the tile of each cell, and dual prices, from those of a problem like this one.

    Args:
        problem: what to match.
        known: prices and tiles of before.
        stopping: asked often whether to stop for want of time.
        trusting: whether to believe that cells want the tiles that they hold, but for a sample that
            is asked. Where that is wrong the answer may not be optimal, which its proof tells.

    Returns:
        (cells,) tiles, and (tiles,) dual prices in units of cost; None if so much has changed that
        a search anew is likely to be quicker, or if time ran out.
    """
    stopping.phase = "update"
    transport, group, tile_order = _arrange(problem)
    place = np.empty(len(tile_order) + 1, dtype=np.int64)
    place[tile_order] = np.arange(len(tile_order))
    place[-1] = NOTHING
    price = known.prices[tile_order]
    new = np.isnan(price)
    tile_of = place[known.tiles]
    tile_of[new[tile_of]] = NOTHING
    price[new] = np.max(price, initial=0.0, where=~new)
    holdings = open_holdings(transport, group, tile_of, price)
    _set_references(holdings, transport)
    loose = _set_values(holdings, transport, trusting)
    let_all_go(holdings, loose)
    let_all_go(holdings, _beyond(holdings, transport.most))
    _price_new_tiles(holdings, new)
    let_go = _choose_floor(holdings)
    repairs = len(_waiting_cells(holdings)) + len(_missed_tiles(holdings))
    if repairs > max(FEW_REPAIRS, MOST_REPAIRS * len(group)):
        return None
    if not _repair_all(holdings, let_go, stopping):
        return None
    prices = np.empty(len(tile_order))
    prices[tile_order] = holdings.tiles.tree.price
    return tile_order[holdings.cells.tile].astype(np.intp), prices


def _arrange(problem: Problem) -> tuple[TransportProblem, Ints, Ints]:
    """Merge equal cells, and sort groups, tiles and rows into the orders of trees.

    Returns:
        The problem in these orders, (cells,) the group of each cell, and (tiles,) tiles in their
        new order.
    """
    cells = problem.distinct_cells()
    middle = problem.tiles.mean(axis=0)
    points = problem.tiles - middle
    weights = None if problem.weights is None else cells.rows[:, -1]
    features = cells.rows[:, : problem.tiles.shape[1]] - middle
    row_order, tile_order, owners = order_by_trees(points, problem.owners, features, weights)
    transport = TransportProblem(
        tiles=np.ascontiguousarray(points[row_order]),
        owners=owners,
        copies=np.ones(len(tile_order), dtype=np.int64),
        cells=np.ascontiguousarray(features),
        demand=cells.counts,
        weights=weights,
        least=problem.low[tile_order],
        most=problem.high[tile_order],
    )
    order = order_groups(transport)
    group = np.empty(len(order), dtype=np.int64)
    group[order] = np.arange(len(order))
    transport = replace(
        transport,
        cells=np.ascontiguousarray(transport.cells[order]),
        demand=cells.counts[order],
        weights=None if weights is None else np.ascontiguousarray(weights[order]),
    )
    return transport, group[cells.member_of], tile_order


def _set_references(holdings: Holdings, problem: TransportProblem) -> None:
    """Set the references of both trees from who holds what, and their bounds."""
    tiles, cells = holdings.tiles, holdings.cells
    held = np.flatnonzero(cells.tile != NOTHING)
    row = problem.owners.nearest_rows(
        problem.tiles, cells.tile[held], problem.cells[cells.group[held]]
    )
    set_references(tiles.tree, _means(cells.queries[cells.group[held]], row, len(problem.tiles)))
    set_references(cells.tree, _means(tiles.queries[row], cells.group[held], len(problem.cells)))
    refresh(tiles.tree)


def _means(queries: Floats, places: Ints, count: int) -> Floats:
    """(count, dimensions) mean query of each place; a place without one gets its neighbour's."""
    uses = np.bincount(places, minlength=count)
    means = np.column_stack(
        [np.bincount(places, column, count) / np.maximum(uses, 1) for column in queries.T]
    )
    last = np.maximum.accumulate(np.where(uses > 0, np.arange(count), -1))
    first = int(np.argmax(uses > 0)) if len(places) else 0
    filled: Floats = means[np.where(last < 0, first, last)]
    return filled


def _set_values(holdings: Holdings, problem: TransportProblem, trusting: bool) -> Ints:
    """Ask the tree for the values of groups; list the cells whose tile costs more.

    Groups that hold something are believed to want it if a sample of them does, where trusting.
    """
    cells = holdings.cells
    own = np.full(len(cells.tile), np.inf)
    held = np.flatnonzero(cells.tile != NOTHING)
    own[held] = _values_held(holdings, held)
    values = np.full(len(problem.cells), np.inf)
    np.minimum.at(values, cells.group[held], own[held])
    tolerance = _tolerance(holdings)
    asked = np.arange(len(values))
    if trusting:
        sample = asked[::STRIDE]
        believed = values[sample].copy()
        lowest_values(holdings, sample, values)
        wrong = (values[sample] < believed - tolerance) & np.isfinite(believed)
        asked = asked if wrong.any() else np.flatnonzero(np.isinf(values))
    lowest_values(holdings, asked, values)
    cells.tree.price[:] = -values
    refresh(cells.tree)
    excess = own[held] - values[cells.group[held]]
    loose: Ints = held[excess > tolerance]
    return loose


def _tolerance(holdings: Holdings) -> float:
    largest = max(np.abs(tree.nodes).max() for tree in (holdings.tiles.tree, holdings.cells.tree))
    return TIGHT * max(1.0, float(largest))


def _values_held(holdings: Holdings, held: Ints) -> Floats:
    """Add up cost + price of what some cells hold, without `TransportProblem.own_costs`."""
    values = np.empty(len(held))
    _add_up_held(holdings, held, values)
    return values


@kernel
def _add_up_held(holdings: Holdings, held: Ints, values: Floats) -> None:
    tiles, cells, tree = holdings.tiles, holdings.cells, holdings.tiles.tree
    for at in range(len(held)):
        tile, query = cells.tile[held[at]], cells.queries[cells.group[held[at]]]
        least = np.inf
        for own in range(tiles.own_first[tile], tiles.own_first[tile + 1]):
            row = tiles.own_rows[own]
            value = tree.base[row]
            for k in range(len(query)):
                value += query[k] * tree.points[row, k]
            least = min(least, value)
        values[at] = least + tree.price[tile]


@kernel
def lowest_values(holdings: Holdings, groups: Ints, values: Floats) -> None:
    """Lower the values of some groups to the lowest cost + price of any tile."""
    ranking = holdings.ranking
    for group in groups:
        query = holdings.cells.queries[group]
        found = search(holdings.tiles.tree, query, 1, ranking, values[group])
        values[group] = ranking.values[0] if found > 0 else values[group]


def _beyond(holdings: Holdings, most: Ints) -> Ints:
    """List cells that hold a tile beyond so many uses of it."""
    cells = holdings.cells
    held = np.flatnonzero(cells.tile != NOTHING)
    if (holdings.tiles.uses <= most).all():
        return held[:0]
    by_tile = held[np.argsort(cells.tile[held], kind="stable")]
    tile = cells.tile[by_tile]
    turn = np.arange(len(tile)) - np.searchsorted(tile, tile)
    return by_tile[turn >= most[tile]]


def _price_new_tiles(holdings: Holdings, new: Flags) -> None:
    """Price tiles that nobody holds yet at the most that any cell would pay."""
    tiles = np.flatnonzero(new)
    if len(tiles):
        price_at_demand(holdings, tiles)
        refresh(holdings.tiles.tree)


@kernel
def price_at_demand(holdings: Holdings, wanted: Ints) -> None:
    """Price tiles at max_j (v_j - c(i, j)), the least at which no cell prefers them."""
    tiles, ranking = holdings.tiles, holdings.ranking
    for tile in wanted:
        least = np.inf
        for own in range(tiles.own_first[tile], tiles.own_first[tile + 1]):
            row = tiles.own_rows[own]
            search(holdings.cells.tree, tiles.queries[row], 1, ranking)
            least = min(least, tiles.squares[row] + ranking.values[0])
        tiles.tree.price[tile] = -least


def _choose_floor(holdings: Holdings) -> int:
    """Choose the floor at which the prices prove most, and take apart what is below it.

    Tiles that nobody holds rise to the floor where they may, or fall as far as nobody wants them.

    Returns:
        How many cells lost their tile.
    """
    tiles, price = holdings.tiles, holdings.tiles.tree.price
    tolerance = _tolerance(holdings)
    shifted = shift_to_best_bound(price, tiles.low, tiles.high, len(holdings.cells.tile))
    floor = float(price[0] - shifted[0])
    holdings.state.floor = floor
    cheap = (price < floor - tolerance) & (tiles.uses > tiles.low)
    loose = _beyond(holdings, np.where(cheap, tiles.low, tiles.high))
    let_all_go(holdings, loose)
    idle = np.flatnonzero((tiles.uses == 0) & (price > floor + tolerance))
    if len(idle):
        price_at_demand(holdings, idle)
    unwanted = (tiles.uses == 0) & (tiles.low == 0) & (price < floor)
    price[unwanted] = floor
    refresh(tiles.tree)
    return len(loose)


def _missed_tiles(holdings: Holdings) -> Ints:
    """List tiles that are used too little, or have room at a price above the floor."""
    tiles, price = holdings.tiles, holdings.tiles.tree.price
    above = price > holdings.state.floor + _tolerance(holdings)
    return np.flatnonzero(tiles.uses < np.where(above, tiles.high, tiles.low))


def _repair_all(holdings: Holdings, let_go: int, stopping: StoppingCriterion) -> bool:
    """Seat all cells that wait, and fill tiles; False if that takes too long.

    Args:
        holdings: with a floor.
        let_go: cells that wait because their tiles are below the floor.
        stopping: asked often whether to stop for want of time.
    """
    waiting = _waiting_cells(holdings)
    if len(waiting) > let_go:
        falling = open_forest(holdings, False, len(waiting))
        if _repair(holdings, falling, False, stopping) is None:
            return False
    seating: Forest | None = None
    for turn in range(FLOORS):
        if turn > 0 and len(_missed_tiles(holdings)):
            _choose_floor(holdings)
        seating = _repair(holdings, open_forest(holdings, True, before=seating), True, stopping)
        if seating is None:
            return False
    return _repair(holdings, open_forest(holdings, False), False, stopping) is not None


def _waiting_cells(holdings: Holdings) -> Ints:
    return np.flatnonzero(holdings.cells.tile == NOTHING)


def _repair(
    holdings: Holdings, forest: Forest, seating: bool, stopping: StoppingCriterion
) -> Forest | None:
    """Give all cells a tile, or all tiles their uses; None if that takes too long."""
    tolerance = _tolerance(holdings)
    if seating:
        lacking = _waiting_cells(holdings)
    elif forest.state.floor_falls:
        price = holdings.tiles.tree.price
        room = holdings.tiles.uses < holdings.tiles.high
        lacking = np.flatnonzero(room & (price >= holdings.state.floor - tolerance))
    else:
        lacking = _missed_tiles(holdings)
    if not len(lacking):
        return forest
    refresh(holdings.tiles.tree)
    refresh(holdings.cells.tree)
    most_scans = MOST_SCANS * (len(holdings.tiles.uses) + len(holdings.cells.queries)) + FEW_SCANS
    plant_all(holdings, forest, seating, lacking, tolerance)
    while (ended := grow(holdings, forest, seating, tolerance, SCANS)) != DONE:
        if ended == FULL:
            forest = with_more_room(forest)
        if stopping.out_of_time() or forest.state.scans > most_scans:
            return None
    if forest.state.floor_falls:
        let_floor_fall(holdings, forest)
    return forest
