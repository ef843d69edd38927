"""Where a photo was taken, and by which camera."""

import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import encode, plain, with_exif, with_xmp, xmp
from PIL import ExifTags
from PIL.TiffImagePlugin import IFDRational

from mosaicdb.capture import Capture
from mosaicdb.photos.capture import read_capture
from mosaicdb.photos.metadata import Metadata, plain_text
from mosaicdb.photos.picture import open_picture
from mosaicdb.photos.places import parsed_angle, position

TAGS = ExifTags.GPS
MAKE, MODEL = ExifTags.Base.Make, ExifTags.Base.Model
KINDS = ["JPEG", "WEBP", "TIFF", "AVIF", "HEIF", "PNG"]
SYDNEY = {1: "S", 2: (33.0, 51.0, 24.48), 3: "E", 4: (151.0, 12.0, 54.72)}
WORTHLESS: list[Any] = [
    None,
    "",
    b"\0\0\0",
    (),
    (IFDRational(0, 0),) * 3,
    (48, IFDRational(1, 0), 0),
    (48, 51, 30, 1),
    (90, 1, 0),
    (91, 0, 0),
    (48, 61, 0),
    (48, 0, -1),
    (-48, 0, 0),
    ("48", "x", "0"),
    (None, 1, 2),
    math.nan,
]


def capture_of(data: bytes) -> Capture:
    with open_picture(data, 10**9) as image:
        return read_capture(image)


def place_of(gps: dict[int, Any], packet: bytes = b"") -> Any:
    return position(Metadata({}, {}, gps, packet.decode()))


def in_xmp(latitude: str, longitude: str) -> bytes:
    return xmp(f'exif:GPSLatitude="{latitude}" exif:GPSLongitude="{longitude}"')


@pytest.mark.parametrize("kind", KINDS)
def test_position_and_camera_are_read_from_exif(kind: str) -> None:
    capture = capture_of(with_exif(kind, SYDNEY, {MAKE: " Canon\0 ", MODEL: "EOS  R5\n"}))
    assert (capture.latitude, capture.longitude) == pytest.approx((-33.8568, 151.2152), abs=1e-6)
    assert (capture.camera_make, capture.camera_model) == ("Canon", "EOS R5")
    assert capture_of(encode(plain("red"), kind)) == Capture()


@pytest.mark.parametrize("kind", KINDS)
def test_position_and_camera_are_read_from_xmp_where_exif_has_none(kind: str) -> None:
    packet = xmp(
        'exif:GPSLatitude="33,51.408S" exif:GPSLongitude="151,12,54.72E" tiff:Make="A &amp; B"',
        "<tiff:Model>it's</tiff:Model>",
    )
    capture = capture_of(with_xmp(kind, packet))
    assert (capture.latitude, capture.longitude) == pytest.approx((-33.8568, 151.2152), abs=1e-6)
    assert (capture.camera_make, capture.camera_model) == ("A & B", "it's")


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_any_position_on_earth_survives_exif_and_xmp(latitude: float, longitude: float) -> None:
    written = (abs(latitude),), (abs(longitude),)
    references = "S" if latitude < 0 else "N", "W" if longitude < 0 else "E"
    gps = {1: references[0], 2: written[0], 3: references[1], 4: written[1]}
    if latitude or longitude:
        assert place_of(gps) == (latitude, longitude)
    signed = in_xmp(f"{latitude:.9f}", f"{longitude:.9f}")
    if round(latitude, 9) or round(longitude, 9):
        assert place_of({}, signed) == pytest.approx((latitude, longitude), abs=1e-8)
    angles = [f"{int(a)},{(a % 1) * 60:.9f}" for a in (abs(latitude), abs(longitude))]
    refs = [angle + reference for angle, reference in zip(angles, references, strict=True)]
    if place := place_of({}, in_xmp(*refs)):
        assert place == pytest.approx((latitude, longitude), abs=1e-8)


@pytest.mark.parametrize("angle", WORTHLESS)
def test_an_angle_that_is_none_gives_way_to_xmp(angle: object) -> None:
    broken = SYDNEY | {TAGS.GPSLatitude: angle}
    assert place_of(broken) is None
    assert place_of(broken, in_xmp("48,30.0N", "2,15.0E")) == (48.5, 2.25)


@pytest.mark.parametrize("reference", ["s", "S\0", b"S", b"S\0", " South"])
def test_hemispheres_are_read_as_cameras_write_them(reference: object) -> None:
    assert place_of(SYDNEY | {TAGS.GPSLatitudeRef: reference})[0] == pytest.approx(-33.8568)


@pytest.mark.parametrize("reference", [None, "", "\0", "E", "x", 1, ("S",)])
def test_a_position_without_its_hemisphere_is_none(reference: object) -> None:
    assert place_of(SYDNEY | {TAGS.GPSLatitudeRef: reference}) is None


def test_the_zeros_of_a_camera_without_a_fix_are_no_position() -> None:
    zero = IFDRational(0, 1)
    assert place_of({1: "N", 2: (zero,) * 3, 3: "E", 4: (zero,) * 3}) is None
    assert place_of({1: "N", 2: (0, 0, 0), 3: "W", 4: (78, 30, 0)}) == (0, -78.5)


@pytest.mark.parametrize(
    "text", ["", "N", "48,51.5", "48;51N", "91,0N", "48,51.5E", "1e9", "-48N", "nan", "٤٨N"]
)
def test_what_is_no_latitude_in_xmp_is_none(text: str) -> None:
    assert parsed_angle(text, 0) is None


@given(st.one_of(st.text(), st.from_regex(r"[\d,. NSEWnsew+-]{0,20}")), st.sampled_from([0, 1]))
def test_any_text_is_an_angle_on_earth_or_none(text: str, axis: int) -> None:
    angle = parsed_angle(text, axis)
    assert angle is None or abs(angle) <= (90, 180)[axis]


@pytest.mark.parametrize("value", [None, 7, (), ("Canon",), "", " \0Canon", b"\0", "\t\n"])
def test_what_is_no_text_is_none(value: object) -> None:
    assert plain_text(value) is None


@given(st.one_of(st.text(max_size=300), st.binary(max_size=300)))
def test_any_text_becomes_a_short_line(value: str | bytes) -> None:
    text = plain_text(value)
    if text is not None:
        assert 1 <= len(text) <= 100
        assert text == " ".join(text.split())
        assert "\0" not in text


def test_a_name_as_long_as_a_book_is_cut() -> None:
    capture = capture_of(with_exif("JPEG", {}, {MAKE: "x" * 30_000}))
    assert capture.camera_make == "x" * 100


def test_damage_in_the_directory_of_positions_loses_nothing_else() -> None:
    data = with_exif("JPEG", SYDNEY, {MAKE: "Canon"})
    place = data.index(struct.pack(">HHI", ExifTags.IFD.GPSInfo, 4, 1)) + 8
    damaged = data[:place] + b"\xff\xff\xff\xff" + data[place + 4 :]
    assert capture_of(damaged) == Capture(camera_make="Canon")
