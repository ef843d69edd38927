"""Rendering: pictures out of matches and thumbnails."""

from .adjust import bounded_shifts, mean_colours
from .bleed import with_bleed
from .compose import compose_row, with_opacity
from .formats import check_output, folder_beside, save_picture, write_picture
from .inline import HEAT_COLOURS, InlineImage, inline_heat_map, inline_jpeg
from .matches import check_matches, read_matches, write_matches
from .preview import preview_png
from .sheets import Sheets, check_sheets, cut_into_sheets, files_of_sheets, write_sheets
from .strips import PlainCells, Strips, picture_of, strips_of
from .thumbnails import cut_overviews, decode_overview, decode_thumbnail, decode_thumbnails
from .tile_cache import TileCache

__all__ = [
    "HEAT_COLOURS",
    "InlineImage",
    "PlainCells",
    "Sheets",
    "Strips",
    "TileCache",
    "bounded_shifts",
    "check_matches",
    "check_output",
    "check_sheets",
    "compose_row",
    "cut_into_sheets",
    "cut_overviews",
    "decode_overview",
    "decode_thumbnail",
    "decode_thumbnails",
    "files_of_sheets",
    "folder_beside",
    "inline_heat_map",
    "inline_jpeg",
    "mean_colours",
    "picture_of",
    "preview_png",
    "read_matches",
    "save_picture",
    "strips_of",
    "with_bleed",
    "with_opacity",
    "write_matches",
    "write_picture",
    "write_sheets",
]
