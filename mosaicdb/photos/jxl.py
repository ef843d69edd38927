"""Open JPEG XL pictures, with the extra `jxl`."""

import io
from collections.abc import Iterator
from typing import Final

from PIL import ExifTags, Image

from ..records import Size

_CODESTREAM: Final = b"\xff\x0a"
_CONTAINER: Final = b"\0\0\0\x0cJXL \r\n\x87\n"
_LENGTHS_OF_SIDES: Final = (9, 13, 18, 30)
_RATIOS: Final = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_MOST_BOXES: Final = 100


def is_jxl(data: bytes) -> bool:
    """Return whether bytes begin as a JPEG XL does."""
    return data.startswith((_CODESTREAM, _CONTAINER))


def open_jxl(data: bytes, max_pixels: int) -> Image.Image:
    """Decode a JPEG XL; the plugin does so on opening, hence the limit.

    Args:
        data: the file's bytes.
        max_pixels: reject larger pictures, before they are decoded.

    Raises:
        ValueError: it is damaged, or too large.
        ImportError: the extra is not installed.
    """
    from pillow_jxl import JpegXLImagePlugin

    JpegXLImagePlugin.DECODE_THREADS = 0  # photos are decoded in parallel already
    width, height = jxl_size(data)
    if width * height > max_pixels:
        raise ValueError(f"{width} x {height} pixels: more than {max_pixels:,} allowed")
    try:
        image = Image.open(io.BytesIO(data), formats=("JXL",))
    except RuntimeError as error:  # what the plugin raises, with advice on how to build it
        raise ValueError("a JPEG XL that is damaged, or cut short") from error
    if not image.jpeg:  # type: ignore[attr-defined]
        image.getexif().pop(ExifTags.Base.Orientation, None)  # applied by the decoder
    return image


def jxl_size(data: bytes) -> Size:
    """Return width and height in pixels from the codestream (SizeHeader of ISO/IEC 18181-1).

    Raises:
        ValueError: there is no codestream.
    """
    codestream = next(_codestreams(data), b"")
    if not codestream.startswith(_CODESTREAM) or len(codestream) < 12:
        raise ValueError("a JPEG XL that is damaged, or cut short")
    bits = _Bits(codestream[2:12])
    is_small = bits.take(1)
    height = _side(bits, is_small)
    ratio = bits.take(3)
    if ratio:
        across, down = _RATIOS[ratio - 1]
        return height * across // down, height
    return _side(bits, is_small), height


def _side(bits: "_Bits", is_small: int) -> int:
    if is_small:
        return (bits.take(5) + 1) * 8
    return bits.take(_LENGTHS_OF_SIDES[bits.take(2)]) + 1


def _codestreams(data: bytes) -> Iterator[bytes]:
    """Yield the beginning of the codestream: of the file, or of boxes in a container."""
    if not data.startswith(_CONTAINER):
        yield data[:16]
        return
    place = 0
    for _ in range(_MOST_BOXES):
        size, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        body = place + 8
        if size == 1:
            size, body = int.from_bytes(data[body : body + 8], "big"), body + 8
        if kind == b"jxlc":
            yield data[body : body + 16]
        elif kind == b"jxlp":
            yield data[body + 4 : body + 20]  # after the part's number
        if size < 8:  # 0: up to the end
            return
        place += size


class _Bits:
    """Reads numbers from bytes, the lowest bit first."""

    def __init__(self, data: bytes) -> None:
        self._left = int.from_bytes(data, "little")

    def take(self, count: int) -> int:
        """Return the next number, of so many bits."""
        number = self._left & ((1 << count) - 1)
        self._left >>= count
        return number
