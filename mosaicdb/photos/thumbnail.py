"""Make a tile's thumbnail and its descriptors."""

import io
from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image

from ..errors import PhotoError
from ..readings import Descriptors, Thumbnail
from ..records import GREY_SIDE, SIGNATURE_SIDE, MeanRgb, Size
from .picture import cut

QUALITY: Final = 90


def make_thumbnail(picture: Image.Image) -> Thumbnail:
    """Encode an RGB picture as a thumbnail, and compute the descriptors of what it decodes to.

    The descriptors are those of the stored JPEG, not of the picture it was made from: they can
    be computed again from the database alone, bit for bit.
    """
    jpeg = encoded(picture)
    decoded = Image.frombytes("RGB", picture.size, jpeg, "jpeg", "RGB", "")  # faster than open
    return Thumbnail(jpeg, _descriptors(decoded))


def encoded(picture: Image.Image) -> bytes:
    """Encode an RGB picture as a plain JPEG: it holds nothing but its pixels."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=QUALITY, subsampling=0, comment=b"")
    return buffer.getvalue()


def measure(jpeg: bytes) -> Descriptors:
    """Compute a thumbnail's descriptors from the pixels that it decodes to."""
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
        return _descriptors(image.convert("RGB"))


def _descriptors(picture: Image.Image) -> Descriptors:
    return Descriptors(_mean_rgb(picture), _signature(picture))


def measure_stored(thumbnails: Sequence[tuple[int, bytes]]) -> list[tuple[int, Descriptors | None]]:
    """Compute the descriptors of thumbnails that a database holds.

    Args:
        thumbnails: tile id and JPEG of each.

    Returns:
        Tile id and descriptors of each; None where the JPEG does not decode.
    """
    return [(tile_id, _measured(jpeg)) for tile_id, jpeg in thumbnails]


def _measured(jpeg: bytes) -> Descriptors | None:
    try:
        return measure(jpeg)
    except Exception:  # noqa: BLE001 - decoders raise anything; `mosaicdb check` reports it
        return None


def stored_greys(thumbnails: Sequence[tuple[int, bytes]]) -> list[tuple[int, bytes | None]]:
    """Shrink thumbnails that a database holds to small grey pictures.

    Args:
        thumbnails: tile id and JPEG of each.

    Returns:
        Tile id and lightness of each, 32 x 32 bytes, row by row; None where the JPEG does not
        decode.
    """
    return [(tile_id, _grey(jpeg)) for tile_id, jpeg in thumbnails]


def _grey(jpeg: bytes) -> bytes | None:
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
            size = GREY_SIDE, GREY_SIDE
            return image.convert("L").resize(size, Image.Resampling.BILINEAR).tobytes()
    except Exception:  # noqa: BLE001 - decoders raise anything; `mosaicdb check` reports it
        return None


def _mean_rgb(picture: Image.Image) -> MeanRgb:
    """Average the pixels: mean red, green and blue, 0 to 255 each."""
    lines = np.asarray(picture).reshape(picture.height, -1)  # numpy is slow on runs of three
    sums = lines.sum(axis=0, dtype=np.uint64).reshape(-1, 3).sum(axis=0)
    red, green, blue = (sums / (picture.width * picture.height)).tolist()
    return red, green, blue


def _signature(picture: Image.Image) -> bytes:
    """Average the pixels of 6 x 6 equal parts: a pixel counts where its centre lies."""
    return picture.resize((SIGNATURE_SIDE, SIGNATURE_SIDE), Image.Resampling.BOX).tobytes()


def resize_thumbnail(jpeg: bytes, size: Size) -> Thumbnail:
    """Make a thumbnail of another size from a thumbnail.

    Raises:
        PhotoError: the old thumbnail cannot be decoded.
    """
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
            return make_thumbnail(cut(image, size))
    except Exception as error:
        raise PhotoError("a thumbnail in the database does not decode") from error


def adopt_thumbnail(jpeg: bytes) -> tuple[Thumbnail, Size]:
    """Accept a thumbnail that another program made.

    Args:
        jpeg: kept unchanged if it is plain RGB, else encoded again.

    Returns:
        The thumbnail, and its width and height in pixels.

    Raises:
        PhotoError: it is no JPEG that can be decoded.
    """
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
            image.load()
            if image.mode != "RGB":
                return make_thumbnail(image.convert("RGB")), image.size
            return Thumbnail(jpeg, measure(jpeg)), image.size
    except Exception as error:
        raise PhotoError("not a JPEG that can be decoded") from error
