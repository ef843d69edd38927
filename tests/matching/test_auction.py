"""The parts of the search: trial limits, rounding, the price tree, heaps, epsilons."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from problems import Floats, dual_value, squared_distances

from mosaicdb.matching import match, strategies
from mosaicdb.matching.arrays import new_record
from mosaicdb.matching.auction import epsilon_scaling, transport
from mosaicdb.matching.auction.c_transform import price_by_values
from mosaicdb.matching.auction.level import Level, open_level, typical_cost, update_values
from mosaicdb.matching.auction.multiscale import coarsen
from mosaicdb.matching.auction.rounding import complete_assignment
from mosaicdb.matching.auction.slots import DUMMY, VACANT
from mosaicdb.matching.auction.transport_problem import TransportProblem, merge_equals
from mosaicdb.matching.dual_prices import shift_to_best_bound
from mosaicdb.matching.owners import Owners
from mosaicdb.matching.problem import make_problem
from mosaicdb.matching.spacing.choices import cheapest_tiles
from mosaicdb.matching.stopping import StoppingCriterion
from mosaicdb.matching.tree_order import build_order

patient = settings(deadline=None, max_examples=60)


def crowded(tiles: int, cells: int, popular: int) -> tuple[Floats, Floats]:
    """Cells around the first few tiles, and all other tiles far from them."""
    random = np.random.default_rng(tiles)
    x = random.normal(size=(tiles, 2)) * 30 + 200
    x[:popular] = random.normal(size=(popular, 2))
    return x, random.normal(size=(cells, 2)) * 3


class TestLimitsFarAboveWhatMostTilesGet:
    """The search starts with fewer slots than the limits allow."""

    @pytest.fixture(autouse=True)
    def _as_in_large_problems(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(transport, "FEW_SLOTS", 0)

    @pytest.mark.parametrize("popular", [1, 3])
    @pytest.mark.parametrize("most", [150, 250])
    def test_tiles_get_all_the_uses_that_make_the_match_cheapest(
        self, popular: int, most: int
    ) -> None:
        tiles, cells = crowded(200, 600, popular)
        ours = match(tiles, cells, max_uses=most, gap=0)
        reference = match(tiles, cells, max_uses=most, gap=0, solver="emd")
        assert ours.cost == pytest.approx(reference.cost, rel=1e-12)
        if popular == 1:
            assert np.bincount(ours.indices)[0] == most
        assert ours.status == "optimal"

    def test_first_prices_that_prove_nothing_lead_to_no_price_war(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bids: list[float] = []
        run_stage = epsilon_scaling.run_stage

        def count_bids(level: Level, *how: object) -> float:
            before = level.market.state.bids
            reached = run_stage(level, *how)  # type: ignore[arg-type]
            bids.append((level.market.state.bids - before) / len(level.values))
            return reached

        monkeypatch.setattr(transport, "run_stage", count_bids)
        match(*crowded(3_000, 4_000, 20), max_uses=300, gap=0)
        assert max(bids) < epsilon_scaling.MOST_BIDS

    def test_they_start_low_and_grow_where_they_bind(self, monkeypatch: pytest.MonkeyPatch) -> None:
        trials: list[NDArray[np.int64]] = []
        search = transport._search

        def spy(problem: TransportProblem, stopping: StoppingCriterion) -> Any:
            trials.append(problem.most)
            return search(problem, stopping)

        monkeypatch.setattr(transport, "_search", spy)
        tiles, cells = crowded(200, 600, 1)
        match(tiles, cells, max_uses=500, gap=0)
        assert [int(trial.max()) for trial in trials] == [5, 20, 80, 320, 500]
        assert (np.diff(trials, axis=0) >= 0).all()

    def test_the_search_is_not_repeated_when_the_time_is_up(self) -> None:
        tiles, cells = crowded(200, 600, 1)
        answer = match(tiles, cells, max_uses=500, gap=0, time_limit=0.0)
        assert np.bincount(answer.indices).max() <= 5
        value = dual_value(answer, squared_distances(tiles, cells), (0, 500))
        assert answer.bound <= value * (1 + 1e-12)
        assert answer.bound > 0
        assert answer.status == "time limit"


def level_of(tiles: Floats, cells: Floats, strategy: str, most: int | None = None) -> Level:
    problem = make_problem(tiles, cells, strategy, most, None)
    level = open_level(merge_equals(problem).transport)
    assert update_values(level, StoppingCriterion())
    return level


def hold(level: Level, slots: NDArray[np.intp], groups: NDArray[np.intp]) -> None:
    level.market.slots.owner[slots] = groups


def assert_complete(level: Level, owners: NDArray[np.int64]) -> None:
    problem = level.problem
    held = owners[owners >= 0]
    assert (np.bincount(held, minlength=len(problem.cells)) == problem.demand).all()
    tiles = level.market.slots.tile[owners >= 0]
    uses = np.bincount(tiles, minlength=len(problem.tiles))
    assert (uses >= problem.least).all()
    assert (uses <= problem.most).all()


class TestRounding:
    """An unfinished assignment is completed within the limits."""

    def test_cells_on_dear_optional_slots_make_room_for_compulsory_ones(self) -> None:
        random = np.random.default_rng(0)
        level = level_of(random.normal(size=(6, 2)), random.normal(size=(9, 2)), "fair")
        slots = level.market.slots
        optional = np.flatnonzero(level.market.slots.optional)
        slots.price[optional] = [5.0, 1.0, 6.0, 2.0, 4.0, 3.0]
        hold(level, optional, np.arange(6))
        owners = complete_assignment(level)
        assert_complete(level, owners)
        kept = optional[owners[optional] == np.arange(6)]
        assert sorted(slots.price[kept]) == [1.0, 2.0, 3.0]

    def test_nobody_moves_where_enough_cells_wait_for_the_compulsory_slots(self) -> None:
        random = np.random.default_rng(1)
        level = level_of(random.normal(size=(6, 2)), random.normal(size=(9, 2)), "fair")
        optional = np.flatnonzero(level.market.slots.optional)[:3]
        hold(level, optional, np.arange(3))
        owners = complete_assignment(level)
        assert_complete(level, owners)
        assert (owners[optional] == np.arange(3)).all()

    def test_slots_of_the_dummy_are_free(self) -> None:
        random = np.random.default_rng(2)
        level = level_of(random.normal(size=(6, 2)), random.normal(size=(9, 2)), "fair")
        level.market.slots.owner[:] = DUMMY
        owners = complete_assignment(level)
        assert_complete(level, owners)
        assert (owners[owners < 0] == VACANT).all()

    def test_on_a_line_the_pairs_are_optimal(self) -> None:
        random = np.random.default_rng(3)
        tiles, cells = random.normal(size=(101, 1)), random.normal(size=(101, 1))
        level = level_of(tiles, cells, "unique")
        owners = complete_assignment(level)
        problem = level.problem
        found = np.square(problem.tiles[level.market.slots.tile] - problem.cells[owners]).sum()
        assert found == pytest.approx(np.square(np.sort(tiles[:, 0]) - np.sort(cells[:, 0])).sum())

    def test_of_more_slots_than_cells_the_nearest_are_taken(self) -> None:
        tiles = np.concatenate((np.arange(20.0), np.arange(1000.0, 1040.0)))[:, None]
        level = level_of(tiles, np.arange(20.0)[:, None] + 0.25, "unique")
        owners = complete_assignment(level)
        taken = level.problem.tiles[level.market.slots.tile[owners >= 0], 0]
        assert np.ptp(taken) == 19.0

    def test_a_complete_assignment_stays_as_it_is(self) -> None:
        level = level_of(np.eye(5), np.eye(5) * 2, "unique")
        hold(level, np.arange(5), np.arange(5)[::-1].copy())
        assert (complete_assignment(level) == np.arange(5)[::-1]).all()


@patient
@given(st.integers(1, 200), st.integers(1, 5), st.integers(1, 20), st.integers(0, 2**32))
def test_the_price_tree_finds_the_cheapest_tiles_of_every_cell(
    tiles: int, dimensions: int, wanted: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    x, y = random.normal(size=(tiles, dimensions)), random.normal(size=(9, dimensions)) * 2
    prices = random.exponential(size=tiles) * random.choice([0.0, 1.0, 10.0])
    weights = random.exponential(size=9) ** 3 if seed % 2 else None
    wanted = min(wanted, tiles)
    found = cheapest_tiles(x, Owners.of_single_rows(tiles), prices, y, weights, wanted)
    values = squared_distances(x, y) * (1.0 if weights is None else weights) + prices[:, None]
    expected = np.sort(values, axis=0)[:wanted].T
    assert np.take_along_axis(values.T, found, axis=1) == pytest.approx(expected)


@pytest.mark.parametrize(("queries_differ_by", "halved"), [((1, 1), 0), ((1, 99), 1), ((0, 1), 1)])
def test_the_order_of_a_tree_is_a_permutation_that_halves_the_side_where_most_is_lost(
    queries_differ_by: tuple[float, float], halved: int
) -> None:
    random = np.random.default_rng(0)
    points = random.normal(size=(48, 2)) * [10, 1]
    order = build_order(points, random.normal(size=(60, 2)) * queries_differ_by)
    assert sorted(order) == list(range(48))
    assert points[order[:24], halved].max() <= points[order[24:], halved].min()


@pytest.mark.parametrize("weighted", [False, True])
def test_tiles_are_priced_at_what_the_cell_would_pay_that_wants_them_most(weighted: bool) -> None:
    random = np.random.default_rng(6)
    weights = random.uniform(0.5, 2, 40) if weighted else None
    x, y = random.normal(size=(30, 3)), random.normal(size=(40, 3))
    problem = merge_equals(make_problem(x, y, "nearest", 3, weights)).transport
    values = random.normal(size=40)
    prices, winners = price_by_values(problem, values, np.full(40, -1), problem.tiles)
    costs = squared_distances(problem.tiles, problem.cells)
    factors = np.ones(40) if problem.weights is None else problem.weights
    paid = values + problem.own_costs() - costs * factors
    assert prices == pytest.approx(paid.max(axis=1))
    assert (winners == paid.argmax(axis=1)).all()


def test_a_coarse_problem_has_the_same_means_and_can_be_solved() -> None:
    random = np.random.default_rng(7)
    weights = random.uniform(0, 2, 64)
    x, y = random.normal(size=(32, 2)), random.normal(size=(64, 2))
    fine = merge_equals(make_problem(x, y, "fair", None, weights)).transport
    coarse = coarsen(fine, 4)
    assert (len(coarse.tiles), coarse.size) == (8, 16)
    assert coarse.tiles.mean(axis=0) == pytest.approx(fine.tiles.mean(axis=0))
    assert coarse.weights is not None
    assert fine.weights is not None
    assert coarse.weights.sum() * 4 == pytest.approx(fine.weights.sum())
    mean = np.average(fine.cells, axis=0, weights=fine.weights)
    assert np.average(coarse.cells, axis=0, weights=coarse.weights) == pytest.approx(mean)
    assert coarse.least.sum() <= coarse.size <= coarse.most.sum()


@patient
@given(st.integers(1, 12), st.integers(0, 3), st.integers(0, 3), st.integers(0, 2**32))
def test_no_constant_added_to_prices_would_prove_more(
    tiles: int, low: int, more: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    high = low + more
    cells = int(random.integers(low * tiles, high * tiles + 1))
    lows, highs = np.full(tiles, low), np.full(tiles, high)
    prices = shift_to_best_bound(random.normal(size=tiles), lows, highs, cells)

    def bound(shift: float) -> float:
        moved = prices + shift
        return float(cells * shift - np.where(moved > 0, highs * moved, lows * moved).sum())

    others = [bound(shift) for shift in (*-prices, *random.normal(size=9))]
    assert bound(0.0) >= max(others) - 1e-9


@pytest.mark.parametrize("gap", [0.0, 1e-6, 1e-4, 1e-3, 1e-2, 0.5])
def test_epsilons_step_down_to_one_that_suffices_for_the_gap(gap: float) -> None:
    epsilon = epsilon_scaling.first_epsilon(gap)
    assert epsilon <= epsilon_scaling.FIRST_EPSILON * epsilon_scaling.ROUNDING
    steps = [epsilon]
    while not epsilon_scaling.is_last(steps[-1]):
        steps.append(steps[-1] / epsilon_scaling.EPSILON_STEP)
    target = min(epsilon_scaling.FIRST_EPSILON, max(gap, epsilon_scaling.LAST_EPSILON))
    assert min(abs(step - target) for step in steps) < 1e-9


def test_a_record_has_the_fields_of_its_class_and_no_others() -> None:
    class Numbers:
        count: int
        length: float

    class Hidden:
        size: int

    record = new_record(Numbers, count=3, length=-np.inf)
    record.count += 1
    assert (record.count, record.length) == (4, -np.inf)
    with pytest.raises(TypeError, match="Numbers has no field 'weight'"):
        new_record(Numbers, count=1, length=1.0, weight=2)
    with pytest.raises(TypeError, match="Hidden.size would be hidden"):
        new_record(Hidden, size=1)
    with pytest.raises(KeyError):
        new_record(Numbers, count=1)


def stages(tiles: Floats, cells: Floats, strategy: str, epsilons: tuple[float, ...]) -> Level:
    """Run stages of the auction, of epsilons in costs of an average cell, without a finish."""
    level = level_of(tiles, cells, strategy)
    for epsilon in epsilons:
        assert epsilon_scaling.run_stage(level, epsilon * typical_cost(level), StoppingCriterion())
        assert update_values(level, StoppingCriterion())
    return level


@pytest.mark.parametrize("cells", [400, 1000])
def test_after_a_stage_no_cell_could_gain_more_than_a_few_epsilons(cells: int) -> None:
    random = np.random.default_rng(11)
    tiles = random.normal(size=(cells, 3))
    level = stages(tiles, np.rint(random.normal(size=(cells, 3)) * 2 + 3), "unique", (0.1, 0.01))
    slots = level.market.slots
    assert (slots.owner >= 0).all()
    excess = slots.cost + slots.price - level.values[slots.owner]
    # What is off a shortlist may be better by as much as a group is patient.
    most = 0.01 * (1 + epsilon_scaling.PATIENCE)
    assert excess.max() <= most * typical_cost(level)
    assert level.gap <= most


def test_a_reverse_auction_asks_for_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epsilon_scaling, "SLICE", 10)
    random = np.random.default_rng(12)
    x, y = random.normal(size=(600, 3)) * 5, random.normal(size=(400, 3)) * 3 + 9
    level = stages(x, y, "unique", (0.1,))
    level.market.slots.price[level.market.slots.owner == VACANT] += 1.0
    for seconds, most in ((0.0, 0), (np.inf, np.inf)):
        before = level.market.state.bids
        stopping = StoppingCriterion(seconds=seconds)
        epsilon_scaling._let_slots_bid(level, 0.01, 200, stopping)
        assert (level.market.state.bids - before > 0) == (most > 0)


@pytest.fixture
def to_the_last_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let stages leave no vacant slot to the finish."""
    monkeypatch.setattr(epsilon_scaling, "FEW_VACANT", 0)
    monkeypatch.setattr(epsilon_scaling, "VACANT_OF_EPSILON", 0.0)


@pytest.mark.parametrize(
    ("tiles", "cells", "strategy"), [(400, 400, "unique"), (600, 400, "unique"), (300, 400, "fair")]
)
@pytest.mark.usefixtures("to_the_last_slot")
def test_the_auction_alone_comes_within_a_few_epsilons_of_the_optimum(
    tiles: int, cells: int, strategy: str
) -> None:
    random = np.random.default_rng(12)
    x, y = random.normal(size=(tiles, 3)) * 5, random.normal(size=(cells, 3)) * 3 + 9
    level = stages(x, y, strategy, (0.1, 0.02, 0.004, 8e-4, 1.6e-4))
    assert level.gap <= 4 * 1.6e-4
    best = match(x, y, strategy=strategy, gap=0).cost
    assert level.bound <= best * (1 + 1e-12)
    assert level.cost >= best * (1 - 1e-12)


@pytest.mark.parametrize(
    ("tiles", "strategy", "max_uses"),
    [(120, "unique", None), (40, "unique", 8), (60, "fair", None), (110, "fair", None)],
)
@pytest.mark.usefixtures("to_the_last_slot")
def test_after_a_stage_vacant_slots_are_optional_and_cost_no_more_than_the_floor(
    tiles: int, strategy: str, max_uses: int | None
) -> None:
    random = np.random.default_rng(13)
    x, y = random.normal(size=(tiles, 3)), np.rint(random.normal(size=(100, 3)) * 2 + 1)
    transport_problem = merge_equals(make_problem(x, y, strategy, max_uses, None)).transport
    level = open_level(transport_problem)
    stopping = StoppingCriterion()
    update_values(level, stopping)
    assert epsilon_scaling.run_stage(level, 0.01, stopping)
    slots = level.market.slots
    vacant = slots.owner == VACANT
    assert vacant.sum() == len(vacant) - 100
    assert slots.optional[vacant].all()
    assert (slots.price[vacant] == level.market.state.floor).all()
    assert (slots.price[slots.optional] >= level.market.state.floor).all()


@pytest.mark.parametrize("asked", [{}, {"max_uses": 2}, {"strategy": "fair"}, {"least": 1}])
@pytest.mark.parametrize("matter", [0, 1, 250, 399])
def test_cells_without_weight_take_what_the_others_leave(
    matter: int, asked: dict[str, Any]
) -> None:
    random = np.random.default_rng(matter)
    count = 420 if asked == {} else 300
    x, y = random.normal(size=(count, 3)), random.normal(size=(400, 3))
    weights = random.permutation(np.where(np.arange(400) < matter, random.uniform(1, 2, 400), 0))
    answer = match(x, y, weights=weights, gap=0, **asked)
    reference = match(x, y, weights=weights, gap=0, solver="emd", **asked)
    assert answer.cost == pytest.approx(reference.cost, rel=1e-12)
    assert answer.status == "optimal"
    uses = np.bincount(answer.indices, minlength=count)
    assert uses.min() >= (asked in ({"strategy": "fair"}, {"least": 1}))
    assert uses.max() <= (1 if asked == {} else 2)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("tiles", [93, 200])
def test_with_tiles_left_over_and_cells_that_care_little_the_optimum_is_found_and_proven(
    tiles: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strategies, "DENSE_PAIRS", 0)
    random = np.random.default_rng(seed)
    x, y = random.normal(size=(tiles, 2)), np.rint(random.normal(size=(90, 2)) * 2 + 1)
    weights = random.uniform(0, 1, 90) ** 3
    answer = match(x, y, weights=weights, gap=0)
    reference = match(x, y, weights=weights, gap=0, solver="emd")
    assert answer.cost == pytest.approx(reference.cost, rel=1e-12)
    assert answer.status == "optimal"
