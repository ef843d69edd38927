"""Read what a file says of its photo beside the picture: EXIF and XMP."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from PIL import ExifTags, Image

Directory = Mapping[int, Any]
"""Values by the numbers of their tags, as they are stored: any of them may be damaged."""

_MOST_CHARACTERS: Final = 100
_UNPRINTABLE: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What EXIF and XMP say; empty where a photo has none, or where it is damaged."""

    main: Directory
    """EXIF's first directory."""
    camera: Directory
    """EXIF's directory of how the photo was taken."""
    gps: Directory
    """EXIF's directory of where it was taken."""
    xmp: str
    """The packet of XMP."""

    def properties(self, name: str) -> Iterator[str]:
        """Yield values from XMP, where a property is written as an attribute or as an element.

        Args:
            name: with its usual prefix, such as `tiff:Make`.
        """
        for found in re.finditer(
            rf"""\b{name}\s*(?:=\s*(?:"([^"]*)|'([^']*))|>([^<]*))""", self.xmp
        ):
            yield html.unescape(found[1] or found[2] or found[3] or "")


def read_metadata(image: Image.Image) -> Metadata:
    """Read EXIF and XMP of an opened picture; damage in one part loses no other part."""
    try:
        exif = image.getexif()
    except Exception:  # noqa: BLE001 - damaged EXIF does not reject a photo
        exif = Image.Exif()
    camera, gps = _directory(exif, ExifTags.IFD.Exif), _directory(exif, ExifTags.IFD.GPSInfo)
    return Metadata(exif, camera, gps, _xmp(image))


def plain_text(value: object) -> str | None:
    """Return text as people read it: on one line, up to a NUL, without blanks around it.

    Args:
        value: as it is stored. What is longer than 100 characters is cut.

    Returns:
        None if the value is no text, or blank.
    """
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return None
    text = _UNPRINTABLE.sub(" ", value.partition("\0")[0]).strip()
    return text[:_MOST_CHARACTERS].rstrip() or None


def _directory(exif: Image.Exif, directory: ExifTags.IFD) -> Directory:
    try:
        return exif.get_ifd(directory)
    except Exception:  # noqa: BLE001 - damaged EXIF does not reject a photo
        return {}


def _xmp(image: Image.Image) -> str:
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    return xmp.decode("utf-8", "replace") if isinstance(xmp, bytes) else str(xmp or "")
