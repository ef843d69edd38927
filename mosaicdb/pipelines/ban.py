"""Ban photos from mosaics, and let them in again."""

from collections.abc import Sequence
from pathlib import Path

from ..errors import DatabaseError, printable
from ..listings import Ban
from ..store import Database, delete_bans, list_bans, record_bans
from .photos_named import hashes_named


def ban_photos(database: Database, named: Sequence[int | str | Path]) -> list[Ban]:
    """Ban photos: no mosaic shows them from now on, wherever their files are.

    Mosaics that are recorded keep them until they are edited or brought up to date.

    Args:
        database: is written once all of them are found.
        named: tiles, paths of photos, which need not be known, or conditions on the view
            tile_stats.

    Returns:
        Those that were not banned before.

    Raises:
        MosaicdbError: one of them is not found, or a condition is wrong; none is banned then.
    """
    hashes = set().union(*(hashes_named(database, name) for name in named))
    new = set(record_bans(database, hashes))
    return [ban for ban in list_bans(database) if ban.content_hash in new]


def unban_photos(database: Database, named: Sequence[int | str | Path]) -> list[Ban]:
    """Let banned photos in again.

    Args:
        database: is written once all of them are found.
        named: as for `ban_photos`, or hashes of their bytes, as `bans` gives them.

    Returns:
        Those that were banned.

    Raises:
        DatabaseError: a photo is not banned; none is let in then.
        MosaicdbError: as for `ban_photos`.
    """
    known = {ban.content_hash: ban for ban in list_bans(database)}
    wanted: set[str] = set()
    for name in named:
        hashes = hashes_named(database, name, known) & known.keys()
        if not hashes:
            raise DatabaseError(f"{printable(name)} is not banned: `mosaicdb ban` lists what is")
        wanted |= hashes
    return [known[content_hash] for content_hash in delete_bans(database, wanted)]


def bans(database: Database) -> list[Ban]:
    """List the photos that are banned, the oldest ban first."""
    return list_bans(database)
