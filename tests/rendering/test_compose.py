"""Thumbnails put together."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mosaicdb.rendering import compose_row


def compose_mosaic(thumbnails: np.ndarray, positions: np.ndarray) -> Image.Image:
    return Image.fromarray(np.concatenate([compose_row(thumbnails[row]) for row in positions]))


def pasted(thumbnails: np.ndarray, positions: np.ndarray) -> Image.Image:
    """Compose in the slow way that everyone understands."""
    rows, columns = positions.shape
    _, height, width, _ = thumbnails.shape
    picture = Image.new("RGB", (columns * width, rows * height))
    for row in range(rows):
        for column in range(columns):
            thumbnail = Image.fromarray(thumbnails[positions[row, column]])
            picture.paste(thumbnail, (column * width, row * height))
    return picture


SIDES = st.integers(1, 7)


@settings(deadline=None)
@given(SIDES, SIDES, SIDES, SIDES, st.integers(1, 9), st.integers(0, 2**32))
def test_a_mosaic_is_what_pasting_each_thumbnail_gives(
    rows: int, columns: int, width: int, height: int, count: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    thumbnails = random.integers(0, 256, (count, height, width, 3), dtype=np.uint8)
    positions = random.integers(0, count, (rows, columns))
    found, expected = compose_mosaic(thumbnails, positions), pasted(thumbnails, positions)
    assert (found.mode, found.size) == (expected.mode, expected.size)
    assert found.tobytes() == expected.tobytes()


def test_rows_go_down_and_columns_to_the_right() -> None:
    thumbnails = np.zeros((2, 3, 2, 3), np.uint8)
    thumbnails[1] = 255
    picture = compose_mosaic(thumbnails, np.array([[0, 0, 1], [0, 0, 0]]))
    assert picture.size == (6, 6)
    assert picture.getpixel((4, 0)) == picture.getpixel((5, 2)) == (255, 255, 255)
    assert picture.getpixel((3, 0)) == picture.getpixel((4, 3)) == (0, 0, 0)
