"""Find the target of a recorded mosaic as it was, and cut it into cells again."""

from ..errors import PhotoError
from ..options import Framing
from ..photos import read_first
from ..records import Mosaic
from ..store import Database, find_originals
from .mosaics import recorded_framing
from .target import Cells, Target, cut_cells


def recorded_target(database: Database, mosaic: Mosaic) -> Target:
    """Read the target of a recorded mosaic, wherever the photo is by now.

    Args:
        database: knows where the target is, if it is a photo.
        mosaic: the mosaic; of one that an earlier version recorded, and whose target is no photo
            of the database, any content will do.

    Raises:
        PhotoError: it has gone or changed, or is not recorded.
    """
    paths = [] if mosaic.target is None else [mosaic.target]
    content_hash = mosaic.target_hash
    if mosaic.target_tile_id is not None:
        for original in find_originals(database, [mosaic.target_tile_id]):
            paths += original.paths
            content_hash = content_hash or original.content_hash
    named = "the mosaic" if mosaic.id is None else f"mosaic {mosaic.id}"
    if not paths:
        raise PhotoError(f"the target of {named} is not recorded")
    try:
        path, data = read_first(paths, content_hash)
    except PhotoError as error:
        raise PhotoError(
            f"cannot read the target of {named} as it was: {error}; put it back"
        ) from error
    return Target(path, mosaic.target_tile_id, data)


def recorded_cells(database: Database, mosaic: Mosaic, *, signatures: bool) -> Cells:
    """Cut the target of a recorded mosaic into cells as it was cut before.

    Args:
        database: see `recorded_target`.
        mosaic: see `recorded_target`.
        signatures: whether structure will be compared.

    Raises:
        PhotoError: the target has gone or changed, or is not recorded.
    """
    target = recorded_target(database, mosaic)
    framing = recorded_framing(mosaic) or Framing()
    return cut_cells(target, mosaic.grid, database.thumb_res, framing, signatures=signatures)
