"""Slots: the single uses of tiles, each with a price of its own, and who holds them.

The "similar objects" of Bertsekas and Castañón (1989): a tile that may be used h times has h slots,
kept in the order of price, so that the cheapest ones are found without looking at the others.
"""

from typing import NamedTuple

import numpy as np

from ..arrays import Flags, Floats, Ints
from ..kernels import inner_kernel

VACANT = -1
"""The owner of a slot that nobody holds."""

DUMMY = -2
"""The owner of a slot that the exact finish leaves to the dummy."""


class Slots(NamedTuple):
    """The slots of all tiles; those of tile i are first[i] to first[i + 1]."""

    first: Ints
    """(tiles + 1,) where the tile's slots start."""
    by_price: Ints
    """(slots,) the slots of each tile in the order of price."""
    rank: Ints
    """(slots,) inverse of by_price."""
    tile: Ints
    """(slots,) of which tile this is a use."""
    optional: Flags
    """(slots,) whether the slot may stay unused."""
    price: Floats
    """(slots,) in units of cost."""
    owner: Ints
    """(slots,) a group of cells, VACANT or DUMMY."""
    cost: Floats
    """(slots,) cost of the slot's tile for its owner, without `TransportProblem.own_costs`."""
    before: Ints
    """(slots,) the slot before in the owner's list of slots, or -1."""
    after: Ints
    """(slots,) the slot after in the owner's list of slots, or -1."""


def new_slots(uses: Ints, least: Ints, price: Floats) -> Slots:
    """Set up slots that nobody holds.

    Args:
        uses: (tiles,) slots of each tile.
        least: (tiles,) how many of them must not stay unused.
        price: (tiles,) their first price, in units of cost.
    """
    first = np.concatenate(([0], np.cumsum(uses)))
    count = int(first[-1])
    tile = np.repeat(np.arange(len(uses)), uses)
    return Slots(
        first=first,
        by_price=np.arange(count),
        rank=np.arange(count),
        tile=tile,
        optional=np.arange(count) - first[tile] >= least[tile],
        price=price[tile],
        owner=np.full(count, VACANT, dtype=np.int64),
        cost=np.zeros(count),
        before=np.full(count, -1, dtype=np.int64),
        after=np.full(count, -1, dtype=np.int64),
    )


@inner_kernel
def move_up(slots: Slots, slot: int, price: float) -> None:
    """Raise the price of a slot, keeping its tile's slots in order."""
    last = slots.first[slots.tile[slot] + 1] - 1
    at = slots.rank[slot]
    slots.price[slot] = price
    while at < last and slots.price[slots.by_price[at + 1]] < price:
        after = slots.by_price[at + 1]
        slots.by_price[at] = after
        slots.rank[after] = at
        at += 1
    slots.by_price[at] = slot
    slots.rank[slot] = at


@inner_kernel
def sort_slots(slots: Slots, tile: int) -> None:
    """Sort a tile's slots by price, by insertion."""
    first = slots.first[tile]
    for at in range(first + 1, slots.first[tile + 1]):
        slot = slots.by_price[at]
        to = at
        while to > first and slots.price[slots.by_price[to - 1]] > slots.price[slot]:
            slots.by_price[to] = slots.by_price[to - 1]
            to -= 1
        slots.by_price[to] = slot
    for at in range(first, slots.first[tile + 1]):
        slots.rank[slots.by_price[at]] = at
