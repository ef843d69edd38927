"""A way to have a file read."""

from pathlib import Path

import pytest
from pictures import ReadPhoto, settle

from mosaicdb.options import ReadOptions
from mosaicdb.photos import read_photo
from mosaicdb.readings import PendingFile, Reading
from mosaicdb.records import Size


@pytest.fixture
def read(tmp_path: Path) -> ReadPhoto:
    """Give a function that writes bytes to a file, and reads the file as a photo."""

    def read_bytes(
        data: bytes,
        thumb_res: Size = (20, 20),
        *,
        name: str = "photo.jpg",
        max_pixels: int = 200_000_000,
        accept_truncated: bool = False,
        known_hashes: tuple[str, ...] = (),
    ) -> Reading:
        path = tmp_path / name
        path.write_bytes(data)
        settle(path)
        options = ReadOptions(thumb_res, max_pixels, accept_truncated)
        return read_photo(PendingFile(7, str(path), known_hashes), options)

    return read_bytes
