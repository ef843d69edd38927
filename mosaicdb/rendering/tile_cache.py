"""Keep the pixels of tiles that are needed again, in bounded memory."""

import os
import tempfile
from types import TracebackType
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import RenderingError
from ..records import Size

DEFAULT_MEMORY: Final = 64 << 20
"""Bytes of pixels that are kept in memory; what is more goes to a temporary file."""


class TileCache:
    """Tiles of one size: the first ones in memory, what is more in a temporary file.

    The file has no name, stands where `tempfile` puts files (TMPDIR), and its places are used
    again once a tile is dropped.

    Args:
        size: width and height of the tiles in pixels.
        memory: bytes that may be kept in memory.
    """

    def __init__(self, size: Size, memory: int = DEFAULT_MEMORY) -> None:
        self._shape = size[1], size[0], 3
        self._bytes = size[0] * size[1] * 3
        self._most_in_memory = memory // self._bytes
        self._in_memory: dict[int, NDArray[np.uint8]] = {}
        self._places: dict[int, int] = {}
        self._free: list[int] = []
        self._file: IO[bytes] | None = None

    def __enter__(self) -> "TileCache":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def __contains__(self, tile_id: int) -> bool:
        return tile_id in self._in_memory or tile_id in self._places

    def put(self, tile_id: int, pixels: NDArray[np.uint8]) -> None:
        """Keep the pixels of a tile, shape (height, width, 3).

        Raises:
            RenderingError: the temporary file cannot be written.
        """
        if len(self._in_memory) < self._most_in_memory:
            self._in_memory[tile_id] = pixels
            return
        place = self._free.pop() if self._free else len(self._places)
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="mosaicdb-tiles-")  # noqa: SIM115
            written = os.pwrite(self._file.fileno(), pixels.tobytes(), place * self._bytes)
            if written < self._bytes:
                raise OSError(0, "the disk is full")
        except OSError as error:
            raise RenderingError(
                f"cannot keep tiles in {tempfile.gettempdir()}: {error.strerror}; "
                "name a larger place with TMPDIR"
            ) from error
        self._places[tile_id] = place

    def get(self, tile_id: int) -> NDArray[np.uint8]:
        """Give the pixels of a tile that is kept, shape (height, width, 3); raises KeyError."""
        if tile_id in self._in_memory:
            return self._in_memory[tile_id]
        place = self._places[tile_id]
        assert self._file is not None
        data = os.pread(self._file.fileno(), self._bytes, place * self._bytes)
        return np.frombuffer(data, np.uint8).reshape(self._shape)

    def drop(self, tile_id: int) -> None:
        """Forget a tile; one that is not kept is ignored."""
        if self._in_memory.pop(tile_id, None) is None and tile_id in self._places:
            self._free.append(self._places.pop(tile_id))
