"""Photos whose tiles an earlier version made are read again."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image
from support import Command, RecordedProgress, age, contents, rows, write_photo

from mosaicdb import (
    Database,
    MosaicOptions,
    ProcessExecutor,
    Selection,
    ingest_photos,
    load_tiles,
    render,
)
from mosaicdb.pipelines import rereading
from mosaicdb.pipelines.exchange import export_tiles, import_tiles
from mosaicdb.pipelines.ingest import rebuild
from mosaicdb.pipelines.mosaic import Outputs
from mosaicdb.pipelines.selection import select_tiles
from mosaicdb.readings import READER

FROZEN = Path(__file__).parents[1] / "store"


def spoil(database: Database) -> None:
    """Make all tiles those of an earlier reader, with other colours and another thumbnail."""
    with database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE tile SET reader = 0, mean_r = 1, signature = x'00', taken_at = NULL, width = 1"
        )
        connection.exec_driver_sql("UPDATE thumbnail SET jpeg = x'00'")


@pytest.mark.parametrize("workers", [0, 2])
def test_an_ingest_reads_the_photos_of_an_earlier_reader_again(
    workers: int, filled: Database, photos: Path
) -> None:
    before = contents(filled.path)
    spoil(filled)
    executor = ProcessExecutor(workers) if workers else None
    report = ingest_photos(filled, [photos], executor=executor)
    assert (report.read_again, report.unchanged, report.tiles) == (12, 12, 12)
    assert contents(filled.path) == before
    assert ingest_photos(filled, [photos]).read_again == 0


def test_mosaics_stay_when_their_tiles_are_read_again(filled: Database, photos: Path) -> None:
    render(filled, 0, MosaicOptions(grid=(4, 3)), outputs=Outputs(photos.parent / "m.png"))
    before = rows(filled, "SELECT * FROM placement")
    assert before
    spoil(filled)
    ingest_photos(filled, [photos])
    assert rows(filled, "SELECT * FROM placement") == before


def test_only_photos_that_this_ingest_has_found_are_read_again(
    filled: Database, photos: Path
) -> None:
    spoil(filled)
    (photos / "a" / "04.jpg").unlink()
    write_photo(photos / "a" / "06.jpg", 99)  # another photo
    assert ingest_photos(filled, [photos / "a"]).read_again == 2
    readers = dict(rows(filled, "SELECT id, reader FROM tile"))
    fresh = {tile_id for tile_id, reader in readers.items() if reader == READER}
    found = {str(photos / "a" / name) for name in ("06.jpg", "08.jpg", "10.jpg")}
    files = rows(filled, "SELECT path, tile_id FROM file")
    assert fresh == {tile_id for path, tile_id in files if path in found}
    (gone,) = (tile_id for path, tile_id in files if str(path).endswith("04.jpg"))
    assert rows(filled, f"SELECT reader, mean_r FROM tile WHERE id = {gone}") == [(0, 1.0)]  # noqa: S608
    assert ingest_photos(filled, [photos]).read_again == 8
    assert ingest_photos(filled, [photos]).read_again == 0


def test_a_photo_that_has_changed_unseen_keeps_its_tile(
    filled: Database, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(filled)
    outdated = rereading.outdated_tiles

    def changed_meanwhile(*arguments: object) -> object:
        write_photo(photos / "00.jpg", 99)
        (photos / "01.jpg").write_bytes(b"no picture")
        return outdated(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(rereading, "outdated_tiles", changed_meanwhile)
    assert ingest_photos(filled, [photos]).read_again == 10
    assert rows(filled, "SELECT id, mean_r FROM tile WHERE reader = 0") == [(0, 1.0), (1, 1.0)]


def test_a_reading_that_was_stopped_goes_on_where_it_was(
    filled: Database, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(filled.path)
    spoil(filled)
    monkeypatch.setattr(rereading, "_TILES_A_TRANSACTION", 5)

    class Stopping(RecordedProgress):
        def advance(self, outcomes: Sequence[object]) -> None:
            super().advance(outcomes)
            if len(self.calls) == 3:
                raise KeyboardInterrupt

    progress = Stopping()
    with pytest.raises(KeyboardInterrupt):
        ingest_photos(filled, [photos], progress=progress)
    assert progress.calls == [("photos to read again", 12), 5, 5]
    assert ingest_photos(filled, [photos]).read_again == 2
    assert contents(filled.path) == before


def test_a_dry_run_says_how_many_photos_would_be_read_again_and_reads_none(
    filled: Database, photos: Path, mosaicdb: Command
) -> None:
    spoil(filled)
    before = contents(filled.path)
    assert ingest_photos(filled, [photos], dry_run=True).read_again == 12
    mosaicdb("ingest", photos, "--db", filled.path, "--dry-run")
    assert "12 photos would be read again: an earlier version had" in mosaicdb.err
    assert contents(filled.path) == before
    mosaicdb("ingest", photos, "--db", filled.path)
    assert "\n12 photos read again: an earlier version had made their tiles" in mosaicdb.err
    mosaicdb("ingest", photos, "--db", filled.path)
    assert "again" not in mosaicdb.err


def test_a_rebuild_reads_every_photo_again_at_once(filled: Database, photos: Path) -> None:
    before = contents(filled.path)["tile"]
    spoil(filled)
    (photos / "00.jpg").unlink()
    shutil.copy(photos / "01.jpg", photos / "00.jpg")  # tile 0 has no photo any more
    age(photos / "00.jpg")
    ids = [row[0] for row in before]
    rebuild(filled)
    assert load_tiles(filled).ids.tolist() == ids
    assert rows(filled, f"SELECT id FROM tile WHERE reader != {READER}") == [(0,)]  # noqa: S608
    assert contents(filled.path)["tile"][1:] == before[1:]


def test_a_tile_that_was_only_scaled_is_read_once_its_photo_is_found(
    filled: Database, photos: Path, tmp_path: Path
) -> None:
    photos.rename(tmp_path / "unplugged")
    assert rebuild(filled, (12, 9)) == 12
    photos.mkdir()
    assert ingest_photos(filled, [photos]).scaled == 12
    photos.rmdir()
    (tmp_path / "unplugged").rename(photos)
    report = ingest_photos(filled, [photos])
    assert (report.read_again, report.scaled) == (12, 0)
    with Database(tmp_path / "fresh.db", thumb_res=(12, 9)) as fresh:
        ingest_photos(fresh, [photos])
        assert contents(fresh.path)["thumbnail"] == contents(filled.path)["thumbnail"]
        assert contents(fresh.path)["tile"] == contents(filled.path)["tile"]


def test_a_rebuild_reads_a_photo_whose_first_file_is_a_broken_link_from_another(
    filled: Database, photos: Path
) -> None:
    shutil.copy(photos / "00.jpg", photos / "zz.jpg")
    age(photos / "zz.jpg")
    ingest_photos(filled, [photos])
    for name in ("00.jpg", "01.jpg"):
        (photos / name).unlink()
        (photos / name).symlink_to("nowhere.jpg")
    assert rebuild(filled, (12, 9)) == 1
    assert rows(filled, f"SELECT id FROM tile WHERE reader < {READER}") == [(1,)]  # noqa: S608


def test_a_database_of_an_earlier_revision_is_marked(tmp_path: Path) -> None:
    for revision, reader in (("0001", 0), ("0003", 0), ("0004", 1), ("0005", 2)):
        path = shutil.copy(FROZEN / f"revision_{revision}.db", tmp_path / f"{revision}.db")
        with Database(path) as database:
            assert set(rows(database, "SELECT reader FROM tile")) == {(reader,)}


def test_the_reader_goes_through_hdf5(filled: Database, photos: Path, tmp_path: Path) -> None:
    with filled.write() as connection:
        connection.exec_driver_sql("UPDATE tile SET reader = 0 WHERE id < 4")
    export_tiles(filled, tmp_path / "tiles.h5")
    with filled.write() as connection:
        connection.exec_driver_sql("UPDATE tile SET reader = ?", (READER,))
    with Database(tmp_path / "imported.db") as imported:
        import_tiles(imported, tmp_path / "tiles.h5")
        readers = [reader for (reader,) in rows(imported, "SELECT reader FROM tile ORDER BY id")]
        assert readers == [0] * 4 + [READER] * 8
        assert np.array_equal(load_tiles(imported).mean_rgb, load_tiles(filled).mean_rgb)
        report = ingest_photos(imported, [photos])
        assert (report.moved, report.read_again) == (12, 0)  # each was read once, and replaced
        assert contents(imported.path)["tile"] == contents(filled.path)["tile"]


def test_tiles_of_earlier_readers_are_found_by_an_index(filled: Database) -> None:
    statement = f"EXPLAIN QUERY PLAN SELECT count(*) FROM tile WHERE reader < {READER}"  # noqa: S608
    with filled.read() as connection:
        (plan,) = connection.exec_driver_sql(statement)
    assert "ix_tile_reader" in plan[-1]


PLACES = "SELECT taken_at, latitude, longitude, camera_make, camera_model, reader FROM tile"


@pytest.fixture
def placed(tmp_path: Path) -> Path:
    """Give a photo of which a camera has noted everything."""
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (48.0, 30.0, 0.0), 3: "W", 4: (2.5,)})
    exif.update({ExifTags.Base.Make: "Leica", ExifTags.Base.Model: "M11"})
    exif[ExifTags.Base.DateTime] = "2020:01:02 03:04:05"
    folder = tmp_path / "placed"
    folder.mkdir()
    Image.new("RGB", (40, 30), "teal").save(folder / "photo.jpg", exif=exif)
    age(folder / "photo.jpg")
    return folder


@pytest.mark.parametrize("rebuilt", [False, True])
def test_where_and_by_what_known_photos_were_taken_is_filled_in(
    rebuilt: bool, database: Database, placed: Path
) -> None:
    ingest_photos(database, [placed])
    known = rows(database, PLACES)
    assert known == [("2020-01-02 03:04:05.000000", 48.5, -2.5, "Leica", "M11", READER)]
    with database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE tile SET reader = 1, taken_at = NULL, latitude = NULL, longitude = NULL, "
            "camera_make = NULL, camera_model = NULL"
        )
    if rebuilt:
        rebuild(database)
    else:
        ingest_photos(database, [placed])
    assert rows(database, PLACES) == known


def test_what_a_camera_has_noted_goes_through_hdf5(
    database: Database, placed: Path, tmp_path: Path
) -> None:
    ingest_photos(database, [placed])
    export_tiles(database, tmp_path / "tiles.h5")
    with Database(tmp_path / "imported.db") as imported:
        import_tiles(imported, tmp_path / "tiles.h5")
        assert rows(imported, PLACES) == rows(database, PLACES)


def test_tiles_are_chosen_by_place_and_camera(database: Database, placed: Path) -> None:
    write_photo(placed / "elsewhere.jpg", 5)
    ingest_photos(database, [placed])
    for where in ("latitude BETWEEN 48 AND 49 AND longitude < 0", "camera_make = 'Leica'"):
        assert select_tiles(database, Selection(where=where)).ids.tolist() == [1]
