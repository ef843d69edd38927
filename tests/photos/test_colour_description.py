"""Pictures whose colours something else than an ICC profile describes."""

import struct
import zlib
from typing import Any

import numpy as np
import pytest
from pictures import ReadPhoto, decode, encode, pixels_of, plain
from PIL import ExifTags, Image
from profiles import CASES, PATCHES, patches_of, wide_gamut_profile

from mosaicdb.options import Framing
from mosaicdb.photos import read_cut, read_framed
from mosaicdb.photos.rgb_profile import Primaries, RgbSpace, rgb_profile
from mosaicdb.photos.transfer_functions import Power, hlg, pq, srgb
from mosaicdb.readings import Tile

LIMIT = 10**9
ADOBE_RGB_OF_PATCH = (173, 62, 53)  # of (200, 60, 50)
WIDE_GAMUT_OF_PATCH = (185, 71, 58)


def with_chunk(png: bytes, kind: bytes, body: bytes) -> bytes:
    """Insert a chunk behind the header of a PNG."""
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return png[:33] + chunk + png[33:]


def gamma(value: float) -> tuple[bytes, bytes]:
    return b"gAMA", struct.pack(">I", round(value * 100_000))


def chromaticities(*values: float) -> tuple[bytes, bytes]:
    return b"cHRM", struct.pack(">8I", *(round(value * 100_000) for value in values))


def camera_exif(colour_space: int, index: str | None = None) -> bytes:
    written = Image.Exif()
    written.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ColorSpace] = colour_space
    if index is not None:
        written.get_ifd(ExifTags.IFD.Exif)[0xA005] = {1: index, 2: b"0100"}
    return written.tobytes()


def colour_of(data: bytes) -> tuple[int, ...]:
    """Give the colour of a plain picture, once read."""
    red, green, blue = pixels_of(read_cut(data, (9, 9), LIMIT))[4, 4]
    return int(red), int(green), int(blue)


def differs_by(found: tuple[int, ...], right: tuple[int, ...]) -> int:
    return max(abs(a - b) for a, b in zip(found, right, strict=True))


@pytest.mark.parametrize("name", ["srgb.png", "wide_cicp.png", "linear_gama.png"])
def test_a_tile_and_a_target_have_the_colours_that_the_chunks_of_a_png_say(
    name: str, read: ReadPhoto
) -> None:
    data = (CASES / name).read_bytes()
    tile = read(data, (60, 60)).content
    assert isinstance(tile, Tile)
    framed = read_framed(data, (60, 60), Framing(), LIMIT)
    for picture in (decode(tile.thumbnail.jpeg), framed.picture):
        assert np.abs(patches_of(picture) - PATCHES).max() <= 3


@pytest.mark.parametrize("kind", ["AVIF", "HEIF"])
def test_the_code_points_of_heic_and_avif_are_honoured(kind: str) -> None:
    picture = plain(WIDE_GAMUT_OF_PATCH, size=(64, 64))
    data = encode(picture, kind, quality=95)
    if b"colrnclx" not in data:
        pytest.skip("the encoder writes no code points")
    place = data.index(b"colrnclx") + 8
    wide = data[:place] + struct.pack(">HH", 12, 13) + data[place + 4 :]
    assert differs_by(colour_of(data), WIDE_GAMUT_OF_PATCH) <= 4
    assert differs_by(colour_of(wide), (200, 60, 50)) <= 5


def test_code_points_of_png_come_before_an_embedded_profile() -> None:
    primaries = Primaries((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
    profile = rgb_profile(RgbSpace(primaries, Power(2.2)))  # Adobe RGB
    wide = encode(plain(WIDE_GAMUT_OF_PATCH), "PNG", icc_profile=profile)
    assert differs_by(colour_of(with_chunk(wide, b"cICP", b"\x0c\x0d\0\1")), (200, 60, 50)) <= 1
    narrow = encode(plain((200, 60, 50)), "PNG", icc_profile=wide_gamut_profile())
    for codes in (b"\x01\x0d\0\1", b"\x01\x01\0\1"):
        assert colour_of(with_chunk(narrow, b"cICP", codes)) == (200, 60, 50)


@pytest.mark.parametrize("codes", [b"\x02\x02", b"\x0c\x02", b"\x02\x0d", b"\0\0", b"\xff\x0d"])
def test_code_points_that_say_nothing_leave_the_embedded_profile(codes: bytes) -> None:
    png = encode(plain(WIDE_GAMUT_OF_PATCH), "PNG", icc_profile=wide_gamut_profile())
    assert differs_by(colour_of(with_chunk(png, b"cICP", codes + b"\0\1")), (200, 60, 50)) <= 1


def test_code_points_come_before_gamma() -> None:
    png = with_chunk(encode(plain(WIDE_GAMUT_OF_PATCH), "PNG"), *gamma(1.0))
    assert differs_by(colour_of(with_chunk(png, b"cICP", b"\x0c\x0d\0\1")), (200, 60, 50)) <= 1


def test_chromaticities_without_a_gamma_are_honoured() -> None:
    p3 = chromaticities(0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)
    png = with_chunk(encode(plain(WIDE_GAMUT_OF_PATCH), "PNG"), *p3)
    assert differs_by(colour_of(png), (200, 60, 50)) <= 1


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "I;16"])
def test_gamma_is_honoured_in_every_mode(mode: str) -> None:
    values: Any = {"I;16": 128 << 8, "RGB": (128, 128, 128)}.get(mode, 128)
    picture = plain(128, "L").convert("P") if mode == "P" else plain(values, mode)
    assert differs_by(colour_of(with_chunk(encode(picture, "PNG"), *gamma(1.0))), (188,) * 3) <= 1


@pytest.mark.parametrize(
    "chunk",
    [
        gamma(0.45455),
        gamma(0.0),
        gamma(40_000),
        chromaticities(0, 0, 0, 0, 0, 0, 0, 0),
        chromaticities(0.3, 0.3, 0.5, 0.5, 0.4, 0.6, 0.3, 0.7),
        (b"cICP", b"\x0c\x0d"),
        (b"cICP", b"\x02\x02\0\1"),
        (b"cICP", b"\xff\xff\0\1"),
        (b"cICP", b"\x01\x01\0\1"),
    ],
    ids=str,
)
def test_descriptions_that_say_srgb_or_nothing_change_nothing(chunk: tuple[bytes, bytes]) -> None:
    png = with_chunk(encode(plain((200, 60, 50)), "PNG"), *chunk)
    assert colour_of(png) == (200, 60, 50)


def test_the_chunk_srgb_overrides_gamma() -> None:
    png = with_chunk(encode(plain((200, 60, 50)), "PNG"), *gamma(1.0))
    assert colour_of(with_chunk(png, b"sRGB", b"\0")) == (200, 60, 50)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
@pytest.mark.parametrize(
    ("colour_space", "index", "right"),
    [
        (0xFFFF, "R03", (200, 60, 50)),
        (2, None, (200, 60, 50)),
        (0xFFFF, "R98", ADOBE_RGB_OF_PATCH),
        (0xFFFF, None, ADOBE_RGB_OF_PATCH),
        (1, "R98", ADOBE_RGB_OF_PATCH),
        (1, "R03", ADOBE_RGB_OF_PATCH),
    ],
)
def test_exif_says_adobe_rgb_as_cameras_do(
    kind: str, colour_space: int, index: str | None, right: tuple[int, ...]
) -> None:
    picture = plain(ADOBE_RGB_OF_PATCH)
    data = encode(picture, kind, quality=98, exif=camera_exif(colour_space, index))
    assert differs_by(colour_of(data), right) <= 4


def test_a_profile_that_is_written_for_srgb_is_that_of_srgb() -> None:
    primaries = Primaries((0.64, 0.33), (0.3, 0.6), (0.15, 0.06))
    data = encode(plain((200, 60, 50)), "PNG", icc_profile=rgb_profile(RgbSpace(primaries, srgb)))
    assert colour_of(data) == (200, 60, 50)


@pytest.mark.parametrize(("transfer", "code"), [(pq, 16), (hlg, 18)], ids=["PQ", "HLG"])
def test_hdr_is_tone_mapped_without_clipping_and_keeps_the_order_of_brightness(
    transfer: Any, code: int
) -> None:
    curve = transfer(np.linspace(0, 1, 256))
    assert curve[0] == 0 and 0.9 < curve[-1] <= 1
    assert (np.diff(curve) >= 0).all()
    reference = {16: 0.5807, 18: 0.75}[code]  # the signal of 203 cd/m²
    assert abs(transfer(np.array([reference]))[0] - 0.816) < 0.005
    png = encode(plain((round(reference * 255),) * 3), "PNG")
    found = colour_of(with_chunk(png, b"cICP", bytes((9, code, 0, 1))))
    assert differs_by(found, (233,) * 3) <= 2


def test_dark_parts_of_hdr_are_as_bright_as_in_sdr() -> None:
    light = np.array([20.0])  # cd/m²
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    y = (light / 10_000) ** m1
    stored = ((c1 + c2 * y) / (1 + c3 * y)) ** m2
    assert np.allclose(pq(stored), light / 203)


def test_primaries_that_span_nothing_are_refused() -> None:
    for primaries in (
        Primaries((0.3, 0.3), (0.3, 0.3), (0.3, 0.3)),
        Primaries((0.6, 0.0), (0.3, 0.6), (0.15, 0.06)),
    ):
        with pytest.raises(ValueError, match="primaries|luminance"):
            rgb_profile(RgbSpace(primaries, Power(2.2)))
