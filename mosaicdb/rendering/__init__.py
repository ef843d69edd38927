"""Rendering: pictures out of matches and thumbnails."""

from .adjust import bounded_shifts, mean_colours
from .compose import compose_mosaic, decode_thumbnail, decode_thumbnails
from .inline import HEAT_COLOURS, InlineImage, inline_heat_map, inline_jpeg
from .matches import check_matches, read_matches, write_matches
from .save import check_output, save_picture

__all__ = [
    "HEAT_COLOURS",
    "InlineImage",
    "bounded_shifts",
    "check_matches",
    "check_output",
    "compose_mosaic",
    "decode_thumbnail",
    "decode_thumbnails",
    "inline_heat_map",
    "inline_jpeg",
    "mean_colours",
    "read_matches",
    "save_picture",
    "write_matches",
]
