"""Which crops a photo has."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mosaicdb.crops import MOST_ZOOM, count_too_small, crops_of, overview_size

sides = st.integers(1, 6000)
sizes = st.tuples(sides, sides)
tiles = st.tuples(st.integers(1, 200), st.integers(1, 200))
zooms = st.floats(1, MOST_ZOOM)


@pytest.mark.parametrize(
    ("photo", "counts"),
    [
        ((400, 533), (0, 2, 7, 16)),
        ((533, 400), (0, 2, 7, 16)),
        ((400, 400), (0, 0, 5, 14)),
        ((400, 430), (0, 0, 5, 14)),  # its ends show what the middle shows
        ((5000, 500), (0, 10, 51, 108)),  # as many as lie side by side
        ((90, 90), (0, 0, 5, 5)),  # at 0.55 of the side there are fewer pixels than in a thumbnail
        ((49, 400), (0, 0, 0, 0)),
        ((9000, 500), (0, 0, 0, 0)),  # longer than any panorama
    ],
)
def test_a_larger_zoom_offers_more_crops(photo: tuple[int, int], counts: tuple[int, ...]) -> None:
    zooms = (1, 1.1, 1.33, 1.82)
    assert tuple(len(crops_of(photo, (50, 50), zoom)) for zoom in zooms) == counts


@given(sizes, tiles, zooms)
def test_every_crop_lies_in_the_photo_in_the_shape_of_a_tile_with_enough_pixels(
    photo: tuple[int, int], tile: tuple[int, int], zoom: float
) -> None:
    crops = crops_of(photo, tile, zoom)
    assert len(set(crops)) == len(crops)
    for left, top, width, height in crops:
        assert 0 <= left <= left + width <= 1.00002
        assert 0 <= top <= top + height <= 1.00002
        across, down = width * photo[0] / tile[0], height * photo[1] / tile[1]
        assert across == pytest.approx(down, rel=0.01, abs=0.1)
        assert across >= 0.9 * min(photo[0] / tile[0], photo[1] / tile[1]) / zoom - 0.1
        assert across >= 0.89


@given(sizes, tiles, zooms)
def test_the_crops_of_a_lower_zoom_come_first(
    photo: tuple[int, int], tile: tuple[int, int], zoom: float
) -> None:
    fewer, every = crops_of(photo, tile, zoom), crops_of(photo, tile)
    assert every[: len(fewer)] == fewer


@given(sizes, tiles)
def test_a_photo_and_its_turned_image_have_the_same_crops(
    photo: tuple[int, int], tile: tuple[int, int]
) -> None:
    turned = {
        (top, left, height, width) for left, top, width, height in crops_of(photo[::-1], tile[::-1])
    }
    assert {tuple(crop) for crop in crops_of(photo, tile)} == turned


@given(sizes, tiles)
def test_an_overview_is_as_large_as_the_closest_crop_needs_and_no_larger_than_the_photo(
    photo: tuple[int, int], tile: tuple[int, int]
) -> None:
    size, crops = overview_size(photo, tile), crops_of(photo, tile)
    assert (size is None) == (not crops)
    assume(size is not None)
    assert size[0] <= photo[0]
    assert size[1] <= photo[1]
    pixels = min(crop.width for crop in crops) * size[0]
    assert pixels == pytest.approx(tile[0], abs=1)


def test_crops_without_enough_pixels_are_counted() -> None:
    assert count_too_small((90, 90), (50, 50), 2) == 9
    assert count_too_small((90, 90), (50, 50), 1.33) == 0
    assert count_too_small((49, 49), (50, 50), 2) == 14
