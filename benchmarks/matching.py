"""Measure the matching: time, memory and proof, beside `ot.emd` on the same problems.

    MOSAICDB_PHOTOS=~/Photos python benchmarks/matching.py [--rows 2k,10k-a] [--no-emd]

Tiles are several crops of each photo in the folder's `clothing/`, cells are the areas of photos in
its `cats/` whose colours differ from the tiles'. Each problem is solved in a process of its own,
on one thread; the kernels are compiled before.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGETS = ("kublai24.jpg", "kublai41.jpg", "kublai8.jpg")
# name: side of the grid, tiles, blocks a side of the features, target, what is asked of `match`
ROWS: dict[str, tuple[int, int, int, int, dict[str, object]]] = {
    "2k": (45, 2025, 1, 0, {"gap": 0}),
    "10k-a": (100, 10000, 1, 0, {"gap": 0}),
    "10k-b": (100, 10000, 1, 1, {"gap": 0}),
    "10k-c": (100, 10000, 1, 2, {"gap": 0}),
    "30k-tiles": (100, 30000, 1, 0, {"gap": 0}),
    "d12": (100, 10000, 2, 0, {}),
    "d27": (100, 10000, 3, 0, {}),
    "fair-3k": (100, 3000, 1, 0, {"strategy": "fair", "gap": 0}),
    "uses-3": (100, 4000, 1, 0, {"strategy": "unique", "max_uses": 3, "gap": 0}),
    "distance-5": (
        100,
        4000,
        1,
        0,
        {"strategy": "unique", "max_uses": 3, "min_distance": 5, "grid": (100, 100)},
    ),
    "100k": (316, 99856, 1, 0, {}),
    "1M": (1000, 1000000, 1, 0, {"gap": 1e-2}),
}
WITHOUT_EMD = ("30k-tiles", "distance-5", "100k", "1M")


def features(image, blocks: int):
    """Mean colours of blocks x blocks areas of an image."""
    import numpy as np
    from PIL import Image

    side = blocks * 16
    pixels = np.asarray(image.resize((side, side), Image.Resampling.BOX), dtype=np.float64)
    return pixels.reshape(blocks, 16, blocks, 16, 3).mean(axis=(1, 3)).ravel()


def make_tiles(photos: Path, count: int, blocks: int):
    """Features of random square crops, as many of each photo as it takes."""
    import numpy as np
    from PIL import Image

    paths = sorted((photos / "clothing").rglob("*.jpg"))
    random = np.random.default_rng(0)
    rows = []
    for path in paths:
        with Image.open(path) as opened:
            image = opened.convert("RGB")
        for _ in range(-(-count // len(paths))):
            side = int(min(image.size) * random.uniform(0.2, 0.9))
            x = int(random.integers(0, image.width - side + 1))
            y = int(random.integers(0, image.height - side + 1))
            rows.append(features(image.crop((x, y, x + side, y + side)), blocks))
    return np.array(rows)[random.permutation(len(rows))[:count]]


def make_cells(photos: Path, target: int, side: int, blocks: int):
    """Features of the cells of a target, row by row."""
    import numpy as np
    from PIL import Image

    with Image.open(photos / "cats" / TARGETS[target]) as opened:
        size = (side * blocks, side * blocks)
        image = opened.convert("RGB").resize(size, Image.Resampling.BOX)
    pixels = np.asarray(image, dtype=np.float64).reshape(side, blocks, side, blocks, 3)
    return pixels.transpose(0, 2, 1, 3, 4).reshape(side * side, -1)


def prepare(photos: Path, cache: Path, name: str) -> Path:
    """The features of a row in a file, made once."""
    import numpy as np

    side, count, blocks, target, _ = ROWS[name]
    path = cache / f"{name}.npz"
    if not path.exists():
        # Up to 100k tiles are taken from one list; mixing two crops makes a million of them.
        pool_path = cache / f"tiles-{blocks}.npz"
        if not pool_path.exists():
            np.savez(pool_path, tiles=make_tiles(photos, 100000 if blocks == 1 else 10000, blocks))
        pool = np.load(pool_path)["tiles"]
        if count > len(pool):
            random = np.random.default_rng(1)
            pairs = random.integers(0, len(pool), (2, count))
            share = random.uniform(0, 0.3, (count, 1))
            pool = pool[pairs[0]] * (1 - share) + pool[pairs[1]] * share
        np.savez(path, tiles=pool[:count], cells=make_cells(photos, target, side, blocks))
    return path


def solve(path: str, name: str, solver: str) -> None:
    """Solve one problem in this process and print what it took."""
    import resource

    import numpy as np

    from mosaicdb.matching import match

    data = np.load(path)
    tiles, cells = data["tiles"], data["cells"]
    options = dict(ROWS[name][4])
    # Imports and cached kernels are loaded before the clock starts, and counted apart.
    warm = time.perf_counter()
    grid = {"min_distance": None, "grid": None}
    match(tiles[:300], cells[:300], solver="emd")
    if solver == "auto":
        match(tiles[:300], cells[:300], **{**options, **grid})
    start = time.perf_counter()
    result = match(tiles, cells, solver=solver, **options)
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - start,
                "first": start - warm,
                "cost": result.cost,
                "gap": result.gap,
                "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


def measure(path: Path, name: str, solver: str) -> dict[str, float]:
    """Solve one problem in a new process with one thread."""
    threads = dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
    )
    command = [sys.executable, __file__, "--solve", str(path), name, solver]
    environment = {**os.environ, **threads, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        raise SystemExit(1)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="", help=f"some of {','.join(ROWS)}")
    parser.add_argument("--no-emd", action="store_true", help="leave the reference solver out")
    parser.add_argument("--solve", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.solve:
        solve(*arguments.solve)
        return
    photos = os.environ.get("MOSAICDB_PHOTOS")
    if not photos:
        print("skipped: set MOSAICDB_PHOTOS to a folder of photos", file=sys.stderr)
        return
    cache = Path(tempfile.gettempdir()) / "mosaicdb-benchmark"
    cache.mkdir(exist_ok=True)
    names = arguments.rows.split(",") if arguments.rows else [n for n in ROWS if n != "1M"]
    print(
        f"{'problem':12}{'s':>9}{'MB':>8}{'gap':>10}{'emd s':>9}{'emd MB':>8}{'ratio':>7}"
        f"  {'cost':>22}  {'emd cost, relative':>18}  first s"
    )
    for name in names:
        path = prepare(Path(photos), cache, name)
        ours = measure(path, name, "auto")
        line = f"{name:12}{ours['seconds']:9.2f}{ours['megabytes']:8.0f}{ours['gap']:10.1e}"
        first = f"{ours['first']:9.2f}"
        if arguments.no_emd or name in WITHOUT_EMD:
            print(f"{line}{'':24}  {ours['cost']:22.6f}  {'':18}{first}", flush=True)
            continue
        emd = measure(path, name, "emd")
        difference = (emd["cost"] - ours["cost"]) / ours["cost"]
        print(
            f"{line}{emd['seconds']:9.2f}{emd['megabytes']:8.0f}"
            f"{emd['seconds'] / ours['seconds']:7.1f}  {ours['cost']:22.6f}  "
            f"{difference:18.1e}{first}",
            flush=True,
        )


if __name__ == "__main__":
    main()
