"""Shifts of mean colours, which must not clip."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaicdb.rendering.adjust import bounded_shifts, shift_means

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


def test_no_shift_changes_nothing() -> None:
    drawn, means, _ = pictures(1)
    assert np.array_equal(shift_means(drawn, means, np.zeros((5, 3))), drawn)


@pytest.mark.parametrize("value", [0, 255])
def test_a_flat_picture_at_an_end_can_leave_it(value: int) -> None:
    flat = np.full((1, 4, 4, 3), value, np.uint8)
    shift = np.full((1, 3), 25.0 if value == 0 else -25.0)
    moved = shift_means(flat, np.full((1, 3), float(value)), shift)
    assert moved == pytest.approx(value + shift[0, 0], abs=1)
