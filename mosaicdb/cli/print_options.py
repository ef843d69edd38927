"""The options of `render` and `draw` that say how large a mosaic is, and how it is written."""

import argparse

from ..print_size import PAPERS
from .options import add_key


def add_size(parser: argparse.ArgumentParser) -> None:
    """Add what says how large a cell, or the whole print, is."""
    add_key(parser, "--tile-size", "render.tile_size", "WxH")
    add_key(parser, "--width", "print.width", "LENGTH")
    add_key(parser, "--height", "print.height", "LENGTH")
    add_key(parser, "--dpi", "print.dpi", "N")
    add_key(parser, "--bleed", "print.bleed", "LENGTH")
    add_key(parser, "--sheets", "print.sheets", "|".join(PAPERS))


def add_file(parser: argparse.ArgumentParser) -> None:
    """Add what says how the file of a picture is written."""
    add_key(parser, "--quality", "render.quality", "N")
    add_key(parser, "--pyramid", "render.pyramid")
    add_key(parser, "--share-tiles", "render.share_tiles")
