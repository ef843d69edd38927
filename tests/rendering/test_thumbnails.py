"""Thumbnails, decoded many at a time."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mosaicdb.errors import RenderingError
from mosaicdb.records import Size
from mosaicdb.rendering import decode_thumbnail, decode_thumbnails


def jpeg_of(size: Size, mode: str = "RGB", seed: int = 0, kind: str = "JPEG", **options) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    buffer = io.BytesIO()
    parameters = {"quality": 90, "subsampling": 0} | options if kind == "JPEG" else {}
    Image.fromarray(pixels).convert(mode).save(buffer, kind, **parameters)
    return buffer.getvalue()


def by_pillow(jpeg: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(jpeg)) as image:
        return np.asarray(image)


@settings(max_examples=30)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 200))
def test_thumbnails_have_the_pixels_that_pillow_decodes(
    width: int, height: int, count: int
) -> None:
    jpegs = [jpeg_of((width, height), seed=seed % 7) for seed in range(count)]
    stack = decode_thumbnails(jpegs, (width, height))
    assert np.array_equal(stack, [by_pillow(jpeg) for jpeg in jpegs])


@pytest.mark.parametrize(
    "options",
    [
        {"quality": 75},
        {"subsampling": 2},
        {"progressive": True},
        {"optimize": True},
        {"restart_marker_blocks": 1},
        {"comment": b"\xff\xd9"},
        {"keep_rgb": True},
    ],
)
def test_thumbnails_that_other_programs_encoded_are_the_same_too(
    options: dict[str, object],
) -> None:
    jpegs = [jpeg_of((20, 12), seed=seed, **options) for seed in range(4)]
    expected = [by_pillow(jpeg) for jpeg in jpegs]
    assert np.array_equal(decode_thumbnails(jpegs, (20, 12)), expected)


@pytest.mark.parametrize("place", [0, 2])
@pytest.mark.parametrize(
    ("odd", "message"),
    [
        (jpeg_of((20, 12), seed=9)[:-100], "does not decode"),
        (jpeg_of((12, 20), seed=9), "is RGB 12 x 20, not RGB 20 x 12"),
        (jpeg_of((20, 12), "L"), "is L 20 x 12"),
        (jpeg_of((20, 12), "CMYK"), "is CMYK 20 x 12"),
        (b"\xff\xd8\xff", "does not decode"),
    ],
)
def test_a_thumbnail_that_is_none_is_an_error(place: int, odd: bytes, message: str) -> None:
    jpegs = [jpeg_of((20, 12), seed=seed) for seed in range(4)]
    jpegs[place] = odd
    with pytest.raises(RenderingError, match=message):
        decode_thumbnails(jpegs, (20, 12))


def test_thumbnails_are_decoded_in_their_order() -> None:
    jpegs = [jpeg_of((6, 4), seed=seed) for seed in range(5)]
    stack = decode_thumbnails(jpegs, (6, 4))
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
    [b"", b"words", jpeg_of((6, 4))[:-100], jpeg_of((6, 4))[:30], jpeg_of((6, 4), kind="PNG")],
    ids=["empty", "words", "short", "header", "PNG"],
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
        (with_size(jpeg_of((6, 4)), 60_000), "RGB 60000 x 60000"),
    ],
)
def test_a_thumbnail_of_another_kind_is_an_error(jpeg: bytes, found: str) -> None:
    with pytest.raises(RenderingError) as caught:
        decode_thumbnail(jpeg, (6, 4))
    message = str(caught.value)
    assert message.startswith(f"a thumbnail in the database is {found}, not RGB 6 x 4")
    assert ("ingest --rebuild" in message) == found.startswith("RGB")


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
