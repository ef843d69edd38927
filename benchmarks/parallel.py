"""Compare ways to read photos on all cores: the same photos, the same function, the same work.

    python benchmarks/parallel.py [--photos DIR] [--count 3000] [--workers 2] [--repeat 3]
                                  [--snakemake PROGRAM]

The ways take turns. What starts with each run, such as worker processes and Snakemake's jobs, is
measured; the Dask cluster, which people keep, is not. Snakemake is left out where it is not
installed. Also: what it costs to store the thumbnails in one HDF5 file, in a file each, and in
SQLite.
"""

import argparse
import os
import pickle
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import dask
import dask.bag
import h5py
import numpy as np
from distributed import Client, LocalCluster
from measure import machine, run, seconds, table

import mosaicdb
from mosaicdb.options import ReadOptions
from mosaicdb.photos import lost_reading, read_photo
from mosaicdb.readings import PendingFile, Reading, Tile

_OPTIONS = ReadOptions()
_PHOTOS_A_BATCH = 64  # as mosaicdb sends to a worker at a time
_PHOTOS_A_JOB = 250  # of Snakemake: each is a process that imports everything anew

_SNAKEFILE = f"""
import sys
JOBS = glob_wildcards("{{job,[0-9]+}}.list").job
rule all:
    input: expand("{{job}}.pickle", job=JOBS)
rule read:
    input: "{{job}}.list"
    output: "{{job}}.pickle"
    shell: "{sys.executable} {__file__} --job {{input}} {{output}}"
"""

Way = Callable[[Sequence[str]], int]
"""Reads photos; gives how many tiles came of them."""


def main() -> None:
    """Run every way in turns and print the tables."""
    options = _options()
    if options.job:
        _run_job(*options.job)
        return
    with tempfile.TemporaryDirectory(prefix="mosaicdb-benchmark-") as name:
        folder = Path(name)
        paths = _photos(options, folder)
        with (
            LocalCluster(
                n_workers=options.workers,
                threads_per_worker=1,
                memory_limit=None,
                scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
                local_directory=name,
            ) as cluster,
            Client(cluster) as client,
        ):
            ways: dict[str, Callable[[Sequence[str]], int]] = {
                "one process": _one_process,
                "process pool": partial(_process_pool, options.workers),
                "Dask bag": _dask_bag,
                "Dask delayed": _dask_delayed,
                "Dask, mosaicdb's executor": partial(_dask_executor, client.scheduler.address),
            }
            if options.snakemake is not None:
                ways["Snakemake"] = partial(_snakemake, options.snakemake, folder, options.workers)
            rates = _rates(ways, paths, options.repeat)
        print(f"{machine()}; {len(paths):,} photos, {options.workers} workers.\n")
        _print_rates(rates)
        _print_stores(_tiles(paths), folder)


def _one_process(paths: Sequence[str]) -> int:
    return len(_read(paths))


def _process_pool(workers: int, paths: Sequence[str]) -> int:
    return _with(mosaicdb.ProcessExecutor(workers), paths)


def _dask_executor(address: str, paths: Sequence[str]) -> int:
    return _with(mosaicdb.DaskExecutor(address), paths)


def _with(executor: mosaicdb.ProcessExecutor | mosaicdb.DaskExecutor, paths: Sequence[str]) -> int:
    files = list(map(PendingFile, range(len(paths)), paths))
    readings = executor.map(partial(read_photo, options=_OPTIONS), files, lost_reading)
    return len(_tiles_of(readings))


def _dask_bag(paths: Sequence[str]) -> int:
    bag = dask.bag.from_sequence(paths, partition_size=_PHOTOS_A_BATCH)
    return len(bag.map_partitions(_read).compute())


def _dask_delayed(paths: Sequence[str]) -> int:
    batches = [paths[i : i + _PHOTOS_A_BATCH] for i in range(0, len(paths), _PHOTOS_A_BATCH)]
    return sum(map(len, dask.compute(*(dask.delayed(_read)(batch) for batch in batches))))


def _snakemake(program: str, folder: Path, workers: int, paths: Sequence[str]) -> int:
    place = Path(tempfile.mkdtemp(dir=folder))
    (place / "Snakefile").write_text(_SNAKEFILE)
    for job, start in enumerate(range(0, len(paths), _PHOTOS_A_JOB)):
        (place / f"{job}.list").write_text("\n".join(paths[start : start + _PHOTOS_A_JOB]))
    subprocess.run(
        [program, "--cores", str(workers), "--quiet", "all"],
        cwd=place,
        check=True,
        stderr=subprocess.DEVNULL,
    )
    return sum(len(pickle.loads(part.read_bytes())) for part in place.glob("*.pickle"))


def _run_job(listed: Path, output: Path) -> None:
    output.write_bytes(pickle.dumps(_read(listed.read_text().splitlines())))


def _read(paths: Iterable[str]) -> list[Tile]:
    return _tiles_of(read_photo(PendingFile(0, path), _OPTIONS) for path in paths)


def _tiles_of(readings: Iterable[Reading]) -> list[Tile]:
    return [reading.content for reading in readings if isinstance(reading.content, Tile)]


def _tiles(paths: Sequence[str]) -> list[bytes]:
    return [tile.thumbnail.jpeg for tile in _read(paths)]


def _rates(ways: dict[str, Way], paths: Sequence[str], turns: int) -> dict[str, list[float]]:
    """Give the photos a second of each way in each turn."""
    rates: dict[str, list[float]] = {way: [] for way in ways}
    for turn in range(-1, turns):
        for way, work in ways.items():
            print(f"turn {turn + 1}: {way}", file=sys.stderr)
            started = time.perf_counter()
            read = work(paths if turn >= 0 else paths[:200])  # the first imports and caches
            if turn >= 0:
                rates[way].append(read / (time.perf_counter() - started))
    return rates


def _print_rates(rates: dict[str, list[float]]) -> None:
    pool = rates["process pool"]
    rows = [
        [
            way,
            f"{statistics.median(of_way):.0f}",
            f"{statistics.median(map(float.__truediv__, of_way, pool)):.2f}",
            f"{min(map(float.__truediv__, of_way, pool)):.2f}",
        ]
        for way, of_way in rates.items()
    ]
    print(table(("way", "photos/s", "of the pool's rate", "at worst"), rows))


def _print_stores(jpegs: Sequence[bytes], folder: Path) -> None:
    """Write all thumbnails and read a thousand of them at random, in three kinds of store."""
    wanted = np.random.default_rng(1).integers(len(jpegs), size=1000).tolist()
    stores = {
        "one HDF5 file, a dataset each": (_write_hdf5, _read_hdf5),
        "a file each": (_write_files, _read_files),
        "SQLite": (_write_sqlite, _read_sqlite),
    }
    rows = []
    for number, (name, (write, read)) in enumerate(stores.items()):
        place = folder / f"store{number}"
        started = time.perf_counter()
        write(place, jpegs)
        written = time.perf_counter()
        assert read(place, wanted) == [jpegs[i] for i in wanted]
        took = time.perf_counter() - written
        parts = [*place.iterdir()] if place.is_dir() else [place]
        size = sum(part.stat().st_blocks * 512 for part in parts) / sum(map(len, jpegs))
        rows.append([name, seconds(written - started), seconds(took), f"{size:.2f}"])
    print(f"\n{len(jpegs):,} thumbnails:\n")
    header = ("store", "write all, s", "read 1,000 at random, s", "size on disk / bytes")
    print(table(header, rows))


def _write_hdf5(place: Path, jpegs: Sequence[bytes]) -> None:
    with h5py.File(place, "w") as file:
        for number, jpeg in enumerate(jpegs):
            file.create_dataset(str(number), data=np.frombuffer(jpeg, np.uint8))


def _read_hdf5(place: Path, wanted: Sequence[int]) -> list[bytes]:
    with h5py.File(place) as file:
        return [file[str(number)][:].tobytes() for number in wanted]


def _write_files(place: Path, jpegs: Sequence[bytes]) -> None:
    place.mkdir()
    for number, jpeg in enumerate(jpegs):
        (place / f"{number}.jpg").write_bytes(jpeg)


def _read_files(place: Path, wanted: Sequence[int]) -> list[bytes]:
    return [(place / f"{number}.jpg").read_bytes() for number in wanted]


def _write_sqlite(place: Path, jpegs: Sequence[bytes]) -> None:
    with sqlite3.connect(place) as connection:
        connection.execute("CREATE TABLE thumbnail (tile_id INTEGER PRIMARY KEY, jpeg BLOB)")
        connection.executemany("INSERT INTO thumbnail VALUES (?, ?)", enumerate(jpegs))


def _read_sqlite(place: Path, wanted: Sequence[int]) -> list[bytes]:
    with sqlite3.connect(place) as connection:
        query = "SELECT jpeg FROM thumbnail WHERE tile_id = ?"
        return [connection.execute(query, (number,)).fetchone()[0] for number in wanted]


def _photos(options: argparse.Namespace, folder: Path) -> list[str]:
    """List photos, or make some where there are none; they are in the system's cache after."""
    photos = options.photos
    if photos is None:
        print("MOSAICDB_PHOTOS is not set: made-up photos instead", file=sys.stderr)
        photos = folder / "photos"
        run("make_photos.crops", folder=photos, count=options.count)
    paths = sorted(path for path in photos.resolve().rglob("*.jpg"))[: options.count]
    for path in paths:
        path.read_bytes()
    return list(map(str, paths))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, default=os.environ.get("MOSAICDB_PHOTOS"))
    parser.add_argument("--count", type=int, default=3000, help="photos (default: 3000)")
    parser.add_argument("--workers", type=int, default=2, help="of each way (default: 2)")
    parser.add_argument("--repeat", type=int, default=3, help="turns (default: 3)")
    parser.add_argument("--snakemake", default=shutil.which("snakemake"), metavar="PROGRAM")
    parser.add_argument("--job", type=Path, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.photos = options.photos and Path(options.photos)
    return options


if __name__ == "__main__":
    main()
