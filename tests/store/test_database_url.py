"""Databases that are named by URLs, through the command line and the store."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from support import Command, write_photo

from mosaicdb import Database, ingest_photos
from mosaicdb.errors import DatabaseError, UsageError
from mosaicdb.store import database_exists, rehearsal, sqlite
from mosaicdb.store.engine import database_url
from mosaicdb.store.sqlite import database_path

URLS = [
    "sqlite:///file:tiles.db?uri=true",
    "sqlite:///file:{folder}/tiles.db?mode=rw&uri=true",
    "sqlite:///file://{folder}/tiles.db?uri=true&mode=rw",
    "sqlite:///{folder}/tiles.db",
    "sqlite:///tiles.db",
]


@pytest.fixture(params=URLS)
def location(request: pytest.FixtureRequest, filled: Database) -> str:
    """Give a URL of the database `filled`, which lies in a folder whose name has a space."""
    folder = filled.path.parent / "a b"
    filled.close()
    folder.mkdir()
    filled.path.rename(folder / "tiles.db")
    os.chdir(folder)
    return str(request.param).format(folder=quote(str(folder)))


def test_every_command_finds_a_database_by_its_url(location: str, mosaicdb: Command) -> None:
    database = ("--db", location)
    assert "12" in mosaicdb("stats", *database)
    assert mosaicdb("sql", "SELECT count(*) FROM tile", "--format", "csv", *database) == (
        "count(*)\n12\n"
    )
    mosaicdb("check", *database)
    mosaicdb("render", "--target", 3, "--grid", "5x4", "--output", "m.png", *database)
    assert json.loads(mosaicdb("score", "m.png", "--json", *database))["mosaic"] == 1
    assert sorted(path.name for path in Path().iterdir() if path.suffix == ".db") == ["tiles.db"]


def test_a_database_is_found_by_its_url(location: str) -> None:
    assert database_exists(location)
    with rehearsal(location) as copy, copy.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM tile").scalar() == 12


def test_a_database_that_is_only_to_be_read_is_scored_and_asked(
    filled: Database, mosaicdb: Command
) -> None:
    mosaicdb("render", "--target", 3, "--grid", "5x4", "--output", "m.png", "--db", filled.path)
    location = f"sqlite:///file:{filled.path}?mode=ro&uri=true"
    assert json.loads(mosaicdb("score", "m.png", "--json", "--db", location))["mosaic"] == 1
    assert mosaicdb("sql", "SELECT 1", "--format", "csv", "--db", location) == "1\n1\n"


def test_a_lock_lies_beside_the_file_of_a_url(tmp_path: Path) -> None:
    with Database("sqlite:///file:x.db?uri=true") as database, database.alone(lambda: None):
        assert database.is_held()
        assert (tmp_path / "x.db.lock").exists()


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("x.db", "x.db"),
        ("sqlite:///x.db", "x.db"),
        ("sqlite:////deep/x.db", "/deep/x.db"),
        ("sqlite:///x.db?uri=false", "x.db"),
        ("sqlite:///file:x.db?uri=false", "file:x.db"),
        ("sqlite:///file:x.db?uri=true", "x.db"),
        ("sqlite:///file:deep/x.db?uri=1", "deep/x.db"),
        ("sqlite:///file:///a%20b/x.db?mode=ro&uri=true", "/a b/x.db"),
        ("sqlite:///file://localhost/a%20b/x.db?uri=true", "/a b/x.db"),
        ("sqlite:///file:/a%2520b/x.db?uri=true", "/a b/x.db"),
        ("sqlite:///x.db?uri=true", "x.db"),
    ],
)
def test_a_url_names_a_file(location: str, path: str) -> None:
    assert database_path(database_url(location)) == Path(path)
    assert not database_exists(location)


def test_sqlite_makes_the_file_that_is_expected(tmp_path: Path) -> None:
    locations = [
        "sqlite:///file:x.db?uri=true",
        "sqlite:///file:a%2520b.db?uri=true",
        "sqlite:///c.db?uri=true",
        f"sqlite:///file:{tmp_path}/%C3%A9.db?uri=yes&mode=rwc",
        "sqlite:///d e.db",
    ]
    for location in locations:
        assert not database_exists(location)
        with Database(location) as database:
            assert database.path.is_file()
        assert database_exists(location)


@pytest.mark.parametrize(
    "location", ["sqlite:///x.db?timeout=soon", "sqlite:///x.db?uri=perhaps", "sqlite+no:///x.db"]
)
def test_options_that_are_not_understood_are_refused(location: str) -> None:
    with pytest.raises(UsageError, match="is no database URL"):
        Database(location)


def test_a_database_in_a_folder_that_is_write_protected_is_read(
    filled: Database, photos: Path, mosaicdb: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.close()
    monkeypatch.setattr(sqlite.os, "access", lambda *_: False)
    protected = Database(filled.path)
    with pytest.raises(DatabaseError, match="it is read-only"):
        ingest_photos(protected, [write_photo(photos / "new.jpg", 99)])
    statement = "SELECT count(*) FROM tile"
    assert mosaicdb("sql", statement, "--format", "csv", "--db", filled.path) == "count(*)\n12\n"
    assert not Path(f"{filled.path}-wal").exists()


def test_a_copy_that_cannot_be_written_is_told(filled: Database, tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=r"tiles\.db: it cannot be opened"):
        filled.backend.copy_to(tmp_path / "no" / "copy.db")
    with closing(sqlite3.connect(filled.path)) as connection:
        assert connection.execute("SELECT count(*) FROM tile").fetchone() == (12,)
