"""Rendering: pictures out of matches and thumbnails."""

from .adjust import bounded_shifts
from .compose import compose, decode_thumbnail, decode_thumbnails, mean_colours
from .matches import read_matches, write_matches
from .save import check_output, save_picture

__all__ = [
    "bounded_shifts",
    "check_output",
    "compose",
    "decode_thumbnail",
    "decode_thumbnails",
    "mean_colours",
    "read_matches",
    "save_picture",
    "write_matches",
]
