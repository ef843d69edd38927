"""Several rows of features may be one tile: limits, prices and distances hold for all of them."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from problems import (
    Floats,
    Small,
    assert_bound_is_proven,
    dual_value,
    kept_apart,
    least_cost,
    small_problems,
    squared_distances,
)

from mosaicdb.errors import MatchingError
from mosaicdb.matching import match
from mosaicdb.matching.certificate import Instance, lower_bound
from mosaicdb.matching.owners import Owners, make_owners
from mosaicdb.matching.problem import make_problem
from mosaicdb.matching.spacing.choices import cheapest_tiles
from mosaicdb.records import Match

patient = settings(deadline=None, max_examples=100)
SWAP = np.array([[0.0, 1.0], [1.0, 0.0]])
OPTIONS: list[dict[str, Any]] = [
    {},
    {"strategy": "nearest"},
    {"strategy": "nearest", "max_uses": 2},
    {"strategy": "fair"},
    {"max_uses": 30},
]


@dataclass
class Owned(Small):
    """A problem whose tiles have several rows; `tiles` has one row a tile, for its count."""

    rows: Floats
    owner: NDArray[np.int64]
    """Labels, of which the sorted ones are numbered like `tiles`."""

    @property
    def numbers(self) -> NDArray[np.intp]:
        return np.unique(self.owner, return_inverse=True)[1].ravel()

    @property
    def costs(self) -> Floats:
        costs = np.full((len(self.tiles), len(self.cells)), np.inf)
        np.minimum.at(costs, self.numbers, squared_distances(self.rows, self.cells))
        return costs if self.weights is None else costs * self.weights

    def solve(self, **more: Any) -> Match:
        return match(
            self.rows, self.cells, strategy=self.strategy, max_uses=self.max_uses,
            weights=self.weights, owner=self.owner, **{"gap": 0, **more},
        )  # fmt: skip


def owned(small: Small, random: np.random.Generator, most_rows: int) -> Owned:
    """Give each tile of a problem some more rows, other tiles' rows among them."""
    counts = random.integers(1, most_rows + 1, len(small.tiles))
    labels = random.choice(1000, len(counts), replace=False) - 500
    rows = np.repeat(small.tiles, counts, axis=0)
    strange = random.random(len(rows)) < 0.7
    rows[strange] = rows[random.permutation(len(rows))][strange]
    order = random.permutation(len(rows))
    owner = np.repeat(labels, counts)[order]
    return Owned(
        small.tiles, small.cells, small.weights, small.strategy, small.max_uses, rows[order], owner
    )


@st.composite
def owned_problems(draw: st.DrawFn) -> Owned:
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    return owned(draw(small_problems()), random, draw(st.integers(1, 4)))


def large(
    tiles: int, cells: int, dimensions: int = 3, most_rows: int = 4, seed: int = 0, **asked: Any
) -> Owned:
    random = np.random.default_rng(seed)
    x = random.normal(size=(tiles, dimensions)) * 10
    y = random.normal(size=(cells, dimensions)) * 4 + 8
    options = {"weights": None, "strategy": "unique", "max_uses": None} | asked
    return owned(Small(x, y, **options), random, most_rows)


def assert_right(problem: Owned, answer: Match) -> None:
    """The limits hold, the cost is that of the rows, and the prices prove the bound."""
    low, high = problem.limits
    tile = problem.numbers[answer.indices]
    uses = np.bincount(tile, minlength=len(problem.tiles))
    assert low <= uses.min()
    assert uses.max() <= high
    every = problem.costs
    scale = 1e-9 * (1.0 + every.max()) * len(problem.cells)
    squares = np.square(problem.rows[answer.indices] - problem.cells).sum(axis=1)
    costs = squares if problem.weights is None else squares * problem.weights
    assert costs == pytest.approx(every[tile, np.arange(len(tile))], abs=scale)
    assert answer.cost == pytest.approx(costs.sum(), abs=scale)
    prices = np.full(len(problem.tiles), np.nan)
    prices[problem.numbers] = answer.prices
    assert (prices[problem.numbers] == answer.prices).all()
    value = dual_value(replace(answer, prices=prices), every, problem.limits)
    assert_bound_is_proven(answer, value, scale)


@patient
@given(owned_problems())
def test_the_cost_is_the_least_over_the_rows_of_each_tile_and_proven(problem: Owned) -> None:
    answer = problem.solve()
    assert_right(problem, answer)
    scale = 1e-9 * (1.0 + problem.costs.max()) * len(problem.cells)
    assert answer.cost == pytest.approx(least_cost(problem), abs=scale)
    assert answer.bound == pytest.approx(answer.cost, abs=scale)


@settings(deadline=None, max_examples=60)
@given(owned_problems())
def test_the_auction_alone_finds_the_same_as_the_network_simplex(problem: Owned) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mosaicdb.matching.strategies.DENSE_PAIRS", 0)
        answer = problem.solve()
    assert_right(problem, answer)
    scale = 1e-9 * (1.0 + problem.costs.max()) * len(problem.cells)
    assert answer.cost == pytest.approx(problem.solve(solver="emd").cost, abs=scale)
    assert answer.bound == pytest.approx(answer.cost, abs=scale)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(300, 250, 3), (150, 400, 14)])
def test_large_problems_are_solved_to_their_optimum(
    shape: tuple[int, int, int], weighted: bool, options: dict[str, Any]
) -> None:
    weights = np.random.default_rng(1).uniform(0, 2, shape[1]) if weighted else None
    options = dict(options)
    if "max_uses" in options:
        options["max_uses"] += shape[1] // shape[0]
    problem = large(*shape, weights=weights, **options)
    answer = problem.solve()
    assert_right(problem, answer)
    assert answer.status == "optimal"
    assert answer.cost == pytest.approx(problem.solve(solver="emd").cost, rel=1e-12)


def test_thousands_of_equal_cells_and_tiles_with_equal_rows_are_solved_to_their_optimum() -> None:
    random = np.random.default_rng(2)
    x, y = random.integers(0, 4, (500, 3)) * 1.0, random.integers(0, 5, (900, 3)) * 1.0
    for strategy in ("unique", "fair"):
        problem = owned(Small(x, y, None, strategy, None), random, 3)
        answer = problem.solve()
        assert_right(problem, answer)
        assert answer.status == "optimal"


@patient
@given(small_problems(), st.integers(0, 2**32))
def test_owners_of_one_row_each_change_nothing(small: Small, seed: int) -> None:
    labels = np.random.default_rng(seed).permutation(len(small.tiles)) - 5
    asked: dict[str, Any] = {
        "strategy": small.strategy, "max_uses": small.max_uses, "weights": small.weights,
    }  # fmt: skip
    plain = match(small.tiles, small.cells, **asked)
    labelled = match(small.tiles, small.cells, owner=labels, **asked)
    assert (plain.indices == labelled.indices).all()
    assert (plain.prices == labelled.prices).all()
    assert (plain.cost, plain.bound) == (labelled.cost, labelled.bound)


@patient
@given(owned_problems(), st.integers(0, 2**32), st.sampled_from([0.0, 1.0, 100.0]))
def test_any_prices_prove_a_bound_that_holds(problem: Owned, seed: int, size: float) -> None:
    tiles = len(problem.tiles)
    prices = np.random.default_rng(seed).normal(size=tiles) * size
    low, high = problem.limits
    instance = Instance(
        problem.rows, problem.numbers, problem.cells, problem.weights,
        np.full(tiles, low), np.full(tiles, high),
    )  # fmt: skip
    bound = lower_bound(instance, prices).value
    lowest = (problem.costs + prices[:, None]).min(axis=0).sum()
    value = lowest - np.where(prices > 0, high * prices, low * prices).sum()
    scale = 1.0 + problem.costs.max() + high * np.abs(prices).sum()
    assert bound == pytest.approx(max(value, 0.0), abs=1e-11 * scale * len(problem.cells))
    assert bound <= least_cost(problem) + 1e-9 * scale


@pytest.mark.parametrize("options", OPTIONS[2:4])
def test_a_gap_that_is_asked_for_is_reached(options: dict[str, Any]) -> None:
    problem = large(400, 700, **options)
    answer = problem.solve(gap=0.05)
    assert_right(problem, answer)
    assert answer.gap <= 0.05


@pytest.mark.parametrize("options", OPTIONS[2:])
def test_a_search_without_time_keeps_limits_and_a_bound_that_holds(options: dict[str, Any]) -> None:
    problem = large(1000, 1600, most_rows=3, **options)
    answer = problem.solve(time_limit=0.0)
    uses = np.bincount(problem.numbers[answer.indices], minlength=1000)
    low, high = problem.limits
    assert low <= uses.min()
    assert uses.max() <= high
    assert answer.status == "time limit"
    prices = np.zeros(1000)
    prices[problem.numbers] = answer.prices
    value = dual_value(replace(answer, prices=prices), problem.costs, problem.limits)
    assert 0 < answer.bound <= min(value, answer.cost) * (1 + 1e-12)


@pytest.mark.parametrize(
    "options", [{"strategy": "nearest"}, {"max_uses": 6}, {"strategy": "fair"}]
)
def test_no_two_rows_of_a_tile_come_nearer_than_the_distance(options: dict[str, Any]) -> None:
    problem = large(60, 225, **options)
    free = problem.solve()
    answer = problem.solve(min_distance=3, grid=(15, 15))
    assert kept_apart(problem.numbers[answer.indices], (15, 15), 3)
    assert_right(problem, answer)
    assert free.cost <= answer.cost <= 1.5 * free.cost
    assert (answer.prices == free.prices).all()


@settings(deadline=None, max_examples=40)
@given(st.integers(4, 12), st.integers(1, 4), st.integers(0, 2**32))
def test_distances_hold_for_tiles_of_any_number_of_rows(
    tiles: int, most_rows: int, seed: int
) -> None:
    problem = large(tiles, 30, most_rows=most_rows, seed=seed, strategy="nearest")
    answer = problem.solve(min_distance=2, grid=(5, 6))
    assert kept_apart(problem.numbers[answer.indices], (5, 6), 2)
    assert_right(problem, answer)


@pytest.mark.parametrize("size", [20, 260])
@pytest.mark.parametrize("options", OPTIONS)
def test_rows_and_mirror_images_of_a_tile_are_all_its_own(
    options: dict[str, Any], size: int
) -> None:
    problem = large(size, size + size // 3, dimensions=2, **options)
    answer = problem.solve(reflection=SWAP)
    rows = np.vstack((problem.rows, problem.rows @ SWAP))
    both = replace(problem, rows=rows, owner=np.tile(problem.owner, 2))
    assert answer.mirrored is not None
    which = answer.indices + len(problem.rows) * answer.mirrored
    assert_right(both, replace(answer, indices=which, prices=np.tile(answer.prices, 2)))
    assert answer.cost == pytest.approx(both.solve(solver="emd").cost, rel=1e-12)
    assert answer.status == "optimal"


def test_a_row_that_fits_as_well_as_another_gives_way_to_the_first() -> None:
    tiles, owner = np.array([[5.0], [1.0], [1.0], [7.0]]), [0, 0, 0, 1]
    assert match(tiles, [[1.0], [6.5]], owner=owner).indices.tolist() == [1, 3]


@patient
@given(st.integers(1, 60), st.integers(1, 5), st.integers(1, 20), st.integers(0, 2**32))
def test_the_price_tree_finds_each_of_the_cheapest_tiles_once(
    tiles: int, most_rows: int, wanted: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    weights = random.uniform(0, 2, 9) if seed % 2 else None
    problem = large(tiles, 9, most_rows=most_rows, seed=seed, weights=weights)
    prices = random.exponential(size=tiles) * 100
    wanted = min(wanted, tiles)
    owners = Owners.of(problem.numbers)
    found = cheapest_tiles(problem.rows, owners, prices, problem.cells, weights, wanted)
    values = problem.costs + prices[:, None]
    expected = np.sort(values, axis=0)[:wanted].T
    assert np.take_along_axis(values.T, found, axis=1) == pytest.approx(expected)


def test_tiles_of_the_same_rows_are_merged_whatever_the_order_and_number_of_their_rows() -> None:
    rows = np.array([[1.0], [2.0], [2.0], [1.0], [1.0], [1.0], [3.0], [1.0]])
    owner = np.array([0, 0, 1, 1, 1, 2, 3, 4])
    distinct = make_problem(rows, [[0.0]], "nearest", None, None, owner).distinct_tiles()
    assert distinct.member_of.tolist() == [0, 0, 1, 2, 1]
    assert distinct.counts.tolist() == [2, 2, 1]
    assert distinct.owners.of_row.tolist() == [0, 0, 1, 2]
    assert distinct.rows.ravel().tolist() == [1.0, 2.0, 1.0, 3.0]


def test_owners_are_numbered_by_their_first_row_and_know_their_rows() -> None:
    owners = make_owners([7, -2, 7, 9, -2], 5)
    assert len(owners) == 3
    assert owners.of_row.tolist() == [0, 1, 0, 2, 1]
    rows, starts = owners.rows_of(np.array([1, 0]))
    assert (rows.tolist(), starts.tolist()) == ([1, 4, 0, 2], [0, 2])
    values = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    assert owners.least(values).tolist() == [1.0, 2.0, 4.0]
    assert owners.greatest(values).tolist() == [3.0, 5.0, 4.0]


@pytest.mark.parametrize(
    ("owner", "message"),
    [
        ([0, 1], r"owner has shape \(2,\), but there are 3 rows of tiles"),
        ([[0], [1], [2]], r"owner has shape \(3, 1\)"),
        (3, r"owner has shape \(\)"),
        ([0.0, 1.0, 1.0], "owner holds float64, but must hold an integer"),
        ([True, False, True], "owner holds bool"),
        (["a", "b", "b"], "owner holds <U1"),
        ([None, 1, 2], "owner holds object"),
    ],
)
def test_what_names_no_owners_is_refused(owner: Any, message: str) -> None:
    with pytest.raises(MatchingError, match=message):
        match(np.zeros((3, 2)), np.zeros((1, 2)), owner=owner)


def test_too_few_tiles_are_counted_as_tiles_and_not_as_rows() -> None:
    with pytest.raises(MatchingError, match="2 tiles used at most 1 times cannot fill 3 cells"):
        match(np.arange(8.0)[:, None], np.zeros((3, 1)), owner=[0, 1] * 4, max_uses=1)
