"""Tiles of the pyramid of a live mosaic: drawn once, and then only where cells have changed."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..records import Size
from ..rendering import encode_jpeg
from ..store import Database
from .draw import MOST_STACKED
from .drawing import ThumbnailStack, load_views
from .target import Window
from .views import View, views_of

QUALITY: Final = 85
"""Of the tiles as JPEGs."""

_MOST_KEPT: Final = 400  # tiles, of 196,608 bytes of pixels each
_MOST_PATCHES: Final = 12  # above which a tile is drawn as a whole; about as long takes that
_EDGE: Final = 1  # pixels around a cell that show something of it, when it is made smaller

Pixels = NDArray[np.uint8]
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a mosaic that is drawn in some size."""

    across: Span
    """Its left and right edges, in cells."""
    down: Span
    """Its upper and lower edges, in cells."""
    size: Size
    """Width and height in pixels."""

    @property
    def window(self) -> Window:
        """Give the cells that it shows something of."""
        left, top = int(self.across[0]), int(self.down[0])
        return left, top, ceil(self.across[1]) - left, ceil(self.down[1]) - top

    def around(self, row: int, column: int) -> tuple["Part", tuple[slice, slice]]:
        """Give the part of it that shows a cell, and which rows and columns of pixels that is."""
        (across, columns), (down, rows) = (
            _pixels_of(place, span, length)
            for place, span, length in zip(
                (column, row), (self.across, self.down), self.size, strict=True
            )
        )
        size = columns.stop - columns.start, rows.stop - rows.start
        return Part(across, down, size), (rows, columns)


def _pixels_of(place: int, span: Span, length: int) -> tuple[Span, slice]:
    """Give the edges, in cells, of the pixels that show a cell, and these pixels."""
    low, high = span
    scale = length / (high - low)
    first = max(0, floor((place - low) * scale) - _EDGE)
    last = min(length, ceil((place + 1 - low) * scale) + _EDGE)
    edges = low + first / scale, high if last == length else low + last / scale
    return edges, slice(first, last)


class DrawnTiles:
    """Keeps tiles as they were drawn last, in bounded memory; for several threads at once.

    Args:
        database: holds the thumbnails that tiles are drawn from, which are kept too.
    """

    def __init__(self, database: Database) -> None:
        self._database, self._lock = database, Lock()
        self._thumbnails: dict[View, Pixels] = {}
        width, height = database.thumb_res
        self._most_thumbnails = MOST_STACKED // (3 * width * height)
        self._known: dict[tuple[int, int, int], tuple[NDArray[np.int64], Pixels, bytes]] = {}

    def jpeg(
        self,
        place: tuple[int, int, int],
        part: Part,
        tile_ids: NDArray[np.int64],
        draw: Callable[[Part], Pixels],
    ) -> bytes:
        """Give a tile as a JPEG, of which only cells are drawn that show something else.

        Args:
            place: its level, column and row.
            part: what it shows.
            tile_ids: of all cells of the mosaic, shape (rows, columns).
            draw: draws a part of it, shape (height, width, 3).
        """
        left, top, columns, rows = part.window
        shown = tile_ids[top : top + rows, left : left + columns]
        with self._lock:  # others that ask for the same then find it drawn
            known = self._known.get(place)
            if known is None:
                pixels = draw(part)
            else:
                before, pixels, jpeg = known
                changed = np.argwhere(before != shown).tolist()
                if not changed:
                    return jpeg
                if len(changed) > _MOST_PATCHES:
                    pixels = draw(part)
                else:
                    pixels = pixels.copy()
                    for row, column in changed:
                        patch, within = part.around(top + row, left + column)
                        pixels[within] = draw(patch)
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            jpeg = encode_jpeg(pixels, QUALITY)
            self._known[place] = shown.copy(), pixels, jpeg
            return jpeg

    def thumbnails(self, tile_ids: NDArray[np.int64]) -> ThumbnailStack:
        """Give the thumbnails of some cells, while one of their tiles is drawn.

        Args:
            tile_ids: of the cells, shape (rows, columns).

        Raises:
            RenderingError: see `load_views`.
        """
        views, known = views_of(tile_ids, None).shown, self._thumbnails
        if not views:
            return load_views(self._database, views)
        if len(known) + len(views) > self._most_thumbnails:
            known.clear()
        loaded = load_views(self._database, [view for view in views if view not in known])
        known.update((view, loaded.of(view)) for view in loaded.views)
        return ThumbnailStack(views, np.stack([known[view] for view in views]))
