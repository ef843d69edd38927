"""`mosaicdb export-viewer`."""

import argparse
from contextlib import closing
from typing import TYPE_CHECKING

from ..errors import printable
from ..pipelines.wording import counted
from ..viewer_options import ExportOptions
from .opening import open_configured
from .options import (
    Commands,
    Parser,
    add_command,
    add_json,
    add_mosaic,
    add_option,
    effective_config,
    path_named,
)
from .output import print_json, say
from .progress import TerminalProgress

if TYPE_CHECKING:
    from ..pipelines.export_viewer import Exported


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "export-viewer",
        "write the page that `view` shows as a folder for any static web server",
        example="mosaicdb export-viewer kitchen kitchen-viewer",
        details="Everything is in the folder: the mosaic in pieces, and every photo in it. Of the "
        "paths of the photos it tells what follows the folder that all of them have in common.",
    )
    add_mosaic(parser, "id or name of a mosaic, or path of its picture")
    parser.add_argument("folder", metavar="DIR", type=path_named, help="a new folder")
    add_option(parser, "--photo-side", ExportOptions, "photo_side", "N")
    add_option(parser, "--quality", ExportOptions, "quality", "N")
    add_option(parser, "--replace", ExportOptions, "replace")
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write a viewer."""
    from ..pipelines.executor import local_executor
    from ..pipelines.export_viewer import export_viewer

    config = effective_config(options)
    with (
        closing(TerminalProgress(options)) as progress,
        open_configured(options, config) as database,
    ):
        exported = export_viewer(
            database,
            options.mosaic,
            options.folder,
            ExportOptions(options.photo_side, options.quality, options.replace),
            executor=local_executor(config),
            progress=progress,
        )
    if options.json:
        print_json(_as_json(exported))
    say(options, _summary(exported))
    if exported.replaced:
        say(
            options,
            f"{counted(len(exported.replaced), 'photo')} cannot be read any more, and are shown by "
            f"their thumbnails, such as {exported.replaced[0]}",
        )
    return 0


def _summary(exported: "Exported") -> str:
    folder, (columns, rows) = printable(exported.folder), exported.mosaic.grid
    return (
        f"{folder}: mosaic {exported.mosaic.id}, {columns} x {rows} cells, "
        f"{counted(exported.photos, 'photo')}; to look at it here: "
        f"python3 -m http.server --bind 127.0.0.1 --directory {folder}"
    )


def _as_json(exported: "Exported") -> dict[str, object]:
    """Give what `--json` prints: see docs/json.md."""
    columns, rows = exported.mosaic.grid
    return {
        "mosaic": exported.mosaic.id,
        "folder": str(exported.folder),
        "columns": columns,
        "rows": rows,
        "photos": exported.photos,
        "from_thumbnails": exported.replaced,
    }
