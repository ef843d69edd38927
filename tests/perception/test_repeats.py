"""How a mosaic repeats its tiles."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from mosaicdb.perception import count_repeats
from mosaicdb.records import Repeats

GRIDS = st.integers(-1, 40).flatmap(
    lambda most: arrays(
        np.int64,
        st.tuples(st.integers(1, 9), st.integers(1, 9)),
        elements=st.integers(-1, max(most, -1)),
    )
)


def by_brute_force(tile_ids: NDArray[np.int64]) -> Repeats:
    places: dict[int, list[tuple[int, int]]] = {}
    for (row, column), tile_id in np.ndenumerate(tile_ids):
        if tile_id >= 0:
            places.setdefault(int(tile_id), []).append((row, column))
    distances = [
        max(abs(a[0] - b[0]), abs(a[1] - b[1]))
        for cells in places.values()
        for a, b in combinations(cells, 2)
    ]
    most = max(map(len, places.values()), default=0)
    return Repeats(len(places), most, min(distances, default=None))


@given(GRIDS)
def test_repeats_are_those_of_brute_force(tile_ids: NDArray[np.int64]) -> None:
    assert count_repeats(tile_ids) == by_brute_force(tile_ids)


@pytest.mark.parametrize(
    ("tile_ids", "expected"),
    [
        ([[1, 2], [3, 4]], Repeats(4, 1, None)),
        ([[7, 7], [7, 7]], Repeats(1, 4, 1)),
        ([[-1, -1]], Repeats(0, 0, None)),
        ([[10**12, 1, 2, 10**12]], Repeats(3, 2, 3)),
        ([[1, 2, 3], [4, 5, 6], [7, 8, 1]], Repeats(8, 2, 2)),
    ],
)
def test_repeats_of_small_mosaics(tile_ids: list[list[int]], expected: Repeats) -> None:
    assert count_repeats(np.array(tile_ids)) == expected
