import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import write_photo

from mosaicdb import Database, ProcessExecutor, ingest_photos
from mosaicdb import features as features_module
from mosaicdb.features import fill_features
from mosaicdb.ingest import rebuild
from mosaicdb.store import count_unmeasured, query, record_features, unmeasured_thumbnails
from mosaicdb.store import features as store_features

FROZEN = Path(__file__).parent / "store"


def features(database: Database) -> list[tuple[object, ...]]:
    columns = ", ".join(("id", *store_features.FEATURE_COLUMNS))
    with query(database.path, f"SELECT {columns} FROM tile ORDER BY id") as answer:  # noqa: S608
        return list(answer.rows)


def forget(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE tile SET dhash = NULL, signature = NULL")


@pytest.fixture
def filled(photos: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setattr(store_features, "_TILES_A_PAGE", 5)
    ingest_photos(database, [photos])
    return database


class Listener:
    def __init__(self) -> None:
        self.heard: list[object] = []

    def begin(self, phase: str, total: int) -> None:
        self.heard.append((phase, total))

    def advance(self, outcomes: list[None]) -> None:
        self.heard.append(len(outcomes))


def test_an_ingest_leaves_nothing_to_fill_in(filled: Database) -> None:
    listener = Listener()
    fill_features(filled, progress=listener)
    assert listener.heard == []


@pytest.mark.parametrize("workers", [0, 2])
def test_features_that_are_missing_are_computed_as_an_ingest_does(
    workers: int, filled: Database, photos: Path
) -> None:
    before = features(filled)
    forget(filled)
    for path in photos.rglob("*.jpg"):
        path.unlink()
    listener = Listener()
    executor = ProcessExecutor(workers) if workers else None
    fill_features(filled, executor=executor, progress=listener)
    assert features(filled) == before
    assert listener.heard == [("features", 12), 5, 5, 2]


def test_a_fill_that_is_stopped_goes_on_where_it_was(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = features(filled)
    forget(filled)
    measure = features_module.measure_stored
    pages: list[int] = []

    def stopped(page: list[tuple[int, bytes]]) -> object:
        pages.append(page[0][0])
        if len(pages) == 2:
            raise KeyboardInterrupt
        return measure(page)

    monkeypatch.setattr(features_module, "measure_stored", stopped)
    with pytest.raises(KeyboardInterrupt):
        fill_features(filled)
    assert count_unmeasured(filled) == 7
    fill_features(filled)
    assert pages == [0, 5, 5, 10]
    assert features(filled) == before


def test_a_thumbnail_that_does_not_decode_is_passed_over(filled: Database) -> None:
    forget(filled)
    with filled.write() as connection:
        connection.exec_driver_sql("UPDATE thumbnail SET jpeg = x'00' WHERE tile_id = 3")
    fill_features(filled)
    fill_features(filled)
    assert [tile[0] for tile in features(filled) if tile[-1] is None] == [3]


def test_what_another_process_has_written_meanwhile_is_kept(filled: Database, photos: Path) -> None:
    forget(filled)
    late = [features_module.measure_stored(page) for page in unmeasured_thumbnails(filled)]
    rebuild(filled, (5, 9))
    rebuilt = features(filled)
    for page in late:
        record_features(filled, page)
    assert features(filled) == rebuilt


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_a_database_of_an_earlier_revision_gets_the_features_that_an_ingest_gives(
    revision: str, tmp_path: Path
) -> None:
    with (
        Database(shutil.copy(FROZEN / f"revision_{revision}.db", tmp_path / "old.db")) as old,
        Database(shutil.copy(FROZEN / "revision_0003.db", tmp_path / "new.db")) as new,
    ):
        assert (count_unmeasured(old), count_unmeasured(new)) == (4, 0)
        fill_features(old)
        assert features(old) == features(new)


def test_what_another_process_has_filled_in_meanwhile_is_not_done_again(
    filled: Database, photos: Path
) -> None:
    forget(filled)
    pages: Iterator[list[tuple[int, bytes]]] = unmeasured_thumbnails(filled)
    assert [tile_id for tile_id, _ in next(pages)] == [0, 1, 2, 3, 4]
    write_photo(photos / "zz.jpg", 99)
    assert ingest_photos(filled, [photos]).new == 1
    assert list(pages) == []
