"""Pictures for the tests of pyramids, and how to read what was written of them."""

from typing import Any

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from mosaicdb.rendering import PlainCells, Strips, strips_of

Pixels = NDArray[np.uint8]


def smooth(width: int, height: int) -> Image.Image:
    """Draw a picture in which every place has its own colour, and JPEGs come close."""
    x, y = np.meshgrid(np.linspace(80, 150, width), np.linspace(50, 100, height))
    return Image.fromarray(np.stack([x + y / 2, y + x / 2, (x + y) / 2], axis=-1).astype(np.uint8))


def strips(width: int, height: int, step: int = 37) -> Strips:
    return strips_of(smooth(width, height), step)


def cells(columns: int, rows: int, size: tuple[int, int], count: int = 7) -> tuple[Strips, Pixels]:
    """Give a picture of plain cells that can only be read as cells, and its pixels."""
    width, height = size
    pictures = [
        np.asarray(smooth(width, height)) - np.array([n * 5, n * 3, n * 8], np.uint8)
        for n in range(count)
    ]
    later = np.random.default_rng(0).integers(0, count, columns * rows - count)
    numbers = np.concatenate([np.arange(count), later]).reshape(rows, columns)
    lines = [np.concatenate([pictures[n] for n in row], axis=1) for row in numbers]
    plain = PlainCells(numbers, size, iter(pictures))
    picture = Strips((columns * width, rows * height), "RGB", iter(()), plain)
    return picture, np.concatenate(lines)


def reduced(pixels: Pixels, times: int) -> Pixels:
    """Give a smaller version by plain means."""
    return np.asarray(Image.fromarray(pixels).reduce(times))


def halved(pixels: Pixels, times: int) -> Pixels:
    """Halve a picture some times: an odd last pixel counts as much as two."""
    for _ in range(times):
        pixels = reduced(pixels, 2)
    return pixels


def coded(pixels: Pixels, tile: tuple[int, int], padding: str = "edge") -> Pixels:
    """Give what a picture becomes whose tiles are encoded one by one, at the usual quality."""
    (width, height), shown = tile, np.empty_like(pixels)
    for top in range(0, len(pixels), height):
        for left in range(0, pixels.shape[1], width):
            place = shown[top : top + height, left : left + width]
            part = pixels[top : top + height, left : left + width]
            missing = (0, height - len(part)), (0, width - part.shape[1]), (0, 0)
            kind: Any = {"constant_values": 255} if padding == "white" else {"mode": "edge"}
            jpeg = simplejpeg.encode_jpeg(np.pad(part, missing, **kind), 90, "RGB", "420")
            place[:] = simplejpeg.decode_jpeg(jpeg)[: len(part), : part.shape[1]]
    return shown


def distance(one: Pixels, other: Pixels) -> float:
    """Give the mean difference of two pictures, which have to be of one size."""
    assert one.shape == other.shape
    return float(np.abs(one.astype(int) - other).mean())
