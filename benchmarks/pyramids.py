"""Measure how fast pyramids are written: spliced from encoded photos, and drawn.

    python benchmarks/pyramids.py [--photos DIR] [--rows spliced,shifted] [--repeat 3]

Photos come from `--photos`, else from the folder that MOSAICDB_PHOTOS names: its `clothing/`. Of
them, 10,000 different pictures are made: each in several levels of brightness. *Spliced* is a
mosaic of 96,000 x 96,000 pixels whose 1,000,000 cells of 96 x 96 show them as they are; *shifted*
is one of 20,000 x 20,000 whose 160,000 cells of 50 x 50 have their mean colours moved. The
yardstick is `pyvips dzsave` of the finished BigTIFF of each. Each run is a process of its own, so
that its peak memory is its own; files go to `--folder`.
"""

import argparse
import os
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from drawing import in_a_process
from measure import machine, table
from PIL import Image

from mosaicdb.options import FileOptions
from mosaicdb.rendering import PlainCells, Strips, compose_row, mean_colours, write_picture

DISTINCT = 10_000
HEADER = ("what", "s", "megapixels a second", "must", "processor, s", "memory, MB", "file, MB")
SPLICED = {
    "BigTIFF": (".tif", FileOptions(), "≥ 400 MP/s, ≤ 300 MB"),
    "BigTIFF, tiles shared": (".tif", FileOptions(share_tiles=True), ""),
    "BigTIFF with pyramid": (".tif", FileOptions(pyramid=True), ""),
    "PMTiles": (".pmtiles", FileOptions(), "≤ 60 s, ≤ 500 MB"),
}
SHIFTED = {
    "BigTIFF": (".tif", FileOptions(), "≥ 100 MP/s, ≤ 300 MB"),
    "BigTIFF with pyramid": (".tif", FileOptions(pyramid=True), ""),
    "Deep Zoom": (".dzi", FileOptions(), "≥ 60 MP/s, ≤ 300 MB"),
    "Deep Zoom archive": (".szi", FileOptions(), ""),
    "PMTiles": (".pmtiles", FileOptions(), ""),
}


def pictures(folder: Path, side: int) -> np.ndarray:
    """Give photos as squares, shape (photos, side, side, 3)."""
    paths = sorted((folder / "clothing").rglob("*.jpg"))[:500]
    return np.stack(
        [np.asarray(Image.open(path).convert("RGB").resize((side, side))) for path in paths]
    )


def spliced(folder: Path) -> Strips:
    """Give a mosaic of plain cells."""
    photos = pictures(folder, 96)
    others = np.random.default_rng(0).integers(0, DISTINCT, 1000 * 1000 - DISTINCT)
    numbers = np.concatenate([np.arange(DISTINCT), others]).reshape(1000, 1000)
    shown = (photos[n % len(photos)] // 2 + np.uint8(n // len(photos)) for n in range(DISTINCT))
    return Strips((96_000, 96_000), "RGB", iter(()), PlainCells(numbers, (96, 96), shown))


def shifted(folder: Path) -> Strips:
    """Give a mosaic whose cells' mean colours are moved."""
    photos = pictures(folder, 50)
    brighter = range(-(-DISTINCT // len(photos)))
    tiles = np.concatenate([photos // 2 + np.uint8(level) for level in brighter])[:DISTINCT]
    means, dice = mean_colours(tiles), np.random.default_rng(0)

    def rows() -> Iterator[np.ndarray]:
        for _ in range(400):
            shown = dice.integers(0, DISTINCT, 400)
            shifts = dice.uniform(-25, 25, (400, 3))
            yield compose_row(tiles[shown], means=means[shown], shifts=shifts)

    return Strips((20_000, 20_000), "RGB", rows())


def written(
    make: Callable[[Path], Strips], photos: Path, path: Path, options: FileOptions
) -> tuple[float, float, float, float]:
    """Write a picture; give seconds, processor time, peak memory and the file's size in MB."""
    picture = make(photos)
    started, processor = time.perf_counter(), time.process_time()
    write_picture(picture, path, options)
    spent = time.perf_counter() - started, time.process_time() - processor
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return *spent, memory, sum(part.stat().st_size for part in parts(path)) / 1e6


def dzsave(source: Path, path: Path) -> tuple[float, float, float, float]:
    """Have libvips make a pyramid of a BigTIFF; give the same."""
    import pyvips

    started, processor = time.perf_counter(), time.process_time()
    picture = pyvips.Image.new_from_file(str(source), access="sequential")
    picture.dzsave(str(path.with_suffix("")), suffix=".jpeg[Q=90]", tile_size=256, overlap=0)
    spent = time.perf_counter() - started, time.process_time() - processor
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return *spent, memory, sum(part.stat().st_size for part in parts(path)) / 1e6


def parts(path: Path) -> list[Path]:
    """List the files of a picture."""
    folder = path.with_name(f"{path.stem}_files")
    return [path, *(part for part in folder.rglob("*") if part.is_file())]


def measured(options: argparse.Namespace, folder: Path, name: str) -> None:
    """Measure one mosaic in all formats, and print a table."""
    make, formats, megapixels = {
        "spliced": (spliced, SPLICED, 9216),
        "shifted": (shifted, SHIFTED, 400),
    }[name]
    works: dict[str, tuple[Callable[[], tuple[float, float, float, float]], str]] = {}
    for number, (what, (extension, file, must)) in enumerate(formats.items()):
        path = folder / f"{number}{extension}"
        works[what] = partial(written, make, options.photos, path, file), must
    if name == "shifted":
        yardstick = partial(dzsave, folder / "0.tif", folder / "vips.dzi")
        works["yardstick: pyvips dzsave of the BigTIFF"] = yardstick, ""
    runs: dict[str, list[tuple[float, float, float, float]]] = {what: [] for what in works}
    for _ in range(options.repeat):
        for what, (work, _) in works.items():
            runs[what].append(in_a_process(work))
    rows = []
    for what, (_, must) in works.items():
        spent, processor, memory, size = map(statistics.median, zip(*runs[what], strict=True))
        figures = f"{spent:.1f}", f"{megapixels / spent:,.0f}", must, f"{processor:.1f}"
        rows.append([f"{name}: {what}", *figures, f"{memory:,.0f}", f"{size:,.0f}"])
    print(f"{machine()}; load {os.getloadavg()[0]:.1f}; medians of {options.repeat}.\n")
    print(table(HEADER, rows))
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, default=os.environ.get("MOSAICDB_PHOTOS"))
    parser.add_argument("--rows", default="spliced,shifted")
    parser.add_argument("--folder", type=Path, help="where files of up to 10 GB are written")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    if options.photos is None:
        parser.error("name a folder with clothing/: --photos or MOSAICDB_PHOTOS")
    options.photos = Path(options.photos)
    with tempfile.TemporaryDirectory(prefix="mosaicdb-benchmark-", dir=options.folder) as name:
        for row in options.rows.split(","):
            measured(options, Path(name), row)


if __name__ == "__main__":
    main()
