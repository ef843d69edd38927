"""A sample collection: crops of the photographs that come with scikit-image."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

TARGET_NAME: Final = "chelsea.png"  # a cat
_NAMES: Final = (
    TARGET_NAME,
    "astronaut.png",
    "brick.png",
    TARGET_NAME,
    "camera.png",
    "coffee.png",
    "motorcycle_left.png",
    TARGET_NAME,
    "rocket.jpg",
    "coins.png",
    "ihc.png",
    "motorcycle_right.png",
    "retina.jpg",
)
_SHORTEST_SIDE: Final = 24
_SAVED_SIDE: Final = 120
_SEED: Final = 5019


def sample_target() -> Path:
    """Return the path of the photograph of a cat."""
    return _samples_folder() / TARGET_NAME


def make_sample_photos(folder: Path, count: int) -> Iterator[Path]:
    """Write random square crops of photographs as JPEGs.

    Args:
        folder: where to; existing files are kept.
        count: how many.

    Yields:
        The path of each photo.
    """
    source = _samples_folder()
    photographs = []
    for name in _NAMES:
        with Image.open(source / name) as image:
            photographs.append(image.convert("RGB"))
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(_SEED)
    for number in range(count):
        photograph = photographs[number % len(photographs)]
        box = _random_square(photograph.size, random)
        path = folder / f"{number:05d}.jpg"
        if not path.exists():
            crop = photograph.resize((_SAVED_SIDE, _SAVED_SIDE), box=box)
            crop.save(path, quality=90)
        yield path


def _samples_folder() -> Path:
    import skimage

    return Path(str(skimage.__file__)).parent / "data"


def _random_square(
    size: tuple[int, int], random: np.random.Generator
) -> tuple[float, float, float, float]:
    shortest = min(size)
    side = float(np.exp(random.uniform(np.log(_SHORTEST_SIDE), np.log(shortest))))
    left, top = (random.uniform(0, length - side) for length in size)
    return left, top, left + side, top + side
