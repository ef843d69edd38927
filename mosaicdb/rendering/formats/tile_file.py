"""Tiles in one file: contents are appended, and where they stand is kept in arrays."""

import os
from collections.abc import Sequence
from typing import IO

import numpy as np
from numpy.typing import NDArray

from .levels import Level

_Numbers = NDArray[np.int64]


class TileFile:
    """Contents of tiles at the end of a file, and which tile has which contents.

    A tile takes 8 bytes of memory, and its contents take 17.

    Args:
        stream: is open for reading and writing, without a buffer; contents are appended.
        levels: of the pyramid.
        share: whether tiles with the same contents have the same place in the file; if not, each
            has a copy.
        kept: bytes of contents that stay in memory: the first ones, so that most are read at once.
    """

    def __init__(
        self, stream: IO[bytes], levels: Sequence[Level], *, share: bool, kept: int = 0
    ) -> None:
        self._stream = stream
        self._share = share
        self._end = stream.seek(0, os.SEEK_END)
        self._offsets = np.empty(1024, np.int64)
        self._lengths = np.empty(1024, np.int64)
        self._is_placed = np.empty(1024, np.bool_)
        self._count = 0
        self._kept: dict[int, bytes] = {}
        self._room = kept
        self._tiles = [np.full((level.rows, level.columns), -1, np.int64) for level in levels]

    def add(self, contents: Sequence[bytes]) -> _Numbers:
        """Append the contents of tiles; give their numbers.

        Raises:
            OSError: the disk is full.
        """
        lengths = np.array([len(content) for content in contents], np.int64)
        numbers = np.arange(self._count, self._count + len(contents))
        self._count += len(contents)
        if self._count > len(self._offsets):
            room = max(self._count, 2 * len(self._offsets))
            for name in ("_offsets", "_lengths", "_is_placed"):
                setattr(self, name, np.resize(getattr(self, name), room))
        self._offsets[numbers] = self._end + lengths.cumsum() - lengths
        self._lengths[numbers] = lengths
        self._is_placed[numbers] = False
        self._write(b"".join(contents))
        for number, content in zip(numbers.tolist() if self._room else (), contents, strict=False):
            self._kept[number] = content
            self._room = max(0, self._room - len(content))
        return numbers

    def place(self, level: int, row: int, numbers: _Numbers) -> None:
        """Say which contents the tiles of a row have.

        Raises:
            OSError: the disk is full.
        """
        if not self._share:
            numbers = self._with_copies(numbers)
        self._tiles[level][row] = numbers

    def put(self, level: int, row: int, contents: list[bytes]) -> None:
        """Append the contents of a row of tiles: `add` and `place` in one."""
        self._tiles[level][row] = self.add(contents)

    def read(self, number: int) -> bytes:
        """Read contents that were added."""
        if number in self._kept:
            return self._kept[number]
        place, length = int(self._offsets[number]), int(self._lengths[number])
        return os.pread(self._stream.fileno(), length, place)

    @property
    def end(self) -> int:
        """Give how long the file is, in bytes."""
        return self._end

    @property
    def contents(self) -> int:
        """Count the contents that were added."""
        return self._count

    def places(self, level: int) -> tuple[_Numbers, _Numbers]:
        """Give where the tiles of a level begin in the file and their lengths in bytes.

        Returns:
            Two arrays of shape (rows, columns) of tiles.
        """
        tiles = self._tiles[level]
        assert tiles.min() >= 0, "a tile was not put"
        return self._offsets[tiles], self._lengths[tiles]

    def _with_copies(self, numbers: _Numbers) -> _Numbers:
        """Copy the contents of all tiles but the first that has them."""
        _, first = np.unique(numbers, return_index=True)
        is_copy = self._is_placed[numbers]
        is_copy[np.setdiff1d(np.arange(len(numbers)), first)] = True
        self._is_placed[numbers] = True
        numbers = numbers.copy()
        numbers[is_copy] = self.add([self.read(number) for number in numbers[is_copy].tolist()])
        return numbers

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:  # a write may take less than all of a few gigabytes
            rest = rest[self._stream.write(rest) :]
        self._end += len(data)
