"""Readings that are recorded, whatever another ingest has done meanwhile."""

from pathlib import Path

import pytest
from support import contents, write_photo

from mosaicdb import Database
from mosaicdb.options import ReadOptions
from mosaicdb.photos import find_files, read_photo
from mosaicdb.readings import FileStat, Known, PendingFile, Reading
from mosaicdb.store import Outcome, forget, pending_files, record_readings, survey_files


@pytest.fixture
def readings(tmp_path: Path, database: Database) -> list[Reading]:
    """Read two files that the database has numbered, and record neither."""
    folder = tmp_path / "photos"
    for seed in range(2):
        write_photo(folder / f"{seed}.jpg", seed)
    files = (entry for entry in find_files([str(folder)]) if isinstance(entry, FileStat))
    survey = survey_files(database, files, [str(folder)], [])
    options = ReadOptions(thumb_res=database.thumb_res)
    return [read_photo(file, options) for file in pending_files(database, survey.seen_at)]


def test_what_another_ingest_has_recorded_is_not_recorded_again(
    readings: list[Reading], database: Database
) -> None:
    assert record_readings(database, readings) == [Outcome.NEW, Outcome.NEW]
    before = contents(database.path)
    assert record_readings(database, readings) == [Outcome.UNCHANGED, Outcome.UNCHANGED]
    assert contents(database.path) == before


def test_a_file_that_is_not_in_the_database_any_more_is_not_recorded(
    readings: list[Reading], database: Database
) -> None:
    gone = Reading(PendingFile(99, "/gone.jpg"), readings[0].stat, readings[0].content)
    assert record_readings(database, [gone]) == [Outcome.UNCHANGED]
    assert contents(database.path)["tile"] == []


def test_a_known_photo_whose_tile_was_pruned_meanwhile_stays_to_be_read(
    readings: list[Reading], database: Database
) -> None:
    known = Reading(readings[0].file, readings[0].stat, Known("0" * 64))
    assert record_readings(database, [known]) == [Outcome.UNCHANGED]
    assert [row[3:5] for row in contents(database.path)["file"]] == [(None, None)] * 2
    assert forget(database, [0, 1]).tiles == ()
