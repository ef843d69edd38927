"""Databases that are copied, from either kind to either kind."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from support import Command, write_photo

from mosaicdb import Database, ingest_photos
from mosaicdb.errors import DatabaseError, UsageError
from mosaicdb.pipelines.copy import copy_database
from mosaicdb.pipelines.progress import Silent
from mosaicdb.records import Mosaic, TilePrices
from mosaicdb.store import copying, find_recorded, record_edit, record_mosaic
from mosaicdb.store.schema import ban, metadata, tile


@pytest.fixture
def filled(photos: Path, tmp_path: Path) -> Iterator[Database]:
    """Give an SQLite database with tiles, a rejected file, a hole in the ids and a mosaic."""
    (photos / "bad.jpg").write_bytes(b"?")
    with Database(tmp_path / "from.db", thumb_res=(8, 6)) as database:
        ingest_photos(database, [photos])
        write_photo(photos / "00.jpg", 90)
        ingest_photos(database, [photos])
        ids = np.array([[1, 2, -1], [3, 13, 1]])
        costs = np.full((2, 3), 0.1)
        mosaic = Mosaic("unique", ids, cell_costs=costs, cost=0.5, output=Path("/m.jpg"))
        prices = TilePrices(np.arange(4), np.array([0.1, -0.2, 1 / 3, 1e-9]))
        mosaic = replace(mosaic, prices=prices, id=record_mosaic(database, mosaic))
        record_edit(database, mosaic, replace(mosaic, tile_ids=ids[::-1]), None, "swap 0,0=3")
        with database.write() as connection:
            connection.execute(ban.insert().values(content_hash="0" * 64, banned_at=datetime.now()))
        yield database


def everything(location: object) -> dict[str, list[tuple[object, ...]]]:
    with Database(str(location), half_copied=True) as database, database.read() as connection:
        return {
            table.name: connection.execute(table.select().order_by(*table.primary_key)).all()
            for table in metadata.sorted_tables
        }


class StoppedError(Exception):
    pass


class StopsAfter(Silent):
    """Stops a copy after some batches."""

    def __init__(self, batches: int) -> None:
        self.left = batches

    def advance(self, outcomes: object) -> None:
        self.left -= 1
        if not self.left:
            raise StoppedError


def test_a_copy_there_and_back_is_equal_table_by_table(
    filled: Database, postgres_url: str, postgres: object, tmp_path: Path
) -> None:
    with postgres.database("template0") as url:
        there = copy_database(str(filled.path), url)
        back = copy_database(url, str(tmp_path / "back.db"))
        original = everything(filled.path)
        assert all(original.values())
        assert everything(url) == original == everything(tmp_path / "back.db")
    assert (there.tiles, there.mosaics) == (back.tiles, back.mosaics) == (13, 1)
    with Database(tmp_path / "back.db") as database:
        assert find_recorded(database) is not None


def test_a_copy_on_a_server_goes_on_with_new_ids(
    filled: Database, postgres_url: str, photos: Path
) -> None:
    copy_database(str(filled.path), postgres_url)
    write_photo(photos / "new.jpg", 91)
    mosaic = Mosaic("unique", np.array([[1]]), cost=0.5, output=Path("/other.jpg"))
    with Database(postgres_url) as database:
        assert ingest_photos(database, [photos]).new == 1
        assert record_mosaic(database, mosaic) == 2
        with database.read() as connection:
            ids = list(connection.scalars(tile.select().order_by(tile.c.id)))
    assert ids == [*range(12), 13, 14]


@pytest.mark.parametrize("batches", [1, 2, 4, 9, 11])
def test_a_copy_that_stopped_goes_on(
    batches: int, filled: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_ROWS_A_PAGE", 5)
    target = tmp_path / "to.db"
    with pytest.raises(StoppedError):
        copy_database(str(filled.path), str(target), progress=StopsAfter(batches))
    with pytest.raises(DatabaseError, match="run `mosaicdb copy` again"):
        Database(target)
    copy_database(str(filled.path), str(target))
    assert everything(target) == everything(filled.path)
    Database(target).close()


def test_what_changed_since_a_copy_began_is_told(
    filled: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_ROWS_A_PAGE", 5)
    target = tmp_path / "to.db"
    with pytest.raises(StoppedError):
        copy_database(str(filled.path), str(target), progress=StopsAfter(4))
    with filled.write() as connection:
        connection.execute(tile.update().where(tile.c.id == 2).values(mean_r=0.5))
    for _ in range(2):
        with pytest.raises(DatabaseError, match="the table tile is not the same in"):
            copy_database(str(filled.path), str(target))
    with pytest.raises(DatabaseError, match="run `mosaicdb copy` again"):
        Database(target)


def test_only_an_empty_database_is_copied_into(filled: Database, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    filled.backend.copy_to(other)
    before = everything(other)
    with pytest.raises(DatabaseError, match="is not empty: copy into a new database"):
        copy_database(str(filled.path), str(other))
    (tmp_path / "same.db").symlink_to(filled.path)
    with pytest.raises(UsageError, match="is both"):
        copy_database(str(filled.path), str(tmp_path / "same.db"))
    with pytest.raises(UsageError, match="is both"):
        copy_database(str(filled.path), f"sqlite:///{filled.path}")
    with pytest.raises(DatabaseError, match="no database at"):
        copy_database(str(tmp_path / "none.db"), str(tmp_path / "to.db"))
    assert everything(other) == before
    assert not (tmp_path / "to.db").exists()


def test_a_copy_is_made_by_a_command(filled: Database, mosaicdb: Command) -> None:
    mosaicdb("copy", filled.path, "to.db")
    assert mosaicdb.error_line == f"13 tiles and 1 mosaic: to.db is equal to {filled.path}"
