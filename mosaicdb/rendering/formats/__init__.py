"""Formats: pictures written to files, strip by strip, in the format that the extension chooses."""

from .output import check_output, save_picture, write_picture

__all__ = ["check_output", "save_picture", "write_picture"]
