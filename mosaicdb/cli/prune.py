"""`mosaicdb prune`."""

import argparse

from ..errors import printable
from ..pipelines.wording import counted
from .options import Commands, Parser, add_command, add_json, effective_config
from .output import print_json, say


def add_to(commands: "Commands[Parser]") -> None:
    """Add the command."""
    parser = add_command(
        commands,
        "prune",
        "forget files that are gone, and tiles without a file that stand in no mosaic",
        example="mosaicdb prune --dry-run",
        details="Gone is what an ingest looked for in vain and what is still not there.",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be forgotten")
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Forget what is gone."""
    from ..pipelines.database import open_existing
    from ..pipelines.maintenance import prune

    with open_existing(effective_config(options).database) as database:
        pruned = prune(database, dry_run=options.dry_run)
    if options.json:
        print_json({"files": list(pruned.files), "tiles": list(pruned.tiles)})
    elif options.dry_run:
        for path in pruned.files:
            print(f"file {printable(path)}")
        for tile_id in pruned.tiles:
            print(f"tile {tile_id}")
    did = "would be forgotten" if options.dry_run else "forgotten"
    files, tiles = counted(len(pruned.files), "file"), counted(len(pruned.tiles), "tile")
    say(options, f"{files} and {tiles} {did}")
    return 0
