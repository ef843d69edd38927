"""Find photos that people name: by tile, by path, by a condition, or by the hash of their bytes."""

import os
import re
from collections.abc import Collection
from pathlib import Path

from ..errors import DatabaseError, PhotoError, UsageError, printable
from ..photos import canonical_path, hash_file
from ..store import Database, find_tile_of_path, hashes_of_tiles, tiles_where

_LARGEST_ID = 2**63 - 1


def tile_named(database: Database, named: int | str | Path) -> int:
    """Find the tile of one photo.

    Args:
        database: is read.
        named: its number, or the path of a file that holds it, or held it.

    Raises:
        DatabaseError: there is no such tile.
    """
    if isinstance(named, int):
        if named > _LARGEST_ID or named not in hashes_of_tiles(database, [named]):
            raise DatabaseError(f"there is no tile {named}")
        return named
    tile_id = find_tile_of_path(database, canonical_path(named))
    if tile_id is None:
        raise DatabaseError(f"{printable(named)} is no photo that this database knows")
    return tile_id


def hashes_named(
    database: Database, named: int | str | Path, known: Collection[str] = ()
) -> set[str]:
    """Find the hashes of photos.

    Args:
        database: is read.
        named: a tile, the path of a photo, a condition on the view tile_stats, or one of `known`.
        known: hashes, SHA-256 in hexadecimal, by which photos without a tile may be named.

    Raises:
        DatabaseError: there is no such tile, or no tile for which the condition holds.
        PhotoError: the file cannot be read.
        UsageError: it is a folder, or none of these.
    """
    if isinstance(named, str) and named.isascii() and named.isdigit() and len(named) < 20:
        named = int(named)
    if isinstance(named, int):
        return set(hashes_of_tiles(database, [tile_named(database, named)]).values())
    text = str(named)
    if re.fullmatch("[0-9a-f]{64}", text) and text in known:
        return {text}
    if os.path.isdir(named):
        raise UsageError(
            f"{printable(named)} is a folder: give a condition, such as \"path LIKE '/folder/%'\""
        )
    if os.path.isfile(named):
        try:
            return {hash_file(canonical_path(named))}
        except OSError as error:
            raise PhotoError(f"{printable(named)}: {error.strerror or error}") from error
    tile_id = find_tile_of_path(database, canonical_path(named))
    if tile_id is not None:
        return set(hashes_of_tiles(database, [tile_id]).values())
    try:
        tiles = tiles_where(database.url, text)
    except UsageError as error:
        raise UsageError(f"no photo is named {printable(text)}, and {error}") from error
    if not tiles:
        raise DatabaseError(f"the condition {printable(text)!r} holds for no tile")
    return set(hashes_of_tiles(database, tiles).values())
