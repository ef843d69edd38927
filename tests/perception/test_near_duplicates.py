import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from mosaicdb.perception import near_duplicates as near
from mosaicdb.perception.near_duplicates import group_near


def by_brute_force(dhashes: np.ndarray, mean_rgb: np.ndarray, distance: int) -> np.ndarray:
    differing = np.bitwise_count((dhashes[:, None] ^ dhashes[None]).view(np.uint64))
    shift = abs(mean_rgb[:, None] - mean_rgb[None]).max(axis=2)
    return connected_components((differing <= distance) & (shift <= 4))[1]


def same_partition(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(((one[:, None] == one[None]) == (other[:, None] == other[None])).all())


@settings(deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 60), st.integers(0, 8), st.sampled_from([1, 50, 9999]))
def test_groups_are_those_of_brute_force_whatever_is_compared_at_once(
    seed: int, count: int, distance: int, at_once: int
) -> None:
    random = np.random.default_rng(seed)
    flips = np.left_shift(1, random.integers(0, 8, (count, 3))).sum(axis=1)
    dhashes = random.choice(random.integers(-(2**63), 2**63 - 1, 3), count) ^ flips
    mean_rgb = random.uniform(0, 30, (count, 3)).round()
    before, near._PAIRS_AT_ONCE = near._PAIRS_AT_ONCE, at_once
    try:
        labels = group_near(dhashes, mean_rgb, distance)
    finally:
        near._PAIRS_AT_ONCE = before
    assert same_partition(labels, by_brute_force(dhashes, mean_rgb, distance))


def test_a_chain_of_near_pictures_is_one_group() -> None:
    dhashes = np.array([0, 0b111, 0b111111, -1])
    labels = group_near(dhashes, np.zeros((4, 3)), 3)
    assert labels[0] == labels[1] == labels[2] != labels[3]


def test_pictures_of_the_same_hash_and_another_colour_are_different() -> None:
    labels = group_near(np.zeros(3, np.int64), np.array([[9.0, 9, 9], [9, 9, 12], [9, 9, 20]]), 0)
    assert labels[0] == labels[1] != labels[2]
