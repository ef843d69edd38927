"""Find and read the picture to rebuild."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .errors import DatabaseError, PhotoError, printable
from .photos import canonical_path, read_first
from .store import Database, find_original, find_tile_of_path

MAX_TARGET_PIXELS: Final = 250_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A picture to rebuild."""

    path: str
    """Where it is."""
    tile_id: int | None
    """Its tile, where the photo is in the database."""
    data: bytes
    """The file's bytes."""


def open_target(database: Database | None, target: int | str | Path) -> Target:
    """Find and read a target.

    Args:
        database: knows which file has which number; None: there is none.
        target: the number of a photo, or the path of any picture.

    Raises:
        DatabaseError: no photo has the number.
        PhotoError: the picture's file has gone, or holds something else now.
    """
    try:
        if isinstance(target, int):
            if database is None:
                raise DatabaseError(f"no database knows photo {target}: name one with --db")
            original = find_original(database, target)
            path, data = read_first(original.paths, original.content_hash)
            return Target(path, original.tile_id, data)
        path = canonical_path(target)
        tile_id = find_tile_of_path(database, path) if database is not None else None
        return Target(path, tile_id, read_first([path])[1])
    except PhotoError as error:
        named = printable(target)
        raise PhotoError(
            f"cannot read the target {named}: {error}; name another with --target"
        ) from error
