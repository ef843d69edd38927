"""Databases of many made-up tiles, whose colours are those of real photos, jittered."""

import hashlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mosaicdb import Database
from mosaicdb.batches import in_batches
from mosaicdb.store.schema import file, tile
from mosaicdb.store.settings import put_next_number

BATCH = 50_000
JITTER = 24.0
PARTS = 6
PHOTOS_A_FOLDER = 10_000

_TILE = ("id", "content_hash", "width", "height", "format", "mean_r", "mean_g", "mean_b")
_READER = ("signature", "reader")
_FILE = ("id", "path", "size", "mtime_ns", "tile_id", "missing", "seen_at")
_NEWEST_READER = 3


def signatures_of_photos(photos: Path, most: int = 2_000) -> NDArray[np.float64]:
    """Give the colours of 6 x 6 parts of the middle square of photos, shape (photos, 6, 6, 3)."""
    paths = sorted(photos.rglob("*.jpg"))
    chosen = np.random.default_rng(0).permutation(len(paths))[:most]
    rows = []
    for number in chosen:
        with Image.open(paths[number]) as opened:
            opened.draft("RGB", (64, 64))
            image = opened.convert("RGB")
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        square = image.crop((left, top, left + side, top + side))
        rows.append(np.asarray(square.resize((PARTS, PARTS), Image.Resampling.BOX), np.float64))
    return np.array(rows)


def jittered(
    real: NDArray[np.float64], count: int, random: np.random.Generator
) -> NDArray[np.uint8]:
    """Make signatures of photos, each lighter, darker, or of a different hue than a real one."""
    chosen = real[random.integers(0, len(real), count)]
    shift = random.normal(0, JITTER, (count, 1, 1, 3)) + random.normal(0, JITTER, (count, 1, 1, 1))
    noise = random.normal(0, JITTER / 4, chosen.shape)
    return np.clip(np.rint(chosen + shift + noise), 0, 255).astype(np.uint8)


def fill(
    database: Database,
    real: NDArray[np.float64],
    numbers: range,
    *,
    ordered: bool = False,
    batch: int = BATCH,
) -> Iterator[tuple[int, float, float]]:
    """Insert tiles and their files; yield after each batch how many there are, and what it took.

    That is in seconds, and in seconds of this process's processor time.

    Hashes come in random order, as those of photos do, or, which is quicker, in ascending order
    after all others. There are no thumbnails. A batch is a transaction.
    """
    random = np.random.default_rng(numbers.start)
    seen_at = datetime.now(UTC).replace(tzinfo=None)
    for some in in_batches(numbers, batch):
        signatures = jittered(real, len(some), random)
        exact = signatures.mean(axis=(1, 2)) + random.uniform(-0.5, 0.5, (len(some), 3))
        means = exact.clip(0, 255)
        tiles = [
            (number, _hash_of(number, ordered), 4000, 3000, "JPEG")
            + (*mean, signature.tobytes(), _NEWEST_READER)
            for number, mean, signature in zip(some, means.tolist(), signatures, strict=True)
        ]
        files = [
            (number, path_of(number), 2_500_000 + number % 9973, 1, number, False, seen_at)
            for number in some
        ]
        begun, worked = time.perf_counter(), time.process_time()
        with database.write() as connection:
            database.backend.insert_rows(connection, tile, (*_TILE, *_READER), tiles)
            database.backend.insert_rows(connection, file, _FILE, files)
            put_next_number(connection, some[-1] + 1)
        yield some[-1] + 1, time.perf_counter() - begun, time.process_time() - worked


def _hash_of(number: int, ordered: bool) -> str:
    return f"ffffffff{number:056x}" if ordered else hashlib.sha256(b"%d" % number).hexdigest()


def path_of(number: int) -> str:
    """Give the path of a made-up photo."""
    return f"/photos/{number // PHOTOS_A_FOLDER:05d}/{number:09d}.jpg"
