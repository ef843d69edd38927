"""Decode thumbnails, many at a time."""

import io
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..errors import RenderingError
from ..records import Size
from .jpeg_parts import END, JpegHeader, read_header, restart_marker
from .threads import map_in_threads

_MOST_ROWS: Final = 65_500  # of a JPEG
_MOST_PIXELS: Final = 1_000_000  # of thumbnails that are decoded at once
_BLOCK: Final = 8  # pixels a side of a coded block


def decode_thumbnails(jpegs: Sequence[bytes], size: Size) -> NDArray[np.uint8]:
    """Decode thumbnails into one stack.

    Opening a small JPEG takes longer than decoding it. Thumbnails that were coded alike, which
    those of one database are, are put one below the other into one JPEG, each as a restart interval
    of its scan, and come out of it as they would alone: without subsampling, no block's pixels
    depend on another block.

    Args:
        jpegs: each of `size`.
        size: width and height in pixels.

    Returns:
        sRGB, shape (thumbnails, height, width, 3).

    Raises:
        RenderingError: one cannot be decoded or has another size.
    """
    width, height = size
    stack = np.empty((len(jpegs), height, width, 3), np.uint8)
    coded_height = -(-height // _BLOCK) * _BLOCK
    at_once = max(1, min(_MOST_ROWS // coded_height, _MOST_PIXELS // (width * coded_height)))
    common = _joinable_header(jpegs[0], size) if jpegs and at_once > 1 else None

    def decode(start: int) -> None:
        some, place = jpegs[start : start + at_once], stack[start : start + at_once]
        if common is not None and all(_has_header(jpeg, common) for jpeg in some):
            rows = _decoded(_joined(some, common, coded_height), (width, coded_height * len(some)))
            place[:] = rows.reshape(len(some), coded_height, width, 3)[:, :height]
            return
        for one, jpeg in zip(place, some, strict=True):
            one[:] = decode_thumbnail(jpeg, size)

    for _ in map_in_threads(decode, range(0, len(jpegs), at_once)):
        pass
    return stack


def decode_thumbnail(jpeg: bytes, size: Size) -> NDArray[np.uint8]:
    """Decode one thumbnail: sRGB, shape (height, width, 3).

    Raises:
        RenderingError: it cannot be decoded or has another size.
    """
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
            if (image.mode, image.size) == ("RGB", size):
                return np.asarray(image)
            actual = f"{image.mode} {image.width} x {image.height}"
    except Exception as error:
        raise RenderingError("a thumbnail in the database does not decode") from error
    wanted = f"RGB {size[0]} x {size[1]}"
    raise RenderingError(f"a thumbnail in the database is {actual}, not {wanted}")


def _joinable_header(jpeg: bytes, size: Size) -> JpegHeader | None:
    """Give the header of a thumbnail, if others with the same one can be joined with it."""
    decode_thumbnail(jpeg, size)  # raises where the header is not what is expected
    try:
        header = read_header(jpeg)
    except ValueError:
        return None
    return None if header.is_subsampled or header.has_restarts else header


def _has_header(jpeg: bytes, header: JpegHeader) -> bool:
    """Say whether a JPEG has a header, and after it a whole scan and nothing else."""
    if not (jpeg.startswith(header.tables + header.scan) and jpeg.endswith(END)):
        return False
    scan = jpeg[len(header) : -len(END)]
    return b"\xff" not in scan.replace(b"\xff\0", b"")  # else there is a marker in it


def _joined(jpegs: Sequence[bytes], header: JpegHeader, height: int) -> bytes:
    """Put JPEGs with one header below each other; `height` is that of one, in whole blocks."""
    blocks = -(-header.size[0] // _BLOCK) * (height // _BLOCK)
    parts = [header.of_height(height * len(jpegs), blocks)]
    for number, jpeg in enumerate(jpegs):
        parts += [jpeg[len(header) : -len(END)], restart_marker(number)]
    return b"".join([*parts[:-1], END])


def _decoded(jpeg: bytes, size: Size) -> NDArray[np.uint8]:
    """Decode a JPEG whose header was read: this is faster than opening it."""
    return np.asarray(Image.frombytes("RGB", size, jpeg, "jpeg", "RGB", ""))
