"""Thumbnails decoded and put together."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mosaicdb.errors import RenderingError
from mosaicdb.records import Size
from mosaicdb.rendering import compose_row, decode_thumbnail, decode_thumbnails


def jpeg_of(size: Size, mode: str = "RGB", seed: int = 0, kind: str = "JPEG") -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(buffer, kind)
    return buffer.getvalue()


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


def test_thumbnails_are_decoded_in_their_order() -> None:
    jpegs = [jpeg_of((6, 4), seed=seed) for seed in range(5)]
    stack = decode_thumbnails(iter(jpegs), (6, 4))
    assert (stack.shape, stack.dtype) == ((5, 4, 6, 3), np.uint8)
    for jpeg, pixels in zip(jpegs, stack, strict=True):
        with Image.open(io.BytesIO(jpeg)) as image:
            assert np.array_equal(np.asarray(image), pixels)


def test_no_thumbnails_are_an_empty_stack() -> None:
    stack = decode_thumbnails([], (6, 4))
    assert (stack.shape, stack.dtype) == ((0, 4, 6, 3), np.uint8)


def with_size(jpeg: bytes, side: int) -> bytes:
    frame = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:frame] + side.to_bytes(2, "big") * 2 + jpeg[frame + 4 :]


@pytest.mark.parametrize(
    "jpeg",
    [b"", b"words", jpeg_of((6, 4))[:-100], jpeg_of((6, 4))[:30], jpeg_of((6, 4), kind="PNG"),
     with_size(jpeg_of((6, 4)), 60_000)],
    ids=["empty", "words", "short", "header", "PNG", "huge"],
)  # fmt: skip
def test_a_thumbnail_that_does_not_decode_is_an_error(jpeg: bytes) -> None:
    with pytest.raises(RenderingError, match="a thumbnail in the database does not decode"):
        decode_thumbnail(jpeg, (6, 4))
    with pytest.raises(RenderingError):
        decode_thumbnails([jpeg_of((6, 4)), jpeg], (6, 4))


@pytest.mark.parametrize(
    ("jpeg", "found"),
    [
        (jpeg_of((4, 6)), "RGB 4 x 6"),
        (jpeg_of((6, 5)), "RGB 6 x 5"),
        (jpeg_of((6, 4), "L"), "L 6 x 4"),
        (jpeg_of((6, 4), "CMYK"), "CMYK 6 x 4"),
        (with_size(jpeg_of((6, 4)), 5000), "RGB 5000 x 5000"),
    ],
)
def test_a_thumbnail_of_another_kind_is_an_error(jpeg: bytes, found: str) -> None:
    with pytest.raises(RenderingError) as caught:
        decode_thumbnail(jpeg, (6, 4))
    assert str(caught.value) == f"a thumbnail in the database is {found}, not RGB 6 x 4"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 6))
def test_no_damage_upsets_the_decoder(seed: int, changes: int) -> None:
    random = np.random.default_rng(seed)
    jpeg = bytearray(jpeg_of((6, 4)))
    for place in random.integers(0, len(jpeg), changes):
        jpeg[place] = random.integers(0, 256)
    try:
        assert decode_thumbnail(bytes(jpeg), (6, 4)).shape == (4, 6, 3)
    except RenderingError as error:
        assert str(error).startswith("a thumbnail in the database")
