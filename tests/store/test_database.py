import errno
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, select
from support import run_together, write_photo

from mosaicdb import Database, ingest_photos
from mosaicdb.errors import DatabaseError, ReadOnlyError, UsageError
from mosaicdb.store import count_tiles, sqlite, start_rebuild
from mosaicdb.store import database as database_module
from mosaicdb.store.schema import tile
from mosaicdb.store.settings import take_numbers


def test_a_new_database_is_set_up_as_designed(database: Database) -> None:
    with database.read() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "page_size", "busy_timeout")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 1,
        "foreign_keys": 1,
        "page_size": 8192,
        "busy_timeout": 30_000,
    }


def test_a_database_keeps_its_own_thumb_res(database: Database) -> None:
    with Database(database.path, thumb_res=(99, 99)) as again:
        assert again.thumb_res == (8, 6)


@pytest.mark.parametrize("location", ["x.db", "sqlite:///x.db", Path("x.db")])
def test_a_database_is_named_by_a_path_or_a_url(location: str | Path, tmp_path: Path) -> None:
    with Database(location):
        assert (tmp_path / "x.db").exists()


@pytest.mark.parametrize(
    "location", ["mysql://host/x", "sqlite://", "://", ":memory:", "sqlite:///:memory:"]
)
def test_other_urls_are_refused(location: str) -> None:
    with pytest.raises(UsageError):
        Database(location)


def test_no_database_is_made_where_one_is_only_to_be_read(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="run `mosaicdb ingest` first"):
        Database(tmp_path / "none.db", create=False)
    assert not (tmp_path / "none.db").exists()


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "text.db"
    path.write_text("not a database, but long enough to look like one" * 50)
    with pytest.raises(DatabaseError, match=r"text\.db: it is not an SQLite database"):
        Database(path)
    assert path.read_text().startswith("not a database")


def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipes (id)")
    before = path.read_bytes()
    with pytest.raises(DatabaseError, match="not a mosaicdb database"):
        Database(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]
    assert path.read_bytes() == before


def test_a_database_locked_by_another_program_is_told(
    database: Database, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.05)
    with Database(database.path) as impatient, closing(sqlite3.connect(database.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseError, match="another program has kept it locked"):
            ingest_photos(impatient, [photos])
    assert count_tiles(database) == 0


def test_a_writer_waits_for_another(database: Database, photos: Path) -> None:
    with closing(sqlite3.connect(database.path, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.3, other.rollback)
        timer.start()
        assert ingest_photos(database, [photos]).new == 12
        timer.join()


def test_readers_see_the_database_while_someone_writes(database: Database, photos: Path) -> None:
    ingest_photos(database, [photos])
    with database.write() as connection:
        take_numbers(connection, 1)
        assert count_tiles(database) == 12


def test_a_database_that_is_read_only_is_told(database: Database, photos: Path) -> None:
    database.close()
    with closing(sqlite3.connect(database.path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    before = database.path.read_bytes()
    uri = f"sqlite:///file:{database.path}?mode=ro&uri=true"
    with pytest.raises(DatabaseError, match="it is read-only"):
        ingest_photos(Database(uri), [photos])
    assert database.path.read_bytes() == before


def test_a_full_disk_is_told_and_loses_nothing(database: Database, photos: Path) -> None:
    ingest_photos(database, [photos])
    with database.session() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    for seed in range(300):
        write_photo(photos / f"more{seed}.png", 1000 + seed)
    with pytest.raises(DatabaseError, match="the disk is full"):
        ingest_photos(database, [photos])
    with Database(database.path) as again:
        before = count_tiles(again)
        assert before >= 12
        assert ingest_photos(again, [photos]).new == 312 - before


def test_numbers_are_given_once(database: Database) -> None:
    with database.write() as connection:
        assert [take_numbers(connection, count) for count in (3, 0, 2)] == [0, 3, 3]
    with database.write() as connection:
        assert take_numbers(connection, 1) == 5


def test_a_failed_transaction_leaves_no_trace(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        take_numbers(connection, 7)
        raise ZeroDivisionError
    with database.write() as connection:
        assert take_numbers(connection, 1) == 0


def test_a_new_database_that_another_program_writes_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "shared.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.3, other.commit)
    release.start()
    with Database(path) as database:
        assert count_tiles(database) == 0
    release.join()
    other.close()


def ingest_in_a_process(path: Path, photos: Path) -> None:
    with Database(path, thumb_res=(8, 6)) as database:
        ingest_photos(database, [photos])


def test_several_ingests_at_once_make_each_tile_once(photos: Path, tmp_path: Path) -> None:
    for seed in range(100):
        write_photo(photos / f"x{seed}.png", seed)
    path = tmp_path / "shared.db"
    assert run_together(3, ingest_in_a_process, [(path, photos)]) == [0, 0, 0]
    with Database(path) as database:
        assert ingest_photos(database, [photos]).unchanged == 112
        with database.read() as connection:
            hashes = connection.scalars(select(tile.c.content_hash)).all()
    assert len(hashes) == len(set(hashes)) == 112  # 100 PNG and 12 JPEG of the same pictures


def test_the_lock_of_a_write_protected_folder_is_told_as_read_only(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(sqlite, "open", refuse, raising=False)
    with pytest.raises(ReadOnlyError, match="it is read-only"), database.alone(lambda: None):
        pass
    assert not database.is_held()


def test_a_lock_that_cannot_be_opened_is_told(database: Database) -> None:
    Path(f"{database.path}.lock").mkdir()
    expected = r"tiles\.db: it cannot be opened \(Is a directory\)"
    with pytest.raises(DatabaseError, match=expected), database.alone(lambda: None):
        pass


def test_a_lock_is_seen_while_it_is_held(database: Database) -> None:
    assert not database.is_held()
    with database.alone(lambda: None), Database(database.path) as other:
        assert other.is_held()
    assert not database.is_held()


def test_a_second_holder_waits_and_sees_another_size(database: Database) -> None:
    waited: list[str] = []
    with Database(database.path) as other, ThreadPoolExecutor(1) as threads:
        with database.alone(lambda: None):

            def hold() -> tuple[int, int]:
                with other.alone(lambda: waited.append("once")):
                    return other.thumb_res

            holder = threads.submit(hold)
            while not waited:
                time.sleep(0.01)
            start_rebuild(database, (5, 4))
        assert holder.result() == (5, 4)
    assert waited == ["once"]


def test_the_first_of_two_that_create_a_database_sets_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, read = tmp_path / "x.db", database_module.get_thumb_res
    calls: list[object] = []

    def read_too_early(connection: Connection) -> tuple[int, int] | None:
        calls.append(None)
        return None if len(calls) == 1 else read(connection)

    Database(path, thumb_res=(9, 9)).close()
    monkeypatch.setattr(database_module, "get_thumb_res", read_too_early)
    with Database(path, thumb_res=(5, 5)) as second:
        assert second.thumb_res == (9, 9)


@pytest.mark.parametrize("text", ["something else", "disk I/O error"])
def test_what_sqlite_says_is_told_where_there_is_no_advice(text: str, database: Database) -> None:
    told = database.backend.explain(sqlite3.OperationalError(text))
    assert str(told) == f"{database.path}: {text}"
