"""Find recorded mosaics, list them, and forget them."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from ..errors import DatabaseError, printable
from ..listings import ListedMosaic
from ..options import (
    STRATEGIES,
    DrawOptions,
    FeatureOptions,
    Framing,
    Importance,
    MatchOptions,
    MosaicOptions,
    Selection,
)
from ..photos import canonical_path, final_path, hash_file, is_file
from ..records import Mosaic
from ..store import Database, delete_mosaics, find_mosaic, find_recorded, list_mosaics, statistics

_LARGEST_ID: Final = 2**31 - 1


def find_named(database: Database, named: int | str | Path | None) -> Mosaic:
    """Find a recorded mosaic.

    Args:
        database: is read.
        named: its id, its name, the path of its picture, or None: the newest.

    Raises:
        DatabaseError: there is none, or the picture has been overwritten since.
    """
    found = _find(database, named)
    if found is not None:
        return found
    if named is None or not statistics(database).mosaics:
        raise DatabaseError(f"{database.name} holds no mosaics: make one with `mosaicdb render`")
    if isinstance(named, int):
        raise DatabaseError(f"no mosaic has the id {named}: `mosaicdb mosaics` lists them")
    raise DatabaseError(
        f"{printable(named)} is no mosaic that this database recorded: `mosaicdb mosaics` lists "
        "them"
    )


def _find(database: Database, named: int | str | Path | None) -> Mosaic | None:
    if named is None:
        return find_recorded(database)
    if isinstance(named, int):
        return find_recorded(database, named) if named <= _LARGEST_ID else None
    if called := find_recorded(database, name=str(named)):
        return called
    paths = {canonical_path(named), final_path(named)}
    if not is_file(named):
        return find_recorded(database, paths=paths)
    mosaic = find_mosaic(database, paths, hash_file(str(named)))
    if mosaic is None and (written := find_recorded(database, paths=paths)):
        raise DatabaseError(
            f"{printable(named)} is not the picture of mosaic {written.id} any more: name the "
            "mosaic by its id"
        )
    return mosaic


def recorded_options(mosaic: Mosaic) -> DrawOptions:
    """Give what was done to the tiles of a mosaic when it was made."""
    size = mosaic.parameters.get("tile_size")  # earlier versions recorded none of thumbnails
    return DrawOptions(
        mosaic.parameters.get("shift", 0),
        mosaic.parameters.get("blend", 0.0),
        None if size is None else (size[0], size[1]),
        mosaic.parameters.get("adapt", 0.0),
        mosaic.parameters.get("faint", 0.0),
    )


def recorded_framing(mosaic: Mosaic) -> Framing | None:
    """Give how the target of a mosaic got its shape; None: that is not recorded."""
    if "fit" not in mosaic.parameters:
        return None
    across, down = mosaic.parameters["focus_point"]
    return Framing(mosaic.parameters["fit"], (across, down))


def recorded_settings(mosaic: Mosaic) -> tuple[MosaicOptions, Selection]:
    """Give what was asked of a mosaic's match and drawing, and which tiles it could be made of.

    Raises:
        DatabaseError: it was drawn from a file, or an earlier version recorded too little.
    """
    known = {"zoom": 1.0, **mosaic.parameters}  # earlier versions had no crops
    if mosaic.strategy not in STRATEGIES or not {"features", "detail"} <= known.keys():
        reason = "an earlier version recorded too little of it"
        if mosaic.is_live:
            raise DatabaseError(
                f"mosaic {mosaic.id} is live: `mosaicdb live` alone changes it, and takes photos "
                "out that `mosaicdb ban` names"
            )
        if mosaic.strategy not in STRATEGIES:
            reason = "its match was given by a file"
        raise DatabaseError(f"mosaic {mosaic.id} cannot be repaired: {reason}; render it again")

    def part(of: type) -> Any:
        names = {field.name for field in fields(of)} & known.keys()
        return of(**{name: known[name] for name in names})

    options = MosaicOptions(
        mosaic.grid,
        part(MatchOptions),
        part(FeatureOptions),
        part(Framing),
        part(Importance),
        recorded_options(mosaic),
    )
    return options, Selection(
        where=known.get("where"),
        distinct="distinct" in known,
        with_missing="with_missing" in known,
        alike="alike" in known,
        without=known.get("without"),
        must=known.get("must"),
        pin=tuple(known.get("pin", ())),
    )


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
