"""Measure how fast a mosaic is drawn from original photos, against decoding them alone.

    python benchmarks/drawing.py [--photos DIR] [--count 10000] [--side 20000] [--repeat 3]

Photos come from `--photos`, else from the folder that MOSAICDB_PHOTOS names: its `clothing/`, JPEGs
of 0.2 megapixels; copies of them that differ in a few bytes after their end make up the number. The
mosaic shows each of them once, in as many square cells as make a picture of `--side` pixels. The
yardstick is the same pool of processes that reads, hashes, decodes and cuts the same photos, whose
pixels are thrown away. Each run is a process of its own, so that its peak memory is its own; they
take turns.
"""

import argparse
import multiprocessing
import os
import resource
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import cycle
from math import isqrt
from pathlib import Path

import numpy as np
from measure import machine, table

from mosaicdb import Database, Mosaic, ProcessExecutor, draw, ingest_photos, load_tiles
from mosaicdb.pipelines.originals import Originals
from mosaicdb.pipelines.progress import SILENT

HEADER = ("what", "s", "photos a second", "megapixels a second", "of decoding alone", "memory, MB")


def copied(source: Path, folder: Path, count: int) -> None:
    """Write copies of photos that differ in a few bytes after their end."""
    folder.mkdir()
    photos = cycle([path.read_bytes() for path in sorted(source.rglob("*.jpg"))])
    for number, data in zip(range(count), photos):  # noqa: B905 - without an end
        Path(folder, f"{number:06d}.jpg").write_bytes(data + b"%d" % number)


def grid_of(database: Database, count: int) -> np.ndarray:
    """Give the tile ids of a square mosaic that shows each of the first photos once."""
    side = isqrt(count)
    return load_tiles(database).ids[: side * side].reshape(side, side)


def decoded(database: Database, ids: np.ndarray, tile: int, workers: int) -> None:
    """Decode and cut the photos in the pool, and throw them away."""
    originals = Originals(database, ids, (tile, tile), ProcessExecutor(workers), SILENT)
    deque(originals._pixels(ids.ravel().tolist()), maxlen=0)


def composed(database: Database, ids: np.ndarray, tile: int, workers: int) -> None:
    """Draw the strips, and throw them away."""
    drawing = draw(
        database, Mosaic("given", ids), tile_size=(tile, tile), executor=ProcessExecutor(workers)
    )
    deque(drawing.strips().rows, maxlen=0)


def written(
    database: Database, ids: np.ndarray, tile: int, workers: int, name: str = "mosaic.jpg"
) -> None:
    """Draw and write the mosaic."""
    drawing = draw(
        database, Mosaic("given", ids), tile_size=(tile, tile), executor=ProcessExecutor(workers)
    )
    drawing.save(Path(database.path).with_name(name))


def measured(
    work: Callable[..., None], path: Path, count: int, tile: int, workers: int
) -> tuple[float, float]:
    """Give the seconds and the peak memory, in MB, of some work, without that of the workers."""
    with Database(path) as database:
        started = time.perf_counter()
        work(database, grid_of(database, count), tile, workers)
        spent = time.perf_counter() - started
    return spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_a_process(work: Callable[[], tuple[float, float]]) -> tuple[float, float]:
    """Run some work in a new process."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(work).result()


def main() -> None:
    """Make photos, measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, default=os.environ.get("MOSAICDB_PHOTOS"))
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--side", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    if options.photos is None:
        parser.error("name a folder with clothing/: --photos or MOSAICDB_PHOTOS")
    side = isqrt(options.count)
    tile = options.side // side
    works = {"decoding alone": decoded, "drawing": composed, "drawing and writing a JPEG": written}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    with tempfile.TemporaryDirectory(prefix="mosaicdb-benchmark-") as name:
        folder = Path(name)
        copied(options.photos / "clothing", folder / "photos", side * side)
        with Database(folder / "tiles.db", thumb_res=(50, 50)) as database:
            ingest_photos(database, [folder / "photos"], executor=ProcessExecutor(options.workers))
            assert len(load_tiles(database)) >= side * side
        for _ in range(options.repeat):
            for what, work in works.items():
                arguments = folder / "tiles.db", options.count, tile, options.workers
                times[what].append(in_a_process(partial(measured, work, *arguments)))
    alone = statistics.median(spent for spent, _ in times["decoding alone"])
    rows = []
    for what, runs in times.items():
        spent = statistics.median(spent for spent, _ in runs)
        rows.append(
            [
                what,
                f"{spent:.2f}",
                f"{side * side / spent:,.0f}",
                f"{(side * tile) ** 2 / spent / 1e6:,.0f}",
                f"{alone / spent:.2f}",
                f"{max(memory for _, memory in runs):,.0f}",
            ]
        )
    print(f"{machine()}; load {os.getloadavg()[0]:.1f}; {options.workers} workers.\n")
    print(table(HEADER, rows))


if __name__ == "__main__":
    main()
