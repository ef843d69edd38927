"""`mosaicdb export` and `mosaicdb import`."""

import argparse
from contextlib import closing
from pathlib import Path

from ..errors import printable
from ..pipelines.wording import counted
from .opening import open_configured, other_thumb_res
from .options import Commands, Parser, add_command, effective_config
from .output import say
from .progress import TerminalProgress


def add_to(commands: "Commands[Parser]") -> None:
    """Add the commands."""
    export = add_command(
        commands,
        "export",
        "write all thumbnails to an HDF5 file, one dataset of JPEG bytes a tile",
        example="mosaicdb export thumbnails.h5",
    )
    export.add_argument("file", metavar="FILE.h5", type=Path, help="is replaced if it exists")
    export.set_defaults(run=run_export)
    import_ = add_command(
        commands,
        "import",
        "take the thumbnails of an HDF5 file in as tiles",
        example="mosaicdb import thumbnails.h5",
        details="In a new database tiles get the numbers that their datasets are named by, and "
        "thumbnails the size that they have in the file.",
    )
    import_.add_argument("file", metavar="FILE.h5", type=Path, help="as `mosaicdb export` writes")
    import_.set_defaults(run=run_import)


def run_export(options: argparse.Namespace) -> int:
    """Write thumbnails."""
    from ..pipelines.hdf5 import export_tiles

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
    from ..pipelines.hdf5 import check_importable, import_tiles

    config = effective_config(options)
    check_importable(options.file)
    with (
        closing(TerminalProgress(options)) as progress,
        open_or_create(config.database, config.thumb_res) as database,
    ):
        new, known = import_tiles(database, options.file, progress=progress)
        if other := other_thumb_res(config, database):  # an empty database took the file's size
            say(options, other)
    say(options, f"{counted(new, 'new tile')}, {known:,} known")
    return 0
