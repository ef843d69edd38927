"""Open camera raw files, with the extra `raw`: the camera's preview, else what LibRaw develops."""

import io
import struct
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import ExifTags, Image

from ..records import Size

if TYPE_CHECKING:
    from rawpy import RawPy

RAW_EXTENSIONS: Final = (
    *(".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".dng", ".raf", ".orf"),
    *(".rw2", ".rwl", ".pef", ".srw", ".3fr", ".fff", ".iiq", ".mef", ".mos", ".mrw", ".erf"),
    *(".kdc", ".dcr", ".x3f"),
)
"""Extensions of camera raw files."""

RAW_FORMAT: Final = "RAW"
"""The format of pictures that come from a camera raw file."""

RAW_SIZE: Final = "raw_size"
"""Key in a picture's `info`: width and height of the developed photo, upright, in pixels."""

_SIGNATURES: Final = (
    *(b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FUJIFILMCCD-RAW", b"FOVb", b"\0MRM"),
    b"II\x1a\0\0\0HEAPCCDR",
)
_TIFF: Final = {b"II*\0": "<", b"MM\0*": ">"}
_PHOTOMETRIC, _SUB_DIRECTORIES = 262, 330
_OF_SENSORS: Final = (32803, 34892)  # colour filter array, linear raw
_MOST_DIRECTORIES: Final = 16
_LENGTHS: Final = {3: ("H", 2), 4: ("I", 4), 13: ("I", 4)}

_PREVIEW_SIDE: Final = 1000  # pixels: a preview whose longer side has so many is large enough
_HALVED_PIXELS: Final = 4_000_000  # larger sensors are developed at half their size, in less time
_TURNS_SIDEWAYS: Final = 4  # a bit of LibRaw's `flip`


def is_raw(data: bytes) -> bool:
    """Return whether bytes are a camera raw file; a TIFF is one if it holds a sensor's values."""
    if data.startswith(_SIGNATURES) or data[4:12] == b"ftypcrx ":
        return True
    order = _TIFF.get(data[:4])
    if order is None:
        return False
    return data[8:10] == b"CR" or any(kind in _OF_SENSORS for kind in _photometrics(data, order))


def open_raw(data: bytes, max_pixels: int) -> Image.Image:
    """Open a camera raw file as a picture of the format "RAW".

    The camera's preview is taken, not decoded yet, if it has half the photo's width or 1,000
    pixels; it looks as the camera shows the photo. Else the photo is developed by LibRaw.

    Args:
        data: the file's bytes.
        max_pixels: reject larger photos if they have to be developed.

    Raises:
        ValueError: it is damaged, too large, or unknown to LibRaw.
        ImportError: the extra is not installed.
    """
    import rawpy

    try:
        with rawpy.imread(io.BytesIO(data)) as raw:
            size = _upright_size(raw)
            image = _preview(raw, max(size)) or _developed(raw, max_pixels)
    except rawpy.LibRawError as error:
        raise ValueError(f"a camera raw file that LibRaw cannot read: {_text(error)}") from error
    image.format = RAW_FORMAT
    image.info[RAW_SIZE] = size
    return image


def _upright_size(raw: "RawPy") -> Size:
    width, height = raw.sizes.width, raw.sizes.height
    return (height, width) if raw.sizes.flip & _TURNS_SIDEWAYS else (width, height)


def _preview(raw: "RawPy", side: int) -> Image.Image | None:
    """Return the largest preview if it is large enough; LibRaw gives it the camera's EXIF."""
    import rawpy

    try:
        preview = raw.extract_thumb()
    except (rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError):
        return None
    if preview.format != rawpy.ThumbFormat.JPEG or not isinstance(preview.data, bytes):
        return None
    image = Image.open(io.BytesIO(preview.data), formats=("JPEG", "MPO"))
    return image if max(image.size) >= min(side / 2, _PREVIEW_SIDE) else None


def _developed(raw: "RawPy", max_pixels: int) -> Image.Image:
    """Return the photo as LibRaw develops it: upright, in sRGB, with the camera's white balance."""
    width, height = raw.sizes.raw_width, raw.sizes.raw_height
    if width * height > max_pixels:
        raise ValueError(f"{width} x {height} pixels: more than {max_pixels:,} allowed")
    halved = width * height > _HALVED_PIXELS
    image = Image.fromarray(np.asarray(raw.postprocess(use_camera_wb=True, half_size=halved)))
    taken = raw.other.timestamp
    if isinstance(taken, datetime):
        image.getexif()[ExifTags.Base.DateTime] = f"{taken:%Y:%m:%d %H:%M:%S}"
    return image


def _text(error: Exception) -> str:
    reason = error.args[0] if error.args else ""
    return reason.decode("ascii", "replace") if isinstance(reason, bytes) else str(reason)


def _photometrics(data: bytes, order: str) -> Iterator[int]:
    """Yield what the values of a TIFF's first directory, and of those in it, stand for."""
    places, seen = [struct.unpack_from(f"{order}4xI", data.ljust(8))[0]], 0
    while places and seen < _MOST_DIRECTORIES:
        tags = _directory(data, places.pop(0), order)
        seen += 1
        yield from tags.get(_PHOTOMETRIC, ())[:1]
        places += tags.get(_SUB_DIRECTORIES, ())


def _directory(data: bytes, place: int, order: str) -> dict[int, tuple[int, ...]]:
    """Return the whole numbers in a directory of a TIFF by tag; damaged ones are left out."""
    tags: dict[int, tuple[int, ...]] = {}
    if place + 2 > len(data):
        return tags
    (count,) = struct.unpack_from(f"{order}H", data, place)
    for entry in range(place + 2, min(place + 2 + count * 12, len(data) - 11), 12):
        tag, kind, length = struct.unpack_from(f"{order}HHI", data, entry)
        if tag not in (_PHOTOMETRIC, _SUB_DIRECTORIES) or kind not in _LENGTHS:
            continue
        letter, size = _LENGTHS[kind]
        length = min(length, _MOST_DIRECTORIES)
        start = entry + 8
        if length * size > 4:
            (start,) = struct.unpack_from(f"{order}I", data, start)
        if start + length * size <= len(data):
            tags[tag] = struct.unpack_from(f"{order}{length}{letter}", data, start)
    return tags
