"""The options of `render` and `draw` that say how large a mosaic is, and how it is written."""

import argparse
from pathlib import Path

from ..config import Config
from ..options import PYRAMID_EXTENSIONS, SHARING_EXTENSIONS, FileOptions
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


def file_options(config: Config, output: Path | None) -> FileOptions:
    """Give how the file of a picture is written; None: one of the usual name.

    What a configuration says of pyramids in general waits for a format that has them.
    """
    end = "" if output is None else output.suffix.lower()
    with_pyramid = end in PYRAMID_EXTENSIONS or config.is_given("render.pyramid")
    shares_tiles = end in SHARING_EXTENSIONS or config.is_given("render.share_tiles")
    return FileOptions(
        quality=config.quality,
        pyramid=config.pyramid and with_pyramid,
        share_tiles=config.share_tiles and shares_tiles,
    )
