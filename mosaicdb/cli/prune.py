"""`mosaicdb prune`."""

import argparse
from typing import TYPE_CHECKING

from ..errors import printable
from ..pipelines.wording import counted
from .options import Commands, Parser, add_command, add_json, effective_config
from .output import print_json, say

if TYPE_CHECKING:
    from ..pipelines.maintenance import Pruned


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "prune",
        "forget files that are gone, and tiles without a file that stand in no mosaic",
        example="mosaicdb prune --dry-run",
        details="Gone is what an ingest looked for in vain and what is still not there, or lies in "
        "a folder of thumbnails, previews, snapshots or trash.",
    )
    parser.add_argument(
        "--mosaics",
        action="store_true",
        help="forget mosaics too that show or rebuild what is gone; their pictures stay",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be forgotten")
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Forget what is gone."""
    from ..pipelines.database import open_existing
    from ..pipelines.maintenance import prune

    with open_existing(effective_config(options).database) as database:
        pruned = prune(database, mosaics=options.mosaics, dry_run=options.dry_run)
    if options.json:
        print_json(_as_json(pruned))
    elif options.dry_run:
        for path in pruned.files:
            print(f"file {printable(path)}")
        for tile_id in pruned.tiles:
            print(f"tile {tile_id}")
        for number, output in pruned.mosaics:
            print(f"mosaic {number} {printable(output)}")
    say(options, f"{_summary(pruned)} {'would be forgotten' if options.dry_run else 'forgotten'}")
    if pruned.kept_tiles:
        kept = counted(len(pruned.kept_tiles), "tile")
        using = counted(len(pruned.kept_mosaics), "mosaic")
        say(options, f"{kept} without a file kept for {using}: --mosaics forgets these too")
    return 0


def _as_json(pruned: "Pruned") -> dict[str, object]:
    """Give what `--json` prints: see docs/json.md."""
    mosaics = [{"mosaic": number, "output": output} for number, output in pruned.mosaics]
    return {"files": list(pruned.files), "tiles": list(pruned.tiles), "mosaics": mosaics}


def _summary(pruned: "Pruned") -> str:
    files, tiles = counted(len(pruned.files), "file"), counted(len(pruned.tiles), "tile")
    if not pruned.mosaics:
        return f"{files} and {tiles}"
    return f"{files}, {tiles} and {counted(len(pruned.mosaics), 'mosaic')}"
