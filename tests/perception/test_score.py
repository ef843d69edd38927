"""How much a mosaic looks like its target."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from skimage.color import deltaE_ciede2000
from skimage.metrics import structural_similarity

from mosaicdb.perception import SAMPLES, lab, mean_score, sampled, score, score_samples


def noise(columns: int, rows: int, seed: int = 0) -> NDArray[np.float32]:
    random = np.random.default_rng(seed)
    return random.uniform(0, 255, (rows * SAMPLES, columns * SAMPLES, 3)).astype(np.float32)


def flat(colour: tuple[int, int, int], columns: int = 9, rows: int = 8) -> NDArray[np.float32]:
    return np.full((rows * SAMPLES, columns * SAMPLES, 3), colour, dtype=np.float32)


@pytest.mark.parametrize("grid", [(1, 1), (3, 2), (9, 8), (40, 30)])
def test_a_picture_looks_entirely_like_itself(grid: tuple[int, int]) -> None:
    picture = noise(*grid)
    found = score_samples(picture, picture.copy())
    for likeness in (found.samples_1, found.samples_2, found.samples_4, found.afar):
        assert likeness.delta_e == likeness.ciede2000 == 0
        assert likeness.ssim in (None, pytest.approx(1))
    assert (found.samples_1.ssim is None) == (min(grid) < 3)
    assert found.samples_4.ssim is not None


def test_two_flat_colours_are_as_far_apart_as_in_cielab() -> None:
    found = score_samples(flat((255, 0, 0)), flat((0, 255, 0)))
    for likeness in (found.samples_1, found.samples_2, found.samples_4, found.afar):
        assert likeness.delta_e == pytest.approx(170.57, abs=0.05)
        assert likeness.ciede2000 == pytest.approx(86.6, abs=0.05)
        assert likeness.ssim is not None


def test_black_and_white_are_a_hundred_apart() -> None:
    assert lab([255, 255, 255]) == pytest.approx([100, 0, 0], abs=0.01)
    assert lab([[0, 0, 0]]) == pytest.approx(np.zeros((1, 3)), abs=1e-6)


@given(
    st.integers(1, 12),
    st.integers(1, 12),
    st.integers(1, 9),
    st.integers(0, 99),
)
@settings(deadline=None)
def test_bands_give_what_the_whole_gives(columns: int, rows: int, band: int, seed: int) -> None:
    mosaic, target = noise(columns, rows, seed), noise(columns, rows, seed + 1)
    shown = np.random.default_rng(seed).random(mosaic.shape[:2]) < 0.7
    whole = score._likeness(mosaic, target, shown)
    bands = score._likeness(mosaic, target, shown, band_samples=band * columns * SAMPLES)
    assert bands.delta_e == pytest.approx(whole.delta_e, rel=1e-12)
    assert bands.ssim == pytest.approx(whole.ssim, abs=1e-12)
    assert bands.ciede2000 == pytest.approx(whole.ciede2000, rel=1e-6)


@pytest.mark.parametrize(("shape", "window"), [((30, 30), 7), ((6, 30), 5), ((4, 3), 3)])
def test_the_structural_similarity_is_that_of_scikit_image(
    shape: tuple[int, int], window: int
) -> None:
    random = np.random.default_rng(1)
    mosaic, target = random.uniform(0, 255, (2, *shape, 3)).astype(np.float32)
    found = score._likeness(mosaic, target, np.ones(shape, dtype=bool))
    lightness = lab(mosaic)[..., 0], lab(target)[..., 0]
    expected = structural_similarity(*lightness, win_size=window, data_range=100)
    assert found.ssim == pytest.approx(expected, abs=1e-12)
    distances = np.sqrt(((lab(mosaic) - lab(target)) ** 2).sum(axis=2))
    assert found.delta_e == pytest.approx(distances.mean(), rel=1e-12)
    perceived = deltaE_ciede2000(lab(mosaic), lab(target)).mean()
    assert found.ciede2000 == pytest.approx(perceived, rel=1e-5)


def test_cells_that_are_empty_do_not_count() -> None:
    target, mosaic = noise(9, 8), noise(9, 8)
    covered = np.ones((8, 9), dtype=bool)
    covered[2:4, 3:5] = False
    mosaic[8:16, 12:20] = 0
    found = score_samples(mosaic, target, covered)
    for likeness in (found.samples_1, found.samples_2, found.samples_4, found.afar):
        assert (likeness.delta_e, likeness.ssim) == (0, pytest.approx(1))
    mosaic[0, 0] += 30
    some = score_samples(mosaic, target, covered).samples_1
    every = score_samples(np.where(mosaic == 0, target, mosaic), target).samples_1
    assert some.delta_e * 68 == pytest.approx(every.delta_e * 72)


def test_structure_is_compared_around_the_cells_that_have_a_tile() -> None:
    target, mosaic = noise(20, 20), noise(20, 20)
    covered = np.zeros((20, 20), dtype=bool)
    covered[:, :10] = True
    mosaic[:, :16] = noise(20, 20, 1)[:, :16]  # 4 of 10 columns that count
    some, every = score_samples(mosaic, target, covered), score_samples(mosaic, target)
    for scale in ("samples_1", "samples_2", "samples_4", "afar"):
        assert getattr(some, scale).ssim < getattr(every, scale).ssim - 0.05


def test_a_mean_of_scores_goes_by_weights() -> None:
    same, other = (score_samples(noise(9, 8, seed), noise(9, 8)) for seed in (0, 1))
    found = mean_score([same, other], [3, 1])
    assert found.samples_1.delta_e == pytest.approx(other.samples_1.delta_e / 4)
    assert found.afar.ssim == pytest.approx((3 + other.afar.ssim) / 4)
    assert mean_score([same, other], [0, 5]).afar.ssim == pytest.approx(other.afar.ssim)


def test_a_mosaic_without_a_tile_is_scored_too() -> None:
    found = score_samples(noise(9, 8), noise(9, 8, 1), np.zeros((8, 9), dtype=bool))
    assert found.samples_1.delta_e == 0


def test_each_scale_sees_what_the_coarser_ones_do_not() -> None:
    target = flat((128, 128, 128), 12, 10)
    stripes = target.copy()
    stripes[0::2] += 40
    stripes[1::2] -= 40
    found = score_samples(stripes, target)
    assert found.samples_1.delta_e == pytest.approx(0, abs=1e-4)
    assert found.samples_2.delta_e == pytest.approx(0, abs=1e-4)
    assert found.samples_4.delta_e > 10
    assert found.afar.delta_e < 1
    assert found.afar.ssim is not None
    assert found.samples_4.ssim is not None
    assert found.afar.ssim > found.samples_4.ssim


@pytest.mark.parametrize("cell", [1, 3, 4, 5, 8, 50])
def test_strips_of_a_mosaic_have_the_samples_of_the_mosaic(cell: int) -> None:
    pixels = np.random.default_rng(cell).integers(0, 256, (6 * cell, 5 * cell, 3), dtype=np.uint8)
    whole = sampled(Image.fromarray(pixels), (5, 6))
    upper = sampled(Image.fromarray(pixels[: 2 * cell]), (5, 2))
    lower = sampled(Image.fromarray(pixels[2 * cell :]), (5, 4))
    assert whole == pytest.approx(np.concatenate([upper, lower]), abs=1e-4)
    assert whole.shape == (24, 20, 3)
