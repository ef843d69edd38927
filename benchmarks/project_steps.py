"""The project's steps: each function prepares, and returns the work that is measured."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

import mosaicdb
from mosaicdb.executors import Executor, make_executor
from mosaicdb.mosaic import Mosaic, draw_mosaic
from mosaicdb.rendering import save_picture

T = TypeVar("T")
R = TypeVar("R")
Work = Callable[[], dict[str, float]]


def ingest(folders: Sequence[str], database: str, workers: int) -> Work:
    """Bring a database up to date with folders of photos."""

    def work() -> dict[str, float]:
        executor = _Counting(make_executor(workers))
        with mosaicdb.Database(database) as opened:
            report = mosaicdb.ingest_photos(opened, folders, executor=executor)
        return {"seen": report.seen, "read": executor.items, "tiles": report.tiles}

    return work


def match(
    strategy: str, colours: str, cells: str, tiles: int | None, grid: Sequence[int], matches: str
) -> Work:
    """Match by `nearest` or `unique`, with the first `tiles` tiles or with all; keep the match."""
    columns, rows = grid
    features, wanted = np.load(colours)[:tiles], np.load(cells)
    mosaicdb.match(features[:2], wanted[:2], strategy=strategy)  # imports what it needs

    def work() -> dict[str, float]:
        indices = mosaicdb.match(features, wanted, strategy=strategy).indices
        np.save(matches, indices.reshape(rows, columns))
        cost = float(((features[indices] - wanted) ** 2).sum())
        return {"cost": cost, "tiles_used": len(np.unique(indices))}

    return work


def render(database: str, matches: str, output: str) -> Work:
    """Draw a match from the database and save it as JPEG."""
    mosaic = Mosaic("given", np.load(matches), None, None, None, None)

    def work() -> dict[str, float]:
        with mosaicdb.Database(database) as opened:
            save_picture(draw_mosaic(opened, mosaic), Path(output))
        return {"tiles_used": mosaic.tiles_used}

    return work


class _Counting:
    """An executor that counts the files it is given to read."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self.items = 0

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Generator[R, None, None]:
        """Yield `function(item)` for each item."""
        yield from self.executor.map(function, self._counted(items))

    def _counted(self, items: Iterable[T]) -> Iterator[T]:
        for item in items:
            self.items += 1
            yield item
