"""Write a viewer as files, for any web server."""

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from ..batches import in_batches
from .contents import BLOCK_SIDE, PHOTOS_A_PIECE, Contents, Found
from .documents import (
    as_json,
    block_document,
    found_document,
    photos_document,
    summary_document,
)
from .pages import page_files

PICTURE: Final = "mosaic.dzi"
"""The picture in the folder, a Deep Zoom picture; its tiles stand in `mosaic_files`."""
_SUMMARY: Final = "mosaic.json"
_MADE_BY: Final = "mosaicdb export-viewer"
_OWN: Final = re.compile(
    r"mosaic\.json|target\.jpg|mosaic\.dzi|mosaic_files/\d+/\d+_\d+\.jpeg"
    r"|photos/\d+(\.json|/\d+\.jpg)|cells/\d+_\d+\.json|names/\d+\.json"
)
"""Names of files in the folder, beside those of the page."""
_NAMES_A_FILE: Final = 4096


def foreign_file(folder: Path) -> Path | None:
    """Find something in the folder of a viewer that no viewer has; None: there is nothing."""
    pages = {name for name, _ in page_files()}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        is_own = name in pages or _OWN.fullmatch(name) is not None
        if path.is_symlink() or (not path.is_dir() and not is_own):
            return path
    return None


def is_site(folder: Path) -> bool:
    """Say whether `write_site` has written a folder, whatever else was put into it."""
    try:
        return bool(json.loads((folder / _SUMMARY).read_bytes())["madeBy"] == _MADE_BY)
    except (OSError, ValueError, LookupError, TypeError):
        return False


def write_site(
    contents: Contents,
    photos: Iterable[tuple[int, bytes]],
    names: Iterable[Found],
    folder: Path,
    advance: Callable[[], None],
) -> None:
    """Write all of a viewer but the mosaic's picture: see `PICTURE`.

    Args:
        contents: what it shows; its picture and its photos are not asked for.
        photos: tile id and JPEG of each photo in it.
        names: all of its photos, in the order that search results get: what a search looks through.
        folder: is there.
        advance: called after each photo.

    Raises:
        OSError: a file cannot be written.
    """
    for name, data in page_files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    pieces = set()
    for tile_id, jpeg in photos:
        piece = tile_id // PHOTOS_A_PIECE
        place = folder / "photos" / str(piece)
        if piece not in pieces:
            place.mkdir(parents=True)
            pieces.add(piece)
        (place / f"{tile_id}.jpg").write_bytes(jpeg)
        advance()
    for piece in pieces:
        document = photos_document(contents.photos(piece))
        (folder / "photos" / f"{piece}.json").write_bytes(as_json(document))
    _write_blocks(contents, folder / "cells")
    name_files = _write_names(names, folder / "names")
    if (target := contents.target_jpeg()) is not None:
        (folder / "target.jpg").write_bytes(target)
    summary = summary_document(contents.summary, isServed=False, nameFiles=name_files)
    (folder / _SUMMARY).write_bytes(as_json(summary | {"madeBy": _MADE_BY}))


def _write_blocks(contents: Contents, folder: Path) -> None:
    folder.mkdir()
    columns, rows = (-(-cells // BLOCK_SIDE) for cells in contents.summary.grid)
    for row in range(rows):
        for column in range(columns):
            block = contents.block(row, column)
            assert block is not None
            (folder / f"{row}_{column}.json").write_bytes(as_json(block_document(block)))


def _write_names(names: Iterable[Found], folder: Path) -> int:
    """Write the index of names in pieces; give their number."""
    folder.mkdir()
    count = 0
    for count, some in enumerate(in_batches(names, _NAMES_A_FILE), 1):
        (folder / f"{count - 1}.json").write_bytes(as_json(found_document(some)))
    return count
