from pathlib import Path

import pytest
from support import age, draw_photo, rows, write_photo

from mosaicdb import Database, ingest_photos
from mosaicdb.errors import DatabaseError, UsageError
from mosaicdb.store import describe_schema, run_sql, statistics, tiles_where
from mosaicdb.store.schema import metadata
from mosaicdb.store.views import views


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM tile",
        "UPDATE setting SET value = 0",
        "DROP TABLE tile",
        "WITH x AS (SELECT 1) INSERT INTO setting SELECT 'a', 1 FROM x",
        "PRAGMA query_only = 0",
        "PRAGMA journal_mode = DELETE",
        "ATTACH 'other.db' AS other",
        "VACUUM INTO 'copy.db'",
        "BEGIN IMMEDIATE",
        "CREATE TEMP TABLE x (a)",
    ],
)
def test_a_statement_that_would_write_is_refused_by_the_database(
    statement: str, database: Database, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="only reading is allowed"):
        rows(database, statement)
    assert not (tmp_path / "copy.db").exists()
    assert not (tmp_path / "other.db").exists()


@pytest.mark.parametrize(
    "statement", ["SELEC 1", "SELECT nothing FROM tile", "SELECT 1; SELECT 2", "", "SELECT 1/"]
)
def test_a_statement_that_is_wrong_is_told_in_one_line(statement: str, database: Database) -> None:
    with pytest.raises(UsageError) as caught:
        rows(database, statement)
    assert "\n" not in str(caught.value)


def test_extensions_cannot_be_loaded(database: Database) -> None:
    with pytest.raises(UsageError):
        rows(database, "SELECT load_extension('x')")


def test_the_columns_of_a_table_can_be_asked_for(database: Database) -> None:
    assert "content_hash" in {row[1] for row in rows(database, "PRAGMA table_info(tile)")}


def test_there_must_be_a_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="no database"), run_sql(tmp_path / "no.db", "SELECT 1"):
        pass
    (tmp_path / "text.db").write_text("text" * 1000)
    text = run_sql(tmp_path / "text.db", "SELECT * FROM tile")
    with pytest.raises(DatabaseError, match="not a database"), text:
        pass


def test_the_views_answer_what_people_ask(tmp_path: Path, database: Database) -> None:
    folder = tmp_path / "photos"
    for number, (seed, hour) in enumerate([(0, 7), (1, 7), (2, 23)]):
        picture = draw_photo(seed)
        exif = picture.getexif()
        exif[306] = f"2019:06:0{number + 1} {hour:02}:30:00"
        folder.mkdir(exist_ok=True)
        picture.save(folder / f"{number}.jpg", exif=exif)
        age(folder / f"{number}.jpg")
    (folder / "3.jpg").write_bytes((folder / "0.jpg").read_bytes())
    (folder / "4.jpg").write_bytes(b"")
    ingest_photos(database, [folder])
    colours = dict(rows(database, "SELECT id, mean_r FROM tile"))
    assert rows(database, "SELECT tile_id, path, mean_r FROM tile_stats ORDER BY tile_id") == [
        (number, str(folder / f"{number}.jpg"), colours[number]) for number in range(3)
    ]
    assert rows(database, "SELECT tile_id, uses FROM tile_uses") == [(0, 0), (1, 0), (2, 0)]
    assert rows(database, "SELECT tile_id, file_id FROM shared_tile") == [(0, 0), (0, 3)]
    assert rows(database, "SELECT hour, tiles, mean_r FROM colour_by_hour") == [
        (7, 2, pytest.approx((colours[0] + colours[1]) / 2)),
        (23, 1, colours[2]),
    ]
    assert rows(database, "SELECT * FROM rejected_file") == [
        ("the file is empty", 4, str(folder / "4.jpg"))
    ]
    assert rows(database, "SELECT count(*) FROM tile WHERE taken_at >= '2019-06-02'") == [(2,)]


def test_every_table_view_and_column_is_described() -> None:
    described = {each.name: each for each in describe_schema()}
    assert set(described) == {table.name for table in metadata.tables.values()} | {
        view.name for view in views
    }
    for each in described.values():
        assert each.comment
        assert each.columns
    unexplained = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if not column.comment and not column.foreign_keys
    }
    assert unexplained == {"setting.key", "setting.value"}


def test_statistics_count_what_is_there(photos: Path, database: Database) -> None:
    assert statistics(database).mean_rgb is None
    write_photo(photos / "again.jpg", 3)
    (photos / "bad.jpg").write_bytes(b"?")
    ingest_photos(database, [photos])
    (photos / "00.jpg").unlink()
    ingest_photos(database, [photos])
    found = statistics(database)
    assert (found.photos, found.files, found.duplicates) == (12, 14, 1)
    (photos / "again.jpg").rename(photos.parent / "again.jpg")
    ingest_photos(database, [photos])
    assert (statistics(database).duplicates, statistics(database).missing) == (0, 2)
    (photos.parent / "again.jpg").rename(photos / "again.jpg")
    ingest_photos(database, [photos])
    assert (found.missing, found.without_file, found.rejected, found.mosaics) == (1, 1, 1, 0)
    assert found.bytes > 8192
    means = rows(database, "SELECT mean_r FROM tile")
    average = sum(mean for (mean,) in means) / 12
    assert found.mean_rgb is not None
    assert found.spread_rgb is not None
    assert found.mean_rgb[0] == pytest.approx(average)
    variance = sum((mean - average) ** 2 for (mean,) in means) / 12
    assert found.spread_rgb[0] == pytest.approx(variance**0.5)


@pytest.mark.parametrize(
    "condition", ["mean_r >", "mean_r > 0) OR (1", "1 ORDER BY mean_r", "1; 1"]
)
def test_what_is_no_condition_is_refused(condition: str, filled: Database) -> None:
    with pytest.raises(UsageError, match="on the view tile_stats is not allowed") as caught:
        tiles_where(filled.path, condition)
    assert condition in str(caught.value)


def test_tiles_are_listed_by_a_condition(filled: Database) -> None:
    assert tiles_where(filled.path, "tile_id IN (7, 3) OR tile_id = 5 -- or so") == [3, 5, 7]


def test_a_statement_must_be_unicode(database: Database) -> None:
    with pytest.raises(UsageError, match="must be UTF-8"):
        rows(database, "SELECT '\udc80'")


@pytest.mark.parametrize(
    "statement",
    [
        "EXPLAIN QUERY PLAN SELECT * FROM tile_stats WHERE tile_id = 3",
        "EXPLAIN QUERY PLAN SELECT * FROM tile_stats WHERE path = '/photos/3.jpg'",
    ],
)
def test_one_tile_of_tile_stats_is_found_without_a_look_at_the_others(
    statement: str, database: Database
) -> None:
    assert not any("SCAN" in str(step[-1]) for step in rows(database, statement))
