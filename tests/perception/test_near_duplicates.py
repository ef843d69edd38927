import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageOps

from mosaicdb.perception.near_duplicates import group_near, near_pairs
from mosaicdb.records import GREY_SIDE

SCENES = 6
CHANGES = {
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.2),
    "darker": lambda picture: ImageEnhance.Brightness(picture).enhance(0.8),
    "mirrored": ImageOps.mirror,
    "half": lambda picture: picture.resize((128, 128)),
    "cropped": lambda picture: ImageOps.crop(picture, 12),
    "cropped at a corner": lambda picture: picture.crop((0, 0, 243, 243)),
    "cropped and mirrored": lambda picture: ImageOps.mirror(ImageOps.crop(picture, 12)),
}


def scene(seed: int) -> Image.Image:
    """Draw clouds of several sizes: light and dark as in a photo, and different for every seed."""
    random, light = np.random.default_rng(seed), np.zeros((256, 256))
    for side in (4, 8, 16, 32):
        clouds = Image.fromarray(random.normal(0, 1, (side, side)).astype(np.float32))
        light += np.asarray(clouds.resize((256, 256), Image.Resampling.BICUBIC)) * side**-0.5
    light -= light.min()
    return Image.fromarray((light * (200 / light.max())).astype(np.uint8))


def grey(picture: Image.Image) -> np.ndarray:
    thumbnail = picture.resize((50, 50), Image.Resampling.BICUBIC)
    return np.asarray(thumbnail.resize((GREY_SIDE, GREY_SIDE), Image.Resampling.BILINEAR))


def colours(greys: np.ndarray) -> np.ndarray:
    return np.repeat(greys.mean(axis=(1, 2))[:, None], 3, axis=1)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_copy_is_near_its_original_and_nothing_else(change) -> None:
    originals = [scene(seed) for seed in range(SCENES)]
    greys = np.array([grey(picture) for picture in (*originals, *map(change, originals))])
    expected = [[number, number + SCENES] for number in range(SCENES)]
    assert near_pairs(greys, colours(greys)).tolist() == expected


@settings(deadline=None, max_examples=5)
@given(st.permutations(range(6)))
def test_the_order_of_pictures_does_not_matter(order: list[int]) -> None:
    pictures = [change(scene(seed)) for seed in range(2) for change in list(CHANGES.values())[:3]]
    greys = np.array([grey(picture) for picture in pictures])
    before = {frozenset(pair) for pair in near_pairs(greys, colours(greys)).tolist()}
    after = near_pairs(greys[order], colours(greys)[order])
    assert {frozenset(np.array(order)[pair].tolist()) for pair in after} == before
    assert len(before) == 6


def test_a_picture_that_is_its_own_mirror_image_is_no_pair() -> None:
    half = np.asarray(scene(0))[:, :128]
    greys = grey(Image.fromarray(np.concatenate([half, half[:, ::-1]], axis=1)))[None]
    assert near_pairs(greys, colours(greys)).tolist() == []


def test_pictures_of_one_colour_are_near_if_their_colours_agree() -> None:
    greys = np.full((4, GREY_SIDE, GREY_SIDE), 90, np.uint8)
    mean_rgb = np.array([[90.0, 90, 90], [90, 90, 93], [60, 100, 100], [90, 90, 97]])
    assert near_pairs(greys, mean_rgb).tolist() == [[0, 1]]


def test_being_near_is_not_handed_on_along_a_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = np.array([[0, 1], [1, 2], [2, 3], [3, 4], [1, 5]])
    monkeypatch.setattr("mosaicdb.perception.near_duplicates.near_pairs", lambda *_: chain)
    labels = group_near(np.zeros((6, GREY_SIDE, GREY_SIDE), np.uint8), np.zeros((6, 3)))
    assert labels[1] == labels[0] == labels[2] == labels[5]
    assert labels[3] == labels[4] != labels[1]


def test_no_pictures_are_in_no_group() -> None:
    assert group_near(np.zeros((0, GREY_SIDE, GREY_SIDE), np.uint8), np.zeros((0, 3))).size == 0
