"""Read when a photo was taken, from EXIF or XMP."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from PIL import ExifTags

from .metadata import Metadata

_DATE: Final = re.compile(
    r"(?P<year>\d{4})(?P<mark>[:/.-])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})"
    r"(?:[T ]\s*(?P<hour>\d{1,2}):(?P<minute>\d{1,2})"
    r"(?::(?P<second>\d{1,2})(?:[.,](?P<fraction>\d+))?)?"
    r"\s*(?:Z|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?)?)?",
    re.ASCII | re.IGNORECASE,
)
_PARTS: Final = ("year", "month", "day", "hour", "minute", "second")
_IN_XMP: Final = ("exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate")


def taken_at(metadata: Metadata) -> datetime | None:
    """Return when a photo was taken, in the camera's local time; None where nothing says so.

    It is the first date that can be read of EXIF's DateTimeOriginal, DateTimeDigitized and
    DateTime, then of XMP.
    """
    for text in (*_exif_dates(metadata), *_xmp_dates(metadata)):
        if (moment := parsed_date(text)) is not None:
            return moment
    return None


def parsed_date(text: object) -> datetime | None:
    """Read a date as cameras and programs write it; None if it is none.

    EXIF has 2015:02:01 14:42:59, XMP 2015-02-01T14:42:59.25+01:00 (ISO 8601). Programs mix them,
    leave out seconds, or the time, which counts as midnight. A time zone is dropped: what the
    clock showed is meant. Cameras whose clock is not set write blanks or zeros.

    Args:
        text: a string, or bytes, as they are stored.
    """
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    found = _DATE.fullmatch(str(text).partition("\0")[0].strip())
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(found[name] or 0) for name in _PARTS)
    microsecond = int((found["fraction"] or "").ljust(6, "0")[:6])
    try:
        return datetime(year, month, day, hour, minute, second, microsecond)
    except ValueError:  # the 0th month, the 30th of February, …
        return None


def _exif_dates(metadata: Metadata) -> Iterator[object]:
    tags = ExifTags.Base
    for tag in (tags.DateTimeOriginal, tags.DateTimeDigitized):
        yield metadata.camera.get(tag)
        yield metadata.main.get(tag)
    yield metadata.main.get(tags.DateTime)


def _xmp_dates(metadata: Metadata) -> Iterator[str]:
    for name in _IN_XMP:
        yield from metadata.properties(name)
