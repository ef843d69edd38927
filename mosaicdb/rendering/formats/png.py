"""PNG, compressed in bands.

Source: ISO/IEC 15948:2004, Portable Network Graphics; RFC 1950 and 1951 for the compressed data.
"""

import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

from ...options import FileOptions
from ..colour_space import srgb_profile
from ..strips import Strips, bands
from ..threads import map_in_threads

MOST_SIDE: Final = 2**31 - 1
"""Pixels a side that the format has numbers for."""

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES: Final = {"RGB": 2, "RGBA": 6}
_UP: Final = 2  # the filter that says how a pixel differs from the one above
_LEVEL: Final = (
    3  # a twentieth larger than with the best filters and level 6, in a third of the time
)
_BYTES_A_BAND: Final = 1 << 20
_ZLIB_HEADER: Final = b"\x78\x5e"  # deflate with a window of 32 KB, compressed fast
_LAST_BLOCK: Final = b"\x03\x00"  # of deflate: empty
_METRES_AN_INCH: Final = 0.0254


def write_png(strips: Strips, path: Path, options: FileOptions) -> None:
    """Write a PNG of 8 bits a channel, with or without opacity."""
    width, height = strips.size
    rows = max(1, _BYTES_A_BAND // (width * len(strips.mode)))
    with path.open("wb") as file:
        file.write(_SIGNATURE)
        header = width.to_bytes(4) + height.to_bytes(4)
        _write_chunk(file, b"IHDR", header + bytes((8, _COLOUR_TYPES[strips.mode], 0, 0, 0)))
        _write_chunk(file, b"iCCP", b"sRGB\0\0" + zlib.compress(srgb_profile()))
        if options.dpi:
            density = round(options.dpi / _METRES_AN_INCH).to_bytes(4)
            _write_chunk(file, b"pHYs", density + density + b"\x01")
        checksum = _Adler()
        filtered = checksum.along(_filtered(bands(strips, rows)))
        _write_chunk(file, b"IDAT", _ZLIB_HEADER)
        with closing(map_in_threads(_compressed, filtered)) as parts:
            for compressed in parts:
                _write_chunk(file, b"IDAT", compressed)
        _write_chunk(file, b"IDAT", _LAST_BLOCK + checksum.value.to_bytes(4))
        _write_chunk(file, b"IEND", b"")


class _Adler:
    """The checksum of what goes by."""

    def __init__(self) -> None:
        self.value = zlib.adler32(b"")

    def along(self, parts: Iterator[NDArray[np.uint8]]) -> Iterator[NDArray[np.uint8]]:
        for part in parts:
            self.value = zlib.adler32(part.data, self.value)
            yield part


def _filtered(pictures: Iterator[NDArray[np.uint8]]) -> Iterator[NDArray[np.uint8]]:
    """Give the rows of each band less those above, with the filter's number before each row."""
    above: NDArray[np.uint8] | int = 0
    for band in pictures:
        rows = band.reshape(len(band), -1)
        filtered = np.empty((len(rows), 1 + rows.shape[1]), np.uint8)
        filtered[:, 0] = _UP
        filtered[0, 1:] = rows[0] - above
        np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
        above = rows[-1].copy()
        yield filtered


def _compressed(rows: NDArray[np.uint8]) -> bytes:
    """Compress a band, which ends on a whole byte and refers to no other."""
    compressor = zlib.compressobj(_LEVEL, wbits=-zlib.MAX_WBITS)
    return compressor.compress(rows.data) + compressor.flush(zlib.Z_FULL_FLUSH)


def _write_chunk(file: IO[bytes], kind: bytes, data: bytes) -> None:
    file.write(len(data).to_bytes(4) + kind)
    file.write(data)
    file.write(zlib.crc32(data, zlib.crc32(kind)).to_bytes(4))
