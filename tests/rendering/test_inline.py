import base64
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageColor

from mosaicdb.rendering import HEAT_COLOURS, InlineImage, inline_heat_map, inline_jpeg


def opened(inline: InlineImage) -> Image.Image:
    head, _, data = inline.uri.partition(",")
    image = Image.open(io.BytesIO(base64.b64decode(data, validate=True)))
    assert head == f"data:{Image.MIME[image.format]};base64"
    assert image.size == (inline.width, inline.height)
    return image


@pytest.mark.parametrize(
    ("size", "shown"), [((40, 20), (40, 20)), ((400, 200), (100, 50)), ((1, 5000), (1, 100))]
)
def test_a_large_picture_is_made_smaller_and_keeps_its_shape(
    size: tuple[int, int], shown: tuple[int, int]
) -> None:
    assert opened(inline_jpeg(Image.new("RGB", size, "red"), 100)).size == shown


def test_what_is_transparent_becomes_white() -> None:
    picture = Image.new("RGBA", (30, 30), (0, 0, 0, 0))
    assert opened(inline_jpeg(picture, 100)).getpixel((15, 15)) == (255, 255, 255)


@given(st.lists(st.floats(0, 100), min_size=6, max_size=6), st.integers(1, 9))
def test_each_value_of_a_heat_map_has_its_place_and_more_is_lighter(
    values: list[float], factor: int
) -> None:
    grid = np.array(values).reshape(2, 3)
    heat_map = inline_heat_map(grid, 50, (3 * factor, 2 * factor), np.ones((2, 3), np.bool_))
    lightness = np.asarray(opened(heat_map).convert("RGB").convert("L"), np.int64)
    blocks = lightness.reshape(2, factor, 3, factor)
    assert (blocks == blocks[:, :1, :, :1]).all()
    shown = blocks[:, 0, :, 0].ravel()[np.argsort(values)]
    assert (np.diff(shown) >= 0).all()


def test_a_heat_map_goes_from_its_first_colour_to_its_last_and_is_empty_where_nothing_is() -> None:
    values = np.array([[0.0, 10.0, 99.0, 10.0]])
    covered = np.array([[True, True, True, False]])
    shown = opened(inline_heat_map(values, 10, (4, 1), covered)).convert("RGBA")
    first, last = (ImageColor.getrgb(HEAT_COLOURS[place]) for place in (0, -1))
    assert [shown.getpixel((column, 0))[:3] for column in range(3)] == [first, last, last]
    assert [shown.getpixel((column, 0))[3] for column in range(4)] == [255, 255, 255, 0]


def test_a_grid_with_more_cells_than_pixels_is_averaged() -> None:
    values = np.tile([0.0, 20.0], (600, 300))
    small = opened(inline_heat_map(values, 20, (100, 100), np.ones(values.shape, np.bool_)))
    assert len(small.convert("RGB").getcolors()) == 1
