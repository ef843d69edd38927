"""Copy a database into another one."""

from dataclasses import dataclass

from ..errors import UsageError
from ..store import (
    Database,
    copy_rows,
    count_rows,
    count_tiles,
    list_mosaics,
    start_copy,
)
from .progress import SILENT, Progress


@dataclass(frozen=True, slots=True)
class Copied:
    """What is in both databases."""

    source: str
    """Names the one that was copied, without a password."""
    target: str
    """Names the copy, without a password."""
    tiles: int
    """How many tiles each has."""
    mosaics: int
    """How many mosaics each has."""


def copy_database(source: str, target: str, *, progress: Progress = SILENT) -> Copied:
    """Copy tiles, thumbnails, files, mosaics and settings; all ids stay.

    If this is stopped, the next call with the same databases goes on, and until then no other
    command uses the copy. In the end all tables are compared by hashes.

    Args:
        source: path or URL of a database; photos that are taken in meanwhile may not be copied.
        target: path or URL of one that does not exist, is empty, or is such a copy.
        progress: called with how many rows are copied.

    Raises:
        UsageError: both are the same.
        DatabaseError: one cannot be opened, the target holds something else, or they differ in the
            end.
    """
    with Database(source, create=False) as original:
        options = {"thumb_res": original.thumb_res, "half_copied": True}
        with Database(target, **options) as copy:  # type: ignore[arg-type]
            if copy.is_same_as(original):
                raise UsageError(f"{copy.name} is both: name another database to copy into")
            with copy.alone(progress.wait):
                start_copy(copy)
                progress.begin("copy", count_rows(original))
                copy_rows(original, copy, lambda rows: progress.advance([None] * rows))
                progress.end()
            mosaics = sum(1 for _ in list_mosaics(copy))
            return Copied(original.name, copy.name, count_tiles(copy), mosaics)
