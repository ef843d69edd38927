"""When a photo was taken."""

import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import encode, plain, with_xmp, xmp
from PIL import ExifTags, Image

from mosaicdb.photos.dates import parsed_date, taken_at
from mosaicdb.photos.metadata import read_metadata
from mosaicdb.photos.picture import open_picture

CHANGED = ExifTags.Base.DateTime
BLANKS = (
    "    :  :     :  :  ",
    "0000:00:00 00:00:00",
    "",
    "\0\0\0\0",
    "unknown",
    "2019:13:01 00:00:00",
)
MOMENTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))
ZONES = st.sampled_from(["", "Z", " UTC", "+01:00", "-0330", " +09", "-08:00"])
MARKS = st.sampled_from(":-/.")


def exif(**dates: str) -> bytes:
    """Write EXIF with dates by the names of their tags."""
    written = Image.Exif()
    for name, text in dates.items():
        tag = ExifTags.Base[name]
        directory = written if tag == CHANGED else written.get_ifd(ExifTags.IFD.Exif)
        directory[tag] = text
    return written.tobytes()


def date_of(data: bytes) -> str:
    with open_picture(data, 10**9) as image:
        return str(taken_at(read_metadata(image)))


def jpeg(**options: bytes) -> bytes:
    return encode(plain("red"), "JPEG", **options)


@given(MOMENTS, MARKS, st.sampled_from("T "), ZONES)
def test_a_date_is_read_whatever_its_marks_and_its_time_zone(
    moment: datetime, mark: str, between: str, zone: str
) -> None:
    whole = moment.replace(microsecond=0)
    date = mark.join((f"{moment.year:04}", f"{moment.month:02}", f"{moment.day:02}"))
    assert parsed_date(f"{date}{between}{moment:%H:%M:%S}{zone}") == whole
    assert parsed_date(f" {date}{between}{moment:%H:%M:%S}{zone} \0\0rest") == whole
    assert parsed_date(f"{date}{between}{moment:%H:%M}{zone}") == whole.replace(second=0)
    assert parsed_date(date) == whole.replace(hour=0, minute=0, second=0)


@given(MOMENTS, ZONES)
def test_fractions_of_a_second_are_kept(moment: datetime, zone: str) -> None:
    text = f"{moment.year:04}:{moment:%m:%d %H:%M:%S.%f}"
    assert parsed_date(text + zone) == moment
    assert parsed_date(text + "999" + zone) == moment
    assert parsed_date(text.replace(".", ",") + zone) == moment


@given(MOMENTS)
def test_isos_own_way_of_writing_is_read(moment: datetime) -> None:
    assert parsed_date(moment.isoformat()) == moment


@given(st.one_of(st.text(), st.binary(), st.from_regex(r"\d{4}:\d\d:\d\d( \d\d:\d\d:\d\d)?")))
def test_any_text_is_a_date_or_none(text: str | bytes) -> None:
    assert isinstance(parsed_date(text), datetime | None)


@pytest.mark.parametrize("text", [*BLANKS, "2019", "2019:02", "2019:02:30", "2019:02-03", None, 7])
def test_what_is_no_date_is_none(text: object) -> None:
    assert parsed_date(text) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2015:02:01 14:42:59+01:00", "2015-02-01 14:42:59"),
        ("2014-02-01 12:30:00", "2014-02-01 12:30:00"),
        ("2016:03:04", "2016-03-04 00:00:00"),
        ("2016-03-04T05:06:07.25Z", "2016-03-04 05:06:07.250000"),
    ],
)
def test_dates_that_cameras_and_programs_write_are_read(text: str, moment: str) -> None:
    assert date_of(jpeg(exif=exif(DateTimeOriginal=text))) == moment


@pytest.mark.parametrize("blank", BLANKS)
def test_a_date_that_is_blank_gives_way_to_the_next(blank: str) -> None:
    changed, digitized = "2021:01:01 00:00:00", "2020:01:01 00:00:00"
    data = exif(DateTimeOriginal=blank, DateTimeDigitized=digitized, DateTime=changed)
    assert date_of(jpeg(exif=data)) == "2020-01-01 00:00:00"
    data = exif(DateTimeOriginal=blank, DateTimeDigitized=blank, DateTime=changed)
    assert date_of(jpeg(exif=data)) == "2021-01-01 00:00:00"
    data = exif(DateTimeOriginal=blank, DateTimeDigitized=blank, DateTime=blank)
    assert date_of(jpeg(exif=data)) == "None"


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "TIFF", "AVIF", "HEIF", "PNG"])
@pytest.mark.parametrize(
    "packet",
    [
        xmp('exif:DateTimeOriginal="2018-07-06T05:04:03+02:00" xmp:CreateDate="2020-01-01"'),
        xmp("photoshop:DateCreated='2018-07-06T05:04:03'"),
        xmp("", "<xmp:CreateDate>2018-07-06T05:04:03</xmp:CreateDate>"),
        xmp('exif:DateTimeOriginal=""', "<xmp:CreateDate>2018-07-06T05:04:03Z</xmp:CreateDate>"),
    ],
)
def test_where_exif_has_no_date_that_of_xmp_counts(kind: str, packet: bytes) -> None:
    data = with_xmp(kind, packet)
    assert date_of(data) == "2018-07-06 05:04:03"


def test_the_date_of_exif_goes_before_that_of_xmp() -> None:
    packet = xmp('exif:DateTimeOriginal="2018-07-06T05:04:03"')
    data = jpeg(exif=exif(DateTime="2021:01:01 00:00:00"), xmp=packet)
    assert date_of(data) == "2021-01-01 00:00:00"


def test_xmp_that_is_not_of_this_world_is_no_date() -> None:
    assert date_of(jpeg(xmp=bytes(range(256)))) == "None"
    assert date_of(jpeg(xmp=re.sub(b"[a-z]", b"\xff", xmp('exif:DateTimeOriginal="x"')))) == "None"
