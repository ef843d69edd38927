"""Shifts of mean colours, which must not clip."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaicdb.rendering.adjust import (
    LEAST_CONTRAST,
    bounded_contrasts,
    bounded_shifts,
    scale_contrasts,
    shift_means,
)

SEEDS = st.integers(0, 10_000)


def pictures(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw pictures, from nearly black to nearly white; give also their means, and others."""
    random = np.random.default_rng(seed)
    low = random.integers(0, 256, (5, 1, 1, 3))
    drawn = random.integers(0, 256, (5, 7, 9, 3)) * random.random((5, 1, 1, 3)) + low
    drawn = drawn.clip(0, 255).astype(np.uint8)
    return drawn, drawn.mean(axis=(1, 2)), random.uniform(0, 255, (5, 3))


@settings(max_examples=100, deadline=None)
@given(SEEDS, st.integers(0, 255))
def test_a_shift_never_goes_beyond_its_bound_nor_beyond_its_aim(seed: int, most: int) -> None:
    _, means, aims = pictures(seed)
    shifts = bounded_shifts(means, aims, most)
    assert np.abs(shifts).max() <= most
    assert (np.abs(means + shifts - aims) <= np.abs(means - aims) + 1e-9).all()


@settings(max_examples=100, deadline=None)
@given(SEEDS, st.integers(0, 255))
def test_means_move_by_their_shifts(seed: int, most: int) -> None:
    drawn, means, aims = pictures(seed)
    shifts = bounded_shifts(means, aims, most)
    moved = shift_means(drawn, means, shifts).mean(axis=(1, 2))
    assert np.abs(moved - means - shifts).max() < 1.5  # steps of 1/256 of the way, and 8 bits


@settings(max_examples=100, deadline=None)
@given(SEEDS, st.integers(1, 60))
def test_what_was_brighter_stays_as_bright_and_the_ends_stay_apart(seed: int, most: int) -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(1, 16, 16, 3)
    shift = np.random.default_rng(seed).uniform(-most, most, (1, 3))
    moved = shift_means(ramp, np.full((1, 3), 127.5), shift).reshape(256, 3).astype(int)
    assert (np.diff(moved, axis=0) >= 0).all()
    assert (np.abs(moved - np.arange(256)[:, None]) <= 2 * most + 1).all()
    for channel, by in enumerate(shift[0]):
        assert moved[255 if by > 0 else 0, channel] == (255 if by > 0 else 0)
        ends = moved[:, channel]
        assert (ends == 255).sum() <= 2
        assert (ends == 0).sum() <= 2


@settings(max_examples=100, deadline=None)
@given(SEEDS, st.integers(0, 255), st.floats(0, 1))
def test_means_go_as_much_of_their_way_as_is_asked_or_to_the_bound(
    seed: int, most: int, adapt: float
) -> None:
    _, means, aims = pictures(seed)
    shifts, apart = bounded_shifts(means, aims, most, adapt), aims - means
    assert np.abs(shifts) == pytest.approx(np.maximum(adapt * abs(apart), abs(apart).clip(0, most)))
    assert (shifts * apart >= 0).all()


@settings(max_examples=100, deadline=None)
@given(SEEDS, st.floats(0, 1))
def test_contrasts_go_down_to_those_of_their_cells_and_means_stay(seed: int, adapt: float) -> None:
    drawn, means, _ = pictures(seed)
    wanted = np.random.default_rng(seed).uniform(0, 100, 5)
    own = contrasts_of(drawn)
    factors = bounded_contrasts(drawn, means, wanted, adapt)
    full = np.clip(wanted / own.clip(1e-9), LEAST_CONTRAST, 1)
    assert factors == pytest.approx(1 - adapt * (1 - full), abs=1e-3)
    scaled = scale_contrasts(drawn, means, factors)
    assert np.abs(scaled.mean(axis=(1, 2)) - means).max() < 1
    assert contrasts_of(scaled) == pytest.approx(factors * own, abs=1.5)


def contrasts_of(drawn: np.ndarray) -> np.ndarray:
    return np.sqrt(drawn.var(axis=(1, 2)).sum(axis=1))


def test_no_shift_changes_nothing() -> None:
    drawn, means, _ = pictures(1)
    assert np.array_equal(shift_means(drawn, means, np.zeros((5, 3))), drawn)
    assert np.array_equal(scale_contrasts(drawn, means, np.ones(5)), drawn)


@pytest.mark.parametrize("value", [0, 255])
def test_a_flat_picture_at_an_end_can_leave_it(value: int) -> None:
    flat = np.full((1, 4, 4, 3), value, np.uint8)
    shift = np.full((1, 3), 25.0 if value == 0 else -25.0)
    moved = shift_means(flat, np.full((1, 3), float(value)), shift)
    assert moved == pytest.approx(value + shift[0, 0], abs=1)
