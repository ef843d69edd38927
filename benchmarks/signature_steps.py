"""The steps of the benchmark of signatures: each prepares, and returns what is measured."""

import io
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

import mosaicdb
from mosaicdb.options import ReadOptions
from mosaicdb.photos import read_photo
from mosaicdb.pipelines.backfill import fill_descriptors
from mosaicdb.readings import PendingFile, Tile
from mosaicdb.store import count_unmeasured
from mosaicdb.store.engine import backend_of
from mosaicdb.store.migrate import migrations_folder, upgrade

Work = Callable[[], dict[str, float]]

BEFORE = "0002"
"""The last revision without signatures."""
THUMB_RES = (50, 50)
PHOTOS = 2000


def old_database(folder: str, database: str, count: int) -> Work:
    """Make a database of the revision before, whose tiles share some thumbnails of photos."""
    photos = sorted(Path(folder).rglob("*.jpg"))[:PHOTOS]

    def work() -> dict[str, float]:
        with TemporaryDirectory() as name:
            migrations = Path(shutil.copytree(migrations_folder(), Path(name, "migrations")))
            for script in (migrations / "versions").glob("*.py"):
                if script.stem[: len(BEFORE)] > BEFORE:
                    script.unlink()
            backend = backend_of(database)
            engine = backend.make_engine()
            upgrade(engine, backend, migrations, BEFORE)
            engine.dispose()
        tiles = islice(cycle([_tile(str(path)) for path in photos]), count)
        with closing(sqlite3.connect(database)) as connection, connection:
            for number, tile in enumerate(tiles):
                connection.execute(_INSERT_TILE, _row(number, tile))
                connection.execute(_INSERT_THUMBNAIL, (number, tile.thumbnail.jpeg))
        return {"tiles": count, "bytes": Path(database).stat().st_size}

    return work


_INSERT_TILE = """
    INSERT INTO tile (id, content_hash, width, height, format, mean_r, mean_g, mean_b)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_THUMBNAIL = "INSERT INTO thumbnail (tile_id, jpeg) VALUES (?, ?)"


def _tile(path: str) -> Tile:
    content = read_photo(PendingFile(0, path), ReadOptions(THUMB_RES)).content
    if not isinstance(content, Tile):
        raise SystemExit(f"a photo was not taken: {content}")
    return content


def _row(number: int, tile: Tile) -> tuple[object, ...]:
    descriptors = tile.thumbnail.descriptors
    photo = (tile.width, tile.height, tile.format)
    return (number, f"{number:064x}", *photo, *descriptors.mean_rgb)


def decode(database: str) -> Work:
    """Decode every thumbnail of a database in this process, and do nothing else."""

    def work() -> dict[str, float]:
        count = 0
        with closing(sqlite3.connect(database)) as connection:
            for (jpeg,) in connection.execute("SELECT jpeg FROM thumbnail"):
                with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
                    image.load()
                count += 1
        return {"tiles": count}

    return work


def migrate(database: str, workers: int) -> Work:
    """Open a copy of a database of the revision before, and fill in its signatures."""
    copy = shutil.copy(database, f"{database}.migrated")

    def work() -> dict[str, float]:
        with mosaicdb.Database(copy) as tiles:
            lacking = count_unmeasured(tiles)
            fill_descriptors(tiles, executor=mosaicdb.ProcessExecutor(workers))
            return {"tiles": lacking, "left": count_unmeasured(tiles)}

    return work
