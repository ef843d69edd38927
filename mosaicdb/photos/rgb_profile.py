"""Write ICC profiles of RGB colour spaces that are given by primaries and a transfer function."""

import functools
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Chromaticity = tuple[float, float]
"""CIE 1931 x and y."""

_Matrix = NDArray[np.float64]

TransferFunction = Callable[[_Matrix], _Matrix]
"""From stored values to linear light, both 0 to 1; it can be hashed and compared."""

D65: Final[Chromaticity] = (0.3127, 0.3290)
_D50_XYZ: Final = (0.9642, 1.0, 0.8249)  # white of the profile connection space
_BRADFORD: Final = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
_CURVE_SAMPLES: Final = 1024


@dataclass(frozen=True, slots=True)
class Primaries:
    """The colours of full red, green, blue and white."""

    red: Chromaticity
    green: Chromaticity
    blue: Chromaticity
    white: Chromaticity = D65


@dataclass(frozen=True, slots=True)
class RgbSpace:
    """An RGB colour space."""

    primaries: Primaries
    """What full red, green, blue and white are."""
    transfer: TransferFunction
    """How stored values stand for linear light."""


@functools.lru_cache(maxsize=32)
def rgb_profile(space: RgbSpace) -> bytes:
    """Write the ICC profile of a colour space: version 2.4, with a matrix and a curve.

    Raises:
        ValueError: the primaries span no colour space.

    Source: ICC.1:2001-04, "File format for color profiles".
    """
    columns = _to_d50(space.primaries).T
    curve = space.transfer(np.linspace(0, 1, _CURVE_SAMPLES)).clip(0, 1)
    samples = (curve * 65535).round().astype(">u2").tobytes()
    curve_tag = b"curv" + struct.pack(">4xI", _CURVE_SAMPLES) + samples
    tags = [
        (b"desc", _description(b"RGB")),
        (b"cprt", b"text" + bytes(4) + b"none\0"),
        (b"wtpt", _xyz(_D50_XYZ)),
        *((name, _xyz(column)) for name, column in zip(_COLUMNS, columns, strict=True)),
        *((name, curve_tag) for name in _CURVES),
    ]
    return _assembled(tags)


_COLUMNS: Final = (b"rXYZ", b"gXYZ", b"bXYZ")
_CURVES: Final = (b"rTRC", b"gTRC", b"bTRC")


def _assembled(tags: list[tuple[bytes, bytes]]) -> bytes:
    """Put the header, the table of tags and their data together; equal data is stored once."""
    start = 128 + 4 + 12 * len(tags)
    offsets: dict[bytes, int] = {}
    body = b""
    for _, data in tags:
        if data not in offsets:
            offsets[data] = start + len(body)
            body += data + bytes(-len(data) % 4)
    table = b"".join(name + struct.pack(">II", offsets[data], len(data)) for name, data in tags)
    header = struct.pack(">I4xI", start + len(body), 0x02400000) + b"mntrRGB XYZ "
    header += struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _xyz(_D50_XYZ)[8:]
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def _description(text: bytes) -> bytes:
    return b"desc" + struct.pack(">4xI", len(text) + 1) + text + bytes(1 + 8 + 3 + 67)


def _xyz(values: tuple[float, ...] | NDArray[np.float64]) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65536) for value in values))


def _to_d50(primaries: Primaries) -> _Matrix:
    """Return the matrix from linear RGB to XYZ, adapted to D50 by Bradford's transform."""
    white = _xyz_of(primaries.white)
    columns = np.stack([_xyz_of(c) for c in (primaries.red, primaries.green, primaries.blue)], 1)
    try:
        to_xyz = columns * np.linalg.solve(columns, white)
    except np.linalg.LinAlgError as error:
        raise ValueError("the primaries lie on a line") from error
    scale = (_BRADFORD @ np.array(_D50_XYZ)) / (_BRADFORD @ white)
    adapted: _Matrix = np.linalg.inv(_BRADFORD) @ (scale[:, None] * _BRADFORD) @ to_xyz
    if not (np.isfinite(adapted).all() and np.abs(adapted).max() < 4):
        raise ValueError("the primaries span no colour space")
    return adapted


def _xyz_of(chromaticity: Chromaticity) -> NDArray[np.float64]:
    x, y = chromaticity
    if y <= 0:
        raise ValueError("a chromaticity has no luminance")
    return np.array([x / y, 1.0, (1 - x - y) / y])
