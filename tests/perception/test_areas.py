"""Making pictures smaller by area averages."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mosaicdb.perception import area_averages, areas, cell_averages

SIDES = st.integers(1, 24)


@given(SIDES, SIDES, SIDES, SIDES, st.integers(1, 300))
@settings(deadline=None)
def test_every_pixel_counts_by_what_lies_in_the_area(
    width: int, height: int, across: int, down: int, strip: int
) -> None:
    pixels = np.random.default_rng(strip).integers(0, 256, (height, width, 3), dtype=np.uint8)
    fine = pixels.repeat(down, axis=0).repeat(across, axis=1).astype(float)
    expected = fine.reshape(down, height, across, width, 3).mean(axis=(1, 3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(areas, "_STRIP_PIXELS", strip)
        found = area_averages(Image.fromarray(pixels), (across, down))
    assert found == pytest.approx(expected, abs=1e-4)


def test_a_picture_of_that_size_stays_as_it_is() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (7, 5, 3), dtype=np.uint8)
    assert area_averages(Image.fromarray(pixels), (5, 7)).tolist() == pixels.tolist()


GRIDS = st.tuples(st.integers(1, 6), st.integers(1, 6))
PARTS = st.lists(st.integers(1, 6), min_size=1, max_size=3, unique=True)


@given(SIDES, SIDES, GRIDS, PARTS, st.sampled_from(["RGB", "L"]), st.integers(1, 300))
@settings(deadline=None)
def test_the_averages_of_parts_of_cells_are_those_of_separate_reductions(
    width: int, height: int, grid: tuple[int, int], sides: list[int], mode: str, strip: int
) -> None:
    pixels = np.random.default_rng(strip).integers(0, 256, (height, width, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels).convert(mode)
    separate = {side: area_averages(picture, (grid[0] * side, grid[1] * side)) for side in sides}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(areas, "_STRIP_PIXELS", strip)
        found = cell_averages(picture, grid, sides)
    assert list(found) == sides
    for side in sides:
        assert found[side].dtype == np.float32
        assert np.array_equal(found[side], separate[side])


@pytest.mark.parametrize("size", [(9, 7), (640, 427)])  # smaller and larger than the grid
def test_a_grid_is_averaged_at_several_numbers_of_parts(size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(5).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    found = cell_averages(Image.fromarray(pixels), (13, 11), (1, 4, 6))
    assert {side: means.shape for side, means in found.items()} == {
        1: (11, 13, 3),
        4: (44, 52, 3),
        6: (66, 78, 3),
    }
    for side in (4, 6):
        blocks = found[side].reshape(11, side, 13, side, 3).astype(float).mean(axis=(1, 3))
        assert blocks == pytest.approx(found[1], abs=1e-4)


def test_a_picture_of_one_channel_is_averaged() -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(4, 6)
    averages = area_averages(Image.fromarray(pixels), (3, 2))
    assert averages.tolist() == pixels.reshape(2, 2, 3, 2).mean(axis=(1, 3)).tolist()
