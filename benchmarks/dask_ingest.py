"""Compare the ingest on a local Dask cluster with the one in processes: same cores, same photos.

    python benchmarks/dask_ingest.py [--photos DIR] [--count 3000] [--workers 2] [--repeat 5]

Photos come from `--photos`, else from the folder that MOSAICDB_PHOTOS names; it is only read.
The two ways take turns. Starting the cluster is not measured; starting processes is, in both.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from distributed import LocalCluster
from measure import machine, ratio, run, table

import mosaicdb
from mosaicdb.executors import Executor


def main() -> None:
    """Run both ways in turns and print their rates."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="mosaicdb-benchmark-") as name:
        folder = Path(name)
        photos = _stage(options, folder)
        with LocalCluster(
            n_workers=options.workers,
            threads_per_worker=1,
            memory_limit=None,
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
            local_directory=name,
        ) as cluster:
            executors: dict[str, Executor] = {
                "processes": mosaicdb.ProcessExecutor(options.workers),
                "dask": mosaicdb.DaskExecutor(cluster.scheduler_address),
            }
            for executor in executors.values():
                _rate(photos, folder, executor)  # everything is imported and cached by now
            turns = [
                {way: _rate(photos, folder, executor) for way, executor in executors.items()}
                for _ in range(options.repeat)
            ]
        _report(options, len(list(photos.iterdir())), turns)


def _rate(photos: Path, folder: Path, executor: Executor) -> float:
    """Give the photos a second of an ingest into a new database."""
    place = tempfile.mkdtemp(dir=folder)
    with mosaicdb.Database(Path(place, "tiles.db")) as database:
        started = time.perf_counter()
        report = mosaicdb.ingest_photos(database, [photos], executor=executor)
        return report.seen / (time.perf_counter() - started)


def _report(options: argparse.Namespace, photos: int, turns: list[dict[str, float]]) -> None:
    print(f"{machine()}; {photos:,} photos, {options.workers} workers, {options.repeat} turns.\n")
    rows = [
        [str(number), f"{turn['processes']:.0f}", f"{turn['dask']:.0f}", ratio(_ratio(turn))]
        for number, turn in enumerate(turns, start=1)
    ]
    print(table(("turn", "processes, photos/s", "dask, photos/s", "ratio"), rows))
    print(f"\nMedian ratio: {statistics.median(map(_ratio, turns)):.2f}")


def _ratio(turn: dict[str, float]) -> float:
    return turn["dask"] / turn["processes"]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, default=os.environ.get("MOSAICDB_PHOTOS"))
    parser.add_argument("--count", type=int, default=3000, help="photos (default: 3000)")
    parser.add_argument("--workers", type=int, default=2, help="of each way (default: 2)")
    parser.add_argument("--repeat", type=int, default=5, help="turns (default: 5)")
    return parser.parse_args()


def _stage(options: argparse.Namespace, folder: Path) -> Path:
    """Make a folder of links to the photos, or of made-up ones where there are none."""
    staged = folder / "photos"
    if options.photos is None:
        print("MOSAICDB_PHOTOS is not set: made-up photos instead", file=sys.stderr)
        run("make_photos.crops", folder=staged, count=options.count)
        return staged
    staged.mkdir()
    files = sorted(path for path in options.photos.resolve().rglob("*.jpg"))
    for number, path in enumerate(files[: options.count]):
        path.read_bytes()  # into the system's cache
        (staged / f"{number:06d}{path.suffix}").symlink_to(path)
    return staged


if __name__ == "__main__":
    main()
