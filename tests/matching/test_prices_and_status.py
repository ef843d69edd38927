"""A match tells its dual prices, which prove its bound, and why its search stopped."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from problems import (
    Floats,
    Small,
    assert_bound_is_proven,
    dual_value,
    least_cost,
    small_problems,
    squared_distances,
)
from scipy.optimize import linear_sum_assignment

from mosaicdb.matching import Match, match

patient = settings(deadline=None, max_examples=100)
SWAP = np.array([[0.0, 1.0], [1.0, 0.0]])


def features(tiles: int, cells: int, seed: int = 0, dimensions: int = 2) -> tuple[Floats, Floats]:
    random = np.random.default_rng(seed)
    x = random.normal(size=(tiles, dimensions)) * 10
    return x, random.normal(size=(cells, dimensions)) * 4 + 8


def limits(tiles: int, cells: int, options: dict[str, Any]) -> tuple[int, int]:
    strategy, most = options.get("strategy", "unique"), options.get("max_uses")
    return Small(np.zeros((tiles, 1)), np.zeros((cells, 1)), None, strategy, most).limits


def assert_prices_prove_the_bound(answer: Match, costs: Floats, limits: tuple[int, int]) -> None:
    assert answer.prices.shape == (len(costs),)
    value = dual_value(answer, costs, limits)
    rounding = 1e-10 * (costs.max() + 1) * costs.shape[1]
    assert_bound_is_proven(answer, value, rounding)


@patient
@given(small_problems())
def test_the_bound_is_the_dual_value_of_the_prices_for_every_small_problem(small: Small) -> None:
    answer = match(
        small.tiles, small.cells, strategy=small.strategy, max_uses=small.max_uses,
        weights=small.weights, gap=0,
    )  # fmt: skip
    assert_prices_prove_the_bound(answer, small.costs, small.limits)
    assert answer.status in ("optimal", "search ended")


@pytest.mark.parametrize("solver", ["auto", "emd"])
@pytest.mark.parametrize("size", [30, 260])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"strategy": "nearest"},
        {"strategy": "nearest", "max_uses": 2},
        {"strategy": "nearest", "max_uses": 100},
        {"strategy": "fair"},
        {"max_uses": 3},
    ],
)
def test_the_prices_of_every_solver_and_strategy_prove_an_optimal_match(
    options: dict[str, Any], size: int, solver: str
) -> None:
    tiles, cells = features(size, size + size // 3)
    answer = match(tiles, cells, solver=solver, gap=0, **options)
    costs = squared_distances(tiles, cells)
    assert_prices_prove_the_bound(answer, costs, limits(len(tiles), len(cells), options))
    assert answer.status == "optimal"
    assert answer.optimal


@pytest.mark.parametrize("weighted", [False, True])
def test_more_pairs_than_brute_force_are_proven_by_the_same_prices(weighted: bool) -> None:
    tiles, cells = features(1500, 1600, dimensions=3)
    weights = np.random.default_rng(1).uniform(0, 2, 1600) if weighted else None
    answer = match(tiles, cells, gap=0, weights=weights)
    costs = squared_distances(tiles, cells) * (1.0 if weights is None else weights)
    assert_prices_prove_the_bound(answer, costs, (0, 2))
    assert answer.status == "optimal"


def test_prices_of_nearest_without_a_limit_are_zero() -> None:
    answer = match(*features(40, 90), strategy="nearest")
    assert not answer.prices.any()
    assert answer.status == "optimal"


@patient
@given(small_problems("unique"))
def test_one_tile_a_cell_costs_what_linear_sum_assignment_finds(small: Small) -> None:
    small = replace(small, tiles=np.vstack((small.tiles, small.cells[::-1] + 1)), max_uses=1)
    answer = match(small.tiles, small.cells, max_uses=1, weights=small.weights, gap=0)
    rows, columns = linear_sum_assignment(small.costs)
    scale = 1e-9 * (1 + small.costs.max()) * len(small.cells)
    assert answer.cost == pytest.approx(small.costs[rows, columns].sum(), abs=scale)


@pytest.mark.parametrize("options", [{}, {"strategy": "fair"}, {"max_uses": 3}])
def test_a_gap_that_is_asked_for_is_reached_and_said_to_be(
    options: dict[str, Any],
) -> None:
    tiles, cells = features(900, 1600, dimensions=3)
    answer = match(tiles, cells, gap=0.05, **options)
    assert answer.status == "gap reached"
    assert 1e-9 < answer.gap <= 0.05
    low_high = limits(900, 1600, options)
    assert_prices_prove_the_bound(answer, squared_distances(tiles, cells), low_high)


@pytest.mark.parametrize("options", [{}, {"strategy": "fair"}, {"max_uses": 2}])
def test_a_search_without_time_says_so_and_its_prices_hold(options: dict[str, Any]) -> None:
    tiles, cells = features(1500, 2000, dimensions=3)
    answer = match(tiles, cells, gap=0, time_limit=0.0, **options)
    assert answer.status == "time limit"
    value = dual_value(answer, squared_distances(tiles, cells), limits(1500, 2000, options))
    assert answer.bound <= min(value, answer.cost) * (1 + 1e-12)
    assert answer.bound > 0


def test_a_time_limit_that_suffices_is_not_the_reason() -> None:
    assert match(*features(300, 400), gap=0, time_limit=600.0).status == "optimal"


def test_a_certificate_without_time_is_a_reason_to_say_time_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tiles, cells = features(1500, 1600, dimensions=3)

    def assign(*_: object) -> tuple[Any, Any]:
        return np.arange(1600) % 1500, np.random.default_rng(0).uniform(0, 9, 1500)

    monkeypatch.setattr("mosaicdb.matching.auction.solve_transport", assign)
    monkeypatch.setattr("mosaicdb.matching.certificate.branch_and_bound.LEAST_EFFORT", 1)
    assert match(tiles, cells, time_limit=0.0).status == "time limit"
    assert match(tiles, cells).status == "search ended"


def test_an_answer_within_rounding_of_its_bound_is_optimal_even_without_time() -> None:
    tiles = features(300, 300)[0]
    assert match(tiles, tiles[::-1], time_limit=0.0).status == "optimal"


@pytest.mark.parametrize(
    "options", [{"strategy": "nearest"}, {"max_uses": 4}, {"strategy": "fair"}]
)
def test_with_spacing_the_prices_are_those_of_the_problem_without(options: dict[str, Any]) -> None:
    tiles, cells = features(120, 400)
    free = match(tiles, cells, gap=0, **options)
    answer = match(tiles, cells, gap=0, min_distance=4, grid=(20, 20), **options)
    costs = squared_distances(tiles, cells)
    assert (answer.prices == free.prices).all()
    assert answer.status == "search ended"
    assert answer.cost > free.cost
    assert_prices_prove_the_bound(answer, costs, limits(120, 400, options))


def test_a_spaced_match_that_needs_no_repair_is_optimal() -> None:
    tiles = features(400, 1)[0]
    answer = match(tiles, tiles, min_distance=3, grid=(20, 20))
    assert (answer.status, answer.cost) == ("optimal", 0.0)


def test_a_spaced_match_within_the_gap_says_so() -> None:
    tiles, cells = features(120, 400)
    answer = match(tiles, cells, max_uses=4, gap=0.9, min_distance=2, grid=(20, 20))
    assert answer.status == "gap reached"


def test_spacing_without_time_says_so() -> None:
    tiles, cells = features(400, 900)
    answer = match(tiles, cells, max_uses=4, min_distance=4, grid=(30, 30), time_limit=0.0)
    assert answer.status == "time limit"


@pytest.mark.parametrize("size", [30, 260])
@pytest.mark.parametrize(
    "options", [{}, {"strategy": "nearest"}, {"strategy": "nearest", "max_uses": 3},
                {"strategy": "fair"}, {"max_uses": 2, "min_distance": 2}],
)  # fmt: skip
def test_with_mirror_images_a_tile_and_its_image_have_one_price(
    options: dict[str, Any], size: int
) -> None:
    cells_across = 20 if size > 30 else 5
    tiles, cells = features(size, cells_across * cells_across)
    grid = {"grid": (cells_across, cells_across)} if "min_distance" in options else {}
    answer = match(tiles, cells, reflection=SWAP, gap=0, **options, **grid)
    costs = np.minimum(squared_distances(tiles, cells), squared_distances(tiles @ SWAP, cells))
    assert_prices_prove_the_bound(answer, costs, limits(size, len(cells), options))
    assert answer.status == ("search ended" if "min_distance" in options else "optimal")


def test_mirror_images_without_time_say_so() -> None:
    tiles, cells = features(1500, 2000)
    answer = match(tiles, cells, reflection=SWAP, gap=0, time_limit=0.0)
    assert answer.status == "time limit"


def test_the_least_cost_of_a_small_problem_lies_between_bound_and_cost() -> None:
    tiles, cells = features(20, 50)
    small = Small(tiles, cells, None, "fair", None)
    answer = match(tiles, cells, strategy="fair", gap=0.5)
    assert answer.bound <= least_cost(small) * (1 + 1e-12)
    assert answer.cost >= least_cost(small) * (1 - 1e-12)
