"""Rendering: pictures out of matches and thumbnails."""

from .adjust import bounded_contrasts, bounded_shifts, mean_colours, scale_contrasts
from .bleed import with_bleed
from .compose import compose_row, with_opacity
from .formats import check_output, deep_zoom_levels, folder_beside, save_picture, write_picture
from .inline import HEAT_COLOURS, InlineImage, inline_heat_map, inline_jpeg
from .jpeg_encoder import encode_jpeg
from .matches import check_matches, read_matches, write_matches
from .preview import preview_png
from .sheets import Sheets, check_sheets, cut_into_sheets, files_of_sheets, write_sheets
from .stickers import STICKER_DPI, draw_board, draw_sticker, sheets_of, write_pages
from .strips import PlainCells, Strips, picture_of, strips_of
from .thumbnails import cut_overviews, decode_overview, decode_thumbnail, decode_thumbnails
from .tile_cache import TileCache

__all__ = [
    "HEAT_COLOURS",
    "InlineImage",
    "STICKER_DPI",
    "PlainCells",
    "Sheets",
    "Strips",
    "TileCache",
    "bounded_contrasts",
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
    "deep_zoom_levels",
    "draw_board",
    "draw_sticker",
    "encode_jpeg",
    "files_of_sheets",
    "folder_beside",
    "inline_heat_map",
    "inline_jpeg",
    "mean_colours",
    "picture_of",
    "preview_png",
    "read_matches",
    "save_picture",
    "scale_contrasts",
    "sheets_of",
    "strips_of",
    "with_bleed",
    "with_opacity",
    "write_matches",
    "write_pages",
    "write_picture",
    "write_sheets",
]
