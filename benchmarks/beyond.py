"""Measure matches of more tiles than memory holds.

    MOSAICDB_PHOTOS=~/Photos python benchmarks/beyond.py [--tiles 10000000] [--side 1000]

Makes a database of tiles without thumbnails, whose colours are those of real photos, jittered, and
rebuilds a photo of the folder's `cats/` from them, mean colours alone, each tile at most once.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from measure import Measurement, machine, run, seconds, table

TARGET = "kublai24.jpg"
SMALL_TILES, SMALL_SIDE = 200_000, 100
MEMORY = 3_000_000_000
HEADER = ("tiles", "cells", "how", "s", "processor, s", "MB", "candidates", "gap", "cost")


def main() -> None:
    """Make databases, match, and print a table."""
    options = _options()
    rows = []
    with tempfile.TemporaryDirectory(prefix="mosaicdb-benchmark-", dir=options.folder) as folder:
        sizes: list[tuple[int, int, tuple[str, ...]]]
        sizes = [(SMALL_TILES, SMALL_SIDE, ("in_memory", "streamed"))]
        if not options.only_small:
            sizes.append((options.tiles, options.side, ("streamed",)))
        for tiles, side, steps in sizes:
            kept = options.keep if tiles == options.tiles else None
            location = kept or Path(folder) / f"{tiles}.db"
            run("beyond_steps.fill_up", location=location, photos=options.photos, count=tiles)
            for step in steps:
                measured = run(
                    f"beyond_steps.{step}",
                    location=location,
                    target=options.photos / "cats" / TARGET,
                    side=side,
                    gap=options.gap,
                    memory=MEMORY,
                )
                rows.append(_row(tiles, side, step, measured))
    print(f"{machine()}; load at the end {os.getloadavg()[0]:.1f}.\n")
    print(table(HEADER, rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tiles", type=int, default=10_000_000)
    parser.add_argument("--side", type=int, default=1_000, help="cells across and down")
    parser.add_argument("--gap", type=float, default=0.01)
    parser.add_argument("--keep", type=Path, help="the large database; what it lacks is added")
    parser.add_argument("--folder", type=Path, help="where databases are made: 500 bytes a tile")
    parser.add_argument("--only-small", action="store_true")
    parser.add_argument("--photos", type=Path, default=os.environ.get("MOSAICDB_PHOTOS"))
    options = parser.parse_args()
    if options.photos is None:
        sys.exit("name a folder of photos by --photos or MOSAICDB_PHOTOS")
    options.photos = Path(options.photos)
    return options


def _row(tiles: int, side: int, step: str, measured: Measurement) -> list[str]:
    result = measured.result
    return [
        f"{tiles:,}",
        f"{side * side:,}",
        step.replace("_", " "),
        seconds(measured.seconds),
        seconds(measured.processor_seconds),
        f"{measured.peak / 1e6:,.0f}",
        f"{result['candidates']:,.0f}",
        f"{result['gap']:.1e}",
        f"{result['cost']:,.2f}",
    ]


if __name__ == "__main__":
    main()
