"""A match that starts from an earlier one is as good as one without, whatever has changed."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import Floats

from mosaicdb.errors import MatchingError
from mosaicdb.matching import Start, match, strategies
from mosaicdb.matching.upkeep import forest, repair
from mosaicdb.matching.upkeep.forest import Forest, open_forest, with_more_room
from mosaicdb.records import Match

Change = dict[str, Any]


class Chain:
    """A problem that changes step by step, and the match that is kept up to date."""

    def __init__(self, seed: int, tiles: int, cells: int, **asked: Any) -> None:
        self.random = np.random.default_rng(seed)
        self.coarse = bool(self.random.integers(0, 2))
        self.asked = asked
        self.rows = self.features(tiles, 10.0)
        self.cells = self.features(cells, 4.0) + 8
        self.owner = np.arange(tiles) // asked.get("rows", 1)
        self.asked.pop("rows", None)
        self.least, self.most = np.zeros(tiles, np.int64), np.full(tiles, 9)
        self.weights = self.random.uniform(0, 2, cells)
        self.fixed: dict[int, int] = {}
        self.match = self.solve()

    def features(self, count: int, size: float) -> Floats:
        """Random ones; in half of the chains whole numbers, with many ties."""
        drawn = self.random.normal(size=(count, 2)) * size
        return np.rint(drawn / 4) + 0.0 if self.coarse else drawn

    def solve(self, **more: Any) -> Match:
        return match(
            self.rows, self.cells, weights=self.weights, owner=self.owner, least=self.least,
            most=self.most, fixed=self.fixed, **{"gap": 0, **self.asked, **more},
        )  # fmt: skip

    def change(self) -> Start:
        """Change something at random, and say what is the same."""
        kind, count = self.random.integers(0, 7), len(self.rows)
        rows, cells = np.arange(count), np.arange(len(self.cells))
        if kind == 0:  # new photos
            self.rows = np.vstack((self.rows, self.features(3, 10.0)))
            self.owner = np.append(self.owner, self.owner.max() + [1, 1, 2])
            self.least = np.append(self.least, [0, 0, 0])
            self.most = np.append(self.most, [9, 9, 9])
            rows = np.append(rows, [-1, -1, -1])
        elif kind == 1:  # a photo is gone
            others = np.setdiff1d(self.owner, self.owner[list(self.fixed.values())])
            gone = self.owner == self.random.choice(others)
            place = np.cumsum(~gone) - 1
            self.fixed = {cell: int(place[row]) for cell, row in self.fixed.items()}
            rows = np.flatnonzero(~gone)
            self.rows, self.owner = self.rows[rows], self.owner[rows]
            self.least, self.most = self.least[rows], self.most[rows]
        elif kind == 2:  # cells of other colours
            some = self.random.integers(0, len(self.cells), 2)
            self.cells[some] = self.features(2, 4.0)
        elif kind == 3:  # a pin
            self.fixed[int(self.random.integers(0, len(self.cells)))] = int(
                self.random.integers(0, count)
            )
        elif kind == 4 and self.fixed:
            self.fixed.pop(next(iter(self.fixed)))
        else:  # other limits
            tile = self.random.choice(self.owner)
            must = self.random.random() < 0.5
            self.least[self.owner == tile] = int(must)
            self.most[self.owner == tile] = 9 if must else self.random.integers(0, 3)
        return Start(self.match, rows=rows, cells=cells)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"rows": 2},
        {"strategy": "nearest"},
        {"strategy": "nearest", "max_uses": 2},
        {"strategy": "fair"},
    ],
)
@settings(deadline=None, max_examples=4)
@given(seed=st.integers(0, 2**32))
def test_a_chain_of_fifty_changes_equals_solving_anew_each_time(
    seed: int, asked: dict[str, Any]
) -> None:
    chain = Chain(seed, 36, 30, **asked)
    for turn in range(50):
        before = (
            chain.rows, chain.cells.copy(), chain.owner, chain.least.copy(), chain.most.copy(),
            dict(chain.fixed),
        )  # fmt: skip
        start = chain.change()
        try:
            anew = chain.solve(solver="emd")
        except MatchingError:  # wishes that contradict each other
            chain.rows, chain.cells, chain.owner, chain.least, chain.most, chain.fixed = before
            continue
        with pytest.MonkeyPatch.context() as patch:
            patch.delattr(strategies, "_solve_anew")  # no search anew takes part
            patch.setattr(forest, "FEW", (0, 9, forest.FEW)[turn % 3])
            chain.match = chain.solve(start=start)
        assert chain.match.status == "optimal"
        assert chain.match.cost == pytest.approx(anew.cost, rel=1e-9, abs=1e-6)


def large(count: int = 900) -> tuple[Floats, Floats]:
    random = np.random.default_rng(3)
    return random.normal(size=(count, 3)) * 10, random.normal(size=(count - 50, 3)) * 4 + 8


@pytest.mark.parametrize("few", [0, 100])
@pytest.mark.parametrize("gone", [0, 20, 40])
@pytest.mark.parametrize("new", [0, 20, 40])
def test_many_changes_at_once_are_repaired_where_there_is_hardly_a_tile_to_spare(
    gone: int, new: int, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(gone + new)
    tiles, cells = random.normal(size=(500, 6)) * 10, random.normal(size=(420, 6)) * 4 + 8
    first = match(tiles[:460], cells, gap=0)
    rows = np.append(np.arange(gone, 460), np.full(new, -1))
    now = np.vstack((tiles[gone:460], tiles[460 : 460 + new]))
    anew = match(now, cells, gap=0)
    monkeypatch.delattr(strategies, "_solve_anew")  # no search anew takes part
    monkeypatch.setattr(forest, "FEW", few)
    answer = match(now, cells, gap=0, start=Start(first, rows=rows))
    assert answer.status == "optimal"
    assert answer.cost == pytest.approx(anew.cost, rel=1e-12)


def test_a_repair_goes_on_when_its_shortlists_have_no_room_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tiles, cells = large()
    grown = []

    def open_small(*arguments: Any, before: Forest | None = None) -> Forest:
        opened = open_forest(*arguments, before=before)
        lists = opened.lists
        if before is not None:
            return opened
        return opened._replace(lists=lists._replace(items=lists.items[:20], costs=lists.costs[:20]))

    def count(full: Forest) -> Forest:
        grown.append(len(full.lists.items))
        return with_more_room(full)

    monkeypatch.setattr(forest, "FEW", 0)
    monkeypatch.setattr(repair, "open_forest", open_small)
    monkeypatch.setattr(repair, "with_more_room", count)
    first = match(tiles[20:], cells, gap=0)
    answer = match(tiles, cells, gap=0, start=Start.by_ids(first, np.arange(20, 900), range(900)))
    assert grown
    assert answer.cost == pytest.approx(match(tiles, cells, gap=0).cost, rel=1e-12)


def test_what_has_not_changed_stays() -> None:
    tiles, cells = large()
    first = match(tiles, cells, gap=0)
    again = match(tiles, cells, gap=0, start=first)
    assert (again.indices == first.indices).all()
    assert again.cost == first.cost


def test_a_start_by_ids_finds_old_tiles_among_new_ones() -> None:
    tiles, cells = large()
    ids = np.arange(900) * 3
    first = match(tiles[20:], cells, gap=0)
    kept = np.delete(np.arange(900), [30, 40, 50])
    start = Start.by_ids(first, ids[20:], ids[kept])
    assert np.asarray(start.rows)[:20].tolist() == [-1] * 20
    answer = match(tiles[kept], cells, gap=0, start=start)
    assert answer.status == "optimal"
    assert answer.cost == pytest.approx(match(tiles[kept], cells, gap=0).cost, rel=1e-12)


def test_where_all_has_changed_the_answer_is_that_of_a_search_anew() -> None:
    tiles, cells = large()
    first = match(tiles, cells, gap=0)
    answer = match(-tiles, cells, gap=0, start=first)
    assert answer.cost == pytest.approx(match(-tiles, cells, gap=0).cost, rel=1e-12)


def test_mirror_images_and_distances_go_with_a_start() -> None:
    tiles, cells = large(400)
    swap = np.eye(3)[::-1]
    asked: dict[str, Any] = {"reflection": swap, "gap": 0}
    first = match(tiles, cells, **asked)
    moved = cells.copy()
    moved[:3] += 5
    answer = match(tiles, moved, start=first, **asked)
    assert answer.cost == pytest.approx(match(tiles, moved, **asked).cost, rel=1e-12)
    apart: dict[str, Any] = {"strategy": "nearest", "min_distance": 3, "grid": (14, 25)}
    first = match(tiles, cells, **apart)
    assert match(tiles, cells, start=first, **apart).cost <= 1.01 * first.cost


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ({}, "the start has 3 rows of tiles, but there are 4"),
        ({"rows": [0, 1, 2]}, "one of its 3 rows of tiles, or -1, for each of the 4"),
        ({"rows": [0, 1, 2, 3]}, "one of its 3 rows of tiles, or -1, for each of the 4"),
        ({"rows": [0, 1, 2, -1], "cells": [0, 5]}, "one of its 2 cells, or -1, for each of the 2"),
    ],
)
def test_a_start_of_another_shape_is_refused(start: Change, message: str) -> None:
    tiles, cells = np.arange(4.0)[:, None], np.arange(2.0)[:, None]
    first = match(tiles[:3], cells)
    with pytest.raises(MatchingError, match=message):
        match(tiles, cells, start=Start(first, **start))


def test_a_repair_ends_where_many_tiles_are_equal() -> None:
    random = np.random.default_rng(0)
    tiles = np.repeat(random.normal(size=(20, 3)), 60, axis=0)
    cells = random.normal(size=(600, 3))
    old = match(tiles, cells[:590], max_uses=1, gap=0)
    same = np.where(np.arange(600) < 590, np.arange(600), -1)
    new = match(tiles, cells, max_uses=1, gap=0, start=Start(old, cells=same))
    assert new.cost == pytest.approx(match(tiles, cells, max_uses=1, gap=0).cost)
