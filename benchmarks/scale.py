"""Measure the store with as many tiles as a large collection has, on SQLite and on PostgreSQL.

    MOSAICDB_PHOTOS=~/Photos python benchmarks/scale.py [--tiles 10000000] [--new 100000]

Fills databases with made-up tiles and their files, whose colours are those of real photos,
jittered, without thumbnails, and times what people do with a database of that size. Needs 1 KB of
disk a tile, half of it for each database.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measure import Measurement, machine, run, seconds, table
from places import new_places

KINDS = ("SQLite", "PostgreSQL")
PIECE = 1_000_000
FEW = 1_000
ONE_TILE = "SELECT * FROM tile_stats WHERE tile_id = {number}"
QUERIES = {
    "one tile of `tile_stats`": ONE_TILE,
    "one tile of `tile_stats`, by its path": "SELECT * FROM tile_stats WHERE path = '{path}'",
    "the first ten of `tile_stats`": "SELECT * FROM tile_stats LIMIT 10",
    "the reddest ten of `tile_stats`": "SELECT * FROM tile_stats "
    "ORDER BY mean_r - mean_g - mean_b DESC LIMIT 10",
}


def main() -> None:
    """Fill databases, ask them, and print two tables."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="mosaicdb-benchmark-") as folder:
        new = Path(folder, "photos")
        run("make_photos.noise", folder=new, start=0, count=options.new)
        for kind in options.kinds.split(","):
            with new_places() as places, places.new(kind) as location:
                print(f"\n{kind}; {machine()}.\n", flush=True)
                for row in _filling(location, options):
                    print(row, flush=True)
                print()
                for row in _using(location, options, new):
                    print(row, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tiles", type=int, default=10_000_000)
    parser.add_argument("--new", type=int, default=100_000, help="photos that are ingested")
    parser.add_argument("--kinds", default=",".join(KINDS), help=f"default: {','.join(KINDS)}")
    parser.add_argument("--photos", type=Path, default=os.environ.get("MOSAICDB_PHOTOS"))
    options = parser.parse_args()
    if options.photos is None:
        sys.exit("name a folder of photos by --photos or MOSAICDB_PHOTOS")
    return options


def _filling(location: str, options: argparse.Namespace) -> Iterator[str]:
    """Fill a database; give a row of the table for each million."""
    header = ("tiles", "rows a second", "processor, µs a row", "GB", "MB", "load")
    yield from table(header, []).splitlines()
    for count in range(min(PIECE, options.tiles), options.tiles + 1, PIECE):
        filled = run("scale_steps.fill_up", location=location, photos=options.photos, count=count)
        result = filled.result
        rate, worked = (
            result["rows"] / result["seconds"],
            1e6 * result["processor"] / result["rows"],
        )
        size, memory = result["bytes"] / 1e9, filled.peak / 1e6
        row = (f"{rate:,.0f}", f"{worked:.0f}", f"{size:.2f}", f"{memory:.0f}", _load())
        yield _row(f"{count:,}", *row)


def _using(location: str, options: argparse.Namespace, new: Path) -> Iterator[str]:
    """Time what people do; give a row of the table for each."""
    yield from table(("work", "s", "processor, s", "MB", "load"), []).splitlines()

    def measured(name: str, step: str, **arguments: Any) -> str:
        done = run(f"scale_steps.{step}", location=location, **arguments)
        return _row(name, *_times(done), f"{done.peak / 1e6:.0f}", _load())

    yield measured("open", "opening")
    for name, statement in QUERIES.items():
        number = options.tiles // 3
        yield measured(name, "query", statement=statement, numbers=[number])
    yield measured("mean colours into numpy", "features", signatures=False)
    yield measured("mean colours and signatures into numpy", "features", signatures=True)
    yield measured("stats", "stats")
    yield measured(f"ingest of {options.new:,} new photos", "ingest", folder=new)
    yield measured(f"ingest of {options.new:,} unchanged photos", "ingest", folder=new)
    run("make_photos.noise", folder=new, start=options.new, count=FEW)
    yield measured(f"ingest of {FEW:,} new photos beside them", "ingest", folder=new)
    yield measured("check, without thumbnails", "check")


def _times(done: Measurement) -> tuple[str, str]:
    return seconds(done.seconds), seconds(done.processor_seconds)


def _row(*values: str) -> str:
    return "| " + " | ".join(values) + " |"


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    main()
