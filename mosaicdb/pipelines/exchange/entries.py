"""What is found in a file of another format for each tile."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ...store import StoredTile


@dataclass(frozen=True, slots=True, eq=False)
class FoundTile:
    """What a file holds of a tile."""

    jpeg: bytes
    """Its thumbnail."""
    known: dict[str, Any] = field(default_factory=dict)
    """What else is known, under the names of `StoredTile` and `Capture`; nothing that is None."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A tile in a file."""

    name: str
    """What finds it in the file."""
    number: int | None
    """The tile's number, if it has one there."""
    read: Callable[[], FoundTile]
    """Reads it; raises KeyError, OSError, TypeError or ValueError where it holds something else."""


class Entries(Protocol):
    """The tiles of an opened file."""

    count: int
    """How many there are."""

    def __iter__(self) -> Iterator[Entry]:
        """Yield them in the order of the file."""
        ...


class ExchangeFormat(Protocol):
    """A file format that holds tiles."""

    entry: str
    """What an entry is called in it."""
    needs: str
    """What has to be there of each photo for an import."""

    def write(self, path: Path, tiles: Iterator[StoredTile]) -> None:
        """Write tiles to a new file."""
        ...

    def open(self, path: Path) -> AbstractContextManager[Entries]:
        """Open a file.

        Raises:
            MissingExtraError: the library that reads it is not installed.
            UsageError: there is no such file, or it has another format.
        """
        ...
