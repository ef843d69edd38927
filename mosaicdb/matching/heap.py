"""A binary heap in two arrays, for the kernels."""

from .arrays import Floats, Ints
from .compiled import inner_kernel


@inner_kernel
def push_heap(keys: Floats, items: Ints, size: int, key: float, item: int) -> None:
    """Add an item to a heap of size items."""
    at = size
    while at > 0:
        parent = (at - 1) >> 1
        if keys[parent] <= key:
            break
        keys[at], items[at] = keys[parent], items[parent]
        at = parent
    keys[at], items[at] = key, item


@inner_kernel
def pop_heap(keys: Floats, items: Ints, size: int) -> None:
    """Remove the first item of a heap of size items."""
    last = size - 1
    key, item = keys[last], items[last]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= last:
            break
        if child + 1 < last and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[at], items[at] = keys[child], items[child]
        at = child
    keys[at], items[at] = key, item


@inner_kernel
def place_item(keys: Floats, items: Ints, places: Ints, size: int, item: int, key: float) -> int:
    """Add an item to an indexed heap, or lower its key; return the heap's new size.

    keys and places go by item; places[item] is -1 while the item is not in the heap.
    """
    keys[item] = key
    at = places[item]
    if at < 0:
        at = size
        size += 1
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
    return size


@inner_kernel
def take_first(keys: Floats, items: Ints, places: Ints, size: int) -> int:
    """Remove the first item of an indexed heap of size items and return it."""
    first, last = items[0], items[size - 1]
    places[first] = -1
    size -= 1
    if size == 0:
        return int(first)
    key = keys[last]
    at = 0
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
    items[at] = last
    places[last] = at
    return int(first)
