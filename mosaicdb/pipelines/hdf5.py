"""Take tiles to and from HDF5: one uint8 dataset of JPEG bytes a tile, named 000000, 000001, …"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..atomic import replacing
from ..batches import in_batches
from ..capture import Capture
from ..errors import MissingExtraError, MosaicdbError, PhotoError, UsageError, printable
from ..photos import adopt_thumbnail
from ..readings import Tile
from ..records import Size
from ..store import (
    IMPORT_SOURCE,
    Database,
    ImportedTile,
    count_tiles,
    record_imported,
    set_thumb_res,
    stored_tiles,
)
from .overwrite_guard import refuse_overwriting
from .progress import SILENT, Progress

_TILES_A_TRANSACTION: Final = 500


def export_tiles(database: Database, path: Path, *, progress: Progress = SILENT) -> int:
    """Write every tile's thumbnail to an HDF5 file; a file that is there is replaced.

    Datasets are named by tile ids of six digits or more. What else is known of the photo stands
    in their attributes.

    Args:
        database: is read.
        path: the HDF5 file.
        progress: called with how many tiles are done.

    Returns:
        How many tiles were written.

    Raises:
        MissingExtraError: h5py is not installed.
        UsageError: the file is in use, or one of the photos.
        DatabaseError: a rebuild is at work, or stopped half-way.
    """
    refuse_overwriting(database, [path])
    h5py = _h5py()
    count = 0
    progress.begin("export", count_tiles(database))
    with replacing(path) as temporary, h5py.File(temporary, "w") as target:
        for tile in stored_tiles(database):
            data = np.frombuffer(tile.jpeg, dtype=np.uint8)
            attributes = target.create_dataset(f"{tile.id:06d}", data=data).attrs
            attributes["content_hash"] = tile.content_hash
            attributes["size"] = (tile.width, tile.height)
            attributes["format"] = tile.format
            attributes["reader"] = tile.reader
            for name, value in asdict(tile.capture).items():
                if value is not None:
                    attributes[name] = value.isoformat() if isinstance(value, datetime) else value
            count += 1
            progress.advance([None])
    progress.end()
    return count


def import_tiles(database: Database, path: Path, *, progress: Progress = SILENT) -> tuple[int, int]:
    """Take the thumbnails of an HDF5 file in as tiles.

    A database without tiles takes over the file's numbers and its thumbnails' size.

    Args:
        database: is written in batches.
        path: as `export_tiles`, or the script of the exercise, wrote it.
        progress: called with how many tiles are done.

    Returns:
        How many tiles are new, and how many were known.

    Raises:
        MissingExtraError: h5py is not installed.
        UsageError: there is no such file, it is no HDF5, or its thumbnails have another size.
    """
    with _open(path) as source, database.alone(progress.wait):
        names = sorted(source, key=lambda name: (len(name), name))
        if not names:
            raise UsageError(f"{printable(path)} holds no datasets")
        progress.begin("import", len(names))
        new = 0
        for batch in in_batches(_read(database, source, names, path), _TILES_A_TRANSACTION):
            new += record_imported(database, batch)
            progress.advance([None] * len(batch))
        progress.end()
    return new, len(names) - new


def check_importable(path: Path) -> None:
    """Look whether a file can be opened, before a database is made for it.

    Raises:
        MissingExtraError: h5py is not installed.
        UsageError: there is no such file, or it is no HDF5.
    """
    _open(path).close()


def _open(path: Path) -> Any:
    h5py = _h5py()
    try:
        return h5py.File(path, "r")
    except OSError as error:
        reason = "no such file" if not path.exists() else "it is not an HDF5 file"
        raise UsageError(f"{printable(path)}: {reason}") from error


def _h5py() -> Any:
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError("HDF5", "hdf5") from error
    return h5py


def _read(database: Database, source: Any, names: list[str], path: Path) -> Iterator[ImportedTile]:
    first = True
    for name in names:
        try:
            imported, size = _read_one(source[name], name, path)
        except (PhotoError, KeyError, OSError, TypeError, ValueError) as error:
            raise MosaicdbError(
                f"{printable(path)}: dataset {printable(name)}: {printable(error)}; what can be "
                "imported is a dataset of JPEG bytes for each photo"
            ) from error
        if size != database.thumb_res and not (first and set_thumb_res(database, size)):
            own, wanted = ("x".join(map(str, sides)) for sides in (size, database.thumb_res))
            raise UsageError(
                f"{printable(path)}: thumbnail {printable(name)} is {own}, and "
                f"{database.name} has {wanted}: import into a new database, with --db"
            )
        first = False
        yield imported


def _bytes_in(dataset: Any) -> bytes:
    """Return the bytes of a dataset: of numbers, or opaque, as h5py writes a `numpy.void`."""
    value = dataset[()]
    return value.tobytes() if isinstance(value, np.void) else bytes(np.asarray(value, np.uint8))


def _read_one(dataset: Any, name: str, path: Path) -> tuple[ImportedTile, Size]:
    jpeg = _bytes_in(dataset)
    thumbnail, size = adopt_thumbnail(jpeg)
    known = dataset.attrs
    width, height = (int(side) for side in known.get("size", size))
    tile = Tile(
        content_hash=str(known.get("content_hash", hashlib.sha256(jpeg).hexdigest())),
        width=width,
        height=height,
        format=str(known.get("format", "JPEG")),
        capture=_capture(known),
        thumbnail=thumbnail,
        reader=int(known.get("reader", 0)),
    )
    number = int(name) if name.isascii() and name.isdigit() and len(name) < 10 else None
    return ImportedTile(f"{IMPORT_SOURCE}{path.absolute()}#{name}", number, tile), size


def _capture(known: Mapping[str, Any]) -> Capture:
    taken, latitude, longitude = (known.get(name) for name in ("taken_at", "latitude", "longitude"))
    make, model = (known.get(name) for name in ("camera_make", "camera_model"))
    return Capture(
        taken_at=datetime.fromisoformat(taken) if taken else None,
        latitude=None if latitude is None else float(latitude),
        longitude=None if longitude is None else float(longitude),
        camera_make=None if make is None else str(make),
        camera_model=None if model is None else str(model),
    )
