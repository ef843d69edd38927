"""The options that say what a mosaic is to be: shared by the commands that match."""

import argparse
import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import Config
from ..errors import UsageError
from ..options import FEATURES, FITS, FOCUSES, FeatureOptions, Framing, Importance, MosaicOptions
from .options import add_key, target_named
from .output import Bar, say

if TYPE_CHECKING:
    from ..pipelines.selection import Choice
    from ..pipelines.target import Cells, Weighing
    from ..records import TileSet
    from ..store import Database


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
    parser.add_argument(
        "--focus-point",
        metavar="X,Y",
        type=_point,
        help="what stays in view where the target is cut, as parts of its width and height: "
        "0.5,0.2 is above the middle (default: 0.5,0.5)",
    )


def add_matching(parser: argparse.ArgumentParser) -> None:
    """Add what says which tiles there are and how they are compared, but for limits on uses."""
    add_key(parser, "--features", "match.features", "|".join(FEATURES))
    add_key(parser, "--detail", "match.detail", "N")
    parser.add_argument(
        "--flip",
        action="store_true",
        help="let a tile be mirrored left to right where that fits better",
    )
    parser.add_argument(
        "--mask",
        metavar="FILE",
        type=Path,
        help="a picture as large as the target: where it is bright, the target matters more",
    )
    parser.add_argument(
        "--focus",
        choices=FOCUSES,
        help="let faces, the center or edges of the target matter more",
    )
    parser.add_argument(
        "--where",
        metavar="CONDITION",
        help="use only the tiles for which this SQL condition on tile_stats holds, such as "
        "\"taken_at >= '2019-06-01'\"",
    )
    parser.add_argument(
        "--distinct",
        action="store_true",
        help="use one tile of each group that `mosaicdb duplicates` lists: the largest photo",
    )


def framing(options: argparse.Namespace, config: Config) -> Framing:
    """Give how the target gets the mosaic's shape."""
    return Framing(config.fit, options.focus_point or Framing().focus_point)


def mosaic_options(options: argparse.Namespace, config: Config, strategy: str) -> MosaicOptions:
    """Give all that is asked of a mosaic by one strategy."""
    features = FeatureOptions(config.features, config.detail, options.flip)
    if features.flip and not features.structured:
        raise UsageError("--flip needs detail to compare: mean colours are the same mirrored")
    return MosaicOptions(
        grid=config.target_res,
        match=config.match_options(strategy),
        features=features,
        framing=framing(options, config),
        importance=Importance(
            None if options.mask is None else os.path.abspath(options.mask), options.focus
        ),
        draw=config.draw_options,
    )


def target_of(options: argparse.Namespace, config: Config) -> int | str:
    """Give the target that is named."""
    named: int | str | None = options.target
    return config.target_id if named is None else named


def choice_of(options: argparse.Namespace) -> "Choice":
    """Give which tiles may be used."""
    from ..pipelines.selection import Choice

    return Choice(options.where, options.distinct)


def chosen_tiles(options: argparse.Namespace, config: Config, database: "Database") -> "TileSet":
    """Load the tiles that may be used, with the features that are needed."""
    from ..executors import ProcessExecutor
    from ..pipelines.selection import choose_tiles

    structured = FeatureOptions(config.features, config.detail).structured
    executor = ProcessExecutor(config.workers or os.cpu_count() or 1, config.deadline)
    with closing(Bar(options)) as bar:
        return choose_tiles(
            database,
            choice_of(options),
            signatures=structured,
            executor=executor,
            progress=bar,
        )


def weighed(options: argparse.Namespace, cells: "Cells", wanted: MosaicOptions) -> "Weighing":
    """Say how much each cell matters, and tell people what was done to target and mask."""
    from ..pipelines.target import weigh_cells

    found = weigh_cells(cells, wanted.importance, wanted.framing)
    if cells.enlarged:
        width, height = cells.framed.size
        columns, rows = cells.grid
        say(options, f"the target has {width} x {height} pixels for {columns} x {rows} cells: "
            "it was scaled up")  # fmt: skip
    if found.scaled:
        say(options, "the mask has another size than the target: it was scaled")
    empty = cells.covered.size - int(cells.covered.sum())
    if empty:
        say(options, f"{empty:,} of {cells.covered.size:,} cells stay empty: the target is "
            "transparent there, or does not reach them")  # fmt: skip
    return found


def _point(text: str) -> tuple[float, float]:
    try:
        across, down = (float(part) for part in text.split(","))
        if 0 <= across <= 1 and 0 <= down <= 1:
            return across, down
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(
        f"{text!r} is not allowed: give two numbers from 0 to 1, such as 0.5,0.2"
    )
