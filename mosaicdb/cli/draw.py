"""`mosaicdb draw`."""

import argparse
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import FILE_NAME
from ..errors import printable
from ..options import DrawOptions, FileOptions, Outputs
from ..pipelines.wording import counted
from .options import (
    Commands,
    Parser,
    add_command,
    add_json,
    add_key,
    add_option,
    effective_config,
    target_named,
)
from .output import print_json, say
from .print_options import add_size, print_size_of
from .progress import TerminalProgress

if TYPE_CHECKING:
    from ..pipelines.draw import Redrawn


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "draw",
        "draw a recorded mosaic again, larger or otherwise, without matching",
        example="mosaicdb draw 3 --width 120cm --output poster.jpg",
        details="Tiles, mirroring, --shift and --blend are those that it was made with, unless "
        "given here.",
    )
    parser.add_argument(
        "mosaic",
        metavar="MOSAIC",
        nargs="?",
        type=target_named,
        help="id of a mosaic, or path of its picture (default: the newest)",
    )
    add_size(parser)
    add_option(parser, "--shift", DrawOptions, "shift", "0..255", default="as it was made")
    add_option(parser, "--blend", DrawOptions, "blend", "0..1", default="as it was made")
    parser.add_argument(
        "--no-flip",
        dest="mirrored",
        action="store_false",
        help="draw no tile mirrored, though it was matched so",
    )
    parser.add_argument(
        "--target",
        metavar="ID|PATH",
        type=target_named,
        help="what a shift or a blend needs: number of a photo, or path of a picture (default: as "
        "recorded)",
    )
    add_option(parser, "--output", Outputs, "picture", "FILE", default="mosaic_<id>.jpg")
    add_key(parser, "--quality", "render.quality", "N")
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Draw a mosaic again."""
    from ..pipelines.database import open_existing
    from ..pipelines.draw import draw_to_file
    from ..pipelines.executor import local_executor
    from ..pipelines.writing import describe_print

    config = effective_config(options)
    print_size = print_size_of(options)
    with (
        closing(TerminalProgress(options)) as progress,
        open_existing(config.database) as database,
    ):
        redrawn = draw_to_file(
            database,
            options.mosaic,
            options.output,
            file=FileOptions(quality=config.quality),
            print_size=print_size,
            kept=[Path(FILE_NAME), *([options.config] if options.config else [])],
            progress=progress,
            executor=local_executor(config),
            tile_size=options.tile_size,
            shift=options.shift,
            blend=options.blend,
            mirrored=options.mirrored,
            target=options.target,
        )
    if options.json:
        print_json(_as_json(redrawn))
    say(options, _summary(redrawn))
    for line in describe_print(redrawn.form, print_size):
        say(options, line)
    return 0


def _summary(redrawn: "Redrawn") -> str:
    drawing = redrawn.drawing
    (width, height), (columns, rows) = drawing.size, drawing.mosaic.grid
    source = counted(redrawn.photos, "photo") if redrawn.photos else "thumbnails"
    return (
        f"{printable(redrawn.output)}: mosaic {drawing.mosaic.id}, {columns} x {rows} cells, "
        f"{width:,} x {height:,} pixels from {source}"
    )


def _as_json(redrawn: "Redrawn") -> dict[str, object]:
    """Give what `--json` prints: see docs/json.md."""
    drawing, plan = redrawn.drawing, redrawn.form.plan
    (width, height), (columns, rows) = redrawn.form.size_of(drawing.size), drawing.mosaic.grid
    return {
        "mosaic": drawing.mosaic.id,
        "output": str(redrawn.output),
        "columns": columns,
        "rows": rows,
        "tile_size": list(drawing.source.size),
        "width": width,
        "height": height,
        "dpi": None if plan is None else plan.dpi,
        "photos": redrawn.photos,
        "smaller": redrawn.smaller,
        "from_thumbnails": redrawn.replaced,
        "mean_shift": drawing.mean_shift,
        "most_shift": drawing.most_shift,
    }
