"""Measure what detail costs in matching, and what a shift costs in drawing.

    python benchmarks/picture_times.py [--photos DIR] [--repeat 5]

Photos come from `--photos`, else from the folder that MOSAICDB_PHOTOS names: its `cats/` and
`clothing/`; it is only read. All times are processor time of one process.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from detail import SETTINGS, make_cells, make_tiles, ours
from measure import machine, ratio, seconds, table

from mosaicdb import (
    Database,
    DrawOptions,
    FeatureOptions,
    Framing,
    Mosaic,
    ProcessExecutor,
    ingest_photos,
    load_tiles,
    match,
)
from mosaicdb.matching import warm_up
from mosaicdb.pipelines.drawing import draw_mosaic, load_thumbnail_stack
from mosaicdb.pipelines.target import cut_cells, open_target
from mosaicdb.rendering import save_picture

SIDE = 100
TILES = 10_000
HEADER = ("what", "without, s", "with, s", "ratio", "must")


def timed(work: Callable[[], object]) -> float:
    """Give the processor time of some work."""
    started = time.process_time()
    work()
    return time.process_time() - started


def matching(photos: Path) -> list[str]:
    """Match 10,000 tiles to as many cells by mean colour and by the default, once a target."""
    tiles = make_tiles(photos / "clothing", TILES)
    spent = []
    for options in (FeatureOptions("rgb"), FeatureOptions()):
        described = ours(options)
        features = described(tiles)
        warm_up()
        match(features[:300], features[300:600])
        cells = [
            described(make_cells(photos / "cats" / name, SIDE))
            for name in SETTINGS["clothes"].targets
        ]
        spent.append(sum(timed(partial(match, features, one)) for one in cells))
    what = f"matching 10,000 tiles to 10,000 cells, {len(cells)} targets: detail 1 against mean RGB"
    return [what, *map(seconds, spent), ratio(spent[1] / spent[0]), "≤ 5"]


def drawing(photos: Path, repeat: int) -> list[str]:
    """Draw and write a mosaic of 100 x 100 cells with and without a shift, in turns."""
    with tempfile.TemporaryDirectory(prefix="mosaicdb-benchmark-") as name:
        folder = Path(name)
        with Database(folder / "tiles.db", thumb_res=(50, 50)) as database:
            ingest_photos(database, [photos / "clothing"], executor=ProcessExecutor(2))
            target = open_target(database, photos / "cats" / SETTINGS["large"].targets[0])
            cells = cut_cells(target, (SIDE, SIDE), (50, 50), Framing())
            ids = np.random.default_rng(0).choice(load_tiles(database).ids, (SIDE, SIDE))
            mosaic = Mosaic("given", ids)

            def draw(shift: int) -> None:
                thumbnails = load_thumbnail_stack(database, ids)
                drawn = draw_mosaic(mosaic, thumbnails, cells, DrawOptions(shift)).drawn
                save_picture(drawn, folder / "mosaic.jpg")

            turns = [[timed(partial(draw, shift)) for shift in (0, 25)] for _ in range(repeat)]
    spent = [statistics.median(times) for times in zip(*turns, strict=True)]
    what = f"drawing and writing {SIDE} × {SIDE} cells of 50 × 50 pixels: --shift 25"
    return [what, *map(seconds, spent), ratio(spent[1] / spent[0]), "≤ 1.5"]


def main() -> None:
    """Measure both, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, default=os.environ.get("MOSAICDB_PHOTOS"))
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    if options.photos is None:
        parser.error("name a folder with cats/ and clothing/: --photos or MOSAICDB_PHOTOS")
    rows = [matching(options.photos), drawing(options.photos, options.repeat)]
    print(f"{machine()}; load {os.getloadavg()[0]:.1f}.\n")
    print(table(HEADER, rows))


if __name__ == "__main__":
    main()
