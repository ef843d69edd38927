"""Splice a pyramid: cells are the tiles of its largest level, and each picture is encoded once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from itertools import accumulate, islice, repeat
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...records import Size
from ..jpeg_encoder import encode_jpeg
from ..strips import PlainCells
from ..threads import THREADS, map_in_threads
from ..tile_cache import TileCache
from .levels import Level
from .tile_file import TileFile
from .tiling import Pixels, TileForm, Tiler, reduced

_BLOCK: Final = 16  # pixels a side of the blocks that a JPEG is coded in
_MANY: Final = 256  # pictures whose encoded data are in memory at a time
_MOST_VERSIONS: Final = 2  # of a picture: levels below these are a fifteenth of all pixels
_Row = NDArray[np.intp]


def can_be_spliced(cells: PlainCells | None) -> bool:
    """Say whether cells can be the tiles of a file."""
    return cells is not None and not (cells.size[0] % _BLOCK or cells.size[1] % _BLOCK)


def splice(cells: PlainCells, levels: Sequence[Level], form: TileForm, file: TileFile) -> None:
    """Write a pyramid whose largest level has a tile for each cell.

    No pixel of the largest level is drawn: pictures are encoded once each. Levels below are drawn
    from smaller versions of each picture, as long as these have whole pixels: they are made once
    and kept, in bounded memory, until no row below shows them.

    Args:
        cells: the picture.
        levels: of which the first has tiles of the cells' size.
        form: how tiles are made.
        file: where to.

    Raises:
        OSError: the disk is full.
        RenderingError: there is no room for temporary files.
    """
    last_rows = _last_rows(cells.numbers)
    contents, count = np.empty(len(last_rows), np.int64), 0
    sizes = _smaller_sizes(cells.size, form.ratio, len(levels) - 1)
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(THREADS, "mosaicdb"))
        caches = [stack.enter_context(TileCache(size)) for size in sizes]
        tilers = [
            Tiler(
                levels[number : None if number == len(sizes) else number + 1],
                form,
                file.put,
                pool,
                number,
            )
            for number in range(1, len(sizes) + 1)
        ]
        encode = partial(_encoded, quality=form.quality, ratio=form.ratio, smaller=len(sizes))
        pictures = stack.enter_context(closing(map_in_threads(encode, cells.pictures)))
        for row, numbers in enumerate(cells.numbers):
            while count <= numbers.max():
                new = list(islice(pictures, min(_MANY, int(numbers.max()) + 1 - count)))
                contents[count : count + len(new)] = file.add([jpeg for jpeg, _ in new])
                for number, (_, versions) in enumerate(new, count):
                    for cache, version in zip(caches, versions, strict=True):
                        cache.put(number, version)
                count += len(new)
            file.place(0, row, contents[numbers])
            gone = np.unique(numbers[last_rows[numbers] == row]).tolist()
            for cache, tiler in zip(caches, tilers, strict=True):
                parts = [cache.get(number) for number in numbers.tolist()]
                tiler.take(np.concatenate(parts, axis=1))
                for number in gone:
                    cache.drop(number)
        for tiler in tilers:
            tiler.finish()


def _smaller_sizes(size: Size, ratio: int, levels: int) -> list[Size]:
    """Give the sizes of a cell on the levels below that are drawn from pictures of their own."""
    sizes: list[Size] = []
    while len(sizes) < levels and not (size[0] % ratio or size[1] % ratio):
        size = size[0] // ratio, size[1] // ratio
        sizes.append(size)
    return sizes[:_MOST_VERSIONS]


def _encoded(pixels: Pixels, quality: int, ratio: int, smaller: int) -> tuple[bytes, list[Pixels]]:
    """Encode a picture, and give smaller versions of it, each made from the one before."""
    versions = list(accumulate(repeat(ratio, smaller), reduced, initial=pixels))[1:]
    return encode_jpeg(pixels, quality), versions


def _last_rows(numbers: NDArray[np.intp]) -> _Row:
    """Give the last row that shows each picture, shape (pictures,)."""
    rows = np.empty(int(numbers.max()) + 1, np.intp)
    for row, shown in enumerate(numbers):
        rows[shown] = row
    return rows
