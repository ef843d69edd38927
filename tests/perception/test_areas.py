"""Making pictures smaller by area averages."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mosaicdb.perception import area_averages, areas

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
