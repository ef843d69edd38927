"""What `beyond.py` measures, each step in a process of its own."""

from collections.abc import Callable
from pathlib import Path

from synthetic import fill, signatures_of_photos

from mosaicdb import Database
from mosaicdb.options import EVERY_TILE, FeatureOptions, MatchOptions, MosaicOptions
from mosaicdb.pipelines.beyond_memory import match_beyond_memory
from mosaicdb.pipelines.match import match_tiles
from mosaicdb.pipelines.progress import SILENT
from mosaicdb.pipelines.selection import select_tiles
from mosaicdb.pipelines.target import Cells, cut_cells, open_target
from mosaicdb.records import Mosaic
from mosaicdb.store import count_tiles

Work = Callable[[], dict[str, float]]


def fill_up(location: str, photos: str, count: int) -> Work:
    """Add made-up tiles until there are so many; hashes in ascending order, which is quicker."""

    def work() -> dict[str, float]:
        with Database(location) as database:
            begun = count_tiles(database)
            real = signatures_of_photos(Path(photos))
            for _ in fill(database, real, range(begun, count), ordered=True):
                pass
        return {"added": float(count - begun)}

    return work


def streamed(location: str, target: str, side: int, gap: float, memory: int) -> Work:
    """Match tiles in blocks."""

    def match(database: Database, cells: Cells, options: MosaicOptions) -> Mosaic:
        return match_beyond_memory(database, cells, options, EVERY_TILE, None, SILENT)

    return _work(location, target, _options(side, gap, memory), match)


def in_memory(location: str, target: str, side: int, gap: float, memory: int) -> Work:
    """Match all tiles at once."""

    def match(database: Database, cells: Cells, options: MosaicOptions) -> Mosaic:
        return match_tiles(select_tiles(database), cells, options)

    return _work(location, target, _options(side, gap, memory), match)


def _options(side: int, gap: float, memory: int) -> MosaicOptions:
    match, features = MatchOptions(gap=gap), FeatureOptions(detail=0)
    return MosaicOptions((side, side), match, features, memory=memory)


def _work(
    location: str,
    target: str,
    options: MosaicOptions,
    match: Callable[[Database, Cells, MosaicOptions], Mosaic],
) -> Work:
    def work() -> dict[str, float]:
        with Database(location) as database:
            opened, size = open_target(database, Path(target)), database.thumb_res
            cells = cut_cells(opened, options.grid, size, options.framing, signatures=False)
            mosaic = match(database, cells, options)
        held = 0 if mosaic.prices is None else len(mosaic.prices.ids)
        return {"cost": mosaic.cost or 0.0, "gap": mosaic.gap or 0.0, "candidates": float(held)}

    return work
