"""The dummy bidder, for the slots that end up unused.

The dummy node of transportation problems whose supply exceeds the demand. With as many slots as
bidders, prices only ever rise and epsilon-scaling is right for any limits on the uses of a tile:
forward auctions alone are wrong as soon as slots are left over (Bertsekas and Castañón 1992). The
dummy bidder is indifferent between tiles, may take only what a tile need not give to cells, and so
keeps unused slots at one lowest price, the floor.
"""

from typing import NamedTuple

import numpy as np

from ..arrays import Flags, Ints, new_record
from ..kernels import inlined_kernel, inner_kernel
from .heaps import Heap, new_heap, pop, push
from .slots import DUMMY, Slots


class DummyState:
    """What changes for the dummy bidder as a whole."""

    floor: float
    """The price of all its slots, in units of cost; -inf before its first bid."""
    lacking: int
    """Slots that it still has to take."""


class DummyBidder(NamedTuple):
    """Takes the slots that are left over."""

    optional: Flags
    """(slots,) whether it may take the slot."""
    offers: Heap
    """The optional slots that it does not hold, by (possibly stale) price."""
    offered: Flags
    """(slots,) whether the slot is among the offers, or never will be."""
    state: DummyState


def new_dummy_bidder(slots: Slots, least: Ints, cells: int) -> DummyBidder:
    """Set up a dummy bidder that holds nothing.

    Args:
        slots: all of them.
        least: (tiles,) least uses by cells.
        cells: how many slots go to cells.
    """
    count = len(slots.tile)
    optional = np.arange(count) - slots.first[slots.tile] >= least[slots.tile]
    lacking = count - cells
    offers = new_heap(count)
    offered = np.ones(count, dtype=np.bool_)
    if lacking:
        first = np.flatnonzero(optional)
        first = first[np.argsort(slots.price[first], kind="stable")]
        # Sorted keys are a heap.
        offers.items[: len(first)], offers.keys[: len(first)] = first, slots.price[first]
        offers.state.count = len(first)
    return DummyBidder(
        optional=optional,
        offers=offers,
        offered=offered,
        state=new_record(DummyState, floor=-np.inf, lacking=lacking),
    )


@inner_kernel
def offer(dummy: DummyBidder, slots: Slots, slot: int) -> None:
    """Put an optional slot that the dummy bidder does not hold among the offers."""
    if dummy.optional[slot] and not dummy.offered[slot]:
        dummy.offered[slot] = True
        push(dummy.offers, slots.price[slot], slot)


@inner_kernel
def take_cheapest_offer(dummy: DummyBidder, slots: Slots) -> int:
    """Take the cheapest optional slot that the bidder lacks off the heap; -1 if there is none."""
    while dummy.offers.state.count > 0:
        key, slot = dummy.offers.keys[0], dummy.offers.items[0]
        pop(dummy.offers)
        dummy.offered[slot] = False
        if slots.owner[slot] == DUMMY:
            continue
        if slots.price[slot] <= key:
            return int(slot)
        offer(dummy, slots, slot)
    return -1


@inner_kernel
def offer_afresh(dummy: DummyBidder, slots: Slots) -> None:
    """Offer all that the dummy bidder may take, at today's prices."""
    dummy.offers.state.count = 0
    for slot in range(len(slots.tile)):
        dummy.offered[slot] = False
        if slots.owner[slot] != DUMMY:
            offer(dummy, slots, slot)


@inlined_kernel
def market_price(price: float, owner: int, floor: float) -> float:
    """Give what a slot is to be had for: those of the dummy bidder all stand at the floor."""
    return max(price, floor) if owner == DUMMY else price
