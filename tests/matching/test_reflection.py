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
from mosaicdb.matching import match, reflection
from mosaicdb.matching.certificate import DualBound, Instance, lower_bound

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
def test_the_cost_is_that_of_the_better_orientation_and_the_bound_holds(
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
    assert least_cost(problem) <= answer.cost + scale


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


def test_a_large_problem_is_solved_near_its_bound_and_better_than_without() -> None:
    random = np.random.default_rng(4)
    reflection = np.kron(SWAP, np.eye(2))
    tiles, cells = random.normal(size=(900, 4)) * 5, random.normal(size=(800, 4)) * 4 + 2
    answer = match(tiles, cells, reflection=reflection)
    assert answer.cost < match(tiles, cells).bound
    assert answer.gap < 0.2


TWICE = np.kron(SWAP, np.eye(2))
"""Mirrors two features on the left and two on the right."""


def apart(seed: int, tiles: int = 30, noise: float | None = None) -> tuple[Any, Any]:
    random = np.random.default_rng(seed)
    x = random.normal(size=(tiles, 4)) * 5
    if noise is not None:
        return x, x + random.normal(size=x.shape) * noise
    return x, random.normal(size=x.shape) * 4 + 2 * (seed % 2)


@pytest.mark.parametrize("seed", [5, 6, 12, 35, 39])
def test_turning_cells_to_suit_their_tiles_and_solving_again_makes_it_cheaper(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiles, cells = apart(seed)
    answer = match(tiles, cells, reflection=TWICE, gap=0)
    monkeypatch.setattr(reflection, "MOST_ROUNDS", 1)
    assert answer.cost < 0.998 * match(tiles, cells, reflection=TWICE, gap=0).cost


@pytest.mark.parametrize("seed", [13, 14, 17, 20])
def test_a_cheaper_match_without_mirror_images_is_found(seed: int) -> None:
    tiles, cells = apart(seed, 20, noise=1 + seed % 4)
    answer = match(tiles, cells, reflection=TWICE, gap=0)
    assert answer.cost <= match(tiles, cells, gap=0).cost * (1 + 1e-12)


def test_the_bound_is_the_best_that_any_prices_on_the_way_prove(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tiles, cells = apart(5)
    bounds: list[float] = []

    def spy(instance: Instance, *rest: Any) -> DualBound:
        bound = lower_bound(instance, *rest)
        if len(instance.tiles) == 2 * len(tiles):
            bounds.append(bound.value)
        return bound

    monkeypatch.setattr(reflection, "lower_bound", spy)
    answer = match(tiles, cells, reflection=TWICE, gap=0)
    assert min(bounds) < max(bounds) == answer.bound


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
