"""Tiles that come in blocks are matched as those in memory are."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import Small, small_problems, solve

from mosaicdb.errors import MatchingError
from mosaicdb.matching import streaming
from mosaicdb.matching.certificate.cell_tree import (
    build_cell_tree,
    lower_values,
    most_paid,
    take_best,
    values_of,
)
from mosaicdb.matching.streaming import Block, Blocks, Streamed, StreamRequest, match_streamed

TOLERANCE = 1e-9


@pytest.fixture(autouse=True)
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let samples and candidates be as few as small problems need."""
    for name, value in {"SAMPLE": 4, "LEAST_SAMPLE": 2, "PARTS": 4, "FEW": 1, "SPARE": 1}.items():
        monkeypatch.setattr(streaming, name, value)


def blocks_of(tiles: np.ndarray, size: int) -> Blocks:
    """Give tiles in blocks, with ids that are no rows; the second block is empty."""

    def blocks() -> Iterator[Block]:
        for start in range(0, len(tiles), size):
            rows = np.arange(start, min(start + size, len(tiles)))
            yield 3 * rows + 7, tiles[rows]
            yield rows[:0], tiles[:0]

    return blocks


def match_in_blocks(small: Small, size: int, **more: object) -> Streamed:
    asked: dict[str, object] = {
        "cells": small.cells,
        "weights": small.weights,
        "reflection": None,
        "strategy": small.strategy,
        "max_uses": small.max_uses,
        "min_distance": None,
        "grid": None,
        "gap": 0.0,
        "time_limit": None,
        "progress": None,
        "most": len(small.tiles),
    }
    return match_streamed(blocks_of(small.tiles, size), StreamRequest(**asked | more))  # type: ignore[arg-type]


def is_fair_of_all(small: Small) -> bool:
    return small.strategy == "fair" and len(small.cells) >= len(small.tiles)


@settings(max_examples=60)
@given(small_problems(), st.integers(1, 9))
def test_the_bound_holds_over_all_tiles_and_the_match_is_optimal(small: Small, size: int) -> None:
    if is_fair_of_all(small):
        with pytest.raises(MatchingError, match="needs memory for all"):
            match_in_blocks(small, size)
        return
    streamed, exact = match_in_blocks(small, size), solve(small)
    match = streamed.match
    slack = TOLERANCE * max(1.0, exact.cost, float(np.square(small.tiles).max()))
    assert streamed.tiles == len(small.tiles)
    assert match.bound <= exact.cost + slack
    assert match.cost >= exact.cost - slack
    tiles = (streamed.ids[match.indices] - 7) // 3
    assert np.array_equal(small.tiles[tiles], streamed.features[match.indices])
    assert np.bincount(tiles).max() <= small.limits[1]
    cost = small.costs[tiles, np.arange(len(tiles))].sum()
    assert abs(match.cost - cost) <= slack
    if len(streamed.ids) == len(small.tiles) or match.status == "optimal":
        assert match.cost <= exact.cost + slack


@settings(max_examples=20)
@given(small_problems("unique"), st.integers(1, 9), st.floats(0.01, 0.5))
def test_a_gap_that_is_reached_is_one(small: Small, size: int, gap: float) -> None:
    match = match_in_blocks(small, size, gap=gap).match
    exact = solve(small)
    if match.status in ("optimal", "gap reached"):
        assert match.cost * (1 - gap) <= exact.cost * (1 + TOLERANCE) + TOLERANCE


@settings(max_examples=20)
@given(small_problems(), st.integers(1, 9))
def test_a_mirrored_tile_is_as_good_as_in_memory(small: Small, size: int) -> None:
    if is_fair_of_all(small):
        return
    mirror = np.diag([-1.0] + [1.0] * (small.tiles.shape[1] - 1))
    match = match_in_blocks(small, size, reflection=mirror).match
    exact = solve(small, reflection=mirror)
    slack = TOLERANCE * max(1.0, exact.cost, float(np.square(small.tiles).max()))
    assert match.bound <= exact.cost + slack
    assert match.cost >= exact.cost - slack


@settings(max_examples=50)
@given(small_problems(), st.integers(0, 2**32))
def test_the_tree_of_cells_tells_what_brute_force_does(small: Small, seed: int) -> None:
    random = np.random.default_rng(seed)
    weights = np.ones(len(small.cells)) if small.weights is None else small.weights
    values = random.uniform(0, 200, len(small.cells))
    costs = small.costs
    tree = build_cell_tree(small.cells, weights, values)
    paid = most_paid(tree, small.tiles, 0.0)
    np.testing.assert_allclose(paid, (values - costs).max(axis=1).clip(min=0), atol=1e-6)
    lower_values(tree, small.tiles)
    np.testing.assert_allclose(values_of(tree), np.minimum(values, costs.min(axis=0)), rtol=1e-9)
    best = take_best(tree)
    assert ((best >= 0) == (values_of(tree) < values)).all()
    assert (take_best(tree) == -1).all()


def test_few_candidates_suffice_where_tiles_abound(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(5)
    small = Small(
        random.uniform(0, 255, (4000, 3)), random.uniform(0, 255, (200, 3)), None, "unique", None
    )
    for name, value in {"SAMPLE": 200, "LEAST_SAMPLE": 50, "PARTS": 16, "SPARE": 2}.items():
        monkeypatch.setattr(streaming, name, value)
    streamed = match_in_blocks(small, 333)
    assert len(streamed.ids) < 2000
    assert streamed.match.status == "optimal"
    assert streamed.match.cost == pytest.approx(solve(small).cost, rel=1e-9)


def test_repeats_are_kept_apart_in_blocks_too() -> None:
    random = np.random.default_rng(6)
    small = Small(random.normal(size=(60, 3)), random.normal(size=(36, 3)), None, "nearest", None)
    for uses in (None, 2):
        streamed = match_in_blocks(small, 7, min_distance=2, grid=(6, 6), max_uses=uses, most=60)
        grid = streamed.ids[streamed.match.indices].reshape(6, 6)
        assert (grid[:, 1:] != grid[:, :-1]).all()
        assert (grid[1:] != grid[:-1]).all()


def test_no_tiles_or_too_few_or_too_little_memory_are_told() -> None:
    small = Small(np.eye(3), np.zeros((7, 3)), None, "unique", 2)
    with pytest.raises(MatchingError, match="3 tiles used at most 2 times cannot fill 7 cells"):
        match_in_blocks(small, 2)
    with pytest.raises(MatchingError, match="3 tiles are needed, and the memory allowed holds 2"):
        match_in_blocks(small, 2, max_uses=3, most=2)
    with pytest.raises(MatchingError, match="there are 0 tiles"):
        match_in_blocks(Small(np.zeros((0, 3)), np.zeros((1, 3)), None, "unique", None), 2)


def test_a_time_limit_gives_what_there_is() -> None:
    random = np.random.default_rng(7)
    small = Small(random.normal(size=(900, 3)), random.normal(size=(300, 3)), None, "unique", None)
    streamed = match_in_blocks(small, 100, time_limit=0.0)
    assert len(set(streamed.match.indices.tolist())) == 300
    assert streamed.match.bound <= solve(small).cost * (1 + TOLERANCE)
