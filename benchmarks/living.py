"""Measure what it takes to change a mosaic and to keep it up to date, beside rendering it anew.

    MOSAICDB_PHOTOS=~/Photos python benchmarks/living.py [--tiles 10000] [--repeat 3] [--work DIR]

Photos are squares cut at random out of those that `--photos` or MOSAICDB_PHOTOS names, each another
one. A mosaic of 100 x 100 cells, each photo at most once, is rendered at 5,000 x 5,000 pixels; then
photos arrive, and it is updated; then it is edited. Every figure is a whole process, from the
command line to its end, with the picture redrawn; turns take turns, and the table holds medians.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
from measure import machine, ratio, seconds, table
from PIL import Image

ARRIVING = 100
"""Photos that arrive before an update."""
SIDE = 120
"""Pixels of a side of a photo."""
GRID = "100x100"
HEADER = ("what", "s", "processor, s", "cells changed", "of render's time", "asked")


@dataclass(frozen=True, slots=True)
class Taken:
    """What a command took."""

    seconds: float
    processor_seconds: float
    changed: int


def squares(source: Path, seed: int) -> Iterator[Image.Image]:
    """Cut squares out of photos, without an end."""
    random = np.random.default_rng(seed)
    for path in cycle(sorted(source.rglob("*.jpg"))):
        with Image.open(path) as opened:
            photo = opened.convert("RGB")
        side = int(min(photo.size) * random.uniform(0.3, 0.9))
        left, top = (int(random.integers(0, length - side + 1)) for length in photo.size)
        yield photo.resize((SIDE, SIDE), Image.Resampling.BOX, (left, top, left + side, top + side))


def write_photos(photos: Iterator[Image.Image], folder: Path, count: int) -> None:
    """Write some of them into a folder, numbered on."""
    folder.mkdir(exist_ok=True)
    first = len(list(folder.iterdir()))
    for number, photo in zip(range(first, first + count), photos):  # noqa: B905 - without an end
        photo.save(folder / f"{number:06d}.jpg", quality=85)


def command(folder: Path, *words: object) -> Taken:
    """Run a command in a folder, and give what it took."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "mosaicdb", *map(str, words), "--quiet"],
        cwd=folder,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": ""},  # as installed programs are: compiled
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    spent, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    told = json.loads(done.stdout) if done.stdout.startswith("{") else {}
    return Taken(spent, processor, told.get("changed", 0))


def measure(
    folder: Path, photos: Iterator[Image.Image], repeat: int, detail: float, zoom: float
) -> dict[str, list[Taken]]:
    """Render a mosaic, and change it in turns."""
    taken: dict[str, list[Taken]] = {}
    random = np.random.default_rng(7)
    render: tuple[object, ...]
    render = ("render", "--target", "target.png", "--grid", GRID, "--max-uses", 1, "--json")
    render += ("--detail", detail, "--zoom", zoom)
    for turn in range(repeat):
        steps: dict[str, tuple[object, ...]] = {
            "render": (*render, "--output", f"again{turn}.jpg"),
            f"ingest of {ARRIVING} new photos": ("ingest", "photos"),
            f"update after {ARRIVING} new photos": ("update", "living", "--json"),
            "update when nothing has changed": ("update", "living", "--json"),
        }
        row, column = random.integers(0, 100, 2).tolist()
        edit = ("edit", "living", "--json")
        steps["edit --swap ROW,COL=TILE"] = (*edit, "--swap", f"{row},{column}={turn}")
        steps["edit --swap ROW,COL"] = (*edit, "--swap", f"{column},{row}")
        steps["edit --without TILE"] = (*edit, "--without", 50 + turn)
        steps["edit --undo"] = (*edit, "--undo")
        if turn == 0:
            command(folder, *render, "--name", "living", "--output", "living.jpg")
        for what, words in steps.items():
            if what.startswith("ingest"):
                write_photos(photos, folder / "photos", ARRIVING)
            taken.setdefault(what, []).append(command(folder, *words))
            print(what, taken[what][-1], file=sys.stderr)
    return taken


def main() -> None:
    """Make photos, measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, default=os.environ.get("MOSAICDB_PHOTOS"))
    parser.add_argument("--tiles", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--detail", type=float, default=1, help="as of render; 0: colours alone")
    parser.add_argument("--zoom", type=float, default=1, help="as of render; 1.33 is its default")
    parser.add_argument("--work", type=Path, help="where to; kept, and used again")
    options = parser.parse_args()
    if options.photos is None:
        parser.error("name a folder of photos with --photos or MOSAICDB_PHOTOS")
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.work or Path(temporary)
        folder.mkdir(exist_ok=True)
        photos = squares(options.photos, len(list((folder / "photos").glob("*"))))
        if not (folder / "target.png").exists():
            write_photos(photos, folder / "photos", options.tiles)
            command(folder, "ingest", "photos")
            next(squares(options.photos, 5)).resize((1000, 1000)).save(folder / "target.png")
        taken = measure(folder, photos, options.repeat, options.detail, options.zoom)
    whole = statistics.median(one.seconds for one in taken["render"])
    asked = {
        f"update after {ARRIVING} new photos": "≤ 2.5 s, ≤ 0.20",
        "edit --swap ROW,COL=TILE": "≤ 2 s",
    }
    lines = []
    for what, turns in taken.items():
        spent = statistics.median(one.seconds for one in turns)
        processor = statistics.median(one.processor_seconds for one in turns)
        changed = statistics.median(one.changed for one in turns)
        lines.append(
            [what, seconds(spent), seconds(processor), f"{changed:,.0f}" if changed else ""]
            + [ratio(spent / whole), asked.get(what, "")]
        )
    print(
        f"{machine()}; {options.tiles:,} photos, {GRID} cells, detail {options.detail:g}, "
        f"zoom {options.zoom:g}, medians of {options.repeat}; "
        f"load {load:.1f} before, {os.getloadavg()[0]:.1f} after.\n"
    )
    print(table(HEADER, lines))


if __name__ == "__main__":
    main()
