"""Find pictures that look the same, by their difference hashes and mean colours."""

from bisect import bisect_right
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..records import NEAR_DISTANCE

_COLOUR_SHIFT: Final = 4.0  # largest change of a channel's mean by encoding a photo again
_PAIRS_AT_ONCE: Final = 1 << 22


def group_near(
    dhashes: NDArray[np.int64], mean_rgb: NDArray[np.float64], distance: int = NEAR_DISTANCE
) -> NDArray[np.intp]:
    """Group pictures: two are near if few bits of their hashes differ and their mean colours agree.

    Groups are the connected components of being near. All near pairs are found: pictures are
    sorted by one channel, and each is compared with those that follow it within the colours'
    tolerance, many at once.

    Args:
        dhashes: shape (pictures,), 64 bits each.
        mean_rgb: shape (pictures, 3), 0 to 255.
        distance: how many bits may differ.

    Returns:
        The group number of each picture, shape (pictures,).
    """
    if not len(dhashes):
        return np.arange(0)
    rows = np.column_stack([dhashes, np.ascontiguousarray(mean_rgb).view(np.int64)])
    _, kept, twins = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return _group(dhashes[kept].view(np.uint64), mean_rgb[kept], distance)[twins.ravel()]


def _group(
    hashes: NDArray[np.uint64], colours: NDArray[np.float64], distance: int
) -> NDArray[np.intp]:
    """Group pictures of which no two have the same hash and colour."""
    channel = colours[:, colours.std(axis=0).argmax()]
    order = np.argsort(channel, kind="stable")
    ends = np.searchsorted(channel[order], channel[order] + _COLOUR_SHIFT, side="right")
    hashes, colours, labels = hashes[order], colours[order], np.arange(len(order))
    start = 0
    while start < len(order):
        stop = _block_end(start, ends)
        end = int(ends[stop - 1])
        differing = np.bitwise_count(hashes[start:stop, None] ^ hashes[None, start:end])
        first, second = (positions + start for positions in np.nonzero(differing <= distance))
        apart = labels[first] != labels[second]
        first, second = first[apart], second[apart]
        agree = (abs(colours[first] - colours[second]) <= _COLOUR_SHIFT).all(axis=1)
        labels = _joined(labels, first[agree], second[agree])
        start = stop
    group_numbers = np.empty_like(labels)
    group_numbers[order] = labels
    return group_numbers


def _block_end(start: int, ends: NDArray[np.intp]) -> int:
    """Return the end of the block of pictures that are compared at once."""

    def pairs(stop: int) -> int:
        return (stop - start) * int(ends[stop - 1] - start)

    stops = range(start + 1, len(ends) + 1)
    return start + max(bisect_right(stops, _PAIRS_AT_ONCE, key=pairs), 1)


def _joined(
    labels: NDArray[np.intp], first: NDArray[np.intp], second: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Merge the groups of near pictures."""
    if not len(first):
        return labels
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    edges = np.ones(len(first), bool), (labels[first], labels[second])
    graph = coo_array(edges, shape=(len(labels), len(labels)))
    joined: NDArray[np.intp] = connected_components(graph, directed=False)[1].astype(np.intp)
    return joined[labels]
