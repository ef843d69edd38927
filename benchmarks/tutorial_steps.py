"""The yardstick's steps: each function prepares, and returns the work that is measured."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import tutorial

Work = Callable[[], dict[str, float]]


def ingest(folders: Sequence[str], results: str) -> Work:
    """Make thumbnails.h5 and colours.npy in the folder `results` out of all photos."""
    folder = Path(results)
    folder.mkdir(parents=True, exist_ok=True)

    def work() -> dict[str, float]:
        photos = sorted(photo for place in folders for photo in Path(place).iterdir())
        tutorial.make_thumbnails(photos, folder / "thumbnails.h5")
        np.save(folder / "colours.npy", tutorial.mean_colours(folder / "thumbnails.h5"))
        return {"read": len(photos)}

    return work


def cells(target: str, grid: Sequence[int], cells: str) -> Work:
    """Average the cells of a target, for both ways."""
    columns, rows = grid

    def work() -> dict[str, float]:
        np.save(cells, tutorial.cell_colours(Path(target), (columns, rows)))
        return {"cells": columns * rows}

    return work


def match(strategy: str, colours: str, cells: str, tiles: int | None) -> Work:
    """Match by `nearest` or `unique`, with the first `tiles` tiles or with all."""
    features, wanted = np.load(colours)[:tiles], np.load(cells)
    solve = {"nearest": tutorial.match_nearest, "unique": tutorial.match_unique}[strategy]

    def work() -> dict[str, float]:
        indices = solve(features, wanted)
        cost = float(((features[indices] - wanted) ** 2).sum())
        return {"cost": cost, "tiles_used": len(np.unique(indices))}

    return work


def render(results: str, matches: str, output: str) -> Work:
    """Draw a match and save it as JPEG."""
    grid = np.load(matches)

    def work() -> dict[str, float]:
        tutorial.render(grid, Path(results, "thumbnails.h5"), Path(output))
        return {"tiles_used": len(np.unique(grid))}

    return work
