"""What a format is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ...options import FileOptions
from ..strips import Strips


@dataclass(frozen=True, slots=True)
class Format:
    """A format of pictures."""

    name: str
    """What people call it, with its article."""
    write: Callable[[Strips, Path, FileOptions], None]
    """Writes a picture to a new file; raises OSError."""
    most_side: int | None = None
    """Pixels a side that a file can hold; None: more than anyone has."""
