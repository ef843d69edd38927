"""The options that say what a mosaic is to be: shared by the commands that match."""

import argparse

from ..crops import MOST_ZOOM
from ..options import FEATURES, FITS, FOCUSES
from .options import add_key


def add_target(parser: argparse.ArgumentParser) -> None:
    """Add what names the target and brings it into shape."""
    add_key(parser, "--target", "target_id", "ID|PATH")
    add_framing(parser)


def add_framing(parser: argparse.ArgumentParser) -> None:
    """Add what brings a target into shape."""
    add_key(parser, "--fit", "render.fit", "|".join(FITS))
    add_key(parser, "--focus-point", "render.focus_point", "X,Y", default="0.5,0.5")


def add_wishes(parser: argparse.ArgumentParser) -> None:
    """Add what is wished of single photos."""
    add_key(parser, "--must", "match.must", "CONDITION")
    add_key(parser, "--pin", "match.pin", "ROW,COL=TILE")


def add_matching(parser: argparse.ArgumentParser) -> None:
    """Add what says which tiles there are and how they are compared, but for limits on uses."""
    add_key(parser, "--features", "match.features", "|".join(FEATURES))
    add_key(parser, "--detail", "match.detail", "N")
    add_key(parser, "--flip", "match.flip")
    add_key(parser, "--zoom", "match.zoom", f"1..{MOST_ZOOM:g}")
    add_key(parser, "--mask", "match.mask", "FILE")
    add_key(parser, "--focus", "match.focus", "|".join(FOCUSES))
    add_key(parser, "--where", "match.where", "CONDITION")
    add_key(parser, "--without", "match.without", "CONDITION")
    add_key(parser, "--distinct", "match.distinct")
    add_key(parser, "--alike", "match.alike")
    add_key(parser, "--with-missing", "match.with_missing")
