"""Rendering: pictures out of matches and thumbnails."""

from .adjust import bounded_shifts, mean_colours
from .compose import compose_mosaic, decode_thumbnail, decode_thumbnails
from .formats import check_output, save_picture, write_picture
from .inline import HEAT_COLOURS, InlineImage, inline_heat_map, inline_jpeg
from .matches import check_matches, read_matches, write_matches
from .strips import Strips, picture_of, strips_of

__all__ = [
    "HEAT_COLOURS",
    "InlineImage",
    "Strips",
    "bounded_shifts",
    "check_matches",
    "check_output",
    "compose_mosaic",
    "decode_thumbnail",
    "decode_thumbnails",
    "inline_heat_map",
    "inline_jpeg",
    "mean_colours",
    "picture_of",
    "read_matches",
    "save_picture",
    "strips_of",
    "write_matches",
    "write_picture",
]
