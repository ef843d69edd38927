"""Formats: pictures written to files, strip by strip, in the format that the extension chooses."""

from .output import check_output, folder_beside, save_picture, write_picture

__all__ = ["check_output", "folder_beside", "save_picture", "write_picture"]
