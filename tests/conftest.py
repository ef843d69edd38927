"""What every room's tests share."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from object_server import BUCKET, ObjectServer, running_object_server
from servers import Server, running_server
from support import Command, write_photo

from mosaicdb import Database, ingest_photos
from mosaicdb.matching.all_kernels import compile_all

hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


@pytest.fixture(scope="session", autouse=True)
def _compiled_kernels() -> None:
    """Compile the kernels before all tests: a machine's first match goes another way."""
    compile_all()


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


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an empty database to be copied: its migrations take longer than most tests."""
    path = tmp_path_factory.mktemp("empty") / "tiles.db"
    Database(path, thumb_res=(8, 6)).close()
    return path


@pytest.fixture
def database(empty_database: Path, tmp_path: Path) -> Iterator[Database]:
    """Give an empty database."""
    with Database(shutil.copy(empty_database, tmp_path / "tiles.db")) as database:
        yield database


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Give a PostgreSQL server with a role, and an empty database to be cloned."""
    with running_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Server) -> Iterator[str]:
    """Give the URL of an empty PostgreSQL database."""
    with postgres.database() as url:
        yield url


@pytest.fixture(scope="session")
def object_server() -> Iterator[ObjectServer]:
    """Give a server that speaks S3."""
    with running_object_server() as server:
        yield server


@pytest.fixture
def objects(object_server: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectServer]:
    """Give the server with an empty bucket, which the environment knows."""
    from s3fs import S3FileSystem

    for name, value in object_server.variables.items():
        monkeypatch.setenv(name, value)
    object_server.client.create_bucket(Bucket=BUCKET)
    object_server.requests.clear()
    S3FileSystem.clear_instance_cache()
    yield object_server
    object_server.refuse = lambda request: None
    object_server.delete(*object_server.names())
    object_server.client.delete_bucket(Bucket=BUCKET)
    S3FileSystem.clear_instance_cache()


@pytest.fixture
def filled(photos: Path, database: Database) -> Database:
    """Give a database with a tile for each of the photos."""
    ingest_photos(database, [photos])
    return database


@pytest.fixture
def mosaicdb(capsys: pytest.CaptureFixture[str]) -> Command:
    """Give a way to run `mosaicdb` commands."""
    return Command(capsys)
