"""What a format is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ...options import FileOptions
from ...records import Size
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
    most_pixels: int | None = None
    """Pixels that a file can hold; None: those of the sides."""
    needs: str | None = None
    """What Pillow has to be built with; None: nothing that it may lack."""
    streams: bool = False
    """Whether it is written from the start to the end, so that a device or a pipe can take it."""
    folder_of: Callable[[Path], Path] | None = None
    """Gives the folder that belongs to a file; None: the file is all there is."""

    def holds(self, size: Size) -> bool:
        """Say whether a file can hold a picture of a size."""
        return self.excess(size) is None

    def excess(self, size: Size) -> str | None:
        """Say which limit a picture of a size exceeds; None: none."""
        if self.most_side is not None and max(size) > self.most_side:
            return f"{self.most_side:,} a side"
        if self.most_pixels is not None and size[0] * size[1] > self.most_pixels:
            return f"{self.most_pixels:,}"
        return None
