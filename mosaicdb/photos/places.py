"""Read where a photo was taken, from EXIF or XMP."""

import math
import re
from typing import Any, Final

from PIL import ExifTags

from .metadata import Metadata, plain_text

Position = tuple[float, float]
"""Latitude and longitude in decimal degrees; north and east are positive."""

_MOST_DEGREES: Final = (90, 180)
_SIGNS: Final = ({"N": 1, "S": -1}, {"E": 1, "W": -1})
_TAGS: Final = (
    (ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef),
    (ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef),
)
_IN_XMP: Final = ("exif:GPSLatitude", "exif:GPSLongitude")
_NUMBER: Final = r"\d{1,3}(?:\.\d{1,20})?"
_ANGLE: Final = re.compile(
    rf"(?P<parts>{_NUMBER}(?:,\s*{_NUMBER}){{0,2}})\s*(?P<reference>[NSEW])",
    re.ASCII | re.IGNORECASE,
)
_DECIMAL: Final = re.compile(rf"[+-]?{_NUMBER}", re.ASCII)


def position(metadata: Metadata) -> Position | None:
    """Return where a photo was taken, by EXIF or else XMP; None where nothing says so.

    Cameras without a fix write zeros: 0° N 0° E, in the open sea, is no position. Neither is one
    that lacks a hemisphere, or that is not on Earth.
    """
    exif = [
        _exif_degrees(metadata.gps.get(angle), metadata.gps.get(reference), axis)
        for axis, (angle, reference) in enumerate(_TAGS)
    ]
    xmp = [_first_of_xmp(metadata, axis) for axis in range(len(_IN_XMP))]
    for latitude, longitude in (exif, xmp):
        if latitude is not None and longitude is not None and (latitude or longitude):
            return latitude, longitude
    return None


def _exif_degrees(angle: Any, reference: object, axis: int) -> float | None:
    """Read degrees, minutes and seconds, of which the last may be left out."""
    try:
        parts = [float(part) for part in (angle if isinstance(angle, tuple) else (angle,))]
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        return None
    return _degrees(parts, reference, axis)


def parsed_angle(text: str, axis: int) -> float | None:
    """Read an angle of XMP: 48,51.5N, 48,51,30N, or decimal degrees with a sign.

    Args:
        text: as it is stored.
        axis: 0 for a latitude, 1 for a longitude.

    Returns:
        Decimal degrees; None if it is no such angle.
    """
    text = text.strip()
    if found := _ANGLE.fullmatch(text):
        return _degrees(
            [float(part) for part in found["parts"].split(",")], found["reference"], axis
        )
    if _DECIMAL.fullmatch(text):
        degrees = float(text)
        return degrees if abs(degrees) <= _MOST_DEGREES[axis] else None
    return None


def _first_of_xmp(metadata: Metadata, axis: int) -> float | None:
    angles = (parsed_angle(text, axis) for text in metadata.properties(_IN_XMP[axis]))
    return next((angle for angle in angles if angle is not None), None)


def _degrees(parts: list[float], reference: object, axis: int) -> float | None:
    sign = _SIGNS[axis].get((plain_text(reference) or "").upper()[:1])
    if sign is None or not 1 <= len(parts) <= 3 or not all(map(math.isfinite, parts)):
        return None
    if min(parts) < 0 or any(part > 60 for part in parts[1:]):  # 60: seconds that were rounded up
        return None
    degrees = sum(part / 60**power for power, part in enumerate(parts))
    return sign * degrees if degrees <= _MOST_DEGREES[axis] else None
