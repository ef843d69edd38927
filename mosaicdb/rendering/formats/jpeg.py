"""JPEG, encoded in bands that are put together into one scan.

A scan with restart markers is a row of intervals that are coded independently with the same tables.
Source: ITU-T T.81 (1992), sections B.2 and E.1.4; the profile: ICC.1:2022, section B.4; the
resolution: ITU-T T.871 (JFIF), section 10.
"""

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

from ...options import FileOptions
from ...records import Size
from ..colour_space import srgb_profile
from ..jpeg_encoder import encode_jpeg
from ..strips import Strips, bands
from ..threads import map_in_threads

MOST_SIDE: Final = 65_500
"""Pixels a side that libjpeg, and so nearly every program, can read."""

_BLOCK: Final = 16
"""Pixels a side of a coded block (MCU): no band shares one with the next."""

_ROWS_A_BAND: Final = 8 * _BLOCK
"""So that a band has no more blocks than an interval can have: 65,535."""

_START: Final = b"\xff\xd8"
_END: Final = b"\xff\xd9"
_APPLICATION: Final = range(0xE0, 0xF0)  # kinds of segments: APP0 to APP15
_FRAME: Final = 0xC0
_SCAN: Final = 0xDA
_RESTART_INTERVAL: Final = 0xDD
_RESTART: Final = 0xD0


def write_jpeg(strips: Strips, path: Path, options: FileOptions) -> None:
    """Write a JPEG; what is transparent shows its colours.

    Each band is a restart interval. It has the coded data that it would have in a picture that was
    encoded as a whole: blocks of one band depend on no other.
    """
    encode = partial(encode_jpeg, quality=options.quality)
    jpegs = map_in_threads(encode, (band[..., :3] for band in bands(strips, _ROWS_A_BAND)))
    with path.open("wb") as file, closing(jpegs):
        for number, jpeg in enumerate(jpegs):
            segments = list(_segments(jpeg))
            coded = jpeg[len(_START) + sum(map(len, segments)) : -len(_END)]
            if number == 0:
                file.write(_header(segments, strips.size, options.dpi))
            else:
                file.write(bytes((0xFF, _RESTART + (number - 1) % 8)))
            file.write(coded)
        file.write(_END)


def _segments(jpeg: bytes) -> Iterator[bytes]:
    """Yield what stands before the coded data of a JPEG, from the first marker to the scan's."""
    start, kind = len(_START), None
    while kind != _SCAN:
        kind, end = jpeg[start + 1], start + 2 + int.from_bytes(jpeg[start + 2 : start + 4])
        yield jpeg[start:end]
        start = end


def _header(segments: list[bytes], size: Size, dpi: float | None) -> bytes:
    """Make the header of a picture out of that of its first band."""
    width, height = size
    interval = -(-width // _BLOCK) * (_ROWS_A_BAND // _BLOCK)
    density = max(1, round(dpi)) if dpi else 1
    parts = [
        _START,
        _segment(0xE0, b"JFIF\0\1\1", bytes([1 if dpi else 0]), 2 * density.to_bytes(2), b"\0\0"),
        _segment(0xE2, b"ICC_PROFILE\0\1\1", srgb_profile()),
    ]
    for segment in segments:
        if segment[1] == _FRAME:
            segment = segment[:5] + height.to_bytes(2) + segment[7:]
        if segment[1] == _SCAN:
            parts.append(_segment(_RESTART_INTERVAL, interval.to_bytes(2)))
        if segment[1] not in _APPLICATION:
            parts.append(segment)
    return b"".join(parts)


def _segment(kind: int, *data: bytes) -> bytes:
    content = b"".join(data)
    return bytes((0xFF, kind)) + (2 + len(content)).to_bytes(2) + content
