"""Tiles may be mirrored where that suits a cell better, at an honest bound."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from problems import Small, kept_apart, least_cost, small_problems, solve

from mosaicdb.errors import MatchingError
from mosaicdb.matching import match

patient = settings(deadline=None, max_examples=100)
SWAP = np.array([[0.0, 1.0], [1.0, 0.0]])


def random_reflection(dimensions: int, seed: int) -> NDArray[np.float64]:
    random = np.random.default_rng(seed)
    axes = np.linalg.qr(random.normal(size=(dimensions, dimensions)))[0]
    return (axes * random.choice([-1.0, 1.0], dimensions)) @ axes.T


@st.composite
def mirrored_problems(draw: st.DrawFn) -> tuple[Small, NDArray[np.float64]]:
    small = draw(small_problems())
    return small, random_reflection(small.tiles.shape[1], draw(st.integers(0, 2**32)))


def costs_with_images(small: Small, reflection: NDArray[np.float64]) -> NDArray[np.float64]:
    images = replace(small, tiles=small.tiles @ reflection)
    return np.minimum(small.costs, images.costs)


class WithCosts(Small):
    """A problem whose costs are given."""

    @property
    def costs(self) -> NDArray[np.float64]:
        return self.given

    given: NDArray[np.float64]


@patient
@given(mirrored_problems())
def test_the_cost_is_the_least_with_each_tile_turned_as_suits_its_cell_and_proven(
    drawn: tuple[Small, NDArray[np.float64]],
) -> None:
    small, reflection = drawn
    answer = solve(small, reflection=reflection)
    assert answer.mirrored is not None
    low, high = small.limits
    uses = np.bincount(answer.indices, minlength=len(small.tiles))
    assert low <= uses.min()
    assert uses.max() <= high
    both = costs_with_images(small, reflection)
    scale = 1e-9 * (1.0 + both.max()) * len(small.cells)
    used = np.where(answer.mirrored[:, None], (small.tiles @ reflection)[answer.indices], 0.0)
    used = np.where(answer.mirrored[:, None], used, small.tiles[answer.indices])
    costs = np.square(used - small.cells).sum(axis=1)
    costs = costs if small.weights is None else costs * small.weights
    assert answer.cost == pytest.approx(costs.sum(), abs=scale)
    assert answer.cost == pytest.approx(
        both[answer.indices, np.arange(len(small.cells))].sum(), abs=scale
    )
    problem = WithCosts(small.tiles, small.cells, None, small.strategy, small.max_uses)
    problem.given = both
    assert answer.bound <= least_cost(problem) + scale
    assert answer.cost == pytest.approx(least_cost(problem), abs=scale)
    assert answer.bound == pytest.approx(answer.cost, abs=scale)


@patient
@given(mirrored_problems())
def test_it_never_costs_more_than_without_mirror_images(
    drawn: tuple[Small, NDArray[np.float64]],
) -> None:
    small, reflection = drawn
    scale = 1e-9 * (1.0 + small.costs.max()) * len(small.cells)
    assert solve(small, reflection=reflection).cost <= solve(small).cost + scale


@patient
@given(mirrored_problems())
def test_nearest_without_a_limit_is_exact(drawn: tuple[Small, NDArray[np.float64]]) -> None:
    small, reflection = drawn
    small = replace(small, strategy="nearest", max_uses=None)
    answer = solve(small, reflection=reflection)
    both = costs_with_images(small, reflection)
    scale = 1e-9 * (1.0 + both.max()) * len(small.cells)
    assert answer.cost == pytest.approx(both.min(axis=0).sum(), abs=scale)


def test_pairs_of_mirror_images_are_found() -> None:
    random = np.random.default_rng(3)
    tiles = random.normal(size=(400, 2)) * 9
    cells = tiles[random.permutation(400)]
    cells[::2] = cells[::2] @ SWAP
    answer = match(tiles, cells, reflection=SWAP, gap=0)
    assert answer.mirrored is not None
    assert answer.cost == pytest.approx(0.0, abs=1e-18)
    assert answer.mirrored.any()
    assert match(tiles, cells, gap=0).mirrored is None


@pytest.mark.parametrize("options", [{}, {"max_uses": 2}, {"strategy": "fair"}])
def test_a_large_problem_is_solved_to_its_optimum(options: dict[str, Any]) -> None:
    random = np.random.default_rng(4)
    reflection = np.kron(SWAP, np.eye(2))
    tiles, cells = random.normal(size=(900, 4)) * 5, random.normal(size=(800, 4)) * 4 + 2
    answer = match(tiles, cells, reflection=reflection, gap=0, **options)
    assert answer.cost < match(tiles, cells, **options).bound
    assert answer.status == "optimal"


def test_repeats_stay_apart() -> None:
    random = np.random.default_rng(5)
    tiles, cells = random.normal(size=(60, 2)), random.normal(size=(144, 2))
    answer = match(tiles, cells, strategy="nearest", min_distance=3, grid=(12, 12), reflection=SWAP)
    assert kept_apart(answer.indices, (12, 12), 3)
    assert answer.mirrored is not None
    used = np.where(answer.mirrored[:, None], tiles[answer.indices] @ SWAP, tiles[answer.indices])
    assert answer.cost == pytest.approx(np.square(used - cells).sum())
    assert answer.bound <= answer.cost


@pytest.mark.parametrize(
    ("reflection", "message"),
    [
        (np.eye(3), r"shape \(3, 3\)"),
        (np.ones(2), r"shape \(2,\)"),
        (2 * np.eye(2), "own inverse"),
        ([[0.0, 2.0], [0.5, 0.0]], "transpose"),
        ([[np.nan, 0.0], [0.0, 1.0]], "misses that by nan"),
    ],
)
def test_what_is_no_reflection_is_refused(reflection: NDArray[np.float64], message: str) -> None:
    with pytest.raises(MatchingError, match=message):
        match(np.zeros((2, 2)), np.zeros((2, 2)), reflection=reflection)
