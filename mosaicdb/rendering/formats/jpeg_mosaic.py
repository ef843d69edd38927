"""Put JPEGs of one size side by side without decoding them: tiles out of smaller pictures."""

import re
from collections.abc import Sequence
from typing import Final

from PIL import Image

from ...records import Size
from ..jpeg_encoder import encode_jpeg
from ..jpeg_parts import END, read_header, restart_marker

MCU: Final = 16
"""Pixels a side of the blocks that a JPEG is coded in where colours are halved."""

_RESTART: Final = re.compile(rb"\xff[\xd0-\xd7]")  # in coded data, 00 follows any other ff


class JpegMosaic:
    """Makes a JPEG of several smaller ones, two across and two down.

    The lines of blocks of each are coded as intervals that do not depend on each other, so that
    those of the pictures that stand side by side can follow one another.

    Args:
        size: width and height of a small picture in pixels, multiples of `MCU`.
        quality: of the JPEGs, 1 to 100.
    """

    def __init__(self, size: Size, quality: int) -> None:
        self._quality = quality
        self._blocks_across = size[0] // MCU
        blank = self._encoded(Image.new("RGB", (2 * size[0], 2 * size[1])))
        self._header = blank[: len(read_header(blank))]  # as long as those of all sizes

    def part(self, picture: Image.Image) -> bytes:
        """Encode a small picture, without the header of its JPEG."""
        return self._encoded(picture)[len(self._header) : -len(END)]

    def intervals(self, part: bytes) -> list[bytes]:
        """Give the coded lines of blocks of a small picture, from the top."""
        return _RESTART.split(part)

    def _encoded(self, picture: Image.Image) -> bytes:
        return encode_jpeg(picture, self._quality, restart_marker_blocks=self._blocks_across)

    def joined(self, parts: Sequence[Sequence[bytes]]) -> bytes:
        """Give the JPEG that shows four small pictures, of which these are the intervals.

        Args:
            parts: those at the upper left, upper right, lower left and lower right.
        """
        lines = [
            line
            for left, right in (parts[:2], parts[2:])
            for pair in zip(left, right, strict=True)
            for line in pair
        ]
        pieces = [self._header]
        for number, line in enumerate(lines):
            pieces += (restart_marker(number - 1), line) if number else (line,)
        return b"".join([*pieces, END])
