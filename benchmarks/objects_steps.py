"""Steps of the benchmark of object storage: a listing alone, and ingests."""

from collections.abc import Callable
from pathlib import Path

URL = "s3://bucket/photos"


def listing() -> Callable[[], dict[str, float]]:
    """List all objects as s3fs does, and keep what it says of them."""
    from s3fs import S3FileSystem

    storage = S3FileSystem(use_listings_cache=False)

    def work() -> dict[str, float]:
        return {"seen": len(storage.find(URL, detail=True))}

    return work


def pages() -> Callable[[], dict[str, float]]:
    """List all objects by botocore, page by page, and keep nothing."""
    import boto3

    paginator = boto3.client("s3").get_paginator("list_objects_v2")

    def work() -> dict[str, float]:
        found = paginator.paginate(Bucket="bucket", Prefix="photos/")
        return {"seen": sum(len(page["Contents"]) for page in found)}

    return work


def ingest(database: str) -> Callable[[], dict[str, float]]:
    """Ingest all objects; what the listing imports is imported before, as there."""
    import s3fs  # noqa: F401

    from mosaicdb import Database, ingest_photos

    def work() -> dict[str, float]:
        with Database(Path(database)) as opened:
            report = ingest_photos(opened, [URL])
        return {"seen": report.seen, "unchanged": report.unchanged}

    return work


def known(database: str) -> Callable[[], dict[str, float]]:
    """Record all objects as read, each a tile of its own, without reading them."""
    import time

    from mosaicdb import Database
    from mosaicdb.batches import in_batches
    from mosaicdb.capture import Capture
    from mosaicdb.photos import find_files
    from mosaicdb.readings import Descriptors, FileStat, Reading, Thumbnail, Tile
    from mosaicdb.store import pending_files, record_readings, survey_files

    thumbnail = Thumbnail(bytes(2_300), Descriptors((1.0, 2.0, 3.0), bytes(108)))

    def work() -> dict[str, float]:
        with Database(Path(database)) as opened:
            files = (one for one in find_files([URL]) if isinstance(one, FileStat))
            survey = survey_files(opened, files, [URL], [])
            for batch in in_batches(pending_files(opened, survey.seen_at), 256):
                readings = []
                for file in batch:
                    tile = Tile(f"{file.id:064x}", 640, 480, "JPEG", Capture(), thumbnail)
                    stat = FileStat(file.path, file.size, time.time_ns(), file.etag)
                    readings.append(Reading(file, stat, tile))
                record_readings(opened, readings)
        return {"seen": survey.seen}

    return work
