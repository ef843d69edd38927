from pathlib import Path

import numpy as np
import pytest
from support import rows, write_photo

from mosaicdb import Database, ingest_photos, load_tiles
from mosaicdb.errors import DatabaseError
from mosaicdb.pipelines.maintenance import Pruned, check, prune
from mosaicdb.pipelines.selection import select_tiles
from mosaicdb.records import Mosaic
from mosaicdb.store import maintenance, record_mosaic


def break_(database: Database, statement: str) -> None:
    with database.session() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql(statement)
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        connection.exec_driver_sql("BEGIN")


def place(database: Database, ids: list[int]) -> None:
    grid = np.array([ids])
    record_mosaic(database, Mosaic("nearest", grid, output=Path("/m.jpg")))


def test_a_database_after_an_ingest_is_whole(photos: Path, database: Database) -> None:
    ingest_photos(database, [photos])
    place(database, [1, 2, 2])
    assert list(check(database)) == []


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("DELETE FROM thumbnail WHERE tile_id = 3", "tile 3 has no thumbnail"),
        ("DELETE FROM tile WHERE id = 2", "placement: a row refers to a tile that there is not"),
        ("DELETE FROM placement WHERE 'column' = 'column' AND tile_id = 1", "mosaic 1 has 2"),
        ("UPDATE thumbnail SET jpeg = x'00' WHERE tile_id = 5", "tile 5: a thumbnail"),
        (
            "UPDATE thumbnail SET jpeg = substr(jpeg, 1, 500) WHERE tile_id = 5",
            "tile 5: a thumbnail",
        ),
        ("UPDATE setting SET value = '[9, 9]' WHERE key = 'thumb_res'", "not RGB 9 x 9"),
    ],
)
def test_every_kind_of_damage_is_found(
    statement: str, fault: str, photos: Path, database: Database
) -> None:
    ingest_photos(database, [photos])
    place(database, [1, 2, 2])
    break_(database, statement)
    with Database(database.path) as again:
        assert any(fault in line for line in check(again))


def test_a_damaged_file_is_told(photos: Path, database: Database) -> None:
    ingest_photos(database, [photos])
    database.close()
    data = bytearray(database.path.read_bytes())
    data[8192 * 3 : 8192 * 3 + 4096] = bytes(4096)
    database.path.write_bytes(data)
    with Database(database.path) as again:
        try:
            faults = list(check(again))
        except DatabaseError as error:
            assert "damaged" in str(error)
        else:
            assert faults


def test_prune_forgets_what_is_gone_and_stands_in_no_mosaic(
    photos: Path, database: Database
) -> None:
    ingest_photos(database, [photos])
    place(database, [1, 4])
    for number in (1, 2, 3):
        (photos / f"{number:02d}.jpg").unlink()
    (photos / "a" / "04.jpg").write_bytes((photos / "00.jpg").read_bytes())
    ingest_photos(database, [photos])
    (photos / "03.jpg").write_bytes(b"back again, though no ingest has seen it")
    tried = prune(database, dry_run=True)
    assert [Path(path).name for path in tried.files] == ["01.jpg", "02.jpg"]
    assert tried.tiles == (2,)
    assert len(load_tiles(database)) == 12
    assert prune(database) == tried
    assert load_tiles(database).ids.tolist() == [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert list(check(database)) == []


def test_numbers_of_forgotten_tiles_are_not_given_again(photos: Path, database: Database) -> None:
    ingest_photos(database, [photos])
    for path in photos.rglob("*.jpg"):
        path.unlink()
    write_photo(photos / "new.jpg", 99)
    ingest_photos(database, [photos])
    assert len(prune(database).tiles) == 12
    write_photo(photos / "newer.jpg", 100)
    ingest_photos(database, [photos])
    assert load_tiles(database).ids.tolist() == [12, 13]


def test_a_tile_that_is_a_mosaic_s_target_is_kept(photos: Path, database: Database) -> None:
    ingest_photos(database, [photos])
    grid = np.array([[1]])
    record_mosaic(
        database, Mosaic("nearest", grid, target="/x.jpg", target_tile_id=2, output=Path("/m.jpg"))
    )
    (photos / "02.jpg").unlink()
    ingest_photos(database, [photos])
    pruned = prune(database)
    assert (pruned.tiles, pruned.mosaics) == ((), ())
    assert (pruned.kept_tiles, pruned.kept_mosaics) == ((2,), ((1, "/m.jpg"),))
    assert prune(database, mosaics=True).tiles == (2,)


def test_mosaics_that_stand_in_the_way_are_forgotten_where_that_is_wanted(
    photos: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest_photos(database, [photos])
    for number, ids in enumerate([[1, 4], [4, 5], [2, 1, 0]]):
        grid = np.array([ids])
        record_mosaic(database, Mosaic("nearest", grid, output=Path(f"/{number}.jpg")))
    for number in (1, 2, 3):
        (photos / f"{number:02d}.jpg").unlink()
    ingest_photos(database, [photos])
    prune(database)  # tile 3, and the files of 1 and 2
    monkeypatch.setattr(maintenance, "IDS_A_STATEMENT", 1)
    tried = prune(database, mosaics=True, dry_run=True)
    assert (tried.files, tried.tiles) == ((), (1, 2))
    assert tried.mosaics == ((1, "/0.jpg"), (3, "/2.jpg"))
    assert prune(database, mosaics=True) == tried
    assert rows(database, "SELECT id FROM mosaic") == [(2,)]
    assert rows(database, "SELECT DISTINCT mosaic_id FROM placement") == [(2,)]
    assert list(check(database)) == []
    assert prune(database, mosaics=True) == Pruned((), ())


def test_what_sqlite_itself_finds_is_told(photos: Path, database: Database) -> None:
    ingest_photos(database, [photos])
    with database.session() as connection:
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        connection.exec_driver_sql("UPDATE file SET error = 'both' WHERE id = 3")
        connection.exec_driver_sql("COMMIT")
    with Database(database.path) as again:
        assert any(line.startswith("SQLite: ") for line in check(again))


def test_what_an_earlier_version_took_from_folders_of_derivatives_is_missing_and_pruned(
    photos: Path, database: Database
) -> None:
    copies = photos / "@eaDir"
    write_photo(copies / "00.jpg", 50)
    write_photo(copies / "deep" / "01.jpg", 51)
    ingest_photos(database, [photos, copies])  # as versions did that did not know such folders
    assert ingest_photos(database, [photos, copies]).missing == 0
    report = ingest_photos(database, [photos])
    assert (report.missing, report.tiles) == (2, 14)
    for_new_mosaics = select_tiles(database).ids.tolist()
    assert prune(database).files == (str(copies / "00.jpg"), str(copies / "deep" / "01.jpg"))
    assert len(for_new_mosaics) == 12
    assert load_tiles(database).ids.tolist() == for_new_mosaics
    assert (copies / "00.jpg").exists()


def test_a_folder_of_derivatives_that_is_named_comes_back(photos: Path, database: Database) -> None:
    copies = photos / "@eaDir"
    write_photo(copies / "00.jpg", 50)
    assert ingest_photos(database, [copies]).tiles == 1
    assert ingest_photos(database, [photos]).missing == 1
    report = ingest_photos(database, [copies])
    assert (report.missing, report.unchanged) == (0, 1)
    assert prune(database).files == ()
