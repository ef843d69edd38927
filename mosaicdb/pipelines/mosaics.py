"""Find recorded mosaics, list them, and forget them."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ..errors import DatabaseError, printable
from ..options import DrawOptions, Framing
from ..photos import canonical_path, hash_file
from ..records import ListedMosaic, Mosaic
from ..store import Database, delete_mosaics, find_mosaic, find_recorded, list_mosaics

_LARGEST_ID: Final = 2**31 - 1


def find_named(database: Database, named: int | str | Path | None) -> Mosaic:
    """Find a recorded mosaic.

    Args:
        database: is read.
        named: its id, its name, the path of its picture, or None: the newest.

    Raises:
        DatabaseError: there is none, or the picture has been overwritten since.
    """
    newest = find_recorded(database)
    if newest is None:
        raise DatabaseError(f"{database.name} holds no mosaics: make one with `mosaicdb render`")
    if named is None:
        return newest
    if isinstance(named, int):
        mosaic = find_recorded(database, named) if named <= _LARGEST_ID else None
        if mosaic is None:
            raise DatabaseError(f"no mosaic has the id {named}: `mosaicdb mosaics` lists them")
        return mosaic
    if called := find_recorded(database, name=str(named)):
        return called
    paths = {canonical_path(named), os.path.realpath(named)}
    written = find_recorded(database, paths=paths)
    if os.path.isfile(named):
        mosaic = find_mosaic(database, paths, hash_file(str(named)))
        if mosaic is None and written is not None:
            raise DatabaseError(
                f"{printable(named)} is not the picture of mosaic {written.id} any more: name the "
                "mosaic by its id"
            )
        written = mosaic
    if written is None:
        raise DatabaseError(
            f"{printable(named)} is no mosaic that this database recorded: `mosaicdb mosaics` "
            "lists them"
        )
    return written


def recorded_options(mosaic: Mosaic) -> DrawOptions:
    """Give what was done to the tiles of a mosaic when it was made."""
    size = mosaic.parameters.get("tile_size")  # earlier versions recorded none of thumbnails
    return DrawOptions(
        mosaic.parameters.get("shift", 0),
        mosaic.parameters.get("blend", 0.0),
        None if size is None else (size[0], size[1]),
    )


def recorded_framing(mosaic: Mosaic) -> Framing | None:
    """Give how the target of a mosaic got its shape; None: that is not recorded."""
    if "fit" not in mosaic.parameters:
        return None
    across, down = mosaic.parameters["focus_point"]
    return Framing(mosaic.parameters["fit"], (across, down))


def mosaics(database: Database) -> list[ListedMosaic]:
    """List the recorded mosaics, by ascending id."""
    return list(list_mosaics(database))


def forget_mosaics(database: Database, named: Sequence[int | str | Path]) -> list[Mosaic]:
    """Delete what is recorded of mosaics; their pictures stay.

    Args:
        database: is written once all of them are found.
        named: ids, names, or paths of their pictures.

    Returns:
        What they were.

    Raises:
        DatabaseError: there is no such mosaic; none is forgotten then.
    """
    found = {mosaic.id: mosaic for mosaic in (find_named(database, name) for name in named)}
    delete_mosaics(database, [mosaic_id for mosaic_id in found if mosaic_id is not None])
    return list(found.values())
