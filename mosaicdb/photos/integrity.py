"""Reject pictures that Pillow accepts although rows are missing or decoding would not end."""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import Final

import numpy as np
from PIL import Image

_MOST_SCANS: Final = 100  # of a progressive JPEG; an honest one has about 10
_START_OF_SCAN: Final = 0xDA
_END_OF_IMAGE: Final = 0xD9
_JPEG_MARKER: Final = re.compile(rb"\xff([\x02-\xcf\xd9-\xfe])", re.DOTALL)
_PNG_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PNG_PASSES: Final = (  # of an interlaced PNG: first column and row, steps to the next ones
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
_MOST_BOXES: Final = 1_000  # of a HEIC that are looked at; it has about 4
_INFLATED_AT_ONCE: Final = 1 << 20


def check_scans(image: Image.Image, data: bytes) -> None:
    """Reject a progressive JPEG with an excessive number of scans.

    Args:
        image: the picture, opened.
        data: its bytes.

    Raises:
        ValueError: it has too many scans.
    """
    if not image.info.get("progressive") or data.count(b"\xff\xda") <= _MOST_SCANS:
        return
    scans = _count_scans(data)
    if scans > _MOST_SCANS:
        raise ValueError(f"a JPEG of {scans:,} scans: more than {_MOST_SCANS} allowed")


def check_rows(image: Image.Image, data: bytes) -> None:
    """Reject a PNG whose compressed rows are incomplete.

    Args:
        image: the picture, decoded.
        data: its bytes.

    Raises:
        ValueError: rows are missing.
    """
    if image.format != "PNG":
        return
    lowest = np.asarray(image.crop((0, max(image.height - 2, 0), *image.size)))
    if all(row.any() for row in lowest):
        return  # Pillow leaves rows that are missing at zero
    header, *compressed = _png_parts(data)
    if _inflated_size(compressed) < _rows_size(header):
        raise ValueError("the picture lacks rows")


def lacks_end(data: bytes) -> bool:
    """Return whether the headers of a WebP, HEIC or AVIF declare more bytes than there are."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return len(data) < 8 + int.from_bytes(data[4:8], "little")
    if data[4:8] != b"ftyp":
        return False
    place = 0
    for _ in range(_MOST_BOXES):
        if place >= len(data):
            break
        place += _box_size(data, place)
    return place > len(data)


def _box_size(data: bytes, place: int) -> int:
    """Return the size in bytes of a box (ISO/IEC 14496-12), including its header."""
    size = int.from_bytes(data[place : place + 4], "big")
    if size == 1:
        size = int.from_bytes(data[place + 8 : place + 16], "big")
    return max(size, 8) if size else len(data) - place  # 0: up to the end


def _count_scans(data: bytes) -> int:
    scans, place = 0, 2
    while marker := _JPEG_MARKER.search(data, place):
        kind, place = marker[1][0], marker.end()
        if kind == _END_OF_IMAGE:
            break
        scans += kind == _START_OF_SCAN
        place += int.from_bytes(data[place : place + 2], "big")
    return scans


def _png_parts(data: bytes) -> Iterator[bytes]:
    """Yield the header, then the parts of the compressed rows."""
    place = 8
    while place < len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        if kind in (b"IHDR", b"IDAT"):
            yield data[place + 8 : place + 8 + length]
        place += length + 12


def _inflated_size(compressed: list[bytes]) -> int:
    inflate, size = zlib.decompressobj(), 0
    for part in compressed:
        while part:
            size += len(inflate.decompress(part, _INFLATED_AT_ONCE))
            part = inflate.unconsumed_tail
    return size + len(inflate.flush())


def _rows_size(header: bytes) -> int:
    """Return the size in bytes of the uncompressed rows of a PNG."""
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    bits, size = depth * _PNG_CHANNELS[colour], 0
    for left, top, right, down in _PNG_PASSES if interlaced else ((0, 0, 1, 1),):
        columns, rows = -(-(width - left) // right), -(-(height - top) // down)
        size += rows * (1 + -(-columns * bits // 8)) if columns > 0 else 0
    return size
