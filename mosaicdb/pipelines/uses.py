"""Where the tiles of a mosaic stand."""

import numpy as np
from numpy.typing import NDArray

from ..viewing import Place


class Uses:
    """Where the tiles of a mosaic stand.

    Args:
        tile_ids: of each cell, shape (rows, columns).
    """

    def __init__(self, tile_ids: NDArray[np.int64]) -> None:
        flat = tile_ids.ravel()
        self._columns = tile_ids.shape[1]
        self._cells = np.argsort(flat, kind="stable")
        self._cells = self._cells[np.searchsorted(flat[self._cells], 0) :]  # empty ones are first
        self.ids, self._first, self._counts = np.unique(
            flat[self._cells], return_index=True, return_counts=True
        )

    def within(self, start: int, end: int) -> list[int]:
        """Give those of the tiles whose ids lie in a range."""
        first, last = np.searchsorted(self.ids, [start, end]).tolist()
        ids: list[int] = self.ids[first:last].tolist()
        return ids

    def count(self, tile_id: int) -> int:
        """Count the cells that show a tile."""
        place = np.searchsorted(self.ids, tile_id)
        is_shown = place < len(self.ids) and self.ids[place] == tile_id
        return int(self._counts[place]) if is_shown else 0

    def places(self, tile_id: int, most: int) -> list[Place]:
        """Give the first cells that show a tile."""
        place = np.searchsorted(self.ids, tile_id)
        first = self._first[place]
        cells = self._cells[first : first + min(most, self._counts[place])]
        return [divmod(cell, self._columns) for cell in cells.tolist()]
