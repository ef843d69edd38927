"""Encode JPEGs in a way that lets other threads run."""

import errno
import os
import tempfile
from typing import IO, Any

from PIL import Image

from .jpeg_parts import END


def encode_jpeg(picture: Image.Image, quality: int, **parameters: Any) -> bytes:
    """Encode a picture in RGB; colours are halved across and down.

    Args:
        picture: in mode RGB.
        quality: 1 to 100.
        parameters: others of Pillow's.

    Raises:
        OSError: there is no room for a temporary file, where systems have none in memory.
    """
    with _memory_file() as file:
        picture.save(file, "JPEG", quality=quality, subsampling="4:2:0", **parameters)
        file.seek(0)
        jpeg = file.read()
    if not jpeg.endswith(END):  # Pillow does not notice where a file takes only a part
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return jpeg


def _memory_file() -> IO[bytes]:
    """Open a file that Pillow lets other threads run beside: it would not with a BytesIO."""
    if hasattr(os, "memfd_create"):
        return open(os.memfd_create("mosaicdb"), "w+b")
    return tempfile.TemporaryFile()
