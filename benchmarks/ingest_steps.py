"""The steps of the benchmark of ingests: each prepares, and returns the work that is measured."""

import hashlib
import io
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

import mosaicdb
from mosaicdb.capture import Capture
from mosaicdb.options import ReadOptions
from mosaicdb.photos import find_files, read_photo
from mosaicdb.photos.picture import cut, open_picture
from mosaicdb.readings import Descriptors, FileStat, PendingFile, Reading, Thumbnail, Tile
from mosaicdb.store import pending_files, record_readings, survey_files
from mosaicdb.store.tiles import load_tiles

Work = Callable[[], dict[str, float]]

THUMB_RES = (50, 50)
_LARGEST_SCALE = 8
_FILES_A_FOLDER = 1000
_READINGS_A_TRANSACTION = 1000
_ANY_LIMIT = 1 << 40


def limit(folder: str) -> Work:
    """Decode every photo at an eighth of its scale, and do nothing else."""
    photos = sorted(Path(folder).iterdir())

    def work() -> dict[str, float]:
        for path in photos:
            with Image.open(path) as photo:
                width, height = photo.size
                photo.draft(None, (width // _LARGEST_SCALE, height // _LARGEST_SCALE))
                photo.load()
        return {"photos": len(photos)}

    return work


def ingest(folder: str, workers: int) -> Work:
    """Ingest into a new, empty database beside the folder.

    The result says how long worker processes took to start, until the first photos were back.
    """
    place = Path(tempfile.mkdtemp(prefix="ingest-", dir=Path(folder).parent))
    database = place / "photos.db"
    mosaicdb.Database(database).close()  # makes it, and imports what it needs
    read_photo(PendingFile(0, str(min(Path(folder).iterdir()))), ReadOptions(THUMB_RES))
    ingest_photos = mosaicdb.ingest_photos  # imports what it needs

    def work() -> dict[str, float]:
        executor = _TimedStart(workers) if workers > 1 else None
        with mosaicdb.Database(database) as tiles:
            report = ingest_photos(tiles, [folder], executor=executor)
        started = executor.seconds if executor else 0.0
        return {"photos": report.seen, "tiles": report.tiles, "start": started}

    return work


class _TimedStart(mosaicdb.ProcessExecutor):
    """Worker processes, and the time until the first result."""

    seconds = 0.0

    def map(
        self, function: Callable[..., Any], items: Iterable[Any], lost: Callable[..., Any]
    ) -> Generator[Any, None, None]:
        """Yield the results, as the executor below does."""
        before = time.perf_counter()
        results = super().map(function, items, lost)
        first = next(results)
        self.seconds = time.perf_counter() - before
        yield first
        yield from results


def walk(folder: str) -> Work:
    """Walk folders and ask for the state of each file, and do nothing else."""

    def work() -> dict[str, float]:
        folders, files = [folder], 0
        while folders:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir():
                        folders.append(entry.path)
                    else:
                        os.stat(entry.path)
                        files += 1
        return {"photos": files}

    return work


def known_files(folder: str, database: str, count: int) -> Work:
    """Write small files, and a database that knows each: no file is read for it."""

    def work() -> dict[str, float]:
        for number in range(count):
            path = Path(folder, str(number // _FILES_A_FOLDER), f"{number:06d}.jpg")
            if number % _FILES_A_FOLDER == 0:
                path.parent.mkdir(parents=True)
            path.write_bytes(b"%d" % number)
        time.sleep(0.1)  # a time of change that is too fresh proves nothing
        with mosaicdb.Database(database) as tiles:
            found = [stat for stat in find_files([folder]) if isinstance(stat, FileStat)]
            look = survey_files(tiles, found, [folder], [])
            pending = pending_files(tiles, look.seen_at)
            for batch in _batches(pending, {stat.path: stat for stat in found}):
                record_readings(tiles, batch)
        return {"photos": len(found)}

    return work


def _batches(pending: Iterable[PendingFile], stats: dict[str, FileStat]) -> Iterator[list[Reading]]:
    batch = []
    for file in pending:
        content_hash = hashlib.sha256(file.path.encode()).hexdigest()
        thumbnail = Thumbnail(b"a picture", Descriptors((1.0, 2.0, 3.0), bytes(108)))
        tile = Tile(content_hash, *THUMB_RES, "JPEG", Capture(), thumbnail)
        batch.append(Reading(file, stats[file.path], tile))
        if len(batch) == _READINGS_A_TRANSACTION:
            yield batch
            batch = []
    yield batch


def ingest_again(folder: str, database: str) -> Work:
    """Ingest what is known."""
    ingest_photos = mosaicdb.ingest_photos  # imports what it needs

    def work() -> dict[str, float]:
        with mosaicdb.Database(database) as tiles:
            report = ingest_photos(tiles, [folder])
        return {"photos": report.unchanged}

    return work


def fill_tiles(database: str, count: int) -> Work:
    """Make a database of tiles of any colours, through SQL alone."""
    statement = f"""
        INSERT INTO tile (id, content_hash, width, height, format,
                          mean_r, mean_g, mean_b, signature)
        WITH RECURSIVE number(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM number LIMIT {count})
        SELECT i, printf('%064x', i), 400, 500, 'JPEG',
               i % 251 + 0.1, i % 241 + 0.2, i % 239 + 0.3, randomblob(108)
        FROM number
    """  # noqa: S608 - a number of this program's own

    def work() -> dict[str, float]:
        with mosaicdb.Database(database) as tiles, tiles.write() as connection:
            connection.exec_driver_sql(statement)
        return {"tiles": count}

    return work


def load(database: str, signatures: bool) -> Work:
    """Load the tiles' colours; the result says by how much memory grew at most."""
    with mosaicdb.Database(database) as tiles, tiles.read():
        pass  # imports what it needs

    def work() -> dict[str, float]:
        before = _peak()
        with mosaicdb.Database(database) as tiles:
            loaded = load_tiles(tiles, signatures)
        parts = (loaded.ids, loaded.mean_rgb, loaded.signatures)
        arrays = sum(part.nbytes for part in parts if part is not None)
        return {"tiles": len(loaded), "arrays": arrays, "grown": _peak() - before}

    return work


def _peak() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def fidelity(folder: str) -> Work:
    """Compare pictures and colours with a full decode that is resized by LANCZOS.

    The result holds, for the project and for the tutorial, mean differences of what was cut and
    of the thumbnail that is stored, and the largest difference of a mean colour.
    """
    photos = sorted(Path(folder).iterdir())

    def work() -> dict[str, float]:
        rows = np.array([_differences(path) for path in photos])
        names = [f"{way} {what}" for way in ("project", "tutorial") for what in _DIFFERENCES]
        worst = [name.endswith("colour") for name in names]
        values = np.where(worst, rows.max(axis=0), rows.mean(axis=0))
        return {"photos": len(photos), **dict(zip(names, values.tolist(), strict=True))}

    return work


_DIFFERENCES = ("cut", "stored", "colour")


def _differences(path: Path) -> list[float]:
    with Image.open(path) as photo:
        upright = ImageOps.exif_transpose(photo).convert("RGB")
    reference = _pixels(ImageOps.fit(upright, THUMB_RES, Image.Resampling.LANCZOS))
    with open_picture(path.read_bytes(), _ANY_LIMIT) as image:
        ours = cut(image, THUMB_RES)
    theirs = ImageOps.fit(upright, THUMB_RES)
    buffer = io.BytesIO()
    theirs.save(buffer, "JPEG")
    ways = ((ours, _thumbnail(path)), (theirs, buffer.getvalue()))
    return [value for picture, stored in ways for value in _compare(picture, stored, reference)]


def _thumbnail(path: Path) -> bytes:
    content = read_photo(PendingFile(0, str(path)), ReadOptions(THUMB_RES)).content
    if not isinstance(content, Tile):
        raise SystemExit(f"a photo was not taken: {content}")
    return content.thumbnail.jpeg


def _compare(
    picture: Image.Image, stored: bytes, reference: NDArray[np.float64]
) -> tuple[float, float, float]:
    cut_pixels, stored_pixels = _pixels(picture), _pixels(Image.open(io.BytesIO(stored)))
    colours = abs(stored_pixels.mean(axis=(0, 1)) - reference.mean(axis=(0, 1)))
    return (
        abs(cut_pixels - reference).mean(),
        abs(stored_pixels - reference).mean(),
        colours.max(),
    )


def _pixels(picture: Image.Image) -> NDArray[np.float64]:
    return np.asarray(picture, dtype=np.float64)
