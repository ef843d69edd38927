"""Binary heaps for the kernels (Williams, Algorithm 232, CACM 7, 1964), one with lower keys."""

from typing import NamedTuple

import numpy as np

from ..arrays import Floats, Ints, new_record
from ..kernels import inner_kernel


class HeapState:
    """What changes in a heap as a whole."""

    count: int
    """Items in the heap."""


class IndexedHeap(NamedTuple):
    """Items 0 to n - 1 by key, each at most once, whose keys can be lowered."""

    keys: Floats
    """(n,) by item; whoever takes an item out may go on using its key."""
    items: Ints
    """(n,) in heap order."""
    places: Ints
    """(n,) by item: where in `items` it stands, or -1."""
    state: HeapState


def new_indexed_heap(capacity: int) -> IndexedHeap:
    """Make an empty heap for items below capacity, all of infinite key."""
    return IndexedHeap(
        keys=np.full(capacity, np.inf),
        items=np.zeros(capacity, dtype=np.int64),
        places=np.full(capacity, -1, dtype=np.int64),
        state=new_record(HeapState, count=0),
    )


@inner_kernel
def _rise(heap: IndexedHeap, item: int, at: int) -> None:
    """Put an item where `at` is free, or above that."""
    keys, items, places = heap.keys, heap.items, heap.places
    key = keys[item]
    while at > 0:
        parent = (at - 1) >> 1
        other = items[parent]
        if keys[other] <= key:
            break
        items[at] = other
        places[other] = at
        at = parent
    items[at] = item
    places[item] = at


@inner_kernel
def _sink(heap: IndexedHeap, item: int, at: int) -> None:
    """Put an item where `at` is free, or below that."""
    keys, items, places, size = heap.keys, heap.items, heap.places, heap.state.count
    key = keys[item]
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and keys[items[child + 1]] < keys[items[child]]:
            child += 1
        if keys[items[child]] >= key:
            break
        items[at] = items[child]
        places[items[at]] = at
        at = child
    items[at] = item
    places[item] = at


@inner_kernel
def place(heap: IndexedHeap, item: int, key: float) -> None:
    """Add an item, or lower its key."""
    heap.keys[item] = key
    at = heap.places[item]
    if at < 0:
        at = heap.state.count
        heap.state.count += 1
    _rise(heap, item, at)


@inner_kernel
def take_first(heap: IndexedHeap) -> int:
    """Remove the item of the least key and return it."""
    heap.state.count -= 1
    first, last = heap.items[0], heap.items[heap.state.count]
    heap.places[first] = -1
    if heap.state.count > 0:
        _sink(heap, last, 0)
    return int(first)


@inner_kernel
def remove(heap: IndexedHeap, item: int) -> None:
    """Remove an item, if it is there."""
    at = heap.places[item]
    if at < 0:
        return
    heap.places[item] = -1
    heap.state.count -= 1
    last = heap.items[heap.state.count]
    if at == heap.state.count:
        return
    if at > 0 and heap.keys[heap.items[(at - 1) >> 1]] > heap.keys[last]:
        _rise(heap, last, at)
    else:
        _sink(heap, last, at)
