"""The certificate says what brute force says, for any prices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import Small, least_cost, small_problems, squared_distances

from mosaicdb.matching.certificate import (
    Instance,
    assignment_cost,
    branch_and_bound,
    lower_bound,
)


@settings(deadline=None, max_examples=200)
@given(small_problems(), st.integers(0, 2**32), st.sampled_from([0.0, 1.0, 100.0]))
def test_the_bound_is_the_dual_value_and_no_more_than_the_least_cost(
    small: Small, seed: int, size: float
) -> None:
    prices = np.random.default_rng(seed).normal(size=len(small.tiles)) * size
    low, high = small.limits
    lows, highs = np.full(len(prices), low), np.full(len(prices), high)
    instance = Instance(
        small.tiles, np.arange(len(prices)), small.cells, small.weights, lows, highs
    )
    bound = lower_bound(instance, prices).value
    lowest = (small.costs + prices[:, None]).min(axis=0).sum()
    value = lowest - np.where(prices > 0, highs * prices, lows * prices).sum()
    scale = 1.0 + small.costs.max() + high * np.abs(prices).sum()
    assert bound == pytest.approx(max(value, 0.0), abs=1e-11 * scale * len(small.cells))
    assert bound <= least_cost(small) + 1e-9 * scale


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("dimensions", [1, 3, 27])
def test_the_bound_is_right_over_many_blocks(dimensions: int, weighted: bool) -> None:
    random = np.random.default_rng(dimensions)
    tiles = random.normal(size=(500, dimensions))
    cells = random.normal(size=(700, dimensions)) + 1
    weights = random.uniform(0, 2, 700) if weighted else None
    prices = random.normal(size=500)
    zeros, ones = np.zeros(500, dtype=int), np.full(500, 2)
    costs = np.square(tiles[:, None] - cells[None]).sum(axis=2)
    costs = costs * weights if weights is not None else costs
    value = (costs + prices[:, None]).min(axis=0).sum() - 2 * prices[prices > 0].sum()
    bound = lower_bound(Instance(tiles, np.arange(500), cells, weights, zeros, ones), prices)
    assert bound.complete
    assert bound.value == pytest.approx(max(value, 0.0), rel=1e-12)


def test_the_cost_is_the_weighted_sum_of_squared_distances() -> None:
    tiles, cells = np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([[0.0, 1.0], [0.0, 0.0]])
    limits = np.zeros(2, dtype=int), np.ones(2, dtype=int)
    instance = Instance(tiles, np.arange(2), cells, np.array([2.0, 3.0]), *limits)
    assert assignment_cost(instance, np.array([0, 1])) == 77.0


def test_cells_that_the_time_does_not_suffice_for_are_bounded_from_below(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(branch_and_bound, "LEAST_EFFORT", 1)
    random = np.random.default_rng(2)
    tiles, cells = random.normal(size=(1500, 3)), random.normal(size=(1700, 3)) + 1
    prices = random.uniform(0, 1, 1500)
    instance = Instance(
        tiles, np.arange(1500), cells, None, np.zeros(1500, dtype=int), np.ones(1500, dtype=int)
    )
    likely = np.zeros(1700, dtype=int)
    hurried = lower_bound(instance, prices, likely, deadline=0.0)
    patient = lower_bound(instance, prices, likely)
    values = (squared_distances(tiles, cells) + prices[:, None]).min(axis=0)
    assert patient.complete
    assert patient.value == pytest.approx(values.sum() - prices.sum(), rel=1e-12)
    assert not hurried.complete
    assert hurried.value < patient.value
