"""Photos to measure with, where there are no real ones or where many are wanted."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from mosaicdb.photos import make_sample_photos

Work = Callable[[], dict[str, float]]

_NOISE_SIDE = 8
_PHOTO_SIDE = 64


def crops(folder: str, count: int) -> Work:
    """Cut photos out of those that come with scikit-image."""

    def work() -> dict[str, float]:
        return {"photos": sum(1 for _ in make_sample_photos(Path(folder), count))}

    return work


def noise(folder: str, start: int, count: int) -> Work:
    """Write small JPEGs of coloured noise, each another one, numbered from `start`."""
    Path(folder).mkdir(exist_ok=True)
    random = np.random.default_rng(start)

    def work() -> dict[str, float]:
        for number in range(start, start + count):
            pixels = random.integers(0, 256, (_NOISE_SIDE, _NOISE_SIDE, 3), dtype=np.uint8)
            photo = Image.fromarray(pixels).resize((_PHOTO_SIDE, _PHOTO_SIDE))
            photo.save(Path(folder, f"{number:06d}.jpg"))
        return {"photos": count}

    return work
