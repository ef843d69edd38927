"""Read when a photo was taken, from EXIF or XMP."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from PIL import ExifTags, Image

_DATE: Final = re.compile(
    r"(?P<year>\d{4})(?P<mark>[:/.-])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})"
    r"(?:[T ]\s*(?P<hour>\d{1,2}):(?P<minute>\d{1,2})"
    r"(?::(?P<second>\d{1,2})(?:[.,](?P<fraction>\d+))?)?"
    r"\s*(?:Z|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?)?)?",
    re.ASCII | re.IGNORECASE,
)
_PARTS: Final = ("year", "month", "day", "hour", "minute", "second")
_IN_XMP: Final = ("exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate")


def taken_at(image: Image.Image) -> datetime | None:
    """Return when a photo was taken, in the camera's local time; None where nothing says so.

    It is the first date that can be read of EXIF's DateTimeOriginal, DateTimeDigitized and
    DateTime, then of XMP.
    """
    for text in (*_exif_dates(image), *_xmp_dates(image)):
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


def _exif_dates(image: Image.Image) -> list[object]:
    tags = ExifTags.Base
    try:
        exif = image.getexif()
        camera = exif.get_ifd(ExifTags.IFD.Exif)
        taken = [
            directory.get(tag)
            for tag in (tags.DateTimeOriginal, tags.DateTimeDigitized)
            for directory in (camera, exif)
        ]
        return [*taken, exif.get(tags.DateTime)]
    except Exception:  # noqa: BLE001 - damaged EXIF does not reject a photo
        return []


def _xmp_dates(image: Image.Image) -> Iterator[str]:
    """Yield dates from XMP, whose properties are written as attributes or as elements."""
    xmp = _xmp(image)
    for name in _IN_XMP:
        for found in re.finditer(rf"""\b{name}\s*(?:=\s*["']([^"']*)|>([^<]*))""", xmp):
            yield found[1] or found[2] or ""


def _xmp(image: Image.Image) -> str:
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    return xmp.decode("utf-8", "replace") if isinstance(xmp, bytes) else str(xmp or "")
