"""Photos in object storage: an S3 server on the loopback interface."""

from pathlib import Path

import pytest
from object_server import SECRET, ObjectServer
from support import rows

from mosaicdb import Database, IngestReport, ingest_photos
from mosaicdb.errors import StorageError, UsageError
from mosaicdb.pipelines.maintenance import prune

PHOTOS = "s3://bucket/photos"


def counts(report: IngestReport) -> dict[str, int]:
    names = ("seen", "new", "unchanged", "duplicate", "changed", "moved", "missing", "tiles")
    return {name: getattr(report, name) for name in names if getattr(report, name)}


@pytest.fixture
def stored(objects: ObjectServer) -> ObjectServer:
    """Give the server with three photos and something else."""
    for seed, key in enumerate(("b.jpg", "a/é ü%20?#.jpg", "a//c.jpg")):
        objects.put(f"photos/{key}", seed)
    objects.put("photos/notes.txt", b"no photo")
    objects.put("photos/", b"")
    objects.put("photos2/z.jpg", 9)
    return objects


def test_photos_below_a_prefix_become_tiles_numbered_by_their_urls(
    stored: ObjectServer, database: Database
) -> None:
    assert counts(ingest_photos(database, [f"{PHOTOS}/"])) == {"seen": 3, "new": 3, "tiles": 3}
    assert rows(database, "SELECT id, path FROM file ORDER BY id") == [
        (0, f"{PHOTOS}/a//c.jpg"),
        (1, f"{PHOTOS}/a/é ü%20?#.jpg"),
        (2, f"{PHOTOS}/b.jpg"),
    ]


def test_unchanged_objects_are_known_by_one_listing_without_a_download(
    stored: ObjectServer, database: Database
) -> None:
    ingest_photos(database, [PHOTOS])
    stored.requests.clear()
    report = ingest_photos(database, [PHOTOS])
    assert counts(report) == {"seen": 3, "unchanged": 3, "tiles": 3}
    (request,) = stored.requests
    assert request.startswith("GET /bucket?list-type=2&prefix=photos")


def test_only_changed_and_new_objects_are_read(stored: ObjectServer, database: Database) -> None:
    ingest_photos(database, [PHOTOS])
    stored.put("photos/b.jpg", 5)
    stored.put("photos/d.jpg", 0)
    stored.delete("photos/a//c.jpg")
    stored.read_since()
    report = ingest_photos(database, [PHOTOS])
    assert counts(report) == {
        "seen": 3,
        "unchanged": 1,
        "changed": 1,
        "duplicate": 1,
        "missing": 1,
        "tiles": 4,
    }
    assert sorted(stored.read_since()) == ["/bucket/photos/b.jpg", "/bucket/photos/d.jpg"]


def test_an_object_that_was_moved_keeps_its_tile(stored: ObjectServer, database: Database) -> None:
    ingest_photos(database, [PHOTOS])
    stored.put("photos/moved.jpg", 0)
    stored.delete("photos/b.jpg")
    assert ingest_photos(database, [PHOTOS]).moved == 1
    assert rows(database, "SELECT id, tile_id FROM file WHERE path LIKE '%moved.jpg'") == [(2, 2)]
    assert counts(ingest_photos(database, [PHOTOS])) == {"seen": 3, "unchanged": 3, "tiles": 3}


def test_the_same_photo_on_the_disk_and_in_a_bucket_is_one_tile(
    stored: ObjectServer, database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "same.jpg").write_bytes(stored.get("photos/b.jpg"))
    report = ingest_photos(database, [folder, PHOTOS])
    assert counts(report) == {"seen": 4, "new": 3, "duplicate": 1, "tiles": 3}
    assert counts(ingest_photos(database, [folder, PHOTOS]))["unchanged"] == 4


def test_one_object_can_be_named_whatever_its_name(
    stored: ObjectServer, database: Database
) -> None:
    stored.put("photos/no_extension", 7)
    stored.put("photos/no::extension", 8)
    urls = [f"{PHOTOS}/no_extension", f"{PHOTOS}/no::extension"]
    assert counts(ingest_photos(database, urls)) == {"seen": 2, "new": 2, "tiles": 2}
    assert counts(ingest_photos(database, urls)) == {"seen": 2, "unchanged": 2, "tiles": 2}


def test_an_object_below_two_urls_is_seen_once(stored: ObjectServer, database: Database) -> None:
    urls = ["s3://bucket", PHOTOS, f"{PHOTOS}/b.jpg"]
    assert counts(ingest_photos(database, urls)) == {"seen": 4, "new": 4, "tiles": 4}


def test_what_is_skipped_in_folders_is_skipped_in_buckets(
    objects: ObjectServer, database: Database
) -> None:
    for seed, key in enumerate(
        (".hidden.jpg", ".hidden/a.jpg", "@eaDir/a.jpg", "private/a.jpg", "x/private/a.jpg")
    ):
        objects.put(f"photos/{key}", seed)
    objects.put("photos/quiet/.nomedia", b"")
    objects.put("photos/quiet/below/a.jpg", 7)
    objects.put("photos/seen.jpg", 8)
    report = ingest_photos(database, [PHOTOS], exclude=["private/*"])
    assert rows(database, "SELECT path FROM file ORDER BY id") == [
        (f"{PHOTOS}/seen.jpg",),
        (f"{PHOTOS}/x/private/a.jpg",),
    ]
    assert report.skipped_folders == 1


def test_photos_that_are_skipped_from_now_on_are_not_missing(
    stored: ObjectServer, database: Database
) -> None:
    ingest_photos(database, [PHOTOS])
    report = ingest_photos(database, [PHOTOS], exclude=["a"])
    assert counts(report) == {"seen": 1, "unchanged": 1, "tiles": 3}


def test_broken_objects_are_rejected_once_and_named(
    stored: ObjectServer, database: Database
) -> None:
    stored.put("photos/broken.jpg", b"garbage")
    stored.put("photos/empty.jpg", b"")
    report = ingest_photos(database, [PHOTOS])
    assert [rejected.path for rejected in report.rejected] == [
        f"{PHOTOS}/broken.jpg",
        f"{PHOTOS}/empty.jpg",
    ]
    stored.read_since()
    assert ingest_photos(database, [PHOTOS]).unchanged == 5
    assert stored.read_since() == []


def test_one_forbidden_object_is_rejected_and_read_again_next_time(
    stored: ObjectServer, database: Database
) -> None:
    stored.refuse = lambda request: (403, "AccessDenied") if request.endswith("b.jpg") else None
    report = ingest_photos(database, [PHOTOS])
    (rejected,) = report.rejected
    assert (report.new, rejected.path) == (2, f"{PHOTOS}/b.jpg")
    assert rejected.reason == "not allowed: AccessDenied"
    stored.refuse = lambda request: None
    assert counts(ingest_photos(database, [PHOTOS])) == {
        "seen": 3,
        "unchanged": 2,
        "changed": 1,
        "tiles": 3,
    }


def test_a_photo_that_changes_after_the_listing_is_read_again_next_time(
    stored: ObjectServer, database: Database
) -> None:
    def change(request: str) -> None:
        if request == "GET /bucket/photos/b.jpg":
            stored.put("photos/b.jpg", 8)

    stored.refuse = change  # type: ignore[assignment]
    ingest_photos(database, [PHOTOS])
    stored.refuse = lambda request: None
    stored.read_since()
    assert ingest_photos(database, [PHOTOS]).unchanged == 3
    assert stored.read_since() == ["/bucket/photos/b.jpg"]


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        ((403, "ExpiredToken"), "not allowed: ExpiredToken"),
        ((404, "NoSuchBucket"), "there is no such bucket"),
    ],
)
def test_a_stop_in_the_middle_loses_nothing_and_the_next_run_goes_on(
    stored: ObjectServer,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    refusal: tuple[int, str],
    told: str,
) -> None:
    monkeypatch.setattr("mosaicdb.pipelines.ingest._READINGS_A_TRANSACTION", 1)
    stored.refuse = lambda request: refusal if request.endswith("b.jpg") else None
    with pytest.raises(StorageError, match=rf"^s3://bucket/photos/b.jpg: {told}"):
        ingest_photos(database, [PHOTOS])
    stored.refuse = lambda request: None
    stored.read_since()
    assert counts(ingest_photos(database, [PHOTOS])) == {
        "seen": 3,
        "new": 1,
        "unchanged": 2,
        "tiles": 3,
    }
    assert stored.read_since() == ["/bucket/photos/b.jpg"]


def test_a_listing_that_fails_marks_nothing_missing(
    stored: ObjectServer, database: Database
) -> None:
    ingest_photos(database, [PHOTOS])
    stored.refuse = lambda request: (403, "AccessDenied")
    with pytest.raises(StorageError, match="not allowed: AccessDenied"):
        ingest_photos(database, [PHOTOS])
    assert rows(database, "SELECT count(*) FROM file WHERE missing") == [(0,)]


def test_a_prefix_without_objects_is_refused_and_an_empty_bucket_is_not(
    objects: ObjectServer, database: Database
) -> None:
    assert counts(ingest_photos(database, ["s3://bucket"])) == {}
    with pytest.raises(UsageError, match=r"s3://bucket/fotos: no such object, and none below it"):
        ingest_photos(database, ["s3://bucket/fotos"])


def test_objects_that_are_gone_are_pruned(stored: ObjectServer, database: Database) -> None:
    ingest_photos(database, [PHOTOS])
    stored.delete("photos/b.jpg")
    ingest_photos(database, [PHOTOS])
    assert prune(database).files == (f"{PHOTOS}/b.jpg",)


def test_other_protocols_are_known_by_time_and_size(database: Database) -> None:
    fsspec = pytest.importorskip("fsspec")
    from datetime import UTC, datetime, timedelta

    memory = fsspec.filesystem("memory")
    source = Path(__file__).parents[1] / "photos" / "cases" / "srgb.png"
    memory.pipe_file("/photos/a.png", source.read_bytes())
    try:
        ingest_photos(database, ["memory://photos"])
        assert counts(ingest_photos(database, ["memory://photos"])) == {
            "seen": 1,
            "unchanged": 1,
            "tiles": 1,
        }
        assert rows(database, "SELECT mtime_ns FROM file") == [(None,)]  # it is too new to be sure
        memory.store["/photos/a.png"].created = datetime.now(UTC) - timedelta(hours=1)
        ingest_photos(database, ["memory://photos"])
        assert rows(database, "SELECT mtime_ns IS NULL, path FROM file") == [
            (0, "memory://photos/a.png")
        ]
    finally:
        memory.store.clear()


@pytest.mark.parametrize(
    "url",
    [
        f"s3://{{key}}:{SECRET}@bucket/photos",
        f"s3://bucket/photos?aws_secret_access_key={SECRET}",
    ],
)
def test_credentials_in_a_url_are_refused_and_not_repeated(url: str, database: Database) -> None:
    with pytest.raises(UsageError, match="credentials in a URL") as refusal:
        ingest_photos(database, [url])
    assert SECRET not in str(refusal.value)
    assert str(refusal.value).startswith("s3://")
