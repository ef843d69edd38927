"""Features: what the distance of two of them means."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaicdb.options import FeatureOptions
from mosaicdb.perception import compute_features, lab, reflection

SEEDS = st.integers(0, 10_000)
RGB, FLAT, FULL = FeatureOptions("rgb"), FeatureOptions(detail=0), FeatureOptions(detail=1)


def signatures(seed: int, count: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Draw signatures; give their mean colours too."""
    found = np.random.default_rng(seed).integers(0, 256, (count, 6, 6, 3), dtype=np.uint8)
    return found.mean(axis=(1, 2)), found


def squared(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.square(one - other).sum(axis=-1)


def blocks(luminance: np.ndarray, scale: int) -> np.ndarray:
    """Average 6 x 6 luminances in scale x scale parts, and take their mean off."""
    side = 6 // scale
    parts = luminance.reshape(-1, scale, side, scale, side).mean(axis=(2, 4))
    return parts - parts.mean(axis=(1, 2), keepdims=True)


@settings(max_examples=50, deadline=None)
@given(SEEDS, st.floats(0.01, 10))
def test_a_distance_is_that_of_means_and_of_structure_at_two_scales(
    seed: int, detail: float
) -> None:
    means, parts = signatures(seed)
    found = compute_features(means, parts, FeatureOptions(detail=detail))
    expected = squared(lab(means[:3]) * (2, 1, 1), lab(means[3:]) * (2, 1, 1))
    for scale in (2, 3):
        structure = blocks(2 * lab(parts)[..., 0], scale)
        apart = np.square(structure[:3] - structure[3:]).mean(axis=(1, 2))
        expected = expected + detail / 2 * apart
    assert squared(found[:3], found[3:]) == pytest.approx(expected)


def test_rgb_is_the_mean_colour_itself() -> None:
    means, parts = signatures(1)
    assert np.array_equal(compute_features(means, parts, RGB), means)
    assert np.array_equal(compute_features(means, None, RGB), means)


def test_without_detail_colours_alone_count() -> None:
    means, parts = signatures(2)
    assert np.array_equal(compute_features(means, parts, FLAT), lab(means) * (2, 1, 1))


@settings(max_examples=50, deadline=None)
@given(SEEDS, st.sampled_from([RGB, FLAT, FULL]))
def test_a_reflection_gives_the_features_of_the_mirrored_picture(
    seed: int, options: FeatureOptions
) -> None:
    means, parts = signatures(seed)
    mirrored = compute_features(means, parts[:, :, ::-1], options)
    matrix = reflection(options)
    assert compute_features(means, parts, options) @ matrix == pytest.approx(mirrored)
    assert matrix @ matrix == pytest.approx(np.eye(len(matrix)))
