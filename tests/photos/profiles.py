"""ICC profiles that are made up, for the tests of colours."""

import io
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

CASES = Path(__file__).with_name("cases")
PATCHES = ((200, 60, 50), (60, 160, 70), (50, 70, 190), (128, 128, 128))
"""What every file in `cases` shows in sRGB: top left, top right, bottom left, bottom right."""


def patches_of(picture: Image.Image) -> NDArray[np.float64]:
    """Give the mean colours of the middles of the four patches, shape (4, 3)."""
    pixels = np.asarray(picture, dtype=np.float64)
    height, width = pixels.shape[:2]
    middles = [
        pixels[height * y // 8 : height * (y + 2) // 8, width * x // 8 : width * (x + 2) // 8]
        for y in (1, 5)
        for x in (1, 5)
    ]
    return np.array([middle.reshape(-1, 3).mean(axis=0) for middle in middles])


def wide_gamut_profile() -> bytes:
    """Give the profile of Display P3 that the cases have."""
    with Image.open(CASES / "wide_gamut.png") as image:
        profile: bytes = image.info["icc_profile"]
    return profile


def srgb_profile() -> bytes:
    """Give Pillow's profile of sRGB."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def lab_profile() -> bytes:
    """Give Pillow's profile of CIELAB."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def grey_profile(gamma: float) -> bytes:
    """Give a profile of grey values with a gamma."""
    curve = b"curv" + struct.pack(">4xIH2x", 1, round(gamma * 256))
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"kTRC": curve})


def cmyk_profile() -> bytes:
    """Give a profile of inks: lightness is what inks leave, and a plain b* is of yellow."""
    ramp = bytes(range(256))
    nodes = bytearray()
    for node in range(16):
        cyan, magenta, yellow, black = (node >> shift & 1 for shift in (3, 2, 1, 0))
        lightness = 0 if black else 255 - 60 * (cyan + magenta + yellow)
        nodes += bytes((lightness, 128 - 40 * cyan + 40 * magenta, 128 + 60 * yellow))
    matrix = struct.pack(">9i", *(65536 * (place % 4 == 0) for place in range(9)))
    table = b"mft1" + struct.pack(">4x4B", 4, 3, 2, 0) + matrix + ramp * 4 + nodes + ramp * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"A2B0": table})


def _profile(kind: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    white = struct.pack(">3i", 63190, 65536, 54061)
    tags = {b"wtpt": b"XYZ " + bytes(4) + white, **tags}
    start = 132 + 12 * len(tags)
    table, body = b"", b""
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    header = struct.pack(">I4xI", start + len(body), 0x02400000) + kind + space + connection
    header += struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + white
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def recoloured(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert an sRGB picture to the colours of a profile."""
    source = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    target = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    assert converted is not None
    return converted
