"""The options that say how large a mosaic is drawn and printed: shared by `render` and `draw`."""

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
