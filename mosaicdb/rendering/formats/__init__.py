"""Formats: pictures written to files, strip by strip, in the format that the extension chooses."""

from .deep_zoom import deep_zoom_levels
from .output import check_output, save_picture, write_picture

__all__ = ["check_output", "deep_zoom_levels", "save_picture", "write_picture"]
