"""Pictures whose colours an ICC profile describes."""

from pathlib import Path

import numpy as np
import pytest
from pictures import ReadPhoto, decode, encode, pixels_of, plain, scene
from PIL import Image, ImageCms
from profiles import (
    CASES,
    PATCHES,
    cmyk_profile,
    grey_profile,
    lab_profile,
    patches_of,
    recoloured,
    srgb_profile,
    wide_gamut_profile,
)

from mosaicdb.options import Framing
from mosaicdb.photos import colour_profile, read_cut, read_framed, read_mask, read_whole
from mosaicdb.photos.colour_profile import to_srgb
from mosaicdb.readings import Tile

LIMIT = 10**9
LOSSY = (".jpg", ".heic", ".avif")


def adobe_rgb_profile() -> bytes:
    with Image.open(CASES / "adobe_rgb.jpg") as image:
        profile: bytes = image.info["icc_profile"]
    return profile


def tolerance(case: Path) -> int:
    return 4 if case.suffix in LOSSY else 3


NAMES = ("wide_gamut.*", "adobe_rgb.jpg", "bad_profile.jpg")
ICC_CASES = [case for name in NAMES for case in sorted(CASES.glob(name))]


@pytest.mark.parametrize("case", ICC_CASES, ids=lambda case: case.name)
def test_a_tile_and_a_target_have_the_colours_that_the_profile_says(
    case: Path, read: ReadPhoto
) -> None:
    tile = read(case.read_bytes(), (60, 60)).content
    assert isinstance(tile, Tile)
    framed = read_framed(case.read_bytes(), (60, 60), Framing(), LIMIT)
    whole = read_whole(case.read_bytes(), LIMIT)
    for picture in (decode(tile.thumbnail.jpeg), framed.picture, whole):
        assert np.abs(patches_of(picture) - PATCHES).max() <= tolerance(case)
        assert picture.mode == "RGB"


def test_a_thumbnail_is_plain_and_carries_no_profile(read: ReadPhoto) -> None:
    tile = read((CASES / "wide_gamut.jpg").read_bytes()).content
    assert isinstance(tile, Tile)
    thumbnail = decode(tile.thumbnail.jpeg)
    assert (thumbnail.format, thumbnail.mode) == ("JPEG", "RGB")
    assert "icc_profile" not in thumbnail.info


@pytest.mark.parametrize("fit", ["fill", "letter"])
def test_transparency_is_kept_when_colours_are_converted(fit: str) -> None:
    wide = recoloured(plain((200, 60, 50)), wide_gamut_profile())
    wide.putalpha(plain(77, "L"))
    data = encode(wide, "PNG", icc_profile=wide_gamut_profile())
    framed = read_framed(data, (40, 30), Framing(fit=fit), LIMIT)
    assert framed.opacity is not None and framed.opacity.getextrema() == (77, 77)
    small = to_srgb(wide, wide_gamut_profile())
    assert small.mode == "RGBA"
    assert np.abs(pixels_of(small)[0, 0] - (200, 60, 50, 77)).max() <= 1


def test_a_wide_gamut_picture_with_a_palette_is_converted() -> None:
    wide = recoloured(plain((200, 60, 50)), wide_gamut_profile()).quantize(4)
    found = read_cut(encode(wide, "PNG", icc_profile=wide_gamut_profile()), (9, 9), LIMIT)
    assert np.abs(pixels_of(found) - (200, 60, 50)).max() <= 2


@pytest.mark.parametrize("transparency", [{}, {"transparency": 3}])
def test_grey_is_converted_by_a_profile_of_grey(transparency: dict[str, int]) -> None:
    data = encode(plain(128, "L"), "PNG", icc_profile=grey_profile(1.0), **transparency)
    found = pixels_of(read_cut(data, (9, 9), LIMIT))
    assert np.abs(found - 188).max() <= 1  # half the light


def test_grey_is_converted_by_the_curve_of_an_rgb_profile() -> None:
    data = encode(plain(10, "L"), "PNG", icc_profile=adobe_rgb_profile())
    found = pixels_of(read_cut(data, (9, 9), LIMIT))
    assert 0 < found.max() < 7
    assert np.ptp(found) == 0


def test_inks_are_converted_by_a_profile_of_inks() -> None:
    papers = [plain((0, 0, 255 * yellow, 0), "CMYK") for yellow in (0, 1)]
    options = {"icc_profile": cmyk_profile()}
    white, yellow = (
        pixels_of(read_cut(encode(paper, "TIFF", **options), (9, 9), LIMIT))[4, 4]
        for paper in papers
    )
    assert np.abs(white - 255).max() <= 2
    right = pixels_of(plain((195, 128, 188), "LAB").convert("RGB"))[0, 0]
    assert np.abs(yellow - right).max() <= 3


def test_lab_is_converted_by_a_profile_of_lab() -> None:
    source = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    target = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    lab = ImageCms.profileToProfile(plain((200, 60, 50)), source, target, outputMode="LAB")
    assert lab is not None
    for options in ({"icc_profile": lab_profile()}, {}):
        found = read_cut(encode(lab, "TIFF", **options), (9, 9), LIMIT)
        assert np.abs(pixels_of(found) - (200, 60, 50)).max() <= 3


@pytest.mark.parametrize(
    "profile",
    [
        b"no profile",
        b"",
        wide_gamut_profile()[:200],
        grey_profile(1.0),
        cmyk_profile(),
        lab_profile(),
        srgb_profile(),
    ],
    ids=["garbage", "empty", "cut short", "of grey", "of inks", "of lab", "srgb"],
)
def test_colours_stay_where_the_profile_is_unusable_or_that_of_srgb(profile: bytes) -> None:
    picture = scene()
    assert to_srgb(picture, profile) is picture


def test_srgb_is_known_by_its_content_not_by_its_name() -> None:
    renamed = srgb_profile().replace(b"s\0R\0G\0B", b"W\0i\0d\0e")
    assert renamed != srgb_profile()
    assert to_srgb(scene(), renamed).getpixel((5, 5)) == scene().getpixel((5, 5))
    named = wide_gamut_profile().replace(b"wide", b"sRGB")
    assert to_srgb(scene(), named).getpixel((5, 5)) != scene().getpixel((5, 5))


def test_a_mask_is_not_converted() -> None:
    grey = plain((100, 100, 100), size=(30, 30))
    plain_mask, profiled = (
        read_mask(encode(grey, "PNG", **options), (30, 30), (30, 30), Framing(), LIMIT)[0]
        for options in ({}, {"icc_profile": adobe_rgb_profile()})
    )
    assert np.array_equal(pixels_of(plain_mask), pixels_of(profiled))


def test_a_profile_is_read_once_and_few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    transforms = colour_profile._Transforms()
    built: list[bytes] = []
    build = colour_profile._build
    monkeypatch.setattr(colour_profile, "_build", lambda p: built.append(p) or build(p))
    monkeypatch.setattr(colour_profile, "_MOST_TRANSFORMS", 2)
    first, second, third = (grey_profile(gamma) for gamma in (1.0, 1.5, 3.0))
    for profile in (first, first, second, first, third, first, second):
        assert transforms.find(profile) is not None
    assert built == [first, second, third, second]


def test_a_damaged_profile_rejects_nothing(read: ReadPhoto) -> None:
    for number in range(20):
        damaged = bytearray(wide_gamut_profile())
        place = number * 16
        damaged[place : place + 8] = b"\xff" * 8
        data = encode(scene(), "JPEG", icc_profile=bytes(damaged))
        assert isinstance(read(data).content, Tile)
