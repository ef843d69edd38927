"""How pictures are opened and cut."""

import contextlib
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import TURNED, decode, encode, exif, photograph, pixels_of, plain, scene
from PIL import Image, ImageOps

from mosaicdb.photos import picture
from mosaicdb.photos.picture import cut, open_picture, upright_size
from mosaicdb.records import Size

LIMIT = 10**9


def cut_of(data: bytes, size: Size) -> Image.Image:
    with open_picture(data, LIMIT) as image:
        return cut(image, size)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("size", [(1600, 1200), (900, 1350), (333, 250)])
def test_decoding_at_a_lower_scale_changes_little(size: Size, progressive: bool) -> None:
    data = encode(photograph(*size), "JPEG", quality=92, progressive=progressive)
    full = pixels_of(ImageOps.fit(decode(data), (50, 50), Image.Resampling.LANCZOS))
    fast = pixels_of(cut_of(data, (50, 50)))
    assert np.abs(fast - full).mean() < 2.1
    assert np.abs(fast.mean(axis=(0, 1)) - full.mean(axis=(0, 1))).max() < 0.8


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> list[Size]:
    """Give the sizes of the pictures that were decoded, as they come."""
    sizes: list[Size] = []
    fit = ImageOps.fit

    def record(image: Image.Image, size: Size) -> Image.Image:
        sizes.append(image.size)
        return fit(image, size)

    monkeypatch.setattr(picture.ImageOps, "fit", record)
    return sizes


@pytest.mark.parametrize("kind", ["JPEG", "MPO"])
def test_a_large_jpeg_is_decoded_to_about_twice_the_size(fitted: list[Size], kind: str) -> None:
    large = plain("red", size=(1600, 1200))
    cut_of(encode(large, kind), (50, 40))
    cut_of(encode(large, kind, exif=exif(6)), (40, 50))
    assert fitted == [(200, 150), (200, 150)]


def test_the_thumbnail_that_a_camera_put_into_a_heic_is_not_used(fitted: list[Size]) -> None:
    cut_of(encode(plain("red", size=(320, 240)), "HEIF", thumbnails=[100]), (20, 20))
    assert fitted == [(320, 240)]


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_the_upright_size_is_known_before_decoding_and_stays(kind: str, orientation: int) -> None:
    with open_picture(encode(scene(90, 60), kind, exif=exif(orientation)), LIMIT) as image:
        before = upright_size(image)
        image.load()
        assert upright_size(image) == before == ((60, 90) if orientation > 4 else (90, 60))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["JPEG", "PNG", "TIFF"]),
    st.tuples(st.integers(1, 200), st.integers(1, 200)),
    st.tuples(st.integers(1, 60), st.integers(1, 60)),
    st.sampled_from(list(TURNED)),
)
def test_a_cut_has_the_size_asked_for_and_the_colours_of_the_picture(
    kind: str, stored: Size, size: Size, orientation: int
) -> None:
    data = encode(plain((200, 100, 50), size=stored), kind, exif=exif(orientation))
    found = cut_of(data, size)
    assert (found.mode, found.size) == ("RGB", size)
    assert np.abs(pixels_of(found) - (200, 100, 50)).max() <= 3


@pytest.mark.parametrize("orientation", TURNED)
def test_the_middle_is_cut_out_and_turned(orientation: int) -> None:
    stored = plain("red", size=(100, 40))
    stored.paste("lime", (30, 0, 70, 40))  # the square in the middle
    stored.paste("blue", (30, 0, 50, 20))  # and its first quarter
    found = pixels_of(cut_of(encode(stored, "PNG", exif=exif(orientation)), (40, 40)))
    expected = TURNED[orientation](np.asarray(stored)[:, 30:70])
    assert np.array_equal(found, expected)


def test_opening_leaves_pillow_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1234)
    for data in (encode(scene(), "PNG"), b"", b"nothing"):
        with contextlib.suppress(ValueError):
            cut_of(data, (5, 5))
        assert Image.MAX_IMAGE_PIXELS == 1234


def deep(mode: str, size: Size) -> Image.Image:
    values = np.random.default_rng(0).uniform(-1_000, 70_000, (size[1], size[0]))
    values[0, 0] = np.nan if mode == "F" else 65_535
    return Image.fromarray(values.astype({"F": np.float32, "I": np.int32}[mode]))


@pytest.mark.parametrize("mode", ["I", "F"])
def test_deep_pictures_take_little_more_memory_than_their_pixels(mode: str) -> None:
    data = encode(deep(mode, (2000, 2000)), "TIFF")
    with open_picture(data, LIMIT) as image:
        image.load()
        tracemalloc.start()
        cut(image, (20, 20))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 4 * 2000 * 2000  # bytes


@pytest.mark.parametrize("mode", ["I", "F"])
def test_strips_leave_no_trace(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = encode(deep(mode, (31, 47)), "TIFF")
    whole = cut_of(data, (20, 20))
    monkeypatch.setattr(picture, "_PIXELS_A_STRIP", 100)
    assert (pixels_of(cut_of(data, (20, 20))) == pixels_of(whole)).all()
