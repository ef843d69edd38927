"""Uses of a tile are kept apart, whatever else is asked."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from problems import Floats, kept_apart

from mosaicdb.errors import MatchingError
from mosaicdb.matching import match


@dataclass
class Spaced:
    """A problem with a least distance, and a strategy, that surely has a solution."""

    there: NDArray[np.bool_]
    distance: int
    tiles: int
    options: dict[str, Any]

    @property
    def most(self) -> int:
        """Most uses of a tile."""
        cells = int(self.there.sum())
        if self.options["strategy"] == "nearest":
            return self.options.get("max_uses") or cells
        return self.options.get("max_uses") or -(-cells // self.tiles)


def tiles_of_a_periodic_layout(there: NDArray[np.bool_], distance: int, most: int | None) -> int:
    """Tiles that suffice where each serves cells a multiple of the distance apart, `most` times."""
    families = (there[r::distance, c::distance] for r in range(distance) for c in range(distance))
    sizes = [int(family.sum()) for family in families]
    return sum(-(-size // (most or size)) for size in sizes if size)


def tiles_in_turn(there: NDArray[np.bool_], distance: int) -> int:
    """Tiles that suffice where all take turns along the rows: every use is that far apart."""
    return (distance - 1) * there.shape[1] + distance


@st.composite
def solvable_problems(draw: st.DrawFn) -> Spaced:
    """Grids of up to 9 x 9 places, some with holes, with no more tiles than it takes, or a few."""
    rows, columns, distance = (draw(st.integers(*ends)) for ends in ((1, 9), (1, 9), (2, 6)))
    there = np.ones((rows, columns), dtype=np.bool_)
    strategy = draw(st.sampled_from(("nearest", "capped", "unique", "fair")))
    if strategy != "fair" and draw(st.booleans()):
        there = np.random.default_rng(draw(st.integers(0, 99))).random(there.shape) < 0.7
        there.flat[0] = True
    more = draw(st.integers(0, 12))
    if strategy == "nearest":
        tiles = tiles_of_a_periodic_layout(there, distance, None) + more
        return Spaced(there, distance, tiles, {"strategy": "nearest"})
    if strategy == "capped":
        most = draw(st.integers(1, 4))
        tiles = tiles_of_a_periodic_layout(there, distance, most) + more
        kind = draw(st.sampled_from(("nearest", "unique")))
        return Spaced(there, distance, tiles, {"strategy": kind, "max_uses": most})
    if not there.all():
        return Spaced(there, distance, int(there.sum()) + more, {"strategy": strategy})
    return Spaced(there, distance, tiles_in_turn(there, distance) + more, {"strategy": strategy})


@settings(deadline=None, max_examples=250)
@given(solvable_problems(), st.booleans(), st.booleans(), st.integers(0, 2**32))
def test_every_problem_that_surely_has_a_layout_is_solved_within_its_limits(
    problem: Spaced, flat: bool, weighted: bool, seed: int
) -> None:
    random = np.random.default_rng(seed)
    cells = int(problem.there.sum())
    x, y = random.normal(size=(problem.tiles, 2)), random.normal(size=(cells, 2))
    y = np.rint(y / 2) if flat else y
    weights = random.uniform(0, 2, cells) if weighted else None
    answer = match(
        x, y, min_distance=problem.distance, grid=problem.there, weights=weights, **problem.options
    )
    uses = np.bincount(answer.indices, minlength=problem.tiles)
    assert kept_apart(answer.indices, problem.there, problem.distance)
    assert uses.max() <= problem.most
    if problem.options["strategy"] == "fair":
        assert uses.min() >= cells // problem.tiles
    assert answer.bound <= answer.cost
    square = np.square(x[answer.indices] - y).sum(axis=1)
    assert answer.cost == pytest.approx((square if weights is None else square * weights).sum())


@settings(deadline=None, max_examples=150)
@given(
    st.integers(1, 9), st.integers(1, 9), st.integers(2, 6), st.integers(1, 60),
    st.sampled_from(["nearest", "unique", "fair"]), st.integers(0, 3), st.integers(0, 2**32),
)  # fmt: skip
def test_an_answer_to_any_problem_keeps_the_distance_or_there_is_a_reason_for_none(
    rows: int, columns: int, distance: int, tiles: int, strategy: str, extra: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    x, y = random.normal(size=(tiles, 2)), random.normal(size=(rows * columns, 2))
    most = None if strategy == "fair" or not extra else -(-len(y) // tiles) + extra
    options = {"strategy": strategy, "max_uses": most}
    there = np.ones((rows, columns), dtype=np.bool_)
    limit = Spaced(there, distance, tiles, options).most
    try:
        answer = match(x, y, min_distance=distance, grid=(rows, columns), **options)
    except MatchingError:
        assert tiles < tiles_in_turn(there, distance)
        assert strategy == "fair" or tiles < tiles_of_a_periodic_layout(there, distance, limit)
        return
    assert kept_apart(answer.indices, (rows, columns), distance)
    assert np.bincount(answer.indices).max() <= limit


@pytest.mark.parametrize("there", [(9, 9), (3, 25), (25, 3)])
def test_tiles_in_turn_are_found_where_no_periodic_layout_fits_the_limits(
    there: tuple[int, int],
) -> None:
    across = min(there)
    tiles = 2 * across + 3
    random = np.random.default_rng(0)
    x, y = random.normal(size=(tiles, 2)), np.zeros((there[0] * there[1], 2))
    answer = match(x, y, strategy="fair", min_distance=3, grid=there)
    assert kept_apart(answer.indices, there, 3)
    assert np.ptp(np.bincount(answer.indices, minlength=tiles)) <= 1


def test_a_problem_without_a_layout_is_refused_with_its_numbers() -> None:
    # 3 x 3 squares need 9 tiles; with 10 tiles of 5 uses, the families of 4 cells fill only 4.
    x, y = np.random.default_rng(0).normal(size=(10, 2)), np.zeros((49, 2))
    with pytest.raises(MatchingError, match="found no layout of 10 tiles of at most 5 uses"):
        match(x, y, max_uses=5, min_distance=3, grid=(7, 7))


def brute_force_pairs(tiles: Floats, cells: Floats, indices: NDArray[np.intp]) -> Floats:
    """(cells, cells) what it saves that two cells swap tiles."""
    costs = np.square(tiles[indices][:, None] - cells[None]).sum(axis=2)
    own = np.diag(costs)
    return own[:, None] + own[None] - costs - costs.T


def test_no_swap_of_two_tiles_that_keeps_the_distance_would_save_anything() -> None:
    random = np.random.default_rng(3)
    x, y = random.normal(size=(40, 2)), random.normal(size=(100, 2))
    answer = match(x, y, max_uses=4, min_distance=3, grid=(10, 10))
    saved = brute_force_pairs(x, y, answer.indices)
    for one, other in np.argwhere(saved > 1e-9):
        swapped = answer.indices.copy()
        swapped[[one, other]] = swapped[[other, one]]
        assert not kept_apart(swapped, (10, 10), 3)


def test_no_move_to_a_tile_with_a_use_to_spare_would_save_anything() -> None:
    random = np.random.default_rng(4)
    x, y = random.normal(size=(40, 2)), random.normal(size=(100, 2))
    answer = match(x, y, max_uses=4, min_distance=3, grid=(10, 10))
    uses = np.bincount(answer.indices, minlength=40)
    costs = np.square(x[:, None] - y[None]).sum(axis=2)
    for cell in range(100):
        for tile in np.flatnonzero(uses < 4):
            if costs[tile, cell] < costs[answer.indices[cell], cell] - 1e-9:
                moved = answer.indices.copy()
                moved[cell] = tile
                assert not kept_apart(moved, (10, 10), 3)


@pytest.mark.parametrize("grid", [None, (3, 4), (5,), (0, 7), np.ones((3, 4), bool), np.ones(7)])
def test_a_grid_that_does_not_hold_the_cells_is_told(grid: object) -> None:
    x, y = np.eye(7), np.eye(7)
    with pytest.raises(MatchingError, match="min_distance needs the grid of the 7 cells"):
        match(x, y, min_distance=2, grid=grid)


def test_a_repeating_pattern_is_found_where_nothing_else_fits() -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(25, 3)), random.normal(size=(400, 3))
    answer = match(x, y, strategy="nearest", min_distance=5, grid=(20, 20))
    assert kept_apart(answer.indices, (20, 20), 5)
    with pytest.raises(MatchingError, match="largest distance that may fit is 5"):
        match(x, y, strategy="nearest", min_distance=6, grid=(20, 20))


def test_distances_cost_little_where_there_is_room() -> None:
    random = np.random.default_rng(0)
    x, y = random.uniform(size=(600, 3)), random.uniform(size=(900, 3))
    free = match(x, y, max_uses=3)
    apart = match(x, y, max_uses=3, min_distance=4, grid=(30, 30))
    assert kept_apart(apart.indices, (30, 30), 4)
    assert free.cost <= apart.cost <= 1.1 * free.cost
    assert free.bound < apart.bound <= apart.cost
