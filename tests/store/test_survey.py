from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from support import write_photo

from mosaicdb import Database, ingest_photos
from mosaicdb.readings import FileStat
from mosaicdb.store import count_missing, pending_files, survey_files


def files(*paths: str) -> Iterator[FileStat]:
    return (FileStat(path, 1, 1) for path in paths)


def missed(database: Database, known: list[str], folders: list[str], closed: list[str]) -> int:
    survey_files(database, files(*known), folders, [])
    survey_files(database, files(), folders, closed)
    return count_missing(database, folders)


@pytest.mark.parametrize(
    ("closed", "missing"),
    [
        ([], 5),
        (["/p"], 0),
        (["/p/a"], 3),
        (["/p/a", "/p/a/b"], 3),  # both were named, or reached through a link
        (["/p/a b.jpg"], 4),
        (["/p/a/b"], 4),
        (["/p/a.jpg", "/p/a"], 2),
        (["/p/\udcff"], 4),
    ],
)
def test_what_was_passed_over_is_not_missed(
    database: Database, closed: list[str], missing: int
) -> None:
    known = ["/p/a.jpg", "/p/a b.jpg", "/p/a/1.jpg", "/p/a/b/2.jpg", "/p/\udcff/3.jpg"]
    assert missed(database, known, ["/p", "/p/a"], closed) == missing


def test_a_survey_takes_time_in_proportion_to_what_was_passed_over(tmp_path: Path) -> None:
    assert steps(tmp_path / "many.db", 4_000) < 6 * steps(tmp_path / "few.db", 1_000)


def steps(path: Path, passed_over: int) -> int:
    """Count the thousands of SQLite's instructions that a survey takes."""
    known = [f"/p/{number}.jpg" for number in range(passed_over)]
    with Database(path) as database:
        survey_files(database, files(*known), ["/p"], [])
        counter = count()
        with database.read() as connection:
            driver: Any = connection.connection.dbapi_connection
            driver.set_progress_handler(lambda: next(counter) < 0, 1_000)
        survey_files(database, files(), ["/p"], known)
        driver.set_progress_handler(None, 0)
    return next(counter)


@pytest.mark.parametrize(("same", "compared"), [(3, 3), (17, 0)])
def test_a_file_is_compared_with_known_ones_of_its_size_unless_they_are_many(
    same: int, compared: int, database: Database, tmp_path: Path
) -> None:
    paths = [write_photo(tmp_path / "photos" / f"{seed}.bmp", seed) for seed in range(same)]
    ingest_photos(database, [tmp_path])
    size = paths[0].stat().st_size
    survey = survey_files(database, [FileStat("/new.bmp", size, 1)], [], [])
    (pending,) = pending_files(database, survey.seen_at)
    assert len(pending.known_hashes) == compared
