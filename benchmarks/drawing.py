"""Measure how fast a mosaic is drawn, against what its parts take alone.

    python benchmarks/drawing.py [--photos DIR] [--count 10000] [--side 20000] [--repeat 3]

Photos come from `--photos`, else from the folder that MOSAICDB_PHOTOS names: its `clothing/`, JPEGs
of 0.2 megapixels; copies of them that differ in a few bytes after their end make up the number. The
mosaic shows each of them once, in as many square cells as make a picture of `--side` pixels. The
yardstick is the same pool of processes that reads, hashes, decodes and cuts the same photos, whose
pixels are thrown away.

Then a mosaic of the thumbnails, 50 x 50 pixels each, is drawn and written as a JPEG. Yardsticks are
what Pillow takes to decode the thumbnails one by one, and to encode the whole picture.

Each run is a process of its own, so that its peak memory is its own; they take turns.
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
from typing import TypeVar

import numpy as np
from measure import machine, table
from PIL import Image

from mosaicdb import Database, Mosaic, ProcessExecutor, draw, ingest_photos, load_tiles
from mosaicdb.pipelines.originals import Originals
from mosaicdb.pipelines.progress import SILENT
from mosaicdb.pipelines.views import views_of
from mosaicdb.rendering import decode_thumbnail, decode_thumbnails, save_picture
from mosaicdb.store import load_thumbnails

T = TypeVar("T")

THUMBNAIL_HEADER = ("what", "s", "processor, s", "times as fast", "memory, MB")
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
    views = views_of(ids)
    originals = Originals(database, views, (tile, tile), ProcessExecutor(workers), SILENT)
    deque(originals.pictures(views.shown), maxlen=0)


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
    return spent, peak()


def peak() -> float:
    """Give the peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def thumbnail_work(what: str, path: Path, count: int) -> tuple[float, float, float]:
    """Give the seconds, processor seconds and peak memory, in MB, of a part of drawing."""
    with Database(path) as database:
        ids = grid_of(database, count)
        mosaic, size = Mosaic("given", ids), database.thumb_res
        output = path.with_name("thumbnails.jpg")
        jpegs = [jpeg for _, jpeg in load_thumbnails(database, ids.ravel().tolist())]
        if what.startswith("encoding"):
            picture = draw(database, mosaic).picture()
        works: dict[str, Callable[[], object]] = {
            "decoding, Pillow one by one": lambda: [decode_thumbnail(jpeg, size) for jpeg in jpegs],
            "decoding": lambda: decode_thumbnails(jpegs, size),
            "encoding, Pillow at once": lambda: picture.save(output, quality=90),
            "encoding": lambda: save_picture(picture, output),
            "all": lambda: draw(database, mosaic).save(output),
        }
        save_picture(Image.new("RGB", size), output)  # loads what is imported late
        started, processor = time.perf_counter(), time.process_time()
        works[what]()
        return time.perf_counter() - started, time.process_time() - processor, peak()


def thumbnail_rows(path: Path, count: int, repeat: int) -> list[list[str]]:
    """Measure drawing from thumbnails, and its parts."""
    yardsticks = {
        "decoding, Pillow one by one": None,
        "decoding": "decoding, Pillow one by one",
        "encoding, Pillow at once": None,
        "encoding": "encoding, Pillow at once",
        "all": None,
    }
    runs: dict[str, list[tuple[float, float, float]]] = {what: [] for what in yardsticks}
    for _ in range(repeat):
        for what, times in runs.items():
            times.append(in_a_process(partial(thumbnail_work, what, path, count)))
    medians = {
        what: [statistics.median(values) for values in zip(*times, strict=True)]
        for what, times in runs.items()
    }
    return [
        [
            what,
            f"{medians[what][0]:.2f}",
            f"{medians[what][1]:.2f}",
            "" if other is None else f"{medians[other][0] / medians[what][0]:.1f}",
            f"{medians[what][2]:,.0f}",
        ]
        for what, other in yardsticks.items()
    ]


def in_a_process(work: Callable[[], T]) -> T:
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
        from_thumbnails = thumbnail_rows(folder / "tiles.db", options.count, 3 * options.repeat)
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
    print(f"\n{side * 50:,} x {side * 50:,} pixels from thumbnails:\n")
    print(table(THUMBNAIL_HEADER, from_thumbnails))


if __name__ == "__main__":
    main()
