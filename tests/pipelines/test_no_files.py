"""Links to nothing, pipes and the like are told once."""

import os
from pathlib import Path

import pytest
from support import age, rows, write_photo

from mosaicdb import Database, ingest_photos
from mosaicdb.pipelines.maintenance import prune
from mosaicdb.readings import Rejected


def link(path: Path, leads_to: Path | str, mtime: int = 10**9) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(leads_to)
    os.utime(path, (mtime, mtime), follow_symlinks=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder of a photo, a link to nothing and a pipe."""
    folder = tmp_path / "folder"
    write_photo(folder / "photo.jpg", 1)
    link(folder / "link.jpg", "nowhere")
    os.mkfifo(folder / "pipe.jpg")
    age(folder / "pipe.jpg")
    return folder


def names(rejected: list[Rejected]) -> list[str]:
    return [Path(rejection.path).name for rejection in rejected]


def test_what_is_no_file_is_told_once(database: Database, folder: Path) -> None:
    report = ingest_photos(database, [folder])
    assert names(report.rejected) == ["link.jpg", "pipe.jpg"]
    assert (report.seen, report.new) == (3, 1)
    report = ingest_photos(database, [folder])
    assert (report.rejected, report.unchanged, report.missing) == ([], 3, 0)
    assert len(rows(database, "SELECT * FROM rejected_file")) == 2


def test_it_is_told_again_if_that_is_wanted_or_it_has_changed(
    database: Database, folder: Path
) -> None:
    ingest_photos(database, [folder])
    again = ingest_photos(database, [folder], retry_rejected=True)
    assert names(again.rejected) == ["link.jpg", "pipe.jpg"]
    link(folder / "link.jpg", "elsewhere", 10**9 + 1)
    assert names(ingest_photos(database, [folder]).rejected) == ["link.jpg"]
    assert ingest_photos(database, [folder]).rejected == []


def test_a_link_that_leads_to_a_photo_at_last_is_taken(database: Database, folder: Path) -> None:
    ingest_photos(database, [folder])
    write_photo(folder.parent / "other.jpg", 2)
    link(folder / "link.jpg", folder.parent / "other.jpg")
    report = ingest_photos(database, [folder])
    assert (report.changed, report.tiles, report.rejected) == (1, 2, [])


def test_a_link_whose_photo_is_away_keeps_its_tile(database: Database, folder: Path) -> None:
    other = folder.parent / "other.jpg"
    write_photo(other, 2)
    link(folder / "link.jpg", other)
    before = ingest_photos(database, [folder])
    files = rows(database, "SELECT id, path, tile_id, error FROM file")
    other.rename(folder.parent / "away.jpg")
    assert names(ingest_photos(database, [folder]).rejected) == ["link.jpg"]
    assert ingest_photos(database, [folder]).rejected == []
    assert rows(database, "SELECT id, path, tile_id, error FROM file") == files
    (folder.parent / "away.jpg").rename(other)
    report = ingest_photos(database, [folder])
    assert (report.unchanged, report.tiles, report.rejected) == (3, before.tiles, [])
    assert rows(database, "SELECT id, path, tile_id, error FROM file") == files


def test_what_is_gone_is_forgotten_as_other_files_are(database: Database, folder: Path) -> None:
    ingest_photos(database, [folder])
    (folder / "link.jpg").unlink()
    assert ingest_photos(database, [folder]).missing == 1
    prune(database)
    assert len(rows(database, "SELECT * FROM rejected_file")) == 1
