"""The project's steps: each function prepares, and returns the work that is measured."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

import mosaicdb
from mosaicdb.matching import warm_up
from mosaicdb.pipelines.drawing import draw_mosaic, load_thumbnail_stack
from mosaicdb.records import Mosaic
from mosaicdb.rendering import save_picture

Work = Callable[[], dict[str, float]]


def ingest(folders: Sequence[str], database: str, workers: int) -> Work:
    """Bring a database up to date with folders of photos.

    The work tells how many photos this process opened: those of worker processes do not count.
    """
    opened = _opened_below(folders)

    def work() -> dict[str, float]:
        opened.clear()
        executor = None if workers == 1 else mosaicdb.ProcessExecutor(workers)
        with mosaicdb.Database(database) as tiles:
            report = mosaicdb.ingest_photos(tiles, folders, executor=executor)
        return {"seen": report.seen, "read": len(opened), "tiles": report.tiles}

    return work


def match(
    strategy: str, colours: str, cells: str, tiles: int | None, grid: Sequence[int], matches: str
) -> Work:
    """Match by `nearest` or `unique`, with the first `tiles` tiles or with all; keep the match."""
    columns, rows = grid
    features, wanted = np.load(colours)[:tiles], np.load(cells)
    warm_up()  # imports what it needs, and loads the kernels

    def work() -> dict[str, float]:
        indices = mosaicdb.match(features, wanted, strategy=strategy).indices
        np.save(matches, indices.reshape(rows, columns))
        cost = float(((features[indices] - wanted) ** 2).sum())
        return {"cost": cost, "tiles_used": len(np.unique(indices))}

    return work


def render(database: str, matches: str, output: str) -> Work:
    """Draw a match from the database and save it as JPEG."""
    tile_ids = np.load(matches)

    def work() -> dict[str, float]:
        with mosaicdb.Database(database) as opened:
            thumbnails = load_thumbnail_stack(opened, tile_ids)
            mosaic = draw_mosaic(Mosaic("given", tile_ids), thumbnails)
            save_picture(mosaic.drawn, Path(output))
        return {"tiles_used": len(np.unique(tile_ids))}

    return work


def _opened_below(folders: Sequence[str]) -> list[str]:
    """Give a list that grows by the path of each file below some folders that is opened."""
    roots = tuple(os.path.realpath(folder) + os.sep for folder in folders)
    opened: list[str] = []

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and isinstance(path := arguments[0], str) and path.startswith(roots):
            opened.append(path)

    sys.addaudithook(hear)
    return opened
