"""Uses of a tile are kept apart, whatever else is asked."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import kept_apart

from mosaicdb.errors import MatchingError
from mosaicdb.matching import match


@settings(deadline=None, max_examples=120)
@given(
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(2, 6),
    st.integers(1, 90),
    st.sampled_from([("unique", 0), ("unique", 2), ("nearest", 0), ("nearest", 3), ("fair", 0)]),
    st.booleans(),
    st.integers(0, 2**32),
)
def test_an_answer_keeps_the_distance_and_the_limits(
    rows: int,
    columns: int,
    distance: int,
    tiles: int,
    asked: tuple[str, int],
    flat: bool,
    seed: int,
) -> None:
    random = np.random.default_rng(seed)
    x, y = random.normal(size=(tiles, 2)), random.normal(size=(rows * columns, 2))
    y = np.rint(y / 2) if flat else y
    strategy, extra = asked
    smallest = -(-len(y) // tiles)
    most = smallest + extra if extra else None
    try:
        answer = match(
            x, y, strategy=strategy, max_uses=most, min_distance=distance, grid=(rows, columns)
        )
    except MatchingError:
        # A layout that surely exists must be found: all tiles in turn, row by row.
        assert tiles < (distance - 1) * columns + distance
        return
    uses = np.bincount(answer.indices, minlength=tiles)
    assert kept_apart(answer.indices, (rows, columns), distance)
    if strategy != "nearest" or most:
        assert uses.max() <= (most or smallest)
    if strategy == "fair":
        assert uses.min() >= len(y) // tiles
    assert answer.bound <= answer.cost


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 9), st.integers(1, 9), st.integers(2, 6), st.integers(1, 90),
    st.sampled_from([("unique", None), ("nearest", None), ("nearest", 4)]), st.integers(0, 2**32),
)  # fmt: skip
def test_distances_are_kept_where_some_places_have_no_cell(
    rows: int, columns: int, distance: int, tiles: int, asked: tuple[str, int | None], seed: int
) -> None:
    random = np.random.default_rng(seed)
    there = random.random((rows, columns)) < 0.7
    there.flat[0] = True
    x, y = random.normal(size=(tiles, 2)), random.normal(size=(there.sum(), 2))
    strategy, most = asked
    try:
        answer = match(x, y, strategy=strategy, max_uses=most, min_distance=distance, grid=there)
    except MatchingError:
        assert most or strategy == "unique" or tiles < (distance - 1) * columns + distance
        return
    assert kept_apart(answer.indices, there, distance)
    if most:
        assert np.bincount(answer.indices).max() <= most
    assert answer.bound <= answer.cost


@pytest.mark.parametrize("grid", [None, (3, 4), (5,), (0, 7), np.ones((3, 4), bool), np.ones(7)])
def test_a_grid_that_does_not_hold_the_cells_is_told(grid: object) -> None:
    x, y = np.eye(7), np.eye(7)
    with pytest.raises(MatchingError, match="min_distance needs the grid of the 7 cells"):
        match(x, y, min_distance=2, grid=grid)


def test_a_repeating_pattern_is_found_where_nothing_else_fits() -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(25, 3)), random.normal(size=(400, 3))
    answer = match(x, y, strategy="nearest", min_distance=5, grid=(20, 20))
    assert kept_apart(answer.indices, (20, 20), 5)
    with pytest.raises(MatchingError, match="largest distance that may fit is 5"):
        match(x, y, strategy="nearest", min_distance=6, grid=(20, 20))


def test_distances_cost_little_where_there_is_room() -> None:
    random = np.random.default_rng(0)
    x, y = random.uniform(size=(600, 3)), random.uniform(size=(900, 3))
    free = match(x, y, max_uses=3)
    apart = match(x, y, max_uses=3, min_distance=4, grid=(30, 30))
    assert kept_apart(apart.indices, (30, 30), 4)
    assert free.cost <= apart.cost <= 1.1 * free.cost
    assert apart.bound <= free.cost
