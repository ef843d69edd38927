"""How numbers are put into words."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaicdb.pipelines.wording import optimality, within
from mosaicdb.records import Mosaic


@pytest.mark.parametrize(
    ("cost", "bound", "parameters", "words"),
    [
        (2.0, 2.0, {}, "optimal"),
        (0.0, 0.0, {}, "optimal"),
        (100.0, 99.0, {"gap": 1e-6}, "within 1 % of optimal"),
        (100.0, 99.0, {"gap": 0.0}, "within 1 % of optimal (optimality was not proven)"),
        (100.0, 75.0, {"gap": 0.0, "min_distance": 2}, "within 25 % of optimal"),
        (None, None, {}, None),
    ],
)
def test_a_mosaic_says_how_far_from_optimal_its_match_is(
    cost: float | None, bound: float | None, parameters: dict[str, Any], words: str | None
) -> None:
    mosaic = Mosaic("unique", np.zeros((1, 1), int), cost=cost, bound=bound, parameters=parameters)
    assert optimality(mosaic) == words


@given(st.floats(0, 1e3))
def test_a_gap_is_said_in_plain_numbers_that_are_not_too_small(gap: float) -> None:
    number = re.fullmatch(r"within ([\d,]+(?:\.\d+)?) % of optimal", within(gap))
    assert number
    assert float(number[1].replace(",", "")) >= gap * 100 * 0.95


def test_a_tiny_gap_is_within_a_thousandth_of_a_percent() -> None:
    assert within(1e-9) == within(1e-5) == "within 0.001 % of optimal"
