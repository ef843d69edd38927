"""Thumbnails: made, resized, taken over."""

import numpy as np
import pytest
from pictures import decode, encode, exif, huge_pictures, photograph, pixels_of, plain, scene

from mosaicdb.errors import PhotoError
from mosaicdb.photos.thumbnail import (
    adopt_thumbnail,
    make_thumbnail,
    measure,
    resize_thumbnail,
)

BROKEN = [b"", b"words", encode(scene(), "JPEG")[:200], encode(scene(), "PNG"),
          huge_pictures()["jpeg"]]  # fmt: skip


def test_a_thumbnail_is_close_to_its_picture() -> None:
    picture = scene(50, 50)
    thumbnail = make_thumbnail(picture)
    assert np.abs(pixels_of(decode(thumbnail.jpeg)) - pixels_of(picture)).mean() < 2
    assert thumbnail.features.mean_rgb == pytest.approx(
        pixels_of(picture).mean(axis=(0, 1)), abs=0.5
    )


def test_the_means_are_numbers_that_a_database_takes() -> None:
    assert [type(mean) for mean in make_thumbnail(scene()).features.mean_rgb] == [float] * 3


def test_the_mean_of_one_colour_is_the_colour() -> None:
    assert measure(encode(plain((128, 128, 128)), "JPEG")).mean_rgb == (128.0, 128.0, 128.0)


@pytest.mark.parametrize("size", [(20, 20), (80, 30), (1, 1)])
def test_a_thumbnail_is_made_in_another_size(size: tuple[int, int]) -> None:
    old = make_thumbnail(plain((200, 100, 50), size=(50, 50)))
    new = resize_thumbnail(old.jpeg, size)
    assert decode(new.jpeg).size == size
    assert new.features.mean_rgb == pytest.approx(old.features.mean_rgb, abs=2)


def test_a_plain_jpeg_is_taken_over_as_it_is() -> None:
    jpeg = encode(photograph(50, 40), "JPEG", quality=60)
    thumbnail, size = adopt_thumbnail(jpeg)
    assert (thumbnail.jpeg, size) == (jpeg, (50, 40))
    assert thumbnail.features == measure(jpeg)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_jpeg_that_is_not_rgb_is_encoded_anew(mode: str) -> None:
    thumbnail, size = adopt_thumbnail(encode(scene(50, 40).convert(mode), "JPEG", exif=exif(6)))
    assert size == (50, 40)
    assert (decode(thumbnail.jpeg).mode, decode(thumbnail.jpeg).size) == ("RGB", (50, 40))
    assert thumbnail.features == measure(thumbnail.jpeg)


@pytest.mark.parametrize("jpeg", BROKEN, ids=range(len(BROKEN)))
def test_what_is_no_jpeg_cannot_be_a_thumbnail(jpeg: bytes) -> None:
    with pytest.raises(PhotoError):
        adopt_thumbnail(jpeg)
    with pytest.raises(PhotoError):
        resize_thumbnail(jpeg, (10, 10))
