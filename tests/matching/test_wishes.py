"""Limits of single tiles and cells whose tile is given hold, at a cost that nothing undercuts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from problems import Floats, Small, assert_bound_is_proven, kept_apart, small_problems
from scipy.optimize import linprog

from mosaicdb.errors import MatchingError
from mosaicdb.matching import match
from mosaicdb.matching.owners import make_owners
from mosaicdb.matching.uses import make_limits
from mosaicdb.records import Match

Ints = NDArray[np.int64]
patient = settings(deadline=None, max_examples=100)


@dataclass
class Wished:
    """A problem with wishes, one row a tile."""

    small: Small
    least: Ints
    most: Ints
    fixed: dict[int, int]

    @property
    def limits(self) -> tuple[Ints, Ints]:
        owners = make_owners(None, len(self.small.tiles))
        return make_limits(
            owners, len(self.small.cells), self.small.strategy, self.small.max_uses,
            self.least, self.most,
        )  # fmt: skip

    def solve(self, **more: Any) -> Match:
        small = self.small
        return match(
            small.tiles, small.cells, strategy=small.strategy, max_uses=small.max_uses,
            weights=small.weights, least=self.least, most=self.most, fixed=self.fixed,
            **{"gap": 0, **more},
        )  # fmt: skip


@st.composite
def wished_problems(draw: st.DrawFn) -> Wished:
    """Problems whose wishes can be met: some assignment within the limits is drawn first."""
    small = draw(small_problems())
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    tiles, cells = len(small.tiles), len(small.cells)
    if small.max_uses is None and small.strategy != "fair":
        chosen = random.integers(0, tiles, cells)
    else:
        chosen = np.resize(random.permutation(tiles), cells)
        random.shuffle(chosen)
    uses = np.bincount(chosen, minlength=tiles)
    least = np.where(random.random(tiles) < 0.3, random.integers(0, uses + 1), 0)
    most = np.where(random.random(tiles) < 0.3, uses + random.integers(0, 3, tiles), cells)
    pinned = np.flatnonzero(random.random(cells) < draw(st.sampled_from([0.0, 0.2, 1.0])))
    wished = Wished(small, least, most, {int(j): int(chosen[j]) for j in pinned})
    pins = np.bincount(chosen[pinned], minlength=tiles)
    low, high = wished.limits
    # A strategy's own limits may leave less room than the assignment drawn.
    assume((pins <= high).all() and np.maximum(low, pins).sum() <= cells)
    return wished


def least_cost(costs: Floats, low: Ints, high: Ints, fixed: dict[int, int]) -> float:
    """The optimal cost, by a linear program over all pairs."""
    tiles, cells = costs.shape
    filled = np.kron(np.ones((1, tiles)), np.eye(cells))
    used = np.kron(np.eye(tiles), np.ones((1, cells)))
    allowed = np.ones((tiles, cells))
    for cell, tile in fixed.items():
        allowed[:, cell] = np.arange(tiles) == tile
    scale = max(float(costs.max()), 1e-300)
    solution = linprog(
        costs.ravel() / scale, np.vstack((used, -used)), np.concatenate((high, -low)), filled,
        np.ones(cells), np.column_stack((np.zeros(costs.size), allowed.ravel())),
    )  # fmt: skip
    assert solution.status == 0
    return float(solution.fun) * scale


def dual_value(
    prices: Floats, costs: Floats, low: Ints, high: Ints, fixed: dict[int, int]
) -> float:
    """The bound that prices prove where pinned cells have one tile to choose from."""
    cells = costs.shape[1]
    pins = np.bincount(list(fixed.values()), minlength=len(prices)) if fixed else 0 * low
    low, high = np.maximum(low, pins), np.minimum(high, cells - len(fixed) + pins)
    values = (costs + prices[:, None]).min(axis=0)
    for cell, tile in fixed.items():
        values[cell] = costs[tile, cell] + prices[tile]
    return float(values.sum() - np.where(prices > 0, high * prices, low * prices).sum())


def assert_right(wished: Wished, answer: Match) -> None:
    low, high = wished.limits
    costs = wished.small.costs
    scale = 1e-9 * (1.0 + costs.max()) * costs.shape[1]
    uses = np.bincount(answer.indices, minlength=len(low))
    assert (low <= uses).all()
    assert (uses <= high).all()
    for cell, tile in wished.fixed.items():
        assert answer.indices[cell] == tile
    own = costs[answer.indices, np.arange(costs.shape[1])].sum()
    assert answer.cost == pytest.approx(own, abs=scale)
    value = dual_value(answer.prices, costs, low, high, wished.fixed)
    assert_bound_is_proven(answer, value, scale)


@patient
@given(wished_problems())
def test_wishes_are_met_at_the_least_cost_which_the_prices_prove(wished: Wished) -> None:
    answer = wished.solve()
    assert_right(wished, answer)
    costs = wished.small.costs
    scale = 1e-7 * (1.0 + costs.max()) * costs.shape[1]
    assert answer.cost == pytest.approx(least_cost(costs, *wished.limits, wished.fixed), abs=scale)
    assert answer.bound == pytest.approx(answer.cost, abs=1e-2 * scale)


@settings(deadline=None, max_examples=60)
@given(wished_problems())
def test_the_search_alone_finds_the_same_as_the_network_simplex(wished: Wished) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mosaicdb.matching.strategies.DENSE_PAIRS", 0)
        answer = wished.solve()
    assert_right(wished, answer)
    scale = 1e-9 * (1.0 + wished.small.costs.max()) * len(wished.small.cells)
    assert answer.cost == pytest.approx(wished.solve(solver="emd").cost, abs=scale)
    assert answer.bound == pytest.approx(answer.cost, abs=scale)


def large(tiles: int, cells: int, seed: int = 0, **asked: Any) -> Wished:
    """A problem with some musts, bans, limits and pins."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(tiles, 3)) * 10
    y = random.normal(size=(cells, 3)) * 4 + 8
    options = {"weights": None, "strategy": "unique", "max_uses": None} | asked
    special = random.permutation(tiles)
    least, most = np.zeros(tiles, np.int64), np.full(tiles, cells)
    most[special[:10]] = 0
    most[special[10:20]] = 1
    least[special[20:40]] = 1
    places = random.permutation(cells)[:15].tolist()
    fixed = dict(zip(places, special[30:45].tolist(), strict=True))
    return Wished(Small(x, y, **options), least, most, fixed)


LARGE: list[dict[str, Any]] = [
    {},
    {"strategy": "nearest"},
    {"strategy": "nearest", "max_uses": 3},
    {"strategy": "fair"},
    {"max_uses": 30},
]


@pytest.mark.parametrize("options", LARGE)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(300, 250), (150, 400)])
def test_large_problems_with_wishes_are_solved_to_their_optimum(
    shape: tuple[int, int], weighted: bool, options: dict[str, Any]
) -> None:
    weights = np.random.default_rng(1).uniform(0, 2, shape[1]) if weighted else None
    wished = large(*shape, weights=weights, **options)
    answer = wished.solve()
    assert_right(wished, answer)
    assert answer.status == "optimal"
    assert answer.cost == pytest.approx(wished.solve(solver="emd").cost, rel=1e-12)


@pytest.mark.parametrize("options", LARGE[:4])
def test_a_search_without_time_keeps_the_wishes(options: dict[str, Any]) -> None:
    wished = large(900, 850, **options)
    answer = wished.solve(time_limit=0.0)
    low, high = wished.limits
    uses = np.bincount(answer.indices, minlength=900)
    assert (low <= uses).all()
    assert (uses <= high).all()
    assert all(answer.indices[cell] == tile for cell, tile in wished.fixed.items())
    assert 0 < answer.bound <= wished.solve().cost * (1 + 1e-12)


@pytest.mark.parametrize(
    "options", [{"strategy": "nearest"}, {"max_uses": 6}, {"strategy": "fair"}]
)
def test_with_a_least_distance_pins_stay_and_musts_are_met(options: dict[str, Any]) -> None:
    wished = large(120, 225, **options)
    answer = wished.solve(min_distance=3, grid=(15, 15))
    assert kept_apart(answer.indices, (15, 15), 3)
    assert_right(wished, answer)
    assert answer.cost <= 1.5 * wished.solve().cost


SWAP = np.array([[0.0, 1.0], [1.0, 0.0]])


def test_with_mirror_images_limits_hold_for_both_and_a_pin_takes_the_nearer() -> None:
    tiles = np.array([[0.0, 9.0], [1.0, 2.0], [5.0, 5.0]])
    cells = np.array([[9.0, 0.0], [0.0, 9.0], [4.0, 5.0]])
    answer = match(
        tiles, cells, strategy="nearest", reflection=SWAP, least=[0, 1, 0], most=[1, 3, 3],
        fixed={0: 0},
    )  # fmt: skip
    assert answer.mirrored is not None
    assert (answer.indices[0], answer.mirrored[0]) == (0, True)
    assert sorted(answer.indices.tolist()) in ([0, 1, 2], [0, 1, 1])
    assert answer.status == "optimal"


def test_limits_hold_for_an_owner_and_a_pin_for_one_row() -> None:
    tiles = np.array([[0.0], [1.0], [2.0], [9.0]])
    answer = match(
        tiles, [[0.0], [1.0], [8.0]], strategy="nearest", owner=[0, 0, 1, 2], least=[2, 2, 0, 0],
        most=[2, 2, 3, 3], fixed={0: 1},
    )  # fmt: skip
    assert answer.indices.tolist() == [1, 1, 3]
    assert answer.cost == 2.0


def test_unique_allows_as_many_uses_as_it_takes_where_some_tiles_are_banned() -> None:
    tiles = np.arange(4.0)[:, None]
    answer = match(tiles, np.zeros((4, 1)), most=[0, 4, 4, 4])
    assert np.bincount(answer.indices, minlength=4).tolist() == [0, 2, 2, 0]
    answer = match(tiles, np.zeros((4, 1)), least=[0, 0, 0, 3])
    assert np.bincount(answer.indices, minlength=4).tolist() == [1, 0, 0, 3]


def test_every_cell_may_be_pinned() -> None:
    answer = match([[0.0], [3.0]], [[1.0], [1.0]], fixed={0: 1, 1: 0})
    assert answer.indices.tolist() == [1, 0]
    assert (answer.cost, answer.bound, answer.status) == (5.0, 5.0, "optimal")


FOUR, THREE = np.arange(4.0)[:, None], np.ones((3, 1))


IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"least": [1, 1]}, r"least has shape \(2,\), but there are 4 rows of tiles"),
    ({"least": [0.5, 0, 0, 0]}, "least must hold whole numbers of at least 0"),
    ({"most": [-1, 1, 1, 1]}, "most must hold whole numbers of at least 0"),
    (
        {"least": [0, 2, 0, 0], "most": [1, 1, 1, 1]},
        "tile 1 must be used at least 2 times, but at most 1 times",
    ),
    ({"least": [0, 0, 2, 0], "max_uses": 1}, "tile 2 must be used at least 2 times, but at most 1"),
    ({"least": [1, 1, 1, 1]}, "least uses of all tiles add up to 4, but there are 3 cells"),
    ({"most": [1, 1, 0, 0]}, "most uses of all tiles add up to 2, but there are 3 cells"),
    ({"most": 1, "owner": [0, 0, 1, 1]}, "most uses of all tiles add up to 2"),
    ({"least": [1, 0, 0, 0], "owner": [0, 0, 1, 2]}, "least differs between rows of one tile"),
    ({"fixed": {3: 0}}, "there is no cell 3 to fix: there are 3"),
    ({"fixed": {0: -1}}, "there is no row of tiles -1 to fix: there are 4"),
    ({"fixed": {0: "a"}}, "fixed must give a row of tiles, a whole number, by cell"),
    ({"fixed": {0: 2, 1: 2}}, "tile 2 is fixed to 2 cells, but may be used 1 time"),
    (
        {"fixed": {0: 2}, "most": [1, 1, 0, 1]},
        "tile 2 is fixed to 1 cell, but may be used 0 times",
    ),
    (
        {"fixed": {0: 0, 1: 1}, "least": [0, 0, 1, 1]},
        "fixed cells and least uses of other tiles take 4 cells, but there are 3",
    ),
    (
        {"fixed": {0: 2, 1: 2}, "strategy": "nearest", "min_distance": 2, "grid": (1, 3)},
        "row 0, column 0 and row 0, column 1 are fixed to the same tile, 1 apart, "
        "but the least distance is 2",
    ),
]


@pytest.mark.parametrize(("options", "message"), IMPOSSIBLE)
def test_impossible_wishes_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(MatchingError, match=message):
        match(FOUR, THREE, **options)
