"""Compare what tiles can be compared by: which features give the truest mosaics?

    python benchmarks/detail.py [--photos DIR] [--pools clothes,crops,cats,large]

Photos come from `--photos`, else from the folder that MOSAICDB_PHOTOS names: its `cats/` and
`clothing/`; it is only read.
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from measure import machine, table
from numpy.typing import NDArray
from PIL import Image, ImageOps

from mosaicdb import FeatureOptions, match
from mosaicdb.perception import compute_features, count_repeats, lab, mean_score, score_samples
from mosaicdb.records import Score

Floats = NDArray[np.float64]
Parts = NDArray[np.uint8]
Describe = Callable[[Parts], Floats]

SIDE = 12
"""Samples of a tile and of a cell, across and down."""
GAP = 1e-3
CHIEF = (
    "mean RGB (`--features rgb`)",
    "Lab, L × 2 (`--detail 0`)",
    "2 × 2 Lab, L × 2",
    "3 × 3 Lab, L × 2",
    "`--detail 0.25`",
    "**`--detail 1`** (the default)",
)
TARGETS = ("kublai40.jpg", "kublai94.jpg", "kublai66.jpg")
CLOTHES = ("dress", "hat", "shirt")
STRATEGIES = ("unique", "nearest")


@dataclass(frozen=True, slots=True)
class Setting:
    """What is matched with what."""

    title: str
    """In words."""
    tiles: str
    """Folder that the tiles come from."""
    count: int | None
    """Number of random crops; None: every photo once, whole."""
    targets: tuple[str, ...]
    """Names of photos, or of folders of which the first photo is taken."""
    grid: int
    """Columns and rows."""
    variants: tuple[str, ...] | None = None
    """Which features; None: all."""


SETTINGS = {
    "clothes": Setting("clothes, each photo once", "clothing", None, TARGETS, 50),
    "crops": Setting("10,000 crops of clothes", "clothing", 10_000, TARGETS, 50),
    "cats": Setting("10,000 crops of cats", "cats", 10_000, CLOTHES, 50),
    "large": Setting("20,000 crops of clothes", "clothing", 20_000, TARGETS[:1], 100, CHIEF),
}


def averaged(parts: Parts, side: int) -> Floats:
    """Average (n, SIDE, SIDE, 3) samples in side x side equal parts."""
    factor = SIDE // side
    found: Floats = parts.reshape(-1, side, factor, side, factor, 3).mean(axis=(2, 4))
    return found


def ours(options: FeatureOptions) -> Describe:
    """Describe as this project does."""

    def described(parts: Parts) -> Floats:
        signatures = averaged(parts, 6).round().astype(np.uint8)
        return compute_features(averaged(parts, 1).reshape(-1, 3), signatures, options)

    return described


def blocks(side: int, luminance: float) -> Describe:
    """Describe by the CIELAB colours of side x side parts, luminance weighted."""

    def described(parts: Parts) -> Floats:
        colours = lab(averaged(parts, side)) * (luminance, 1, 1)
        return colours.reshape(len(parts), -1) / side

    return described


def bright_blocks(sides: tuple[int, ...], luminance: float) -> Describe:
    """Describe by mean chroma, and by the luminance of parts at some scales."""

    def described(parts: Parts) -> Floats:
        colours = lab(averaged(parts, 1)).reshape(-1, 3)[:, 1:]
        scales = [
            lab(averaged(parts, side))[..., 0].reshape(len(parts), -1)
            * (luminance / side / len(sides) ** 0.5)
            for side in sides
        ]
        return np.concatenate([colours, *scales], axis=1)

    return described


VARIANTS: dict[str, Describe] = {
    "mean RGB (`--features rgb`)": ours(FeatureOptions("rgb")),
    "Lab": blocks(1, 1),
    "Lab, L × 2 (`--detail 0`)": ours(FeatureOptions(detail=0)),
    "2 × 2 Lab, L × 2": blocks(2, 2),
    "3 × 3 Lab, L × 2": blocks(3, 2),
    "3 × 3 Lab, L × 3": blocks(3, 3),
    "mean chroma, 2 × 2 L × 2": bright_blocks((2,), 2),
    "mean chroma, 3 × 3 L × 2": bright_blocks((3,), 2),
    "mean chroma, 2 × 2 and 3 × 3 and 6 × 6 L × 2": bright_blocks((2, 3, 6), 2),
    "`--detail 0.1`": ours(FeatureOptions(detail=0.1)),
    "`--detail 0.25`": ours(FeatureOptions(detail=0.25)),
    "`--detail 0.5`": ours(FeatureOptions(detail=0.5)),
    "**`--detail 1`** (the default)": ours(FeatureOptions(detail=1)),
    "`--detail 2`": ours(FeatureOptions(detail=2)),
    "`--detail 4`": ours(FeatureOptions(detail=4)),
}
HEADER = (
    "features", "numbers", "ΔE@1", "SSIM@1", "SSIM@2", "SSIM@4", "ΔE afar", "SSIM afar",
    "tiles used", "s",
)  # fmt: skip


def photos_in(folder: Path) -> list[Path]:
    """List the JPEGs below a folder."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))


def samples(image: Image.Image, box: tuple[float, float, float, float] | None = None) -> Parts:
    """Reduce a square, or the middle of a picture, to SIDE x SIDE samples."""
    size = (4 * SIDE, 4 * SIDE)
    square = image.resize(size, box=box) if box else ImageOps.fit(image, size)
    return np.asarray(square.resize((SIDE, SIDE), Image.Resampling.BOX))


def opened(path: Path) -> Image.Image:
    """Read a photo, upright and no larger than need be."""
    with Image.open(path) as image:
        image.draft("RGB", (400, 400))
        upright = ImageOps.exif_transpose(image)
        return upright.convert("RGB")


def make_tiles(folder: Path, count: int | None) -> Parts:
    """Reduce photos, or some random crops of each, to samples: (n, SIDE, SIDE, 3)."""
    paths = photos_in(folder)
    if count is None:
        return np.stack([samples(opened(path)) for path in paths])
    chance = random.Random(5019)
    found = []
    for path in paths:
        image = opened(path)
        for _ in range(-(-count // len(paths))):
            side = chance.uniform(0.35, 1) * min(image.size)
            x, y = (chance.uniform(0, length - side) for length in image.size)
            found.append(samples(image, (x, y, x + side, y + side)))
    chance.shuffle(found)
    return np.stack(found[:count])


def make_cells(path: Path, grid: int) -> Parts:
    """Cut the middle square of a photo in cells: (grid * grid, SIDE, SIDE, 3)."""
    with Image.open(path) as image:
        square = ImageOps.fit(ImageOps.exif_transpose(image).convert("RGB"), (grid * SIDE,) * 2)
    pixels = np.asarray(square).reshape(grid, SIDE, grid, SIDE, 3)
    return pixels.swapaxes(1, 2).reshape(-1, SIDE, SIDE, 3)


def laid_out(parts: Parts, grid: int) -> NDArray[np.float32]:
    """Give the picture that cells make, at 4 samples a cell."""
    cells = averaged(parts, 4).reshape(grid, grid, 4, 4, 3)
    return cells.swapaxes(1, 2).reshape(grid * 4, grid * 4, 3).astype(np.float32)


def measured(setting: Setting, photos: Path) -> Iterator[list[str]]:
    """Match and score every variant on every target; a row is the mean over targets."""
    tiles = make_tiles(photos / setting.tiles, setting.count)
    names = [photos / "cats" / name for name in setting.targets if name.endswith(".jpg")]
    folders = [photos / "clothing" / name for name in setting.targets if name in CLOTHES]
    cells = [
        make_cells(path, setting.grid)
        for path in names + [photos_in(folder)[0] for folder in folders]
    ]
    for strategy in STRATEGIES:
        yield [f"*{strategy}*", *[""] * (len(HEADER) - 1)]
        for name in setting.variants or VARIANTS:
            print(f"{setting.title}: {strategy}, {name}", file=sys.stderr)
            yield _row(name, VARIANTS[name], tiles, cells, setting.grid, strategy)


def _row(
    name: str, described: Describe, tiles: Parts, targets: list[Parts], grid: int, strategy: str
) -> list[str]:
    tile_features = described(tiles)
    scores, used, seconds = [], 0.0, 0.0
    for cells in targets:
        cell_features = described(cells)
        started = time.process_time()
        found = match(tile_features, cell_features, strategy=strategy, gap=GAP)
        seconds += (time.process_time() - started) / len(targets)
        used += count_repeats(found.indices.reshape(grid, grid)).tiles_used / len(targets)
        placed = laid_out(tiles[found.indices], grid)
        scores.append(score_samples(placed, laid_out(cells, grid)))
    figures = _figures(mean_score(scores, [1] * len(scores)))
    return [name, str(tile_features.shape[1]), *figures, f"{used:,.0f}", f"{seconds:.2g}"]


def _figures(score: Score) -> list[str]:
    one, two, four, afar = (getattr(score, part.name) for part in fields(score))
    similar: list[Any] = [one.ssim, two.ssim, four.ssim]
    return [
        f"{one.delta_e:.2f}", *(f"{value:.3f}" for value in similar),
        f"{afar.delta_e:.2f}", f"{afar.ssim:.3f}",
    ]  # fmt: skip


def main() -> None:
    """Measure the settings that were asked for, and print a table of each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, default=os.environ.get("MOSAICDB_PHOTOS"))
    parser.add_argument("--pools", default=",".join(SETTINGS), metavar="NAME,…")
    options = parser.parse_args()
    if options.photos is None:
        parser.error("name a folder with cats/ and clothing/: --photos or MOSAICDB_PHOTOS")
    if unknown := set(options.pools.split(",")) - SETTINGS.keys():
        parser.error(f"{', '.join(unknown)}: choose from {', '.join(SETTINGS)}")
    print(f"{machine()}; seconds are processor time of a match, to a gap of {GAP:g}.")
    for name in options.pools.split(","):
        setting = SETTINGS[name]
        count = len(setting.targets)
        print(f"\n**{setting.title}**, {setting.grid} × {setting.grid} cells, "
              f"{f'mean of {count} targets' if count > 1 else 'one target'}\n")  # fmt: skip
        print(table(HEADER, list(measured(setting, options.photos))), flush=True)


if __name__ == "__main__":
    main()
