"""`mosaicdb export` and `mosaicdb import`."""

import argparse
from contextlib import closing
from pathlib import Path

from ..errors import printable
from .options import Commands, Parser, add_command, add_key, effective_config
from .output import Bar, counted, say


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
        details="In a new database tiles get the numbers that their datasets are named by.",
    )
    import_.add_argument("file", metavar="FILE.h5", type=Path, help="as `mosaicdb export` writes")
    add_key(import_, "--thumb-res", "thumb_res", "WxH")
    import_.set_defaults(run=run_import)


def run_export(options: argparse.Namespace) -> int:
    """Write thumbnails."""
    from ..pipelines.hdf5 import export_tiles
    from ..pipelines.overwrite_guard import refuse_overwriting
    from ..store import Database

    with (
        closing(Bar(options)) as bar,
        Database(effective_config(options).database, create=False) as database,
    ):
        refuse_overwriting(database, [options.file])
        count = export_tiles(database, options.file, progress=bar)
    say(options, f"{counted(count, 'tile')} in {printable(options.file)}")
    return 0


def run_import(options: argparse.Namespace) -> int:
    """Take thumbnails in."""
    from ..pipelines.hdf5 import check_importable, import_tiles
    from ..store import Database

    config = effective_config(options)
    check_importable(options.file)
    with (
        closing(Bar(options)) as bar,
        Database(config.database, thumb_res=config.thumb_res) as database,
    ):
        new, known = import_tiles(database, options.file, progress=bar)
    say(options, f"{counted(new, 'new tile')}, {known:,} known")
    return 0
