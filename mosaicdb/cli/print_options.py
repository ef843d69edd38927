"""The options that say how large a mosaic is drawn and printed: shared by `render` and `draw`."""

import argparse

from ..errors import UsageError
from ..options import DrawOptions
from ..print_size import LENGTHS, PAPERS, PrintSize
from .options import add_option


def add_size(parser: argparse.ArgumentParser) -> None:
    """Add what says how large a cell, or the whole print, is."""
    add_option(parser, "--tile-size", DrawOptions, "tile_size", "WxH")
    add_option(parser, "--width", PrintSize, "width", "LENGTH")
    add_option(parser, "--height", PrintSize, "height", "LENGTH")
    add_option(parser, "--dpi", PrintSize, "dpi", "N")
    add_option(parser, "--bleed", PrintSize, "bleed", "LENGTH")
    add_option(parser, "--sheets", PrintSize, "sheets", "|".join(PAPERS))


def print_size_of(options: argparse.Namespace) -> PrintSize:
    """Give how large the print is to be."""
    names = (*LENGTHS, "dpi", "sheets")
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    size = PrintSize(**given)
    if size.is_sized and options.tile_size is not None:
        raise UsageError("--width and --height choose the size of cells: leave out --tile-size")
    return size
