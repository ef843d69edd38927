"""The bound of a match with a least distance holds, and says what it is made of."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from problems import Floats
from scipy.optimize import Bounds, LinearConstraint, milp

from mosaicdb.errors import MatchingError
from mosaicdb.matching import match
from mosaicdb.matching.certificate import Instance, dual_bound, lower_bound, spread_over_cells
from mosaicdb.records import Match


@dataclass
class Spaced:
    """A small problem with a least distance, and what else is asked."""

    tiles: Floats
    owner: NDArray[np.int64]
    cells: Floats
    weights: Floats | None
    there: NDArray[np.bool_]
    distance: int
    most: int
    fixed: dict[int, int]

    @property
    def costs(self) -> Floats:
        """(tiles, cells), the least over each tile's rows."""
        rows = np.square(self.tiles[:, None] - self.cells).sum(axis=2)
        rows = rows if self.weights is None else rows * self.weights
        return np.array([rows[self.owner == i].min(axis=0) for i in range(self.owner.max() + 1)])

    def solve(self, **more: Any) -> Match:
        """Match it."""
        return match(
            self.tiles,
            self.cells,
            strategy="nearest",
            max_uses=self.most,
            min_distance=self.distance,
            grid=self.there,
            weights=self.weights,
            owner=self.owner,
            fixed=self.fixed,
            gap=0,
            **more,
        )

    def least_cost(self) -> float:
        """The least cost of any match, by an integer program over all pairs; inf for none."""
        costs = self.costs
        tiles, cells = costs.shape
        row, column = np.nonzero(self.there)
        apart = np.maximum(abs(row[:, None] - row), abs(column[:, None] - column))
        near = np.argwhere(np.triu(apart < self.distance, 1))
        pairs = np.zeros((len(near), cells))
        pairs[np.arange(len(near)), near[:, 0]] = pairs[np.arange(len(near)), near[:, 1]] = 1
        filled = np.kron(np.ones((1, tiles)), np.eye(cells))
        used = np.kron(np.eye(tiles), np.ones((1, cells)))
        limits = [LinearConstraint(filled, 1, 1), LinearConstraint(used, 0, self.most)]
        if len(near):
            limits.append(LinearConstraint(np.kron(np.eye(tiles), pairs), 0, 1))
        low = np.zeros((tiles, cells))
        for cell, at in self.fixed.items():
            low[self.owner[at], cell] = 1
        weight = self.costs.copy()
        for cell, at in self.fixed.items():
            scale = 1.0 if self.weights is None else self.weights[cell]
            own = np.square(self.tiles[at] - self.cells[cell]).sum() * scale
            weight[self.owner[at], cell] = own
        solved = milp(
            weight.ravel(), constraints=limits, integrality=1, bounds=Bounds(low.ravel(), 1)
        )
        return np.inf if solved.x is None else float(solved.fun)


@st.composite
def spaced_problems(draw: st.DrawFn) -> Spaced:
    """Grids of up to 5 x 4 places, some with holes, weights, pins, and tiles of several rows."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    there = np.ones((draw(st.integers(1, 5)), draw(st.integers(2, 4))), dtype=np.bool_)
    if draw(st.booleans()):
        there = random.random(there.shape) < 0.8
        there.flat[0] = True
    cells, distance = int(there.sum()), draw(st.integers(2, 3))
    tiles = distance**2 + draw(st.integers(0, 5))
    owner = np.arange(tiles) if draw(st.booleans()) else np.repeat(np.arange(tiles), 2)
    features = random.normal(size=(len(owner), 2))
    targets = np.rint(random.normal(size=(cells, 2))) if draw(st.booleans()) else features[:1]
    weights = random.uniform(0, 2, cells) if draw(st.booleans()) else None
    fixed = {0: int(random.integers(len(owner)))} if draw(st.booleans()) else {}
    most = -(-cells // tiles) + draw(st.integers(0, 3))
    targets = np.broadcast_to(targets, (cells, 2)).copy()
    return Spaced(features, owner, targets, weights, there, distance, most, fixed)


def proven_by_windows(problem: Spaced, answer: Match) -> float:
    """What the prices of tiles and windows prove, by brute force, as `Match.windows` says it."""
    windows = answer.windows
    assert windows is not None
    assert windows.amounts.min() > 0
    first = np.unique(problem.owner, return_index=True)[1]
    prices = windows.prices[first]
    paid = problem.costs + prices[:, None]
    place = np.argwhere(problem.there)
    for row, corner, amount in zip(windows.rows, windows.corners, windows.amounts, strict=True):
        inside = ((place >= corner) & (place < corner + windows.distance)).all(axis=1)
        paid[problem.owner[row], inside] += amount
    high = np.full(len(prices), min(problem.most, len(problem.cells)))
    free = np.ones(len(problem.cells), dtype=np.bool_)
    total = -float(windows.amounts.sum())
    for cell, row in problem.fixed.items():
        free[cell] = False
        high[problem.owner[row]] -= 1
        scale = 1.0 if problem.weights is None else problem.weights[cell]
        total += float(np.square(problem.tiles[row] - problem.cells[cell]).sum() * scale)
    some = high > 0
    total += float(paid[some][:, free].min(axis=0).sum())
    return total - float((high * np.maximum(prices, 0))[some].sum())


@settings(deadline=None, max_examples=25)
@given(spaced_problems())
def test_the_bound_is_what_windows_prove_and_no_more_than_the_least_cost(problem: Spaced) -> None:
    try:
        answer = problem.solve()
    except MatchingError:
        return
    least = problem.least_cost()
    assert answer.bound <= least * (1 + 1e-9) + 1e-9
    assert answer.cost >= least * (1 - 1e-6) - 1e-9
    if answer.windows is not None:
        assert answer.bound == pytest.approx(
            min(proven_by_windows(problem, answer), answer.cost), abs=1e-9
        )


def flat_target(side: int) -> tuple[Floats, Floats]:
    """Tiles, and cells of which neighbours are alike."""
    random = np.random.default_rng(5)
    waves = np.sin(np.add.outer(np.arange(side) / 5, np.arange(side) / 7))
    shades = waves[:, :, None] * [1.0, 0.8, 0.5] + random.normal(size=(side, side, 3)) / 20
    return random.normal(size=(300, 3)), shades.reshape(side * side, 3)


@pytest.mark.parametrize(
    ("options", "part"), [({"strategy": "nearest"}, 0.3), ({"max_uses": 4}, 0.7)]
)
def test_windows_close_a_good_part_of_the_gap(options: dict[str, Any], part: float) -> None:
    tiles, cells = flat_target(30)
    answer = match(tiles, cells, min_distance=4, grid=(30, 30), **options)
    free = match(tiles, cells, **options)
    assert answer.cost - answer.bound < part * (answer.cost - free.bound)
    assert answer.bound > free.bound
    np.testing.assert_array_equal(answer.prices, free.prices)


def test_mirror_images_have_windows_in_common() -> None:
    tiles, cells = flat_target(12)
    mirror = np.diag([1.0, 1.0, -1.0])
    answer = match(
        tiles[:40], cells, strategy="nearest", min_distance=3, grid=(12, 12), reflection=mirror
    )
    assert answer.windows is not None
    assert len(answer.windows.prices) == 40
    assert answer.windows.rows.max() < 40


def test_windows_are_not_priced_beyond_the_time() -> None:
    tiles, cells = flat_target(30)
    answer = match(tiles, cells, strategy="nearest", min_distance=4, grid=(30, 30), time_limit=0)
    assert answer.status == "time limit"
    assert answer.windows is None


@pytest.mark.parametrize("few_pairs", [0, 1 << 21])
def test_surcharges_are_counted_alike_by_brute_force_and_by_branch_and_bound(
    few_pairs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dual_bound, "FEW_PAIRS", few_pairs)
    random = np.random.default_rng(0)
    rows, cells = random.normal(size=(600, 3)), np.rint(random.normal(size=(400, 3)))
    owner = np.repeat(np.arange(300), 2)
    there = np.full((25, 20), -1)
    there.flat[np.sort(random.permutation(500)[:400])] = np.arange(400)
    tiles, amounts = random.integers(0, 300, 3000), random.uniform(0, 3, 3000)
    corners = np.column_stack((random.integers(0, 25, 3000), random.integers(0, 20, 3000)))
    prices = random.normal(size=300)
    paid = np.square(rows[:, None] - cells).sum(axis=2)
    paid = np.minimum(paid[0::2], paid[1::2]) + prices[:, None]
    place = np.argwhere(there >= 0)
    for tile, corner, amount in zip(tiles, corners, amounts, strict=True):
        paid[tile, ((place >= corner) & (place < corner + 4)).all(axis=1)] += amount
    limits = np.zeros(300, dtype=np.int64), np.full(300, 2)
    value = paid.min(axis=0).sum() - 2 * prices[prices > 0].sum() - 0.01 * amounts.sum()
    surcharges = spread_over_cells(tiles, corners, amounts, 4, there, 300)
    surcharges = type(surcharges)(
        surcharges.first, surcharges.tiles, surcharges.amounts, 0.01 * amounts
    )
    instance = Instance(rows, owner, cells, None, *limits)
    bound = lower_bound(instance, prices, surcharges=surcharges)
    assert bound.value == pytest.approx(max(value, 0.0), rel=1e-12)


def test_a_window_that_would_pay_proves_nothing() -> None:
    there = np.arange(4).reshape(2, 2)
    with pytest.raises(ValueError, match="less than nothing"):
        spread_over_cells(np.zeros(1, int), np.zeros((1, 2), int), np.array([-1.0]), 2, there, 1)
