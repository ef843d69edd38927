"""Measure live mosaics: what placing photos as they arrive costs, and how soon a page shows them.

    MOSAICDB_PHOTOS=~/Photos python benchmarks/live.py placing [--grid 30x30] [--orders 5]

Photos are squares cut at random out of those below two folders of `--photos` or MOSAICDB_PHOTOS.
A mosaic of each folder's squares rebuilds pictures of the other one: as many squares as cells
arrive in a random order, each is placed at once and for good. The cost is stated as a ratio to that
of the best placing of the same squares in hindsight, beside that of the nearest free cell (greedy).
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from living import squares, write_photos
from measure import machine, table

from mosaicdb import Database, MosaicOptions, ingest_photos, match_online, place_best
from mosaicdb.perception import compute_features
from mosaicdb.pipelines.match import cell_features
from mosaicdb.pipelines.mosaic import prepare

HEADER = (
    *("pool → targets", "cells", "orders x targets", "learnt, median", "learnt, worst"),
    *("greedy, median", "greedy, worst", "s a photo"),
)
TARGETS = 3


def measure_placing(
    photos: Path, pool: str, other: str, grid: tuple[int, int], orders: int, work: Path
) -> list[str]:
    """Place squares of one folder on pictures of the other in several orders; give a line."""
    cells = grid[0] * grid[1]
    paths = sorted((photos / other).rglob("*.jpg"))
    learnt, greedy, spent = [], [], 0.0
    with Database(work / f"{pool}-{cells}.db", thumb_res=(50, 50)) as database:
        write_photos(squares(photos / pool, 1), work / f"{pool}-{cells}", cells)
        ingest_photos(database, [work / f"{pool}-{cells}"])
        for target in paths[:: len(paths) // TARGETS][:TARGETS]:
            options = MosaicOptions(grid)
            prepared = prepare(database, target, options)
            wanted = cell_features(prepared.cells, options)
            tiles = prepared.tiles
            features = compute_features(tiles.mean_rgb, tiles.signatures, options.features)
            least = place_best(features, wanted).cost
            for seed in range(orders):
                order = np.random.default_rng(seed).permutation(features)
                begun = time.process_time()
                learnt.append(cost(order, wanted, match_online(order, wanted)) / least)
                spent += time.process_time() - begun
                near = match_online(order, wanted, learning=False)
                greedy.append(cost(order, wanted, near) / least)
            print(pool, target.name, learnt[-orders:], greedy[-orders:], file=sys.stderr)
    return [
        f"{pool} → {other}",
        f"{cells:,}",
        str(len(learnt)),
        *(f"{of(ratios):.3f}" for ratios in (learnt, greedy) for of in (statistics.median, max)),
        f"{spent / len(learnt) / cells:.4f}",
    ]


def cost(tiles: np.ndarray, cells: np.ndarray, placed: np.ndarray) -> float:
    """Sum up squared distances."""
    return float(np.square(tiles - cells[placed]).sum())


def main() -> None:
    """Measure what was asked for, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["placing"])
    parser.add_argument("--photos", type=Path, default=os.environ.get("MOSAICDB_PHOTOS"))
    parser.add_argument("--folders", nargs=2, default=["cats", "clothing"])
    parser.add_argument("--grid", action="append", help="columns x rows: repeatable")
    parser.add_argument("--orders", type=int, default=5)
    options = parser.parse_args()
    if options.photos is None:
        parser.error("name a folder of photos with --photos or MOSAICDB_PHOTOS")
    load = os.getloadavg()[0]
    lines = []
    with tempfile.TemporaryDirectory() as work:
        for grid in options.grid or ["20x20", "30x30", "45x45"]:
            columns, rows = map(int, grid.split("x"))
            for pool, other in (options.folders, options.folders[::-1]):
                lines.append(
                    measure_placing(
                        options.photos, pool, other, (columns, rows), options.orders, Path(work)
                    )
                )
    print(f"{machine()}; load {load:.1f} before, {os.getloadavg()[0]:.1f} after.\n")
    print(table(HEADER, lines))


if __name__ == "__main__":
    main()
