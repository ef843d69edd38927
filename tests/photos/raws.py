"""Camera raw files that are made up: DNGs with and without a preview."""

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pictures import encode
from PIL import Image

Values = bytes | tuple[int, ...] | str | int
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 10: 8}
_WRITTEN: Final = {1: "B", 3: "H", 4: "I", 5: "I", 10: "i"}


def bayer(picture: Image.Image) -> NDArray[np.uint16]:
    """Give what a sensor with the filters red, green, green, blue measures of a picture."""
    linear = (np.asarray(picture.convert("RGB"), float) / 255) ** 2.2 * 65535
    mosaic = np.empty(linear.shape[:2])
    mosaic[::2, ::2], mosaic[1::2, 1::2] = linear[::2, ::2, 0], linear[1::2, 1::2, 2]
    mosaic[::2, 1::2], mosaic[1::2, ::2] = linear[::2, 1::2, 1], linear[1::2, ::2, 1]
    return mosaic.round().astype(np.uint16)


def dng(
    picture: Image.Image,
    preview: Image.Image | None = None,
    *,
    orientation: int = 1,
    taken: str | None = None,
    **preview_options: object,
) -> bytes:
    """Write a DNG (Adobe's specification 1.4).

    Args:
        picture: what the sensor saw.
        preview: becomes a JPEG in the first directory; None: there is none.
        orientation: as in EXIF, of sensor and preview.
        taken: DateTimeOriginal.
        preview_options: for the encoder of the preview.
    """
    raw = bayer(picture).tobytes()
    sensor = {
        **_picture_tags(picture.size, (16,), compression=1, photometric=32803),
        33421: (3, (2, 2)),  # CFARepeatPatternDim
        33422: (1, (0, 1, 1, 2)),  # CFAPattern
    }
    camera = {
        271: (2, "Maker"),
        272: (2, "Model"),
        274: (3, (orientation,)),
        50706: (1, (1, 4, 0, 0)),  # DNGVersion
        50708: (2, "Maker Model"),  # UniqueCameraModel
        50721: (10, _to_srgb()),  # ColorMatrix1: XYZ to the camera's colours
        50728: (5, (1, 1) * 3),  # AsShotNeutral
        50778: (3, (21,)),  # CalibrationIlluminant1: D65
    }
    exif = {36867: (2, taken)} if taken else None
    if preview is None:
        return _tiff([(camera | sensor, raw)], exif)
    jpeg = encode(preview, "JPEG", **preview_options)
    first = _picture_tags(preview.size, (8, 8, 8), compression=7, photometric=6)
    return _tiff([(camera | first | {254: (4, (1,))}, jpeg), (sensor, raw)], exif)


def _picture_tags(
    size: tuple[int, int], bits: tuple[int, ...], compression: int, photometric: int
) -> dict[int, tuple[int, Values]]:
    return {
        254: (4, (0,)),
        256: (4, (size[0],)),
        257: (4, (size[1],)),
        258: (3, bits),
        259: (3, (compression,)),
        262: (3, (photometric,)),
        277: (3, (len(bits),)),
        278: (4, (size[1],)),
    }


def _to_srgb() -> tuple[int, ...]:
    matrix = (3.2406, -1.5372, -0.4986, -0.9689, 1.8758, 0.0415, 0.0557, -0.2040, 1.0570)
    return tuple(number for value in matrix for number in (round(value * 10_000), 10_000))


def _tiff(
    pictures: list[tuple[dict[int, tuple[int, Values]], bytes]],
    exif: dict[int, tuple[int, Values]] | None,
) -> bytes:
    """Put directories together: the second picture is a sub-directory of the first."""
    data = bytearray(struct.pack("<2sHI", b"II", 42, 0))
    pointers: dict[int, tuple[int, Values]] = {}
    if exif:
        pointers[34665] = (4, (_append_directory(data, exif),))
    for place in range(len(pictures) - 1, -1, -1):
        tags, pixels = pictures[place]
        strip = {273: (4, (len(data),)), 279: (4, (len(pixels),))}
        data += pixels + bytes(len(pixels) % 2)
        start = _append_directory(data, tags | strip | (pointers if place == 0 else {}))
        pointers[330] = (4, (start,))
    struct.pack_into("<I", data, 4, start)
    return bytes(data)


def _append_directory(data: bytearray, tags: dict[int, tuple[int, Values]]) -> int:
    entries = b""
    for tag, (kind, values) in sorted(tags.items()):
        if isinstance(values, str):
            body = values.encode() + b"\0"
        else:
            body = struct.pack(f"<{len(values)}{_WRITTEN[kind]}", *values)
        count = len(body) // _SIZES[kind]
        if len(body) > 4:
            place = len(data)
            data += body + bytes(len(body) % 2)
            body = struct.pack("<I", place)
        entries += struct.pack("<HHI4s", tag, kind, count, body)
    start = len(data)
    data += struct.pack("<H", len(entries) // 12) + entries + bytes(4)
    return start
