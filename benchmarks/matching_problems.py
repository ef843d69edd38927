"""The problems that matching is measured on, made of real photos.

Tiles are several random crops of each photo in the folder's `clothing/`; cells are the areas of
photos in its `cats/`, whose colours differ from the tiles'.
"""

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float64]

TARGETS = ("kublai24.jpg", "kublai41.jpg", "kublai8.jpg", "kublai38.jpg")
MOST_CROPS = 100_000


@dataclass(frozen=True, slots=True)
class Problem:
    """What is matched."""

    side: int
    """Columns and rows of the grid."""
    tiles: int
    """Number of tiles."""
    blocks: int = 1
    """Blocks a side of the features: 3 * blocks^2 dimensions."""
    target: int = 0
    """Index in `TARGETS`."""
    options: dict[str, object] = field(default_factory=dict)
    """What is asked of `match`."""
    emd: bool = True
    """Whether `ot.emd` is the yardstick."""


EXACT: dict[str, object] = {"gap": 0}
ROWS = {
    "2k": Problem(45, 2025, options=EXACT),
    "10k-a": Problem(100, 10_000, options=EXACT),
    "10k-b": Problem(100, 10_000, target=1, options=EXACT),
    "10k-c": Problem(100, 10_000, target=2, options=EXACT),
    "30k-tiles": Problem(100, 30_000, options=EXACT, emd=False),
    "d12": Problem(100, 10_000, blocks=2),
    "d27": Problem(100, 10_000, blocks=3),
    "fair-3k": Problem(100, 3_000, options=EXACT | {"strategy": "fair"}),
    "uses-3": Problem(100, 4_000, options=EXACT | {"max_uses": 3}),
    "distance-5": Problem(
        100, 4_000, options={"max_uses": 3, "min_distance": 5, "grid": [100, 100]}, emd=False
    ),
    "1m": Problem(1000, 1_000_000, options={"gap": 1e-3}, emd=False),
    "1m-minute": Problem(1000, 1_000_000, options={"gap": 1e-3, "time_limit": 60}, emd=False),
}
for _target, _letter in enumerate("abcd"):
    _name = f"100k-{_letter}"
    ROWS[_name] = Problem(316, 99_856, target=_target, options=EXACT, emd=False)
    ROWS[f"{_name}-spare"] = Problem(316, 110_000, target=_target, options=EXACT, emd=False)
    ROWS[f"{_name}-near"] = Problem(316, 99_856, target=_target, options={"gap": 1e-4}, emd=False)


def features(image: Image.Image, blocks: int) -> Floats:
    """Average the colours of blocks x blocks areas of an image."""
    side = blocks * 16
    pixels = np.asarray(image.resize((side, side), Image.Resampling.BOX), dtype=np.float64)
    return pixels.reshape(blocks, 16, blocks, 16, 3).mean(axis=(1, 3)).ravel()


def make_tiles(photos: Path, count: int, blocks: int) -> Floats:
    """Cut random square crops, as many of each photo as it takes."""
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


def make_cells(photos: Path, target: int, side: int, blocks: int) -> Floats:
    """Average the cells of a target, row by row."""
    with Image.open(photos / "cats" / TARGETS[target]) as opened:
        size = (side * blocks, side * blocks)
        image = opened.convert("RGB").resize(size, Image.Resampling.BOX)
    pixels = np.asarray(image, dtype=np.float64).reshape(side, blocks, side, blocks, 3)
    return pixels.transpose(0, 2, 1, 3, 4).reshape(side * side, -1)


def prepare(photos: Path, cache: Path, problem: Problem) -> Path:
    """Write the features of a problem to a file, once."""
    side, count, blocks, target = problem.side, problem.tiles, problem.blocks, problem.target
    path = cache / f"{side}-{count}-{blocks}-{target}.npz"
    if not path.exists():
        # Mixing two crops each makes more tiles than there are crops.
        pool_path = cache / f"tiles-{blocks}.npz"
        if not pool_path.exists():
            count_of_pool = MOST_CROPS if blocks == 1 else 10_000
            np.savez(pool_path, tiles=make_tiles(photos, count_of_pool, blocks))
        pool = np.load(pool_path)["tiles"]
        if count > len(pool):
            random = np.random.default_rng(1)
            pairs = random.integers(0, len(pool), (2, count))
            share = random.uniform(0, 0.3, (count, 1))
            pool = pool[pairs[0]] * (1 - share) + pool[pairs[1]] * share
        np.savez(path, tiles=pool[:count], cells=make_cells(photos, target, side, blocks))
    return path


def main() -> None:
    """Prepare a problem in a process of its own: `matching_problems.py PHOTOS CACHE SPEC`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("problem", type=int, nargs=4, help="side, tiles, blocks, target")
    options = parser.parse_args()
    sys.stdout.write(str(prepare(options.photos, options.cache, Problem(*options.problem))))


if __name__ == "__main__":
    main()
