"""The options that say what a mosaic is to be: shared by the commands that match."""

import argparse
import os

from ..config import Config
from ..options import (
    FEATURES,
    FITS,
    FOCUSES,
    FeatureOptions,
    Framing,
    Importance,
    MosaicOptions,
    Selection,
    Strategy,
)
from .options import add_key, add_option, target_named


def add_target(parser: argparse.ArgumentParser) -> None:
    """Add what names the target and brings it into shape."""
    parser.add_argument(
        "--target",
        metavar="ID|PATH",
        type=target_named,
        help="number of a photo, or path of a picture (default: target_id)",
    )
    add_framing(parser)


def add_framing(parser: argparse.ArgumentParser) -> None:
    """Add what brings a target into shape."""
    add_key(parser, "--fit", "render.fit", "|".join(FITS))
    add_option(parser, "--focus-point", Framing, "focus_point", "X,Y", default="0.5,0.5")


def add_matching(parser: argparse.ArgumentParser) -> None:
    """Add what says which tiles there are and how they are compared, but for limits on uses."""
    add_key(parser, "--features", "match.features", "|".join(FEATURES))
    add_key(parser, "--detail", "match.detail", "N")
    add_option(parser, "--flip", FeatureOptions, "flip")
    add_option(parser, "--mask", Importance, "mask", "FILE")
    add_option(parser, "--focus", Importance, "focus", "|".join(FOCUSES))
    add_option(parser, "--where", Selection, "where", "CONDITION")
    add_option(parser, "--distinct", Selection, "distinct")
    add_key(parser, "--alike", "match.alike")


def framing(options: argparse.Namespace, config: Config) -> Framing:
    """Give how the target gets the mosaic's shape."""
    return Framing(config.fit, options.focus_point or Framing().focus_point)


def mosaic_options(
    options: argparse.Namespace, config: Config, strategy: Strategy
) -> MosaicOptions:
    """Give all that is asked of a mosaic by one strategy."""
    mask = None if options.mask is None else os.path.abspath(options.mask)
    return MosaicOptions(
        grid=config.target_res,
        match=config.match_options(strategy),
        features=FeatureOptions(config.features, config.detail, options.flip),
        framing=framing(options, config),
        importance=Importance(mask, options.focus),
        draw=config.draw_options,
    )


def target_of(options: argparse.Namespace, config: Config) -> int | str:
    """Give the target that is named."""
    named: int | str | None = options.target
    return config.target_id if named is None else named


def selection_of(options: argparse.Namespace, config: Config) -> Selection:
    """Give which tiles may be used, and which of them count as one photo."""
    return Selection(options.where, options.distinct, config.alike)
