"""The yardstick: a photo mosaic the way a programming exercise teaches it.

Everything is serial and dense. Photos are decoded in full and cut with `ImageOps.fit`,
thumbnails lie in an HDF5 file as JPEG bytes, distances are a full matrix, and the picture is
pasted together cell by cell. Written for these benchmarks, to be plain and not slow on purpose.
"""

import io
from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np
import ot
from numpy.typing import NDArray
from PIL import Image, ImageOps
from scipy.spatial.distance import cdist

THUMB_RES = (50, 50)


def make_thumbnails(photos: Sequence[Path], thumbnails: Path) -> None:
    """Cut every photo to a thumbnail: one uint8 dataset of JPEG bytes each, named 000000, ….

    Args:
        photos: the files; the order gives the numbers.
        thumbnails: the HDF5 file to write.
    """
    with h5py.File(thumbnails, "w") as file:
        for number, path in enumerate(photos):
            with Image.open(path) as photo:
                thumbnail = ImageOps.fit(photo.convert("RGB"), THUMB_RES)
            buffer = io.BytesIO()
            thumbnail.save(buffer, "JPEG")
            jpeg = np.frombuffer(buffer.getvalue(), dtype=np.uint8)
            file.create_dataset(f"{number:06d}", data=jpeg)


def mean_colours(thumbnails: Path) -> NDArray[np.float64]:
    """Average every thumbnail: mean sRGB, 0 to 255, shape (tiles, 3)."""
    with h5py.File(thumbnails, "r") as file:
        means = [np.asarray(_decode(file, name)).mean(axis=(0, 1)) for name in sorted(file)]
    return np.array(means)


def cell_colours(target: Path, grid: tuple[int, int]) -> NDArray[np.float64]:
    """Scale a target to one pixel a cell.

    Args:
        target: the picture to rebuild.
        grid: columns and rows.

    Returns:
        sRGB, 0 to 255, shape (rows x columns, 3).
    """
    with Image.open(target) as picture:
        cells = ImageOps.fit(picture.convert("RGB"), grid)
    return np.asarray(cells, dtype=np.float64).reshape(-1, 3)


def match_nearest(tiles: NDArray[np.float64], cells: NDArray[np.float64]) -> NDArray[np.intp]:
    """Give each cell its nearest tile: the smallest of all distances."""
    indices: NDArray[np.intp] = cdist(cells, tiles, "sqeuclidean").argmin(axis=1)
    return indices


def match_unique(tiles: NDArray[np.float64], cells: NDArray[np.float64]) -> NDArray[np.intp]:
    """Give the cells tiles by optimal transport between uniform weights.

    With as many tiles as cells each tile is used exactly once. With more, every tile is spread
    over the cells in part, and each cell takes the tile that it got most of.
    """
    distances = ot.dist(cells, tiles)
    weights = ot.unif(len(cells)), ot.unif(len(tiles))
    plan = ot.emd(*weights, distances, numItermax=100_000_000)
    indices: NDArray[np.intp] = plan.argmax(axis=1)
    return indices


def render(matches: NDArray[np.intp], thumbnails: Path, output: Path) -> None:
    """Paste the thumbnails of a match together, and save the picture.

    Args:
        matches: number of the tile of each cell, shape (rows, columns).
        thumbnails: the HDF5 file.
        output: the picture to write.
    """
    rows, columns = matches.shape
    width, height = THUMB_RES
    mosaic = Image.new("RGB", (columns * width, rows * height))
    with h5py.File(thumbnails, "r") as file:
        for row in range(rows):
            for column in range(columns):
                thumbnail = _decode(file, f"{matches[row, column]:06d}")
                mosaic.paste(thumbnail, (column * width, row * height))
    mosaic.save(output, quality=90)


def _decode(file: h5py.File, name: str) -> Image.Image:
    return Image.open(io.BytesIO(file[name][()].tobytes()))
