"""Rendering: pictures out of matches and thumbnails."""

from .compose import compose, decode_thumbnail, decode_thumbnails
from .matches import read_matches, write_matches
from .save import check_output, save_picture

__all__ = [
    "check_output",
    "compose",
    "decode_thumbnail",
    "decode_thumbnails",
    "read_matches",
    "save_picture",
    "write_matches",
]
