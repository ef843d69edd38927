"""HDF5 as the exercise had it: one uint8 dataset of JPEG bytes a tile, named 000000, 000001, …"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from functools import partial
from itertools import chain, count, takewhile
from pathlib import Path
from typing import Any, Final

import numpy as np

from ...errors import MissingExtraError, UsageError, printable
from ...store import StoredTile
from .entries import Entry, FoundTile

_MOST_BYTES_OF_AN_ATTRIBUTE: Final = 60_000  # HDF5 allows 64 KB for it and what describes it
_OF_THE_TILE: Final = ("content_hash", "format", "camera_make", "camera_model")
_NUMBERS: Final = {"reader": int, "banned": bool, "latitude": float, "longitude": float}


class Hdf5:
    """Datasets are named by tile ids of six digits or more; attributes say what else is known."""

    entry = "dataset"
    needs = "a dataset of JPEG bytes for each photo"

    def write(self, path: Path, tiles: Iterator[StoredTile]) -> None:
        """Write tiles to a new file."""
        with _h5py().File(path, "w") as target:
            for tile in tiles:
                data = np.frombuffer(tile.jpeg, dtype=np.uint8)
                attributes = target.create_dataset(f"{tile.id:06d}", data=data).attrs
                attributes["content_hash"] = tile.content_hash
                attributes["size"] = (tile.width, tile.height)
                attributes["format"] = tile.format
                attributes["reader"] = tile.reader
                if tile.banned:
                    attributes["banned"] = True
                for name, part in _parts_of(tile.overview or b""):
                    attributes[name] = np.frombuffer(part, dtype=np.uint8)
                for name, value in asdict(tile.capture).items():
                    if value is not None:
                        is_time = isinstance(value, datetime)
                        attributes[name] = value.isoformat() if is_time else value

    @contextmanager
    def open(self, path: Path) -> Iterator["_Datasets"]:
        """Open a file, which the script of the exercise may have written."""
        h5py = _h5py()
        try:
            source = h5py.File(path, "r")
        except OSError as error:
            reason = "no such file" if not path.exists() else "it is not an HDF5 file"
            raise UsageError(f"{printable(path)}: {reason}") from error
        with source:
            yield _Datasets(source)


def _h5py() -> Any:
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError("HDF5", "hdf5") from error
    return h5py


def _parts_of(overview: bytes) -> Iterator[tuple[str, bytes]]:
    """Cut an overview into what attributes can hold, and name these."""
    starts = range(0, len(overview), _MOST_BYTES_OF_AN_ATTRIBUTE)
    parts = (overview[start : start + _MOST_BYTES_OF_AN_ATTRIBUTE] for start in starts)
    return zip(_parts(), parts, strict=False)


def _parts() -> Iterator[str]:
    """Name the attributes that hold parts of an overview."""
    return chain(["overview"], (f"overview_{number}" for number in count(1)))


class _Datasets:
    """The datasets of an opened file."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self.count = len(source)

    def __iter__(self) -> Iterator[Entry]:
        for name in sorted(self._source, key=lambda name: (len(name), name)):
            is_number = name.isascii() and name.isdigit() and len(name) < 10
            yield Entry(name, int(name) if is_number else None, partial(self._read, name))

    def _read(self, name: str) -> FoundTile:
        dataset = self._source[name]
        value = dataset[()]
        jpeg = value.tobytes() if isinstance(value, np.void) else bytes(np.asarray(value, np.uint8))
        attributes = dataset.attrs
        known: dict[str, Any] = {}
        if "size" in attributes:
            known["width"], known["height"] = (int(side) for side in attributes["size"])
        if "taken_at" in attributes:
            known["taken_at"] = datetime.fromisoformat(attributes["taken_at"])
        if overview := [attributes[name] for name in takewhile(attributes.__contains__, _parts())]:
            known["overview"] = np.concatenate(overview, dtype=np.uint8).tobytes()
        known |= {name: str(attributes[name]) for name in _OF_THE_TILE if name in attributes}
        known |= {name: of(attributes[name]) for name, of in _NUMBERS.items() if name in attributes}
        return FoundTile(jpeg, known)
