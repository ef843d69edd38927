"""Tiles that are placed as they come."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import Small, small_problems
from scipy.optimize import linear_sum_assignment

from mosaicdb.errors import MatchingError
from mosaicdb.matching import NO_CELL, OnlineMatch, match_online, place_best


@given(small_problems(), st.booleans())
def test_each_tile_has_one_cell_and_each_cell_one_tile_as_long_as_there_are_any(
    small: Small, learning: bool
) -> None:
    cells = match_online(small.tiles, small.cells, learning=learning)
    placed = cells[cells != NO_CELL]
    assert len(cells) == len(small.tiles)
    assert len(placed) == min(len(small.tiles), len(small.cells))
    assert len(np.unique(placed)) == len(placed)
    assert (cells[: len(placed)] != NO_CELL).all()
    assert ((placed >= 0) & (placed < len(small.cells))).all()


@given(small_problems())
def test_a_tile_takes_the_free_cell_of_least_distance_and_price_together(small: Small) -> None:
    online = OnlineMatch(small.cells)
    for tile in small.tiles[: len(small.cells)]:
        free = online.free.copy()
        cell = online.place(tile)
        losses = np.square(small.cells - tile).sum(axis=1) + online.prices
        assert losses[cell] <= losses[free].min() * (1 + 1e-9) + 1e-9
        assert not online.free[cell]
        assert (np.isfinite(online.prices) & (online.prices >= 0)).all()


@given(small_problems())
def test_a_placing_in_hindsight_is_the_best_that_there_is(small: Small) -> None:
    best = place_best(small.tiles, small.cells)
    costs = np.square(small.tiles[:, None] - small.cells[None]).sum(axis=2)
    rows, columns = linear_sum_assignment(costs)
    least = costs[rows, columns].sum()
    scale = costs.max() * 1e-9 + 1e-9
    assert best.cost == pytest.approx(least, abs=scale)
    assert best.bound <= best.cost + scale
    placed = best.cells != NO_CELL
    assert placed.sum() == min(costs.shape)
    assert costs[placed, best.cells[placed]].sum() == pytest.approx(best.cost, abs=scale)


@given(small_problems(), st.integers(0, 24), st.integers(0, 24))
def test_a_placing_is_repaired_when_tiles_come_and_go(small: Small, first: int, last: int) -> None:
    then = np.arange(min(first, len(small.tiles)), len(small.tiles))
    now = np.arange(max(1, len(small.tiles) - last))
    earlier = place_best(small.tiles[then], small.cells)
    same = np.where(np.isin(now, then), now - (then[0] if len(then) else 0), -1)
    repaired = place_best(small.tiles[now], small.cells, earlier=earlier, same=same)
    scale = np.square(small.tiles[:, None] - small.cells[None]).sum(axis=2).max() * 1e-9 + 1e-9
    anew = place_best(small.tiles[now], small.cells).cost
    assert repaired.cost == pytest.approx(anew, rel=1e-9, abs=scale)
    placed = repaired.cells[repaired.cells != NO_CELL]
    assert len(np.unique(placed)) == len(placed) == min(len(now), len(small.cells))


def test_prices_keep_cells_for_those_that_need_them() -> None:
    random = np.random.default_rng(3)
    cells = random.normal(size=(150, 3))
    tiles = random.normal(size=(150, 3)) * 0.4 + 1  # the nearest cells are wanted by all
    best = place_best(tiles, cells).cost
    learnt, greedy = (
        np.square(tiles - cells[match_online(tiles, cells, learning=learning)]).sum() / best
        for learning in (True, False)
    )
    assert learnt < 1.1
    assert greedy > 1.15


def test_what_is_placed_already_is_learnt_from_and_keeps_its_cell() -> None:
    online = OnlineMatch([[0.0], [1.0], [5.0]])
    for tile in ([0.0], [0.1]):
        online.see(tile)
    online.take(0)
    assert online.place([0.0]) == 1
    assert online.place([0.0]) == 2
    assert online.place([0.0]) == NO_CELL


def test_prices_are_learnt_from_a_part_of_very_many_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mosaicdb.matching.online._MOST_NUMBERS", 1)
    monkeypatch.setattr("mosaicdb.matching.online._LEAST_LEARNT_FROM", 5)
    shapes: list[tuple[int, ...]] = []

    def worth(costs: np.ndarray) -> np.ndarray:
        shapes.append(costs.shape)
        return np.zeros(costs.shape[1])

    monkeypatch.setattr("mosaicdb.matching.online.worth_of_cells", worth)
    random = np.random.default_rng(1)
    match_online(random.normal(size=(12, 2)), random.normal(size=(12, 2)))
    assert [tiles for tiles, _ in shapes] == [1, 2, 3, 4, *[5] * 7]
    assert shapes[-1] == (5, 1)


@pytest.mark.parametrize("features", [[[np.nan]], [1.0], [["a"]]], ids=["nan", "flat", "text"])
def test_features_that_are_none_are_refused(features: object) -> None:
    with pytest.raises((MatchingError, ValueError)):
        match_online(features, [[1.0]])  # type: ignore[arg-type]


def test_a_tile_of_other_features_is_refused() -> None:
    with pytest.raises(MatchingError, match="2 finite features"):
        OnlineMatch([[1.0, 2.0]]).place([1.0])


def test_without_tiles_nothing_is_placed() -> None:
    best = place_best(np.zeros((0, 2)), [[1.0, 2.0]])
    assert (len(best.cells), best.cost, best.bound) == (0, 0.0, 0.0)
