"""What every room's tests share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from support import Command, write_photo

from mosaicdb import Database, ingest_photos

settings.register_profile("busy", deadline=None)  # no test may fail because a machine is busy
settings.load_profile("busy")


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every test in an empty folder and without the developer's variables."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("MOSAICDB_") and name != "MOSAICDB_PHOTOS":
            monkeypatch.delenv(name)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Give a folder of 12 different photos, some in sub-folders."""
    folder = tmp_path / "photos"
    for seed in range(12):
        write_photo(folder / ("ab"[seed % 2] if seed > 3 else "") / f"{seed:02d}.jpg", seed)
    return folder


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Give an empty database."""
    with Database(tmp_path / "tiles.db", thumb_res=(8, 6)) as database:
        yield database


@pytest.fixture
def filled(photos: Path, database: Database) -> Database:
    """Give a database with a tile for each of the photos."""
    ingest_photos(database, [photos])
    return database


@pytest.fixture
def mosaicdb(capsys: pytest.CaptureFixture[str]) -> Command:
    """Give a way to run `mosaicdb` commands."""
    return Command(capsys)
