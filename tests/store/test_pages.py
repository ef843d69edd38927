"""Rows that are read a page at a time, or by their ids."""

from collections.abc import Callable, Iterator
from datetime import datetime
from types import ModuleType

import pytest
from sqlalchemy import delete, func, select, update

from mosaicdb import Database
from mosaicdb.errors import DatabaseError
from mosaicdb.store import (
    all_thumbnails,
    descriptors,
    files_of_tiles,
    load_thumbnails,
    maintenance,
    pages,
    pending_files,
    rebuild,
    stale_tiles,
    start_rebuild,
    stored_tiles,
    survey,
    transfer,
    unmeasured_thumbnails,
)
from mosaicdb.store.schema import crop_descriptor, file, overview, thumbnail, tile


def mark_pending(database: Database) -> Iterator[object]:
    seen_at = datetime(2020, 1, 1)
    with database.write() as connection:
        connection.execute(update(file).values(mtime_ns=None, seen_at=seen_at))
    return pending_files(database, seen_at)


def mark_unmeasured(database: Database) -> Iterator[object]:
    with database.write() as connection:
        connection.execute(update(tile).values(signature=None))
    return (row for page in unmeasured_thumbnails(database) for row in page)


def mark_stale(database: Database) -> Iterator[object]:
    start_rebuild(database, (4, 3))
    return stale_tiles(database)


READERS: list[tuple[ModuleType, str, Callable[[Database], Iterator[object]]]] = [
    (maintenance, "_THUMBNAILS_A_PAGE", all_thumbnails),
    (transfer, "_TILES_A_PAGE", stored_tiles),
    (descriptors, "_TILES_A_PAGE", mark_unmeasured),
    (rebuild, "_TILES_A_PAGE", mark_stale),
    (survey, "_PENDING_A_PAGE", mark_pending),
]


@pytest.mark.parametrize(("module", "name", "read"), READERS)
def test_pages_of_any_size_hold_the_same_rows_in_the_same_order(
    module: ModuleType,
    name: str,
    read: Callable[[Database], Iterator[object]],
    filled: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with filled.write() as connection:  # ids need not follow each other
        for number in (0, 5, 6):
            connection.execute(delete(file).where(file.c.tile_id == number))
            for table in (thumbnail, overview, crop_descriptor):
                connection.execute(delete(table).where(table.c.tile_id == number))
            connection.execute(delete(tile).where(tile.c.id == number))
    whole = list(read(filled))
    assert len(whole) == 9
    for size in (1, 4, 9, 10):
        monkeypatch.setattr(module, name, size)
        assert list(read(filled)) == whole


def test_others_write_between_two_pages(filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "_THUMBNAILS_A_PAGE", 5)
    ids = []
    for tile_id, _ in all_thumbnails(filled):
        ids.append(tile_id)
        if tile_id == 4:
            with filled.write() as connection:
                connection.execute(delete(thumbnail).where(thumbnail.c.tile_id.in_([2, 7, 11])))
    assert ids == [0, 1, 2, 3, 4, 5, 6, 8, 9, 10]


def test_a_rebuild_that_starts_between_two_pages_ends_an_export(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "_TILES_A_PAGE", 12)
    exported = stored_tiles(filled)
    assert [next(exported).id for _ in range(12)] == list(range(12))
    start_rebuild(filled, (4, 3))
    with pytest.raises(DatabaseError, match="a rebuild stopped half-way"):
        next(exported)


def test_a_rebuild_goes_on_from_the_tile_it_had_reached(filled: Database) -> None:
    start_rebuild(filled, (4, 3))
    with filled.write() as connection:
        rebuild.put_rebuild_next(connection, 7)
    assert [stale.id for stale in stale_tiles(filled)] == [7, 8, 9, 10, 11]


def test_rows_are_given_by_ascending_id_however_many_ids_are_asked_for(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with filled.write() as connection:
        connection.execute(update(file).where(file.c.id == 4).values(missing=True))
    wanted = [11, 3, 4, 3, 99, 0]
    for size in (500, 2):
        monkeypatch.setattr(pages, "IDS_A_STATEMENT", size)
        assert [number for number, _ in load_thumbnails(filled, iter(wanted))] == [0, 3, 4, 11]
        assert [files.tile_id for files in files_of_tiles(filled, wanted)] == [0, 3, 11]
    with filled.read() as connection:
        assert connection.scalar(select(func.count()).select_from(thumbnail)) == 12


def test_a_rebuild_gets_all_files_of_a_tile_those_that_are_missing_last(
    filled: Database,
) -> None:
    start_rebuild(filled, (4, 3))
    with filled.write() as connection:
        path = {row.id: row.path for row in connection.execute(select(file.c.id, file.c.path))}
        connection.execute(update(file).where(file.c.id.in_([2, 5])).values(missing=True))
        connection.execute(update(file).where(file.c.id == 3).values(tile_id=2))
        connection.execute(delete(file).where(file.c.id == 6))
    paths = {stale.id: stale.paths for stale in stale_tiles(filled)}
    assert paths[2] == (path[3], path[2])
    assert (paths[4], paths[5], paths[6]) == ((path[4],), (path[5],), ())
