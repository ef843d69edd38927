"""Setting up a market of slots and bidders from an assignment task."""

from dataclasses import dataclass

import numpy as np

from .arrays import Floats, Ints
from .slots import VACANT, Market
from .tree import PriceTree, build_tree

SHORTLIST = 12


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """Least-cost assignment of groups of equal cells to distinct tiles with limits on uses."""

    tiles: Floats
    """(tiles, dimensions) distinct features, in the order of the price tree."""
    copies: Ints
    """(tiles,) how many tiles have these features."""
    cells: Floats
    """(groups, dimensions) distinct features."""
    demand: Ints
    """(groups,) how many cells have these features."""
    weight: Floats | None
    """(groups,) factor of the squared distance, or None where it is 1 everywhere."""
    least: Ints
    """(tiles,) least uses of each row's tiles together."""
    most: Ints
    """(tiles,) most uses of each row's tiles together; no more than there are cells."""

    @property
    def size(self) -> int:
        """Count the cells."""
        return int(self.demand.sum())


def forward_tree(task: Task) -> tuple[PriceTree, Floats]:
    """Build the tree over tiles, and the (groups, dimensions) queries of the groups.

    Values are costs + prices, less the part w_j |y_j|^2 of the cost that is the same for all tiles.
    """
    squares = np.square(task.tiles).sum(axis=1)
    if task.weight is None:
        return build_tree(task.tiles, squares), -2.0 * task.cells
    weight = task.weight[:, None]
    points = np.column_stack((squares, task.tiles))
    return build_tree(points, np.zeros(len(points))), np.hstack((weight, -2 * weight * task.cells))


def own_part(task: Task) -> Floats:
    """(groups,) the part w_j |y_j|^2 of the costs that the tree's values leave out."""
    squares: Floats = np.square(task.cells).sum(axis=1)
    return squares if task.weight is None else task.weight * squares


def open_market(task: Task, queries: Floats, price: Floats) -> Market:
    """Open a market in which nobody holds anything yet.

    Args:
        task: tiles, cells and limits.
        queries: (groups, dimensions) what each group asks the price tree.
        price: (tiles,) first prices of all slots of a tile, in units of cost.
    """
    groups, tiles = len(task.cells), len(task.tiles)
    slot_first = np.concatenate(([0], np.cumsum(task.most)))
    count = int(slot_first[-1])
    slot_tile = np.repeat(np.arange(tiles), task.most)
    rank = np.arange(count) - slot_first[slot_tile]
    optional = rank >= task.least[slot_tile]
    reserve = count - task.size if task.least.any() else 0
    list_sizes = np.minimum(tiles, SHORTLIST + 1 + task.demand)
    list_first = np.concatenate(([0], np.cumsum(list_sizes)))
    entries = int(list_first[-1])
    offered = np.flatnonzero(optional) if reserve else np.empty(0, dtype=np.int64)
    offered = offered[np.argsort(price[slot_tile[offered]], kind="stable")]
    heap_slot = np.zeros(count, dtype=np.int64)
    heap_slot[: len(offered)] = offered
    heap_key = np.zeros(count)
    heap_key[: len(offered)] = price[slot_tile[offered]]
    in_heap = ~optional if reserve else np.ones(count, dtype=np.bool_)
    in_heap[offered] = True
    return Market(
        queries=np.ascontiguousarray(queries),
        demand=task.demand.astype(np.int64),
        need=task.demand.astype(np.int64),
        held=np.full(groups, -1, dtype=np.int64),
        list_first=list_first,
        list_size=np.zeros(groups, dtype=np.int64),
        list_tile=np.zeros(entries, dtype=np.int64),
        list_cost=np.zeros(entries),
        beyond=np.full(groups, -np.inf),
        slot_first=slot_first,
        slots=np.arange(count),
        place=np.arange(count),
        slot_tile=slot_tile,
        slot_price=price[slot_tile],
        slot_owner=np.full(count, VACANT, dtype=np.int64),
        slot_cost=np.zeros(count),
        slot_before=np.full(count, -1, dtype=np.int64),
        slot_after=np.full(count, -1, dtype=np.int64),
        optional=optional,
        tile_price=price.copy(),
        queue=np.zeros(groups + 2, dtype=np.int64),
        queued=np.zeros(groups + 1, dtype=np.bool_),
        heap_key=heap_key,
        heap_slot=heap_slot,
        in_heap=in_heap,
        amounts=np.full(1, -np.inf),
        counts=np.array([0, 0, len(offered), reserve, 0, 0, 0]),
    )
