"""Pictures in strips: put together, made small, and given a margin."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mosaicdb.rendering import Strips, picture_of, strips_of, with_bleed
from mosaicdb.rendering.preview import preview


def strips(pixels: np.ndarray, heights: int) -> Strips:
    tops = range(0, len(pixels), heights)
    rows = (pixels[top : top + heights] for top in tops)
    return Strips((pixels.shape[1], len(pixels)), "RGB" if pixels.shape[2] == 3 else "RGBA", rows)


def noise(width: int, height: int, channels: int = 3) -> np.ndarray:
    random = np.random.default_rng(width * 1000 + height)
    return random.integers(0, 256, (height, width, channels), dtype=np.uint8)


@given(st.integers(1, 20), st.integers(1, 20), st.sampled_from([3, 4]), st.integers(1, 9))
def test_a_picture_survives_being_cut_into_strips(
    width: int, height: int, channels: int, step: int
) -> None:
    picture = Image.fromarray(noise(width, height, channels))
    assert picture_of(strips_of(picture, step)).tobytes() == picture.tobytes()


@given(st.integers(2, 20), st.integers(2, 20), st.integers(1, 9), st.data())
def test_a_bleed_mirrors_what_is_beside_it_however_strips_are_cut(
    width: int, height: int, step: int, data: st.DataObject
) -> None:
    margin = data.draw(st.integers(0, min(width, height) - 1))
    pixels = noise(width, height)
    bled = with_bleed(strips(pixels, step), margin)
    expected = np.pad(pixels, ((margin, margin), (margin, margin), (0, 0)), mode="symmetric")
    assert bled.size == (width + 2 * margin, height + 2 * margin)
    assert np.array_equal(np.asarray(picture_of(bled)), expected)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 9), st.integers(1, 40))
def test_a_preview_is_the_whole_made_small_however_strips_are_cut(
    width: int, height: int, step: int, most: int
) -> None:
    pixels = noise(width, height)
    small = preview(strips(pixels, step), most)
    factor = -(-max(width, height) // most)
    assert max(small.size) <= most
    assert small.tobytes() == Image.fromarray(pixels).reduce(factor).tobytes()
