"""What holds of a database of either kind."""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from object_server import ObjectServer
from servers import Server
from support import Command, age, rows, run_together, write_photo

from mosaicdb import Database, ingest_photos, load_tiles
from mosaicdb.errors import DatabaseError, UsageError
from mosaicdb.pipelines.ingest import rebuild
from mosaicdb.pipelines.maintenance import check, prune
from mosaicdb.records import Mosaic
from mosaicdb.store import (
    find_recorded,
    load_thumbnails,
    load_tile_photos,
    migrate,
    open_tile_blocks,
    record_mosaic,
    run_sql,
    start_rebuild,
    statistics,
    tiles_where,
)
from mosaicdb.store.schema import file, tile
from mosaicdb.store.views import views


@pytest.fixture(params=["sqlite", "postgresql"])
def location(request: pytest.FixtureRequest, empty_database: Path, tmp_path: Path) -> Iterator[str]:
    """Give the location of an empty database of each kind."""
    if request.param == "sqlite":
        yield str(shutil.copy(empty_database, tmp_path / "tiles.db"))
    else:
        yield request.getfixturevalue("postgres_url")


@pytest.fixture
def database(location: str) -> Iterator[Database]:
    """Give an empty database of each kind."""
    with Database(location) as database:
        yield database


def ingest_in_a_process(location: str, photos: Path) -> None:
    with Database(location) as database:
        ingest_photos(database, [photos])


class TestEitherDatabase:
    def test_it_has_the_tables_and_views_of_the_schema(self, database: Database) -> None:
        with database.session() as connection:
            assert migrate.metadata_differences(connection) == []
        for view in views:
            assert rows(database, f"SELECT count(*) FROM {view.name}")  # noqa: S608

    def test_photos_become_tiles_once(self, database: Database, photos: Path) -> None:
        write_photo(photos / "again.jpg", 3)
        (photos / "bad.jpg").write_bytes(b"?")
        age(photos / "bad.jpg")
        first, second = ingest_photos(database, [photos]), ingest_photos(database, [photos])
        assert (first.new, first.duplicate, len(first.rejected), first.tiles) == (12, 1, 1, 12)
        assert (second.new, second.unchanged) == (0, 14)
        assert list(check(database)) == []

    def test_ids_are_numbers_in_sorted_path_order(self, database: Database, photos: Path) -> None:
        ingest_photos(database, [photos])
        paths = sorted(map(str, photos.rglob("*.jpg")))
        assert rows(database, "SELECT id, path FROM file ORDER BY id") == list(enumerate(paths))

    def test_any_path_is_kept_and_only_files_below_a_folder_are_missing(
        self, database: Database, tmp_path: Path
    ) -> None:
        names = ["a.jpg", "A.jpg", "a/x.jpg", "a-b/x.jpg", "a b.jpg", "é.jpg", os.fsdecode(b"\xff")]
        paths = [tmp_path / "p" / f"{name}.jpg" for name in names]
        for seed, path in enumerate(paths):
            write_photo(path, seed)
        ingest_photos(database, [tmp_path / "p"])
        shutil.rmtree(tmp_path / "p" / "a")
        assert ingest_photos(database, [tmp_path / "p" / "a-b"]).missing == 0
        assert ingest_photos(database, [tmp_path / "p"]).missing == 1
        assert prune(database).files == (str(paths[2]),)

    def test_objects_are_known_by_their_etags(
        self, database: Database, objects: ObjectServer
    ) -> None:
        for seed in range(3):
            objects.put(f"photos/{seed}.jpg", seed)
        urls = ["s3://bucket/photos"]
        assert ingest_photos(database, urls).new == 3
        objects.put("photos/1.jpg", 5)
        objects.delete("photos/2.jpg")
        report = ingest_photos(database, urls)
        assert (report.unchanged, report.changed, report.missing) == (1, 1, 1)
        assert ingest_photos(database, urls).unchanged == 2
        known = rows(database, "SELECT count(DISTINCT etag), count(mtime_ns) FROM file")
        assert known == [(3, 3)]

    def test_a_moved_a_changed_and_a_missing_file_are_told(
        self, database: Database, photos: Path
    ) -> None:
        ingest_photos(database, [photos])
        (photos / "00.jpg").rename(photos / "moved.jpg")
        write_photo(photos / "01.jpg", 77)
        (photos / "02.jpg").unlink()
        report = ingest_photos(database, [photos])
        assert (report.moved, report.changed, report.missing) == (1, 1, 1)

    def test_tiles_come_as_arrays(self, database: Database, photos: Path) -> None:
        ingest_photos(database, [photos])
        tiles = load_tiles(database, signatures=True)
        stored = rows(database, "SELECT id, mean_r, mean_g, mean_b, signature FROM tile ORDER BY 1")
        assert tiles.ids.tolist() == [row[0] for row in stored]
        assert tiles.mean_rgb.tolist() == [list(row[1:4]) for row in stored]
        assert tiles.signatures is not None
        assert [part.tobytes() for part in tiles.signatures] == [row[4] for row in stored]
        known = load_tile_photos(database)
        assert known.pixels.tolist() == [64 * 48] * 12
        assert np.array_equal(known.mean_rgb, tiles.mean_rgb)

    def test_tiles_come_in_blocks_of_one_snapshot(self, database: Database, photos: Path) -> None:
        ingest_photos(database, [photos])
        with database.write() as connection:
            connection.execute(tile.update().where(tile.c.id == 5).values(signature=None))
        whole = load_tiles(database, signatures=True)
        write_photo(photos / "more.jpg", 99)
        with open_tile_blocks(database, signatures=True, size=5) as blocks:
            for _ in range(2):
                parts = list(blocks())
                assert [len(part) for part in parts] == [5, 5, 2]
                for name in ("ids", "mean_rgb", "signatures"):
                    joined = np.concatenate([getattr(part, name) for part in parts])
                    assert np.array_equal(joined, getattr(whole, name))
                with Database(database.url) as other:  # what comes meanwhile is not seen
                    ingest_photos(other, [photos])

    def test_a_tile_without_signature_gets_its_mean(self, database: Database, photos: Path) -> None:
        ingest_photos(database, [photos])
        with database.write() as connection:
            connection.execute(tile.update().where(tile.c.id == 5).values(signature=None))
        tiles = load_tiles(database, signatures=True)
        assert tiles.signatures is not None
        mean = tiles.mean_rgb[5].round().astype(int).tolist()
        assert tiles.signatures[5].reshape(-1, 3).tolist() == [mean] * 36

    def test_a_mosaic_is_recorded_and_found(self, database: Database, photos: Path) -> None:
        ingest_photos(database, [photos])
        ids = np.array([[0, 1, -1], [2, 0, 11]])
        record = Mosaic(
            "nearest",
            ids,
            flipped=ids == 1,
            cell_costs=np.where(ids < 0, 0.0, 0.1),
            cost=0.5,
            bound=0.25,
            target="/photos/\udcff.jpg",
            target_tile_id=0,
            parameters={"detail": 0.5},
            output=Path("/m.jpg"),
            name="cat",
        )
        mosaic_id = record_mosaic(database, record, "hash")
        found = find_recorded(database, name="cat")
        assert found is not None
        assert np.array_equal(found.tile_ids, ids)
        assert found.flipped is not None
        assert np.array_equal(found.flipped, ids == 1)
        assert found.cell_costs is not None
        assert found.cell_costs.tolist() == [[0.1, 0.1, 0.0], [0.1, 0.1, 0.1]]
        for name in ("cost", "bound", "target", "target_tile_id", "parameters", "output"):
            assert getattr(found, name) == getattr(record, name)
        assert record_mosaic(database, record, "hash") == (mosaic_id or 0) + 1
        assert list(check(database)) == []
        places = "SELECT zoom_level, tile_column, tile_row FROM tiles ORDER BY 3, 2"
        assert rows(database, places) == [(2, 0, 2), (2, 1, 2), (2, 2, 2), (2, 0, 3), (2, 1, 3)]

    def test_a_rebuild_makes_thumbnails_anew(self, database: Database, photos: Path) -> None:
        ingest_photos(database, [photos])
        start_rebuild(database, (4, 3))
        with pytest.raises(DatabaseError, match="a rebuild stopped half-way"):
            load_tiles(database)
        with database.alone(lambda: None):
            with pytest.raises(DatabaseError, match="a rebuild is at work"):
                load_tiles(database)
        ingest_photos(database, [photos])
        assert database.thumb_res == (4, 3)
        rebuild(database, (6, 5))
        assert list(check(database)) == []
        assert len(dict(load_thumbnails(database, range(12)))) == 12

    def test_a_dry_run_leaves_it_as_it_is(self, database: Database, photos: Path) -> None:
        ingest_photos(database, [photos])
        write_photo(photos / "new.jpg", 50)
        report = ingest_photos(database, [photos], dry_run=True)
        assert (report.new, report.unchanged) == (1, 12)
        assert rows(database, "SELECT count(*) FROM file") == [(12,)]

    def test_rows_are_inserted_and_updated_in_any_order_of_columns(
        self, database: Database
    ) -> None:
        values = ("path", "id", "missing", "seen_at", "size")
        seen_at = datetime(2026, 1, 2, 3, 4, 5)
        files = [(f"/{number}", number, number == 2, seen_at, 10) for number in range(3)]
        with database.write() as connection:
            database.backend.insert_rows(connection, file, values, files)
            changes = [(2, "no", 99), (0, None, None)]
            database.backend.update_rows(connection, file, ("error", "mtime_ns"), changes)
            for nothing in (database.backend.insert_rows, database.backend.update_rows):
                nothing(connection, file, ("error",), [])
        assert rows(database, "SELECT id, path, missing, error, mtime_ns FROM file ORDER BY 1") == [
            (0, "/0", 0, None, None),
            (1, "/1", 0, None, None),
            (2, "/2", 1, "no", 99),
        ]

    def test_statistics_count_what_is_there(self, database: Database, photos: Path) -> None:
        ingest_photos(database, [photos])
        found = statistics(database)
        assert (found.photos, found.files, found.thumb_res) == (12, 12, (8, 6))
        assert found.bytes > 8192

    def test_views_count_hours_in_whole_numbers(self, database: Database, photos: Path) -> None:
        ingest_photos(database, [photos])
        with database.write() as connection:
            connection.exec_driver_sql("UPDATE tile SET taken_at = '2019-06-01 07:30:00.000000'")
        assert rows(database, "SELECT hour, tiles FROM colour_by_hour") == [(7, 12)]
        taken = rows(database, "SELECT DISTINCT taken_at FROM tile_stats")
        assert taken == [("2019-06-01 07:30:00.000000",)]

    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM tile",
            "DROP TABLE tile",
            "CREATE TEMP TABLE x (a int)",
            "WITH x AS (SELECT 1) INSERT INTO setting SELECT 'a', '1' FROM x",
            "SELEC 1",
            "SELECT nothing FROM tile",
            "SELECT 1; SELECT 2",
            "SELECT 1; DELETE FROM setting",
            "",
            "SELECT 1/",
            "BEGIN",
            "COMMIT",
            "COMMIT; DELETE FROM setting",
            "SELECT '\udc80'",
        ],
    )
    def test_a_statement_that_is_wrong_or_writes_is_told_in_one_line(
        self, statement: str, database: Database
    ) -> None:
        with pytest.raises(UsageError) as caught:
            rows(database, statement)
        assert "\n" not in str(caught.value)
        assert rows(database, "SELECT count(*) FROM setting") == [(1,)]

    def test_tiles_are_listed_by_a_condition(self, database: Database, photos: Path) -> None:
        ingest_photos(database, [photos])
        assert tiles_where(database.url, "tile_id IN (7, 3) OR tile_id = 5 -- or so") == [3, 5, 7]
        for condition in ("mean_r >", "mean_r > 0) OR (true", "true ORDER BY mean_r", "true; 1"):
            with pytest.raises(UsageError, match="on the view tile_stats is not allowed"):
                tiles_where(database.url, condition)

    def test_long_answers_come_whole(self, location: str) -> None:
        numbers = (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) "
            "SELECT i FROM n"
        )
        with run_sql(location, numbers) as answer:
            assert answer.columns == ["i"]
            assert [row[0] for row in answer.rows] == list(range(1, 2501))

    def test_several_ingests_at_once_make_each_tile_once(self, location: str, photos: Path) -> None:
        for seed in range(60):
            write_photo(photos / f"x{seed}.png", seed)
        assert run_together(3, ingest_in_a_process, [(location, photos)]) == [0, 0, 0]
        with Database(location) as database:
            assert ingest_photos(database, [photos]).unchanged == 72
            assert list(check(database)) == []
            assert rows(database, "SELECT count(*), count(DISTINCT content_hash) FROM tile") == [
                (72, 72)
            ]
            assert rows(database, "SELECT id FROM file ORDER BY path") == [(i,) for i in range(72)]

    def test_the_commands_work(self, location: str, photos: Path, mosaicdb: Command) -> None:
        database = ("--db", location)
        mosaicdb("ingest", photos, *database)
        mosaicdb("render", "--target", 3, "--grid", "5x4", "--output", "m.png", *database)
        mosaicdb("draw", "--output", "again.png", *database)
        mosaicdb("score", "m.png", *database)
        assert "m.png" in mosaicdb("mosaics", *database)
        assert "12" in mosaicdb("stats", *database)
        mosaicdb("duplicates", *database)
        mosaicdb("check", *database)
        mosaicdb("collage", "--output", "collage.jpg", *database)
        mosaicdb("forget", 1, *database)
        mosaicdb("prune", *database)


def test_a_new_database_on_a_server_is_set_up(postgres: Server) -> None:
    with postgres.database("template0") as url:
        with pytest.raises(DatabaseError, match="run `mosaicdb ingest` first"):
            Database(url, create=False)
        with Database(url, thumb_res=(9, 7)) as database:
            assert database.thumb_res == (9, 7)
        with Database(url, create=False) as database:
            assert database.thumb_res == (9, 7)
