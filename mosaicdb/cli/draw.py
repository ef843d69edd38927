"""`mosaicdb draw`."""

import argparse
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import FILE_NAME
from ..errors import printable
from ..pipelines.wording import counted
from .opening import open_configured
from .options import (
    NOTHING_HALF_DONE,
    Commands,
    Parser,
    add_command,
    add_executor,
    add_json,
    add_key,
    add_mosaic,
    effective_config,
)
from .output import print_json, say
from .print_options import add_file, add_size, file_options
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
        details="Tiles, mirroring, --shift, --adapt and --blend are those that it was made with, "
        "unless given here.",
    )
    add_mosaic(
        parser, "id or name of a mosaic, or path of its picture (default: the newest)", nargs="?"
    )
    add_size(parser)
    _add_own(parser, "--shift", "render.shift", "0..255", "as it was made")
    _add_own(parser, "--adapt", "render.adapt", "0..1", "as it was made")
    _add_own(parser, "--blend", "render.blend", "0..1", "as it was made")
    parser.add_argument(
        "--no-flip",
        dest="mirrored",
        action="store_false",
        help="draw no tile mirrored, though it was matched so",
    )
    _add_own(parser, "--target", "target_id", "ID|PATH", "as recorded")
    _add_own(parser, "--output", "render.output", "FILE", "mosaic_<id>.jpg")
    add_file(parser)
    add_executor(parser)
    add_json(parser)
    parser.set_defaults(run=run, when_interrupted=NOTHING_HALF_DONE)


def _add_own(parser: Parser, flag: str, key: str, metavar: str, default: str) -> None:
    """Add an option that a mosaic's record, and not the configuration, has a value for."""
    add_key(parser, flag, key, metavar, default=default, is_configured=False)


def run(options: argparse.Namespace) -> int:
    """Draw a mosaic again."""
    from ..pipelines.draw import draw_to_file
    from ..pipelines.executor import photo_executor
    from ..pipelines.writing import describe_print

    config = effective_config(options)
    print_size = config.print_size
    output = config.output if config.is_given("render.output") else None
    with (
        closing(TerminalProgress(options)) as progress,
        open_configured(options, config) as database,
    ):
        redrawn = draw_to_file(
            database,
            options.mosaic,
            output,
            file=file_options(config, output),
            print_size=print_size,
            kept=[Path(FILE_NAME), *([options.config] if options.config else [])],
            progress=progress,
            executor=photo_executor(config),
            tile_size=config.tile_size if config.is_given("render.tile_size") else None,
            shift=config.shift if config.is_given("render.shift") else None,
            adapt=config.adapt if config.is_given("render.adapt") else None,
            blend=config.blend if config.is_given("render.blend") else None,
            mirrored=options.mirrored,
            target=config.target_id if config.is_given("target_id") else None,
        )
    if options.json:
        print_json(_as_json(redrawn))
    say(options, _summary(redrawn))
    for line in describe_print(redrawn.form, print_size):
        say(options, line)
    return 0


def _summary(redrawn: "Redrawn") -> str:
    drawing = redrawn.drawing
    (width, height), (columns, rows) = redrawn.size, drawing.mosaic.grid
    source = counted(redrawn.photos, "photo") if redrawn.photos else "thumbnails"
    return (
        f"{printable(redrawn.output)}: mosaic {drawing.mosaic.id}, {columns} x {rows} cells, "
        f"{width:,} x {height:,} pixels from {source}"
    )


def _as_json(redrawn: "Redrawn") -> dict[str, object]:
    """Give what `--json` prints: see docs/json.md."""
    drawing, plan = redrawn.drawing, redrawn.form.plan
    (width, height), (columns, rows) = redrawn.size, drawing.mosaic.grid
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
        "paint": drawing.paint,
    }
