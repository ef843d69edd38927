"""Splice a pyramid: cells are the tiles of its largest level, and each picture is encoded once."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...records import Size
from ..compose import compose_row
from ..strips import PlainCells
from ..tile_cache import TileCache
from .levels import Level
from .tile_file import TileFile
from .tiling import Pixels, Tiler, TileForm, encode_jpeg, worker_threads

MCU: Final = 16
"""Pixels a side of the blocks that a JPEG consists of when its colours are halved."""

_Encoded = tuple[bytes, Pixels]
_MANY: Final = 256  # pictures that are encoded at a time


def can_be_spliced(cells: PlainCells | None) -> bool:
    """Say whether cells can be the tiles of a file."""
    return cells is not None and not (cells.size[0] % MCU or cells.size[1] % MCU)


def splice(cells: PlainCells, levels: Sequence[Level], form: TileForm, file: TileFile) -> None:
    """Write a pyramid whose largest level has a tile for each cell.

    No pixel of the largest level is drawn: pictures are encoded once each. The level below is drawn
    from a smaller version of each picture, which is made once and kept, in bounded memory, until
    no row below shows it.

    Args:
        cells: the picture.
        levels: of which the first has tiles of the cells' size.
        form: how tiles are made.
        file: where to.

    Raises:
        OSError: the disk is full.
        RenderingError: there is no room for temporary files.
    """
    ratio = form.ratio if len(levels) > 1 else MCU  # without a level below, hardly any pixel
    small = cells.size[0] // ratio, cells.size[1] // ratio
    with worker_threads() as pool, TileCache(small) as smaller:
        below = Tiler(levels[1:], form, file.put, pool, 1) if levels[1:] else None
        pictures = _encoded(cells.pictures, form.quality, ratio, pool)
        last_rows = _last_rows(cells.numbers)
        contents, count = np.empty(len(last_rows), np.int64), 0
        for row, numbers in enumerate(cells.numbers):
            while count <= numbers.max():
                new = list(islice(pictures, min(_MANY, int(numbers.max()) + 1 - count)))
                contents[count : count + len(new)] = file.add([jpeg for jpeg, _ in new])
                for number, (_, pixels) in enumerate(new if below else (), count):
                    smaller.put(number, pixels)
                count += len(new)
            file.place(0, row, contents[numbers])
            if below:
                below.take(_drawn(numbers, smaller, small))
                for number in np.unique(numbers[last_rows[numbers] == row]).tolist():
                    smaller.drop(number)
        if below:
            below.finish()


def _encoded(
    pictures: Iterator[Pixels], quality: int, ratio: int, pool: ThreadPoolExecutor
) -> Iterator[_Encoded]:
    """Encode pictures, and give each with a smaller version of it."""

    def encoded(pixels: Pixels) -> _Encoded:
        picture = Image.fromarray(pixels)
        return encode_jpeg(picture, quality), np.asarray(picture.reduce(ratio))

    waiting: list[Future[_Encoded]] = []
    for pixels in pictures:
        waiting.append(pool.submit(encoded, pixels))
        if len(waiting) == _MANY:
            yield from (future.result() for future in waiting)
            waiting = []
    yield from (future.result() for future in waiting)


def _last_rows(numbers: NDArray[np.intp]) -> NDArray[np.intp]:
    """Give the last row that shows each picture, shape (pictures,)."""
    rows = np.empty(int(numbers.max()) + 1, np.intp)
    for row, shown in enumerate(numbers):
        rows[shown] = row
    return rows


def _drawn(numbers: NDArray[np.intp], smaller: TileCache, size: Size) -> Pixels:
    """Draw a row of cells from the smaller versions of their pictures."""
    tiles = np.empty((len(numbers), size[1], size[0], 3), np.uint8)
    for column, number in enumerate(numbers.tolist()):
        tiles[column] = smaller.get(number)
    return compose_row(tiles)
