"""The reverse auction: prices of slots that no cell holds fall to what somebody would pay.

Bertsekas and Castañón, "A forward/reverse auction algorithm for asymmetric assignment problems",
Computational Optimization and Applications 1 (1992).
"""

import numpy as np

from ..arrays import Floats, Ints
from ..kernels import kernel
from .dummy_bidder import offer_afresh
from .market import Market, release
from .slots import DUMMY, sort_slots


@kernel
def free_tiles(market: Market) -> Ints:
    """List the tiles with slots that no cell holds."""
    slots = market.slots
    tiles = np.empty(len(market.tree.price), dtype=np.int64)
    count = 0
    for tile in range(len(tiles)):
        for slot in range(slots.first[tile], slots.first[tile + 1]):
            if slots.owner[slot] < 0:
                tiles[count] = tile
                count += 1
                break
    return tiles[:count]


@kernel
def lower_free_slots(market: Market, tiles: Ints, wanted: Floats) -> None:
    """Let the prices of slots that no cell holds fall to what a cell, or the dummy, would pay.

    Without this, the whole market would have
    to rise to the price of every tile that is left over. wanted is (tiles,) the most that any cell
    would pay for one of the free tiles.
    """
    slots, dummy = market.slots, market.dummy
    floor = dummy.state.floor
    for slot in range(len(slots.price)):
        if dummy.optional[slot] and slots.owner[slot] >= 0:
            floor = min(floor, slots.price[slot])
    for at in range(len(tiles)):
        tile = tiles[at]
        for slot in range(slots.first[tile], slots.first[tile + 1]):
            if slots.owner[slot] >= 0:
                continue
            if slots.owner[slot] == DUMMY and wanted[at] > floor:
                release(market, slot)
            slots.price[slot] = wanted[at]
            if dummy.optional[slot]:
                slots.price[slot] = max(wanted[at], floor)
        sort_slots(slots, tile)
    dummy.state.floor = floor
    market.groups.beyond[:] = -np.inf
    offer_afresh(dummy, slots)
