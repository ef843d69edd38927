"""Take tiles to and from files of other formats: Parquet where they are named so, else HDF5."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Final

from ...atomic import replacing
from ...batches import in_batches
from ...capture import Capture
from ...errors import MosaicdbError, PhotoError, UsageError, printable
from ...photos import adopt_overview, adopt_thumbnail
from ...readings import READER, SCALED, Tile
from ...records import Size
from ...store import (
    Database,
    ImportedTile,
    StoredTile,
    count_tiles,
    import_source,
    record_imported,
    set_thumb_res,
    stored_tiles,
)
from ..overwrite_guard import refuse_overwriting
from ..progress import SILENT, Progress
from .entries import Entries, Entry, ExchangeFormat, FoundTile
from .hdf5 import Hdf5
from .parquet import Parquet

_TILES_A_TRANSACTION: Final = 500
_SHA_256: Final = re.compile("[0-9a-f]{64}")
_MOST_PIXELS_A_SIDE: Final = 10**6


def export_tiles(database: Database, path: Path, *, progress: Progress = SILENT) -> int:
    """Write every tile, with its thumbnail and what is known of the photo, to one file.

    Args:
        database: is read.
        path: the file; one that is there is replaced. Its extension is .parquet for Parquet; all
            else is HDF5.
        progress: called with how many tiles are done.

    Returns:
        How many tiles were written.

    Raises:
        MissingExtraError: the library that writes the format is not installed.
        UsageError: the file is in use, or one of the photos.
        DatabaseError: a rebuild is at work, or stopped half-way.
    """
    refuse_overwriting(database, [path])
    count = 0

    def counted() -> Iterator[StoredTile]:
        nonlocal count
        for tile in stored_tiles(database):
            yield tile
            count += 1
            progress.advance([None])

    with replacing(path) as temporary:
        progress.begin("export", count_tiles(database))
        _format_of(path).write(temporary, counted())
    progress.end()
    return count


def import_tiles(database: Database, path: Path, *, progress: Progress = SILENT) -> tuple[int, int]:
    """Take the thumbnails of a file in as tiles.

    A database without tiles takes over the file's numbers and its thumbnails' size.

    Args:
        database: is written in batches.
        path: as `export_tiles`, or the script of the exercise, wrote it.
        progress: called with how many tiles are done.

    Returns:
        How many tiles are new, and how many were known.

    Raises:
        MissingExtraError: the library that reads the format is not installed.
        UsageError: there is no such file, it has another format, or its thumbnails have another
            size.
    """
    form = _format_of(path)
    with form.open(path) as entries, database.alone(progress.wait):
        if not entries.count:
            raise UsageError(f"{printable(path)} holds no {form.entry}s")
        progress.begin("import", entries.count)
        new = 0
        for batch in in_batches(_read(database, entries, form, path), _TILES_A_TRANSACTION):
            new += record_imported(database, batch)
            progress.advance([None] * len(batch))
        progress.end()
    return new, entries.count - new


def check_importable(path: Path) -> None:
    """Look whether a file can be opened, before a database is made for it.

    Raises:
        MissingExtraError: the library that reads the format is not installed.
        UsageError: there is no such file, or it has another format.
    """
    with _format_of(path).open(path):
        pass


def _format_of(path: Path) -> ExchangeFormat:
    return Parquet() if path.suffix.lower() == ".parquet" else Hdf5()


def _read(
    database: Database, entries: Entries, form: ExchangeFormat, path: Path
) -> Iterator[ImportedTile]:
    first = True
    for entry in entries:
        try:
            found = entry.read()
            tile, size = _tile_of(found)
        except (PhotoError, KeyError, OSError, TypeError, ValueError) as error:
            raise MosaicdbError(
                f"{printable(path)}: {form.entry} {printable(entry.name)}: {printable(error)}; "
                f"what can be imported is {form.needs}"
            ) from error
        _check_size(database, size, entry, path, first=first)
        first = False
        source = import_source(path.absolute(), entry.name)
        yield ImportedTile(source, entry.number, tile, bool(found.known.get("banned", False)))


def _check_size(database: Database, size: Size, entry: Entry, path: Path, *, first: bool) -> None:
    if size != database.thumb_res and not (first and set_thumb_res(database, size)):
        own, wanted = ("x".join(map(str, sides)) for sides in (size, database.thumb_res))
        raise UsageError(
            f"{printable(path)}: thumbnail {printable(entry.name)} is {own}, and "
            f"{database.name} has {wanted}: import into a new database, with --db"
        )


def _tile_of(found: FoundTile) -> tuple[Tile, Size]:
    known = found.known
    thumbnail, size = adopt_thumbnail(found.jpeg)
    content_hash = known.get("content_hash", hashlib.sha256(found.jpeg).hexdigest())
    photo = (known.get("width", size[0]), known.get("height", size[1]))
    if not _SHA_256.fullmatch(content_hash):
        raise ValueError("its content hash is not a SHA-256 in hexadecimal")
    if not 1 <= min(photo) <= max(photo) <= _MOST_PIXELS_A_SIDE:
        raise ValueError(f"a photo of {photo[0]} x {photo[1]} pixels")
    reader = known.get("reader", 0)
    if not SCALED <= reader <= READER:
        raise ValueError(f"it was made by version {reader} of the reader, which there is not")
    overview = known.get("overview")
    tile = Tile(
        content_hash=content_hash,
        width=photo[0],
        height=photo[1],
        format=known.get("format", "JPEG"),
        capture=Capture(**{field.name: known.get(field.name) for field in fields(Capture)}),
        thumbnail=thumbnail,
        overview=None if overview is None else adopt_overview(overview, photo, size),
        reader=reader,
    )
    return tile, size
