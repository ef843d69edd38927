"""Measure PostgreSQL on loopback against SQLite: records, features, two ingests at once, copies.

python benchmarks/postgres.py [--rows records,features,ingests,copy] [--photos FOLDER]

Starts a server of the system's binaries in a temporary folder, with the settings that it has after
its installation, and connects by TCP.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
from measure import machine, ratio, seconds, table
from places import Places, new_places

from mosaicdb import Database, ingest_photos, load_tiles
from mosaicdb.batches import in_batches
from mosaicdb.capture import Capture
from mosaicdb.pipelines.copy import copy_database
from mosaicdb.readings import Descriptors, FileStat, Reading, Thumbnail, Tile
from mosaicdb.store import pending_files, record_readings, survey_files
from mosaicdb.store.schema import tile

RECORDS_A_TRANSACTION = 256
THUMBNAIL_BYTES = 2_300
ROWS = ("records", "features", "ingests", "copy")


def main() -> None:
    """Run what is asked for, and print a table."""
    options = _options()
    with new_places() as places:
        rows = [row for name in options.rows.split(",") for row in _WORK[name](places, options)]
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"{machine()}; PostgreSQL on loopback; load at the end {load}.\n")
    print(table(("work", "SQLite", "PostgreSQL", "ratio"), rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", default=",".join(ROWS), help=f"default: {','.join(ROWS)}")
    parser.add_argument("--count", type=int, default=20_000, help="ready records")
    parser.add_argument("--tiles", type=int, default=1_000_000, help="tiles whose features load")
    parser.add_argument("--copied", type=int, default=100_000, help="tiles that are copied")
    parser.add_argument("--photos", type=Path, default=os.environ.get("MOSAICDB_PHOTOS"))
    parser.add_argument("--workers", type=int, default=1, help="processes of each ingest")
    return parser.parse_args()


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _records(places: Places, options: argparse.Namespace) -> list[list[str]]:
    """Record readings that are in memory."""
    rates = []
    for kind in ("SQLite", "PostgreSQL"):
        with places.new(kind) as location, Database(location) as database:
            took = _timed_records(database, options.count)
        rates.append(options.count / took)
    return [["ready records, a second", *(f"{rate:,.0f}" for rate in rates), _ratio(rates)]]


def _timed_records(database: Database, count: int) -> float:
    """Record made-up tiles; give how long that took, without the survey and making them."""
    files = [FileStat(f"/photos/{number:08d}.jpg", number, 1) for number in range(count)]
    seen_at = survey_files(database, files, ["/photos"], []).seen_at
    random = np.random.default_rng(0)
    readings = [
        Reading(pending, FileStat(pending.path, 1, 1), _tile(pending.id, random))
        for pending in pending_files(database, seen_at)
    ]

    def record() -> None:
        for batch in in_batches(readings, RECORDS_A_TRANSACTION):
            record_readings(database, batch)

    return _timed(record)


def _tile(number: int, random: np.random.Generator) -> Tile:
    mean = tuple(map(float, random.uniform(0, 255, 3)))
    descriptors = Descriptors((mean[0], mean[1], mean[2]), random.bytes(108))
    thumbnail = Thumbnail(random.bytes(THUMBNAIL_BYTES), descriptors)
    return Tile(f"{number:064x}", 640, 480, "JPEG", Capture(), thumbnail)


def _features(places: Places, options: argparse.Namespace) -> list[list[str]]:
    """Load colours, and colours with signatures, into arrays."""
    took: dict[bool, list[float]] = {False: [], True: []}
    for kind in ("SQLite", "PostgreSQL"):
        with places.new(kind) as location, Database(location) as database:
            _fill_tiles(database, options.tiles)
            for signatures, times in took.items():
                load = partial(load_tiles, database, signatures)
                times.append(min(_timed(load) for _ in range(2)))
    names = {False: "mean colours", True: "mean colours and signatures"}
    return [
        [f"{names[which]} of {options.tiles:,} tiles, s", *map(seconds, times), _ratio(times)]
        for which, times in took.items()
    ]


def _fill_tiles(database: Database, count: int) -> None:
    columns = ("id", "content_hash", "width", "height", "format", "mean_r", "mean_g", "mean_b")
    random = np.random.default_rng(0)
    for numbers in in_batches(range(count), 50_000):
        colours = random.uniform(0, 255, (len(numbers), 3)).tolist()
        rows = [
            (number, f"{number:064x}", 640, 480, "JPEG", *colour, b"s" * 108)
            for number, colour in zip(numbers, colours, strict=True)
        ]
        with database.write() as connection:
            database.backend.insert_rows(connection, tile, (*columns, "signature"), rows)


def _ingests(places: Places, options: argparse.Namespace) -> list[list[str]]:
    """Ingest two halves of a folder one after the other, then at once."""
    if options.photos is None:
        raise SystemExit("--photos or MOSAICDB_PHOTOS names the photos of the row `ingests`")
    photos = sorted(path for path in Path(options.photos).rglob("*") if path.is_file())
    halves = [[str(path) for path in photos[start::2]] for start in (0, 1)]
    times = []
    for at_once in (False, True):
        with places.new("PostgreSQL") as location:
            Database(location).close()
            times.append(_ingest_halves(location, halves, at_once))
            with Database(location) as database:
                tiles = load_tiles(database)
            print(f"{len(tiles.ids):,} tiles, at once: {at_once}", file=sys.stderr)
    name = f"two ingests of {len(photos) // 2:,} photos each, s: in turn, at once"
    return [[name, *map(seconds, times), ratio(times[0] / times[1])]]


def _join(processes: Iterable[BaseProcess]) -> None:
    for process in processes:
        process.join()


def _ingest_halves(location: str, halves: list[list[str]], at_once: bool) -> float:
    context = get_context("spawn")
    start = context.Barrier(3 if at_once else 2)
    processes = [context.Process(target=_ingest, args=(location, half, start)) for half in halves]
    if at_once:
        for process in processes:
            process.start()
        start.wait()
        return _timed(partial(_join, processes))
    took = 0.0
    for process in processes:
        process.start()
        start.wait()
        took += _timed(process.join)
    return took


def _ingest(location: str, paths: list[str], start: object) -> None:
    with Database(location) as database:
        start.wait()  # type: ignore[attr-defined]
        ingest_photos(database, paths)


def _copy(places: Places, options: argparse.Namespace) -> list[list[str]]:
    """Copy a database from SQLite to PostgreSQL, and back."""
    with places.new("SQLite") as source, places.new("PostgreSQL") as target:
        with Database(source) as database:
            _timed_records(database, options.copied)
        there = options.copied / _timed(lambda: copy_database(source, target))
        with places.new("SQLite") as back:
            again = options.copied / _timed(lambda: copy_database(target, back))
    name = f"copy of {options.copied:,} tiles, a second: from PostgreSQL, to it"
    return [[name, f"{again:,.0f}", f"{there:,.0f}", ratio(there / again)]]


def _ratio(values: list[float]) -> str:
    return ratio(values[1] / values[0])


_WORK = {"records": _records, "features": _features, "ingests": _ingests, "copy": _copy}


if __name__ == "__main__":
    main()
