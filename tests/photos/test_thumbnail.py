"""Thumbnails: made, resized, taken over."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pictures import decode, encode, exif, huge_pictures, photograph, pixels_of, plain, scene

from mosaicdb.errors import PhotoError
from mosaicdb.photos.thumbnail import adopt_thumbnail, make_thumbnail, measure, resize_thumbnail

BROKEN = [b"", b"words", encode(scene(), "JPEG")[:200], encode(scene(), "PNG"),
          huge_pictures()["jpeg"]]  # fmt: skip


def test_a_thumbnail_is_close_to_its_picture() -> None:
    picture = scene(50, 50)
    thumbnail = make_thumbnail(picture)
    assert np.abs(pixels_of(decode(thumbnail.jpeg)) - pixels_of(picture)).mean() < 2
    assert thumbnail.descriptors.mean_rgb == pytest.approx(
        pixels_of(picture).mean(axis=(0, 1)), abs=0.5
    )


def test_the_means_are_numbers_that_a_database_takes() -> None:
    assert [type(mean) for mean in make_thumbnail(scene()).descriptors.mean_rgb] == [float] * 3


def test_the_mean_of_one_colour_is_the_colour() -> None:
    assert measure(encode(plain((128, 128, 128)), "JPEG")).mean_rgb == (128.0, 128.0, 128.0)


def parts_of(side: int) -> list[NDArray[np.intp]]:
    """Say which pixels each of 6 parts of a side has: by their centres, but at least one."""
    ends = np.arange(7) * side / 6
    if side < 6:
        return list(((ends[:-1] + ends[1:]) / 2).astype(np.intp)[:, None])
    part = np.searchsorted(ends, np.arange(side) + 0.5) - 1
    return [np.flatnonzero(part == number) for number in range(6)]


# the middle pixel of an odd side lies in two parts alike: which one gets it is left to rounding
SIDES = st.one_of(st.integers(1, 6), st.integers(3, 40).map(lambda half: 2 * half))


@settings(deadline=None)
@given(SIDES, SIDES, st.integers(0, 5))
def test_the_signature_is_the_mean_colour_of_36_equal_parts(
    width: int, height: int, seed: int
) -> None:
    thumbnail = make_thumbnail(photograph(width, height, seed))
    pixels = pixels_of(decode(thumbnail.jpeg))
    expected = [
        pixels[rows][:, columns].mean(axis=(0, 1))
        for rows in parts_of(height)
        for columns in parts_of(width)
    ]
    signature = np.frombuffer(thumbnail.descriptors.signature, np.uint8).reshape(36, 3)
    assert abs(signature - np.array(expected)).max() <= 1
    assert measure(thumbnail.jpeg) == thumbnail.descriptors


@pytest.mark.parametrize("size", [(25, 35), (7, 9), (1, 99)])
def test_a_thumbnail_of_any_size_has_a_signature(size: tuple[int, int]) -> None:
    assert make_thumbnail(plain((90, 90, 90), size=size)).descriptors.signature == b"Z" * 108


@pytest.mark.parametrize("size", [(20, 20), (80, 30), (1, 1)])
def test_a_thumbnail_is_made_in_another_size(size: tuple[int, int]) -> None:
    old = make_thumbnail(plain((200, 100, 50), size=(50, 50)))
    new = resize_thumbnail(old.jpeg, size)
    assert decode(new.jpeg).size == size
    assert new.descriptors.mean_rgb == pytest.approx(old.descriptors.mean_rgb, abs=2)


def test_a_plain_jpeg_is_taken_over_as_it_is() -> None:
    jpeg = encode(photograph(50, 40), "JPEG", quality=60)
    thumbnail, size = adopt_thumbnail(jpeg)
    assert (thumbnail.jpeg, size) == (jpeg, (50, 40))
    assert thumbnail.descriptors == measure(jpeg)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_jpeg_that_is_not_rgb_is_encoded_anew(mode: str) -> None:
    thumbnail, size = adopt_thumbnail(encode(scene(50, 40).convert(mode), "JPEG", exif=exif(6)))
    assert size == (50, 40)
    assert (decode(thumbnail.jpeg).mode, decode(thumbnail.jpeg).size) == ("RGB", (50, 40))
    assert thumbnail.descriptors == measure(thumbnail.jpeg)


@pytest.mark.parametrize("jpeg", BROKEN, ids=range(len(BROKEN)))
def test_what_is_no_jpeg_cannot_be_a_thumbnail(jpeg: bytes) -> None:
    with pytest.raises(PhotoError):
        adopt_thumbnail(jpeg)
    with pytest.raises(PhotoError):
        resize_thumbnail(jpeg, (10, 10))
