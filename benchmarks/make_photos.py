"""Photos to measure with, where there are no real ones or where many are wanted."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from mosaicdb.photos import make_sample_photos

Work = Callable[[], dict[str, float]]

_NOISE_SIDE = 8
_PHOTO_SIDE = 64
_GRAIN = 8.0
_GRAIN_SIDE = 1024
_CAMERA_QUALITY = 89


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


def enlarged(photos: Sequence[str], folder: str, width: int, height: int) -> Work:
    """Enlarge photos, with noise as a camera's: baseline JPEGs as large as cameras make them."""
    Path(folder).mkdir()
    random = np.random.default_rng(0)
    grain = random.normal(0, _GRAIN, (_GRAIN_SIDE, _GRAIN_SIDE, 3))

    def work() -> dict[str, float]:
        for number, path in enumerate(photos):
            with Image.open(path) as photo:
                large = ImageOps.fit(photo.convert("RGB"), (width, height))
            _add_grain(large, grain, number)
            large.save(Path(folder, f"{number:06d}.jpg"), quality=_CAMERA_QUALITY)
        sizes = [path.stat().st_size for path in Path(folder).iterdir()]
        return {"photos": len(sizes), "bytes": sum(sizes) / len(sizes)}

    return work


def _add_grain(picture: Image.Image, grain: NDArray[np.float64], number: int) -> None:
    """Add noise square by square: the whole of a large picture needs much memory as numbers."""
    turned = np.roll(grain, number, axis=0)
    for top in range(0, picture.height, _GRAIN_SIDE):
        for left in range(0, picture.width, _GRAIN_SIDE):
            right = min(left + _GRAIN_SIDE, picture.width)
            bottom = min(top + _GRAIN_SIDE, picture.height)
            square = np.asarray(picture.crop((left, top, right, bottom)), dtype=np.float64)
            noisy = square + turned[: bottom - top, : right - left]
            picture.paste(Image.fromarray(noisy.clip(0, 255).astype(np.uint8)), (left, top))


def copies(folder: str, target: str, times: int) -> Work:
    """Copy JPEGs, with a few bytes after their end: other photos, as far as bytes tell."""
    Path(target).mkdir()

    def work() -> dict[str, float]:
        for photo in sorted(Path(folder).iterdir()):
            data = photo.read_bytes()
            for number in range(times):
                Path(target, f"{photo.stem}-{number}.jpg").write_bytes(data + b"%d" % number)
        return {"photos": times * len(list(Path(folder).iterdir()))}

    return work
