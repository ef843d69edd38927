import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support import RecordedProgress, write_photo

from mosaicdb import Database, ProcessExecutor, Selection, ingest_photos
from mosaicdb.pipelines import backfill
from mosaicdb.pipelines.backfill import fill_descriptors
from mosaicdb.pipelines.ingest import rebuild
from mosaicdb.pipelines.selection import select_tiles
from mosaicdb.store import count_unmeasured, record_descriptors, run_sql, unmeasured_thumbnails
from mosaicdb.store import descriptors as store_descriptors

FROZEN = Path(__file__).parents[1] / "store"


def descriptors(database: Database) -> list[tuple[object, ...]]:
    columns = ", ".join(("id", *store_descriptors.DESCRIPTOR_COLUMNS))
    with run_sql(database.path, f"SELECT {columns} FROM tile ORDER BY id") as answer:  # noqa: S608
        return list(answer.rows)


def forget(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE tile SET signature = NULL")


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_descriptors, "_TILES_A_PAGE", 5)


def test_an_ingest_leaves_nothing_to_fill_in(filled: Database) -> None:
    progress = RecordedProgress()
    fill_descriptors(filled, progress=progress)
    assert progress.calls == []


@pytest.mark.parametrize("workers", [0, 2])
def test_descriptors_that_are_missing_are_computed_as_an_ingest_does(
    workers: int, filled: Database, photos: Path
) -> None:
    before = descriptors(filled)
    forget(filled)
    for path in photos.rglob("*.jpg"):
        path.unlink()
    progress = RecordedProgress()
    executor = ProcessExecutor(workers) if workers else None
    fill_descriptors(filled, executor=executor, progress=progress)
    assert descriptors(filled) == before
    assert progress.calls == [("descriptors", 12), 5, 5, 2]


def test_a_fill_that_is_stopped_goes_on_where_it_was(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = descriptors(filled)
    forget(filled)
    measure = backfill.measure_stored
    pages: list[int] = []

    def stopped(page: list[tuple[int, bytes]]) -> object:
        pages.append(page[0][0])
        if len(pages) == 2:
            raise KeyboardInterrupt
        return measure(page)

    monkeypatch.setattr(backfill, "measure_stored", stopped)
    with pytest.raises(KeyboardInterrupt):
        fill_descriptors(filled)
    assert count_unmeasured(filled) == 7
    fill_descriptors(filled)
    assert pages == [0, 5, 5, 10]
    assert descriptors(filled) == before


def test_selecting_tiles_fills_in_signatures_only_where_they_are_asked_for(
    filled: Database,
) -> None:
    tiles = select_tiles(filled, signatures=True)
    forget(filled)
    assert select_tiles(filled).signatures is None
    assert count_unmeasured(filled) == 12
    progress = RecordedProgress()
    again = select_tiles(filled, Selection("tile_id > 3"), signatures=True, progress=progress)
    assert progress.calls[0] == ("descriptors", 12)
    assert count_unmeasured(filled) == 0
    assert again.ids.tolist() == list(range(4, 12))
    assert tiles.signatures is not None and again.signatures is not None
    assert np.array_equal(again.signatures, tiles.signatures[4:])


def test_a_tile_that_has_no_signature_gets_it(filled: Database) -> None:
    before = descriptors(filled)
    with filled.write() as connection:
        connection.exec_driver_sql("UPDATE tile SET signature = NULL WHERE id = 4")
    assert count_unmeasured(filled) == 1
    fill_descriptors(filled)
    assert descriptors(filled) == before


def test_tiles_that_lack_descriptors_are_found_by_an_index(filled: Database) -> None:
    statement = "EXPLAIN QUERY PLAN SELECT count(*) FROM tile WHERE signature IS NULL"
    with filled.read() as connection:
        (plan,) = connection.exec_driver_sql(statement)
    assert "ix_tile_unmeasured" in plan[-1]


def test_a_thumbnail_that_does_not_decode_is_passed_over(filled: Database) -> None:
    forget(filled)
    with filled.write() as connection:
        connection.exec_driver_sql("UPDATE thumbnail SET jpeg = x'00' WHERE tile_id = 3")
    fill_descriptors(filled)
    fill_descriptors(filled)
    assert [tile[0] for tile in descriptors(filled) if tile[-1] is None] == [3]


def test_what_another_process_has_written_meanwhile_is_kept(filled: Database, photos: Path) -> None:
    forget(filled)
    late = [backfill.measure_stored(page) for page in unmeasured_thumbnails(filled)]
    rebuild(filled, (5, 9))
    rebuilt = descriptors(filled)
    for page in late:
        record_descriptors(filled, page)
    assert descriptors(filled) == rebuilt


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_a_database_of_an_earlier_revision_gets_the_descriptors_that_an_ingest_gives(
    revision: str, tmp_path: Path
) -> None:
    with (
        Database(shutil.copy(FROZEN / f"revision_{revision}.db", tmp_path / "old.db")) as old,
        Database(shutil.copy(FROZEN / "revision_0003.db", tmp_path / "new.db")) as new,
    ):
        assert (count_unmeasured(old), count_unmeasured(new)) == (4, 0)
        fill_descriptors(old)
        assert descriptors(old) == descriptors(new)


def test_what_another_process_has_filled_in_meanwhile_is_not_done_again(
    filled: Database, photos: Path
) -> None:
    forget(filled)
    pages: Iterator[list[tuple[int, bytes]]] = unmeasured_thumbnails(filled)
    assert [tile_id for tile_id, _ in next(pages)] == [0, 1, 2, 3, 4]
    write_photo(photos / "zz.jpg", 99)
    assert ingest_photos(filled, [photos]).new == 1
    assert list(pages) == []
