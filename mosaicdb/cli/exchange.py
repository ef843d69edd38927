"""`mosaicdb export` and `mosaicdb import`."""

import argparse
from contextlib import closing
from pathlib import Path

from ..errors import printable
from ..pipelines.wording import counted
from .opening import open_configured, other_thumb_res
from .options import NOTHING_HALF_DONE, Commands, Parser, add_command, effective_config, path_named
from .output import say
from .progress import TerminalProgress


def add_to(commands: "Commands[Parser]") -> None:
    """Add the commands."""
    export = add_command(
        commands,
        "export",
        "write all tiles, with their thumbnails, to an HDF5 or a Parquet file",
        example="mosaicdb export tiles.parquet",
        details="Where the file is named .parquet, a row of it is a tile. Else it is HDF5: one "
        "dataset of JPEG bytes a tile.",
    )
    export.add_argument("file", metavar="FILE", type=path_named, help="is replaced if it exists")
    export.set_defaults(run=run_export, when_interrupted=NOTHING_HALF_DONE)
    import_ = add_command(
        commands,
        "import",
        "take the thumbnails of HDF5 or Parquet files in as tiles",
        example="mosaicdb import part-0.parquet part-1.parquet",
        details="In a new database tiles get the numbers that they have in the file, and "
        "thumbnails the size that they have there. A Parquet file needs a column `jpeg`; what else "
        "`mosaicdb export` writes may be missing.",
    )
    import_.add_argument(
        "files", metavar="FILE", type=Path, nargs="+", help="as `mosaicdb export` writes"
    )
    import_.set_defaults(run=run_import)


def run_export(options: argparse.Namespace) -> int:
    """Write thumbnails."""
    from ..pipelines.exchange import export_tiles

    with (
        closing(TerminalProgress(options)) as progress,
        open_configured(options, effective_config(options)) as database,
    ):
        count = export_tiles(database, options.file, progress=progress)
    say(options, f"{counted(count, 'tile')} in {printable(options.file)}")
    return 0


def run_import(options: argparse.Namespace) -> int:
    """Take thumbnails in."""
    from ..pipelines.database import open_or_create
    from ..pipelines.exchange import check_importable, import_tiles

    config = effective_config(options)
    for file in options.files:
        check_importable(file)
    with (
        closing(TerminalProgress(options)) as progress,
        open_or_create(config.database, config.thumb_res) as database,
    ):
        counts = [import_tiles(database, file, progress=progress) for file in options.files]
        if other := other_thumb_res(config, database):  # an empty database took the file's size
            say(options, other)
    new, known = map(sum, zip(*counts, strict=True))
    say(options, f"{counted(new, 'new tile')}, {known:,} known")
    return 0
