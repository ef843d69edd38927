"""`mosaicdb demo`."""

import argparse
import os
import shlex
import shutil
import sys
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Final

from ..atomic import replacing
from ..config import FILE_NAME
from ..errors import UsageError, printable
from . import ingest, render
from .options import Commands, Parser, add_command, general_options
from .output import say
from .progress import TerminalProgress

_PHOTOS: Final = 6000
_GRID: Final = (60, 40)
_MARK: Final = "# made by mosaicdb demo\n"


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "demo",
        "make a collection out of photographs that come with scikit-image, and mosaics of a cat",
        example="mosaicdb demo",
        details="Everything goes into a folder of its own.",
    )
    parser.add_argument(
        "--folder",
        metavar="DIR",
        type=Path,
        default=Path("mosaicdb-demo"),
        help="default: mosaicdb-demo",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Show what this program does."""
    from ..pipelines.demo import make_collection

    folder: Path = options.folder
    config = folder / FILE_NAME
    if folder.exists() and any(folder.iterdir()) and not _is_demo(config):
        raise UsageError(f"{printable(folder)} is not empty: name another folder with --folder")
    _write_config(config)
    with closing(TerminalProgress(options)) as progress:
        target = make_collection(folder / "photos", _PHOTOS, progress=progress)
    say(options, f"{_PHOTOS:,} photos, cut from those in scikit-image: {folder / 'photos'}")
    general = ["--db", str(folder / "data" / "mosaic.db"), *_passed_on(options)]
    if code := _run_command(
        ingest, ["ingest", str(folder / "photos"), "--thumb-res", "50x50", *general]
    ):
        return code
    for strategy in ("nearest", "unique"):
        picture = ["--target", str(target), "--grid", "x".join(map(str, _GRID))]
        files = ["--output", str(folder / f"mosaic_{strategy}.jpg")]
        files += ["--matches", str(folder / "data" / f"matches_{strategy}.tab")]
        if code := _run_command(
            render, ["render", "--strategy", strategy, *picture, *files, *general]
        ):
            return code
    program = "mosaicdb" if shutil.which("mosaicdb") else shlex.quote(os.path.abspath(sys.argv[0]))
    say(options, _NEXT.replace("DIR", shlex.quote(str(folder))).replace("PROGRAM", program))
    return 0


def _passed_on(options: argparse.Namespace) -> list[str]:
    flags = {"--quiet": options.quiet, "--no-progress": options.no_progress}
    return [flag for flag, is_set in flags.items() if is_set]


_NEXT: Final = """
Look at DIR/mosaic_unique.jpg and mosaic_nearest.jpg. What next:
  cd DIR
  PROGRAM sql "SELECT tile_id, uses, path FROM tile_uses LIMIT 5"
  PROGRAM render --target 7 --grid 30x30
and with photos of your own:
  PROGRAM ingest ~/Pictures --db my.db
  PROGRAM render --target 0 --grid 40x30 --db my.db"""


def _is_demo(config: Path) -> bool:
    try:
        return config.read_text("utf-8").startswith(_MARK)
    except (OSError, UnicodeDecodeError):
        return False


def _write_config(path: Path) -> None:
    import toml

    values = {
        "data_path": "data",
        "image_path": "photos",
        "target_id": 0,
        "target_res": list(_GRID),
        "thumb_res": [50, 50],
    }
    with replacing(path) as temporary:
        temporary.write_text(_MARK + toml.dumps(values), "utf-8")


def _run_command(command: ModuleType, arguments: list[str]) -> int:
    parser = Parser(prog="mosaicdb", parents=[general_options(first=True)])
    command.add_to(parser.add_subparsers(parser_class=Parser))
    options = parser.parse_args(arguments)
    options.alone = True
    options.typed = ["mosaicdb", *arguments]
    code: int = options.run(options)
    return code
