"""Pictures that are made up, and damaged, for the tests of the photos room."""

import io
import os
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, PngImagePlugin

from mosaicdb.photos.picture import open_picture
from mosaicdb.readings import Reading

ReadPhoto = Callable[..., Reading]
HOUR_NS = 3600 * 10**9

with open_picture(b"GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;", 1):
    pass  # from here on HEIF can be written

TURNED = {
    1: lambda pixels: pixels,
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: pixels[::-1, ::-1].swapaxes(0, 1),
    8: lambda pixels: np.rot90(pixels),
}
"""What each EXIF orientation does to the stored pixels before people see them."""


def scene(width: int = 90, height: int = 60) -> Image.Image:
    """Draw a smooth picture with another colour in each corner."""
    x, y = np.linspace(0, 1, width)[None, :], np.linspace(0, 1, height)[:, None]
    red, green, blue = 255 * x + 0 * y, 255 * y + 0 * x, 255 * (1 - x) * (1 - y) + 90 * x * y
    return Image.fromarray(np.stack([red, green, blue], axis=2).round().astype(np.uint8))


def photograph(width: int, height: int, seed: int = 0) -> Image.Image:
    """Draw something as uneven as a photo: noise on every scale, the coarse ones stronger."""
    random = np.random.default_rng(seed)
    pixels = np.full((height, width, 3), 120.0)
    for cells, strength in ((3, 60), (12, 20), (40, 6), (300, 4)):
        noise = (random.standard_normal((cells, cells, 3)) * 40 + 128).clip(0, 255)
        layer = Image.fromarray(noise.astype(np.uint8)).resize((width, height))
        pixels += (np.asarray(layer) - 128.0) * strength / 40
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def plain(colour: Any, mode: str = "RGB", size: tuple[int, int] = (40, 30)) -> Image.Image:
    """Paint a picture in one colour."""
    return Image.new(mode, size, colour)


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Give the bytes of a picture in some format."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def decode(data: bytes) -> Image.Image:
    """Decode a picture fully, as it is stored."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image


def pixels_of(image: Image.Image) -> NDArray[np.float64]:
    """Give a picture's values."""
    return np.asarray(image, dtype=np.float64)


def exif(
    orientation: int | None = None, taken: str | None = None, changed: str | None = None
) -> bytes:
    """Write EXIF as a camera does."""
    written = Image.Exif()
    if orientation is not None:
        written[ExifTags.Base.Orientation] = orientation
    if changed is not None:
        written[ExifTags.Base.DateTime] = changed
    if taken is not None:
        written.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = taken
    return written.tobytes()


def png(header: bytes, rows: bytes) -> bytes:
    """Put a PNG together from its header and its uncompressed rows."""
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def png_header(
    width: int, height: int, depth: int = 8, colour: int = 2, interlaced: bool = False
) -> bytes:
    """Write a PNG's header; colour 2 is RGB."""
    return struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)


def huge_pictures() -> dict[str, bytes]:
    """Write short files that claim to hold a billion pixels and more."""
    side = 40_000
    tags = ((256, side), (257, side), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, side))
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    jpeg = encode(plain("red"), "JPEG")
    frame = jpeg.index(b"\xff\xc0") + 5
    return {
        "png": png(png_header(side, side), b"\0" * 100),
        "bmp": b"BM"
        + struct.pack("<IHHIIiiHHIIIIII", 154, 0, 0, 54, 40, side, side, 1, 24, *[0] * 6),
        "tiff": struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + entries + bytes(100),
        "gif": b"GIF89a" + struct.pack("<HHBBB", side, side, 0, 0, 0)
        + b"," + struct.pack("<HHHHB", 0, 0, side, side, 0) + b"\2\2D\1\0;",
        "jpeg": jpeg[:frame] + struct.pack(">HH", side, side) + jpeg[frame + 4 :],
    }  # fmt: skip


def with_scans(jpeg: bytes, scans: int) -> bytes:
    """Repeat the last scan of a progressive JPEG."""
    last, end = jpeg.rindex(b"\xff\xda"), jpeg.rindex(b"\xff\xd9")
    return jpeg[:end] + jpeg[last:end] * scans + jpeg[end:]


def settle(path: Path) -> int:
    """Set a file's time of change to long ago, and give it."""
    past = path.stat().st_mtime_ns - HOUR_NS
    past += past % 10**9 == 0
    os.utime(path, ns=(past, past))
    return past


def xmp(properties: str, elements: str = "") -> bytes:
    """Write a packet of XMP."""
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description '
        f"{properties}>{elements}</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def with_xmp(kind: str, packet: bytes) -> bytes:
    """Encode a picture that carries a packet of XMP."""
    if kind == "PNG":
        chunks = PngImagePlugin.PngInfo()
        chunks.add_itxt("XML:com.adobe.xmp", packet.decode())
        return encode(plain("red"), kind, pnginfo=chunks)
    if kind == "TIFF":
        return encode(plain("red"), kind, tiffinfo={700: packet})
    return encode(plain("red"), kind, xmp=packet)


def with_exif(kind: str, gps: Mapping[int, Any], main: Mapping[int, Any] = {}) -> bytes:
    """Encode a picture whose EXIF has some tags in the directory of positions and in the first."""
    written = Image.Exif()
    written.get_ifd(ExifTags.IFD.GPSInfo).update(gps)
    for tag, value in main.items():
        written[tag] = value
    return encode(plain("red"), kind, exif=written.tobytes())
