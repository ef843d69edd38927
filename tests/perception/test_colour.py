import numpy as np
import pytest
from PIL import Image

from mosaicdb.perception import area_averages, delta_e, sampled, score_samples


def test_black_and_white_are_a_hundred_apart_and_a_colour_is_nowhere_apart_from_itself() -> None:
    found = delta_e([[[0, 0, 0], [9, 90, 200]]], [[[255, 255, 255], [9, 90, 200]]])
    assert found.shape == (1, 2)
    assert found[0] == pytest.approx([100, 0], abs=0.01)


def test_the_distances_of_cells_have_the_mean_that_the_score_tells() -> None:
    random = np.random.default_rng(3)
    one, other = (
        Image.fromarray(random.integers(0, 256, (36, 60, 3), dtype=np.uint8)) for _ in range(2)
    )
    grid = (5, 3)
    score = score_samples(sampled(one, grid), sampled(other, grid))
    found = delta_e(area_averages(one, grid), area_averages(other, grid))
    assert found.mean() == pytest.approx(score.samples_1.delta_e, rel=1e-4)
