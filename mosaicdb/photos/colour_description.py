"""Find out in which colours a picture is stored, as an ICC profile."""

import struct
from collections.abc import Mapping
from typing import Final

from PIL import ExifTags, Image

from . import transfer_functions as transfer
from .rgb_profile import Primaries, RgbSpace, TransferFunction, rgb_profile

_BT_709: Final = Primaries((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
_PRIMARIES: Final = {
    5: Primaries((0.640, 0.330), (0.290, 0.600), (0.150, 0.060)),
    6: Primaries((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    7: Primaries((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    9: Primaries((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    11: Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), white=(0.314, 0.351)),
    12: Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
"""Colour primaries by their code in ITU-T H.273; others count as those of sRGB."""

_TRANSFERS: Final[Mapping[int, TransferFunction]] = {
    4: transfer.Power(2.2),
    5: transfer.Power(2.8),
    8: transfer.Power(1.0),
    16: transfer.pq,
    17: transfer.Power(2.6),
    18: transfer.hlg,
}
"""Transfer functions by their code in ITU-T H.273. Others count as sRGB's: also that of BT.709,
which stands for a camera's curve and is shown like sRGB by browsers."""

_PRIMARIES_OF_SRGB: Final = 1
_TRANSFERS_OF_SRGB: Final = (1, 6, 13, 14, 15)

_ADOBE_RGB: Final = RgbSpace(
    Primaries((0.640, 0.330), (0.210, 0.710), (0.150, 0.060)), transfer.Power(563 / 256)
)
_GAMMA_OF_SRGB: Final = 0.45455  # what is written to PNG for sRGB
_GAMMA_TOLERANCE: Final = 0.005
_GAMMAS: Final = (0.1, 2.0)  # least and most that are believed
_UNCALIBRATED: Final = 0xFFFF
_ADOBE_RGB_BY_CUSTOM: Final = 2  # in no standard, but written by some cameras
_PNG_SIGNATURE_BYTES: Final = 8


def describing_profile(image: Image.Image, data: bytes) -> bytes | None:
    """Return an ICC profile of the colours in which a picture is stored.

    The code points in PNG (chunk `cICP`) come first, before an embedded profile (PNG Specification,
    Third Edition, 4.3); without either, the code points in HEIC and AVIF (box `colr`), PNG's `gAMA`
    and `cHRM`, or EXIF, which knows sRGB and Adobe RGB.

    Args:
        image: an opened picture.
        data: the file's bytes.

    Returns:
        The profile, which may be damaged if it is the picture's own; None: sRGB.
    """
    codes = _png_codes(data) if image.format == "PNG" else None
    embedded = image.info.get("icc_profile")
    if embedded and codes is None:
        return bytes(embedded)
    space = _described_space(image, data) if codes is None else _space_of(*codes)
    if space is None:
        return None
    try:
        return rgb_profile(space)
    except ValueError:
        return None  # primaries that are none


def _described_space(image: Image.Image, data: bytes) -> RgbSpace | None:
    if image.format == "PNG":
        return _png_gamma(image)
    if image.format in ("AVIF", "HEIF"):
        codes = _heif_codes(data)
        return None if codes is None else _space_of(*codes)
    return _ADOBE_RGB if _exif_says_adobe_rgb(image) else None


def _space_of(primaries: int, transfer_function: int) -> RgbSpace | None:
    if primaries not in _PRIMARIES and transfer_function not in _TRANSFERS:
        return None
    curve = _TRANSFERS.get(transfer_function, transfer.srgb)
    return RgbSpace(_PRIMARIES.get(primaries, _BT_709), curve)


def _png_codes(data: bytes) -> tuple[int, int] | None:
    """Read primaries and transfer function from the chunk `cICP`, which stands before the pixels.

    Codes that are reserved, or stand for what is not specified, count as if the chunk were missing.

    Source: Portable Network Graphics (PNG) Specification (Third Edition), 11.3.2.6.
    """
    place = _PNG_SIGNATURE_BYTES
    while place + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, place)
        kind, body = data[place + 4 : place + 8], place + 8
        if kind == b"cICP" and length == 4:
            primaries, transfer_function = data[body], data[body + 1]
            is_known = primaries in _PRIMARIES or primaries == _PRIMARIES_OF_SRGB
            is_known &= transfer_function in _TRANSFERS or transfer_function in _TRANSFERS_OF_SRGB
            return (primaries, transfer_function) if is_known else None
        if kind == b"IDAT":
            return None
        place = body + length + 4
    return None


def _png_gamma(image: Image.Image) -> RgbSpace | None:
    """Read the chunks `gAMA` and `cHRM`; `sRGB` overrides both."""
    gamma, chromaticity = image.info.get("gamma"), image.info.get("chromaticity")
    if "srgb" in image.info or (gamma is None and chromaticity is None):
        return None
    primaries, curve = _BT_709, transfer.srgb
    if chromaticity is not None:
        white, red, green, blue = zip(chromaticity[::2], chromaticity[1::2], strict=True)
        primaries = Primaries(red, green, blue, white)
    if gamma is None or abs(gamma - _GAMMA_OF_SRGB) < _GAMMA_TOLERANCE:
        return RgbSpace(primaries, curve)
    if not _GAMMAS[0] <= gamma <= _GAMMAS[1]:
        return None
    return RgbSpace(primaries, transfer.Power(1 / gamma))


def _heif_codes(data: bytes) -> tuple[int, int] | None:
    """Read primaries and transfer function from the first `colr` box of the kind `nclx`.

    Sources: ISO/IEC 14496-12, 12.1.5, and ISO/IEC 23008-12, 6.5.5.
    """
    place = 0
    while place + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        if kind == b"meta":
            found = data.find(b"colrnclx", place, place + length)
            has_codes = 0 <= found <= len(data) - 12
            return struct.unpack_from(">HH", data, found + 8) if has_codes else None
        if length < 8:
            return None
        place += length
    return None


def _exif_says_adobe_rgb(image: Image.Image) -> bool:
    """Say whether EXIF has a colour space that is not sRGB, and the mark of Adobe RGB.

    Source: JEITA CP-3461 (DCF 2.0), option files: InteroperabilityIndex "R03".
    """
    try:
        exif = image.getexif()
        if not exif:
            return False
        colour_space = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.ColorSpace)
        if colour_space == _ADOBE_RGB_BY_CUSTOM:
            return True
        interoperability = exif.get_ifd(ExifTags.IFD.Interop)
        index = str(interoperability.get(ExifTags.Interop.InteropIndex, ""))
        return colour_space == _UNCALIBRATED and index.strip("\0 ") == "R03"
    except Exception:  # noqa: BLE001 - damaged EXIF: its decoder raises anything
        return False
