"""Every strategy finds the least cost, and proves it."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import Small, least_cost, small_problems, solve

from mosaicdb.matching import match, strategies
from mosaicdb.records import Match

patient = settings(deadline=None, max_examples=150)


def check(small: Small, answer: Match) -> None:
    low, high = small.limits
    uses = np.bincount(answer.indices, minlength=len(small.tiles))
    assert low <= uses.min()
    assert uses.max() <= high
    cost = small.costs[answer.indices, np.arange(len(small.cells))].sum()
    scale = max(1.0, small.costs.max())
    assert answer.cost == pytest.approx(cost, rel=1e-12, abs=1e-12 * scale)
    assert answer.cost == pytest.approx(least_cost(small), rel=1e-9, abs=1e-9 * scale)
    assert answer.bound <= answer.cost
    assert answer.cost - answer.bound <= 1e-10 * len(small.cells) * scale


@pytest.fixture
def no_dense(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strategies, "DENSE_PAIRS", 0)


@patient
@given(small_problems())
def test_the_default_solver_finds_the_least_cost(small: Small) -> None:
    check(small, solve(small))


@patient
@given(small_problems())
def test_the_reference_solver_finds_the_least_cost(small: Small) -> None:
    check(small, solve(small, solver="emd"))


@pytest.mark.usefixtures("no_dense")
class TestTheSparseSolver:
    """The auction and its finish, which small problems normally do not meet."""

    @pytest.mark.parametrize("strategy", ["nearest", "unique", "fair"])
    @given(st.data())
    @patient
    def test_finds_the_least_cost(self, strategy: str, data: st.DataObject) -> None:
        small = data.draw(small_problems(strategy))
        check(small, solve(small))

    @pytest.mark.parametrize(
        ("tiles", "cells", "options"),
        [
            (400, 400, {}),
            (900, 400, {}),
            (150, 400, {"max_uses": 3}),
            (150, 400, {"strategy": "fair"}),
            (7, 900, {"strategy": "fair"}),
            (400, 400, {"max_uses": 300}),
            (400, 7, {}),
        ],
    )
    @pytest.mark.parametrize("dimensions", [1, 3, 12])
    def test_agrees_with_the_reference(
        self, tiles: int, cells: int, options: dict[str, object], dimensions: int
    ) -> None:
        random = np.random.default_rng(tiles + cells)
        x = np.rint(random.normal(size=(tiles, dimensions)) * 30)
        y = np.rint(random.normal(size=(cells, dimensions)) * 10 + 40)
        ours = match(x, y, gap=0, **options)  # type: ignore[arg-type]
        reference = match(x, y, solver="emd", **options)  # type: ignore[arg-type]
        assert ours.cost == pytest.approx(reference.cost, rel=1e-12)
        assert ours.optimal

    def test_takes_thousands_of_equal_cells_and_tiles(self) -> None:
        cells = np.repeat([[0.0, 0.0], [9.0, 0.0]], [2500, 500], axis=0)
        tiles = np.repeat([[1.0, 1.0], [8.0, 0.0], [30.0, 0.0]], 1000, axis=0)
        answer = match(tiles, cells, gap=0)
        assert answer.optimal
        assert np.bincount(answer.indices).max() == 1

    def test_gives_the_same_answer_twice(self) -> None:
        random = np.random.default_rng(5)
        x, y = random.integers(0, 20, (2, 500, 3)).astype(float)
        assert (match(x, y).indices == match(x, y).indices).all()

    def test_finds_a_perfect_match(self) -> None:
        tiles = np.random.default_rng(8).normal(size=(600, 3))
        answer = match(tiles, tiles[::-1], gap=0)
        assert answer.cost == 0.0
        assert answer.gap == 0.0
        assert (answer.indices == np.arange(600)[::-1]).all()


@patient
@given(small_problems("nearest"))
def test_nearest_is_the_brute_force_argmin(small: Small) -> None:
    answer = match(small.tiles, small.cells, strategy="nearest")
    distances = ((small.tiles[None] - small.cells[:, None]) ** 2).sum(axis=2)
    assert (answer.indices == distances.argmin(axis=1)).all()
    assert answer.optimal or answer.cost < 1e-9


def test_nearest_settles_ties_for_the_lowest_tile() -> None:
    around = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0], [1.0, 0.0]])
    assert match(around[::-1], [[0.0, 0.0]], strategy="nearest").indices.tolist() == [0]


@pytest.mark.parametrize("seed", range(8))
def test_nearest_settles_any_number_of_ties_for_the_lowest_tile(seed: int) -> None:
    # 32 points, more than a leaf of a tree holds.
    x, y = np.mgrid[-34:35, -34:35].reshape(2, -1)
    circle = np.column_stack((x, y))[x**2 + y**2 == 1105].astype(float)
    around = np.random.default_rng(seed).permutation(circle)
    assert match(around, [[0.0, 0.0]], strategy="nearest").indices.tolist() == [0]


def test_one_tile_and_one_cell_match() -> None:
    answer = match([[3.0]], [[5.0]])
    assert (answer.indices.tolist(), answer.cost, answer.gap) == ([0], 4.0, 0.0)


def test_a_dense_answer_that_cannot_be_proven_is_solved_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def in_order(_: object) -> tuple[Any, Any]:
        return np.arange(50), np.zeros(50)

    monkeypatch.setattr("mosaicdb.matching.network_simplex.solve_dense", in_order)
    random = np.random.default_rng(9)
    tiles, cells = random.normal(size=(50, 3)), random.normal(size=(50, 3)) + 2
    answer = match(tiles, cells)
    assert answer.optimal
    assert answer.cost == pytest.approx(least_cost(Small(tiles, cells, None, "unique", None)))
