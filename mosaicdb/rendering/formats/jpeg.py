"""JPEG, encoded in bands that are put together into one scan."""

from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...options import FileOptions
from ..colour_space import srgb_profile
from ..jpeg_encoder import encode_jpeg
from ..jpeg_parts import END, read_header, restart_marker
from ..strips import Strips, bands
from ..threads import map_in_threads

MOST_SIDE: Final = 65_500
"""Pixels a side that libjpeg, and so nearly every program, can read."""

_ROWS_A_BAND: Final = 8 * 16
"""Eight rows of coded blocks: restart markers, one a row, are numbered from 0 to 7, so that each
band begins with 0, as Pillow numbers them."""


def write_jpeg(strips: Strips, path: Path, options: FileOptions) -> None:
    """Write a JPEG; what is transparent shows its colours.

    The coded data are those that Pillow writes for the whole picture with a restart marker after
    each row of blocks: a row of blocks depends on no other, as colours are halved in pairs of rows.
    """
    encode = partial(_encoded, options=options)
    jpegs = map_in_threads(encode, bands(strips, _ROWS_A_BAND))
    with path.open("wb") as file, closing(jpegs):
        for number, jpeg in enumerate(jpegs):
            header = read_header(jpeg)
            file.write(header.of_height(strips.size[1]) if number == 0 else restart_marker(7))
            file.write(jpeg[len(header) : -len(END)])
        file.write(END)


def _encoded(band: NDArray[np.uint8], options: FileOptions) -> bytes:
    """Encode a band as a JPEG of its own."""
    resolution: dict[str, Any] = {"dpi": (options.dpi, options.dpi)} if options.dpi else {}
    return encode_jpeg(
        Image.fromarray(band[..., :3]),
        options.quality,
        restart_marker_rows=1,
        icc_profile=srgb_profile(),
        **resolution,
    )
