"""Bad requests are refused with their numbers; long solves can be stopped."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from mosaicdb.errors import MatchingError
from mosaicdb.matching import kernels_are_compiled, match

TWO, THREE = np.zeros((2, 3)), np.ones((3, 3))


@pytest.mark.parametrize(
    ("tiles", "cells", "options", "message"),
    [
        (np.zeros((0, 3)), TWO, {}, "0 tiles"),
        (TWO, np.zeros((0, 3)), {}, "0 cells"),
        (TWO, np.zeros((2, 4)), {}, "3 features, cells have 4"),
        (np.zeros(3), TWO, {}, r"shape \(3,\)"),
        ([[np.nan], [1.0]], [[1.0]], {}, "1 of 2 tiles"),
        ([[1.0]], [[1.0], [np.inf]], {}, "the first is cell 1"),
        ([[1e200]], [[1.0]], {}, "overflow"),
        (TWO, THREE, {"max_uses": 0}, "max_uses is 0"),
        (TWO, THREE, {"max_uses": 1}, "used at most 1 times cannot fill 3 cells"),
        (TWO, THREE, {"strategy": "best"}, "no strategy 'best'"),
        (TWO, THREE, {"solver": "magic"}, "no solver 'magic'"),
        (TWO, THREE, {"time_limit": -1.0}, "time limit is -1"),
        (TWO, THREE, {"gap": -1e-3}, "gap is -0.001"),
        (TWO, THREE, {"weights": [1.0]}, "3 cells"),
        (TWO, THREE, {"weights": [1.0, -1.0, 1.0]}, "not negative"),
        (TWO, THREE, {"min_distance": 0, "grid": (1, 3)}, "min_distance is 0"),
        (TWO, THREE, {"min_distance": 2}, "needs the grid"),
        (TWO, THREE, {"min_distance": 2, "grid": (2, 3)}, "needs the grid of the 3 cells"),
        (TWO, THREE, {"min_distance": 3, "grid": (1, 3)}, "largest distance that may fit is 2"),
    ],
)
def test_a_bad_request_is_refused_with_its_numbers(
    tiles: Any, cells: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(MatchingError, match=message):
        match(tiles, cells, **options)


@pytest.mark.parametrize("limit", [0.0, 0.05])
@pytest.mark.parametrize("options", [{}, {"strategy": "fair"}, {"max_uses": 2}])
def test_a_time_limit_returns_a_complete_match_with_an_honest_gap(
    limit: float, options: dict[str, Any]
) -> None:
    random = np.random.default_rng(1)
    tiles, cells = random.normal(size=(1500, 3)), random.normal(size=(2000, 3)) + 2
    best = match(tiles, cells, gap=0, **options)
    answer = match(tiles, cells, gap=0, time_limit=limit, **options)
    uses = np.bincount(answer.indices, minlength=1500)
    assert uses.max() <= 2
    assert uses.min() >= (1 if options.get("strategy") == "fair" else 0)
    assert answer.bound <= best.cost * (1 + 1e-12)
    assert answer.cost >= best.cost * (1 - 1e-12)
    assert answer.gap >= 0


@pytest.mark.parametrize("options", [{}, {"strategy": "fair"}, {"max_uses": 3}])
def test_a_match_cut_short_at_once_is_far_better_than_one_by_row_order(
    options: dict[str, Any],
) -> None:
    random = np.random.default_rng(4)
    tiles, cells = random.normal(size=(900, 3)) * [9, 1, 1], random.normal(size=(2000, 3)) * 5
    answer = match(tiles, cells, time_limit=0.0, **options)
    by_row = np.square(tiles[np.arange(2000) % 900] - cells).sum()
    assert answer.cost < 0.8 * by_row


def test_an_interrupt_from_the_progress_callback_gets_out() -> None:
    random = np.random.default_rng(2)
    tiles, cells = random.normal(size=(20000, 3)), random.normal(size=(20000, 3)) + 3
    calls = []

    def interrupt(gap: float | None, phase: str) -> None:
        calls.append((gap, phase))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        match(tiles, cells, gap=0, progress=interrupt)
    assert len(calls) == 1


def test_a_signal_stops_a_solve() -> None:
    code = """
import signal, numpy as np
from mosaicdb.matching import match
random = np.random.default_rng(2)
signal.setitimer(signal.ITIMER_REAL, 4)
signal.signal(signal.SIGALRM, signal.default_int_handler)
try:
    while True:
        match(random.normal(size=(30000, 3)), random.normal(size=(30000, 3)) + 3, gap=0)
except KeyboardInterrupt:
    print("out")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "out\n", done.stderr


def test_importing_the_room_loads_nothing_heavy() -> None:
    code = (
        "import sys, mosaicdb.matching; "
        "print([m for m in ('numba', 'scipy', 'ot') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_kernels_are_known_to_be_compiled_after_a_solve() -> None:
    random = np.random.default_rng(3)
    match(random.normal(size=(300, 2)), random.normal(size=(300, 2)), gap=0)
    assert kernels_are_compiled()
