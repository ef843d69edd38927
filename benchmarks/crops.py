"""Measure what crops give and what they cost: `--zoom` on three pools of photos and four targets.

    MOSAICDB_PHOTOS=~/Photos python benchmarks/crops.py [--rows pictures,matching,process]

Photos come from `--photos`, else from the folder that MOSAICDB_PHOTOS names: its `cats/` and
`clothing/`; it is only read. *Pictures* are mosaics in which each photo stands at most once, drawn
without a shift. *Matching* gives every cell one of as many photos, parts of others cut at random;
*process* is the whole command `mosaicdb render`, run in turns after a first time.
"""

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from living import command
from measure import machine, ratio, seconds, table
from PIL import Image

from mosaicdb import (
    Database,
    FeatureOptions,
    MatchOptions,
    Mosaic,
    MosaicOptions,
    ProcessExecutor,
    ingest_photos,
    render,
)

ZOOMS = (1.0, 1.01, 1.33, 1.82)
TARGETS = ("kublai27.jpg", "kublai40.jpg", "kublai66.jpg", "kublai94.jpg")
CLOTHES = ("dress", "hat", "shirt", "skirt")
FACTOR = 4
"""Pixels of a part of a photo that is a photo of its own, in thumbnails of 50 pixels."""


def parts(source: Path, count: int, seed: int) -> Iterator[Image.Image]:
    """Cut parts in the shape of 3 : 4 out of photos, at random, in turns."""
    random = np.random.default_rng(seed)
    paths = sorted(source.rglob("*.jpg"))
    for number in range(count):
        with Image.open(paths[number % len(paths)]) as opened:
            photo = opened.convert("RGB")
        width = min(photo.width, photo.height * 3 // 4) * random.uniform(0.5, 1)
        size = width, width * 4 / 3
        left, top = (
            random.uniform(0, whole - own) for whole, own in zip(photo.size, size, strict=True)
        )
        box = left, top, left + size[0], top + size[1]
        yield photo.resize((FACTOR * 50, FACTOR * 200 // 3), Image.Resampling.LANCZOS, box)


def write_parts(source: Path, folder: Path, count: int) -> Path:
    """Write parts of photos into a new folder."""
    folder.mkdir()
    for number, part in enumerate(parts(source, count, seed=12)):
        part.save(folder / f"{number:05d}.jpg", quality=90)
    return folder


def made(database: Database, target: Path, grid: int, zoom: float) -> Mosaic:
    """Make a square mosaic in which each photo stands at most once."""
    options = MosaicOptions(
        (grid, grid), features=FeatureOptions(zoom=zoom), match=MatchOptions("unique", max_uses=1)
    )
    return render(database, target, options)


def pictures(photos: Path, folder: Path) -> Iterator[list[list[str]]]:
    """Score mosaics of three pools; yield the lines of each."""
    cats = [photos / "cats" / name for name in TARGETS]
    clothes = [min((photos / "clothing" / name).glob("*.jpg")) for name in CLOTHES]
    pools = (
        ("3,068 photos of clothes", photos / "clothing", 50, cats),
        ("795 t-shirts", photos / "clothing" / "t-shirt", 28, cats),
        ("3,000 parts of cats", write_parts(photos / "cats", folder / "cats", 3000), 50, clothes),
    )
    for title, pool, grid, targets in pools:
        with Database(folder / f"{grid}-{pool.name}.db", thumb_res=(50, 50)) as database:
            ingest_photos(database, [pool], executor=ProcessExecutor(2))
            names = [target.stem if target in cats else target.parent.name for target in targets]
            lines = [[f"**{title}**, {grid} × {grid} cells", *names]]
            for zoom in ZOOMS:
                mosaics = [made(database, target, grid, zoom) for target in targets]
                lines.append([f"`--zoom {zoom:g}`", *map(likeness, mosaics)])
                print(lines[-1], file=sys.stderr)
            yield lines


def likeness(mosaic: Mosaic) -> str:
    """Give ΔE and SSIM at 1, 2 and 4 samples a cell and from afar."""
    assert mosaic.score is not None
    score = mosaic.score
    every = (score.samples_1, score.samples_2, score.samples_4, score.afar)
    return " ".join(f"{one.delta_e:.1f}/{one.ssim:.3f}".replace("/0.", "/.") for one in every)


def matching(photos: Path, folder: Path, side: int, repeat: int) -> Iterator[list[str]]:
    """Match as many photos as there are cells, each once, with and without crops."""
    with Database(folder / "parts.db", thumb_res=(50, 50)) as database:
        ingest_photos(database, [folder / "photos"], executor=ProcessExecutor(2))
        for name in TARGETS:
            target = photos / "cats" / name
            made(database, target, 20, 1.33)  # kernels are compiled and loaded
            spent: dict[float, list[float]] = {1.0: [], 1.33: []}
            for zoom in [*spent] * repeat:
                spent[zoom].append(spent_on_match(database, target, side, zoom))
            one, eight = map(statistics.median, spent.values())
            what = f"matching {side * side:,} photos to as many cells, {name}: 8 crops"
            yield [what, seconds(one), seconds(eight), ratio(eight / one), "≤ 3"]


def spent_on_match(database: Database, target: Path, side: int, zoom: float) -> float:
    """Give the processor time of a match, in seconds."""
    before = time.process_time()
    mosaic = made(database, target, side, zoom)
    whole = time.process_time() - before
    clock = mosaic.seconds or {}
    return whole * clock["match"] / sum(clock.values())


def process(photos: Path, folder: Path, side: int, repeat: int) -> Iterator[list[str]]:
    """Run `mosaicdb render` with and without crops."""
    words: tuple[object, ...]
    for name in TARGETS:
        spent: dict[float, list[float]] = {1.0: [], 1.33: []}
        words = ("render", "--target", photos / "cats" / name, "--grid", f"{side}x{side}")
        words += ("--db", "parts.db", "--max-uses", 1, "--output", "mosaic.jpg")
        command(folder, *words)
        for zoom in [*spent] * repeat:
            spent[zoom].append(command(folder, *words, "--zoom", zoom).processor_seconds)
        one, eight = map(statistics.median, spent.values())
        what = f"`render` of {side} × {side} cells, {name}: 8 crops"
        yield [what, seconds(one), seconds(eight), ratio(eight / one), "≤ 1.5"]


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, default=os.environ.get("MOSAICDB_PHOTOS"))
    parser.add_argument("--rows", default="pictures,matching,process")
    parser.add_argument("--side", type=int, default=100, help="cells across and down")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    if options.photos is None:
        parser.error("name a folder of photos with --photos or MOSAICDB_PHOTOS")
    rows = options.rows.split(",")
    photos, side = options.photos, options.side
    with tempfile.TemporaryDirectory(prefix="mosaicdb-benchmark-") as name:
        folder = Path(name)
        load = os.getloadavg()[0]
        if "pictures" in rows:
            for lines in pictures(photos, folder):
                print(table(lines[0], lines[1:]), end="\n\n")
        if "matching" in rows or "process" in rows:
            write_parts(photos / "clothing", folder / "photos", side * side)
            times = []
            with contextlib.chdir(folder):
                times += list(matching(photos, folder, side, options.repeat))
                if "process" in rows:
                    times += list(process(photos, folder, side, options.repeat))
            header = ("processor time, s", "one crop", "8 crops", "ratio", "must")
            print(table(header, times))
        print(f"\n{machine()}; load {load:.1f} before, {os.getloadavg()[0]:.1f} after.")


if __name__ == "__main__":
    main()
