"""Measure which changed copies of photos are found, and how many different photos pass for copies.

    MOSAICDB_PHOTOS=~/Pictures python benchmarks/near_duplicates.py [--photos DIR] [--count 500]

Needs `imagehash`, which is in no extra: `pip install imagehash`.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import imagehash
import numpy as np
from measure import machine, table
from PIL import Image, ImageEnhance, ImageOps

import mosaicdb
from mosaicdb.perception import near_pairs
from mosaicdb.pipelines.selection import decode_greys
from mosaicdb.store import files_of_tiles, load_tile_photos

SEED = 5019
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
ORIGINAL = "original"


def _crop(picture: Image.Image, left: float, upper: float, right: float, lower: float):
    width, height = picture.size
    box = left * width, upper * height, (1 - right) * width, (1 - lower) * height
    left, upper, right, lower = map(round, box)
    return picture.crop((left, upper, right, lower))


def _brightness(factor: float) -> Callable[[Image.Image], Image.Image]:
    return lambda picture: ImageEnhance.Brightness(picture).enhance(factor)


def _anywhere(picture: Image.Image) -> Image.Image:
    """Cut up to 5 % off each edge, another part of every picture."""
    chosen = random.Random(picture.tobytes()[:999])
    return _crop(picture, *(chosen.uniform(0, 0.05) for _ in range(4)))


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "half size": lambda picture: picture.reduce(2),
    "JPEG quality 50": lambda picture: picture,
    "brightness × 1.2": _brightness(1.2),
    "brightness × 0.8": _brightness(0.8),
    "grey": lambda picture: picture.convert("L"),
    "5 % off each edge": lambda picture: _crop(picture, 0.05, 0.05, 0.05, 0.05),
    "5 % off two edges": lambda picture: _crop(picture, 0, 0, 0.05, 0.05),
    "up to 5 % off each edge": _anywhere,
    "mirrored": ImageOps.mirror,
    "5 % off each edge, × 1.2": lambda picture: _brightness(1.2)(
        _crop(picture, 0.05, 0.05, 0.05, 0.05)
    ),
    "5 % off each edge, mirrored": lambda picture: ImageOps.mirror(
        _crop(picture, 0.05, 0.05, 0.05, 0.05)
    ),
}
YARDSTICKS: dict[str, tuple[Callable[[Image.Image], imagehash.ImageHash], tuple[int, ...]]] = {
    "phash": (imagehash.phash, (4, 8, 12)),
    "dhash": (imagehash.dhash, (4, 8, 12)),
    "whash": (imagehash.whash, (2, 4, 8)),
}


def main() -> None:
    """Make the copies, find pairs in both ways, and print what was found."""
    options = _options()
    photos = sorted(path for path in options.photos.rglob("*") if path.suffix.lower() in SUFFIXES)
    chosen = random.Random(SEED).sample(photos, min(options.count, len(photos)))
    with tempfile.TemporaryDirectory(prefix="mosaicdb-benchmark-") as name:
        folder = Path(name)
        for number, path in enumerate(chosen):
            _make_copies(path, number, folder / "copies")
        print("ingest", file=sys.stderr)
        recall = _recall(folder / "copies.db", folder / "copies", len(chosen))
        pairs, seconds, count = _pairs_of_photos(folder / "photos.db", options.photos)
        yardsticks = list(_yardsticks(folder / "copies", photos, len(chosen)))
    columns = [("mosaicdb", recall, len(pairs)), *yardsticks]
    possible = count * (count - 1) // 2
    print(f"{machine()}; {len(chosen):,} photos changed, {count:,} photos compared.\n")
    rows = [[change, *(f"{found[change]:.3f}" for _, found, _ in columns)] for change in CHANGES]
    rows.append([f"pairs of {possible:,}", *(f"{wrong:,}" for *_, wrong in columns)])
    print(table(("recall", *(name for name, *_ in columns)), rows))
    print(f"\nComparing {count:,} photos took {seconds:.1f} s of processor time. Pairs to look at:")
    for first, second in pairs[:40]:
        print(f"    {first}  {second}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, default=os.environ.get("MOSAICDB_PHOTOS"))
    parser.add_argument("--count", type=int, default=500, help="photos that are changed")
    options = parser.parse_args()
    if options.photos is None:
        parser.error("name a folder of photos, by --photos or MOSAICDB_PHOTOS")
    return options


def _make_copies(path: Path, number: int, folder: Path) -> None:
    with Image.open(path) as image:
        picture = ImageOps.exif_transpose(image).convert("RGB")
    for place, (name, change) in enumerate({ORIGINAL: lambda same: same, **CHANGES}.items()):
        (folder / str(place)).mkdir(parents=True, exist_ok=True)
        quality = 50 if "quality" in name else 92
        change(picture).save(folder / str(place) / f"{number}.jpg", quality=quality)


def _recall(database: Path, folder: Path, count: int) -> dict[str, float]:
    """Give the part of the copies of each kind that are a pair with their original."""
    with mosaicdb.Database(database) as opened:
        mosaicdb.ingest_photos(opened, [folder])
        pairs, paths, _ = _near(opened)
    found = {(path.parent.name, path.stem, other.parent.name, other.stem) for path, other in pairs}
    places = {name: str(place) for place, name in enumerate(CHANGES, 1)}
    # copies of the same bytes are one tile, and found by that
    tiles = {(path.parent.name, path.stem) for path in paths}
    return {
        name: sum(
            ("0", str(number), place, str(number)) in found
            or (place, str(number), "0", str(number)) in found
            or (place, str(number)) not in tiles
            for number in range(count)
        )
        / count
        for name, place in places.items()
    }


def _pairs_of_photos(database: Path, folder: Path) -> tuple[list[tuple[Path, Path]], float, int]:
    with mosaicdb.Database(database) as opened:
        mosaicdb.ingest_photos(opened, [folder])
        pairs, paths, seconds = _near(opened)
    return pairs, seconds, len(paths)


def _near(database: mosaicdb.Database) -> tuple[list[tuple[Path, Path]], list[Path], float]:
    """Find the pairs of tiles that look the same; how long it took, decoding and all."""
    photos = load_tile_photos(database)
    files = files_of_tiles(database, photos.ids.tolist())
    paths = [Path(held.paths[0]) for held in files]
    started = time.process_time()
    _, greys = decode_greys(database, photos.ids)
    pairs = near_pairs(greys, photos.mean_rgb)
    seconds = time.process_time() - started
    return [(paths[first], paths[second]) for first, second in pairs.tolist()], paths, seconds


def _yardsticks(
    folder: Path, photos: list[Path], count: int
) -> Iterator[tuple[str, dict[str, float], int]]:
    """Yield name, recall and number of pairs of different files, hash by hash."""
    for name, (function, limits) in YARDSTICKS.items():
        print(name, file=sys.stderr)
        originals = _hashes(function, [folder / "0" / f"{n}.jpg" for n in range(count)])
        distances = {}
        for place, change in enumerate(CHANGES, 1):
            copies = _hashes(function, [folder / str(place) / f"{n}.jpg" for n in range(count)])
            distances[change] = np.bitwise_count(originals ^ copies).sum(axis=1)
        all_hashes = _hashes(function, photos)
        apart = np.concatenate(
            [
                np.bitwise_count(all_hashes[row] ^ all_hashes[row + 1 :]).sum(axis=1)
                for row in range(len(all_hashes) - 1)
            ]
        )
        for limit in limits:
            recall = {change: float((d <= limit).mean()) for change, d in distances.items()}
            yield f"{name} ≤ {limit}", recall, int((apart <= limit).sum())


def _hashes(function: Callable[[Image.Image], imagehash.ImageHash], paths: list[Path]):
    hashes = []
    for path in paths:
        with Image.open(path) as image:
            image.draft("RGB", (128, 128))
            hashes.append(np.packbits(function(ImageOps.exif_transpose(image)).hash))
    return np.array(hashes)


if __name__ == "__main__":
    main()
