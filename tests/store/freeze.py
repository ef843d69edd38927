"""Freeze a database of the current revision: python tests/store/freeze.py."""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from support import draw_photo

from mosaicdb import Database, ingest_photos
from mosaicdb.records import MosaicRecord
from mosaicdb.store import record_mosaic
from mosaicdb.store.schema import REVISION


def freeze(path: Path) -> None:
    """Make a small database with duplicates, a rejected file and a mosaic."""
    with tempfile.TemporaryDirectory() as folder, Database(path, thumb_res=(4, 4)) as database:
        photos = Path(folder)
        for number, seed in enumerate([0, 1, 2, 1, 3]):
            draw_photo(seed).save(photos / f"{number}.jpg")
        (photos / "5.jpg").write_bytes(b"garbage")
        ingest_photos(database, [photos])
        ids = np.array([[0, 1], [2, 0]])
        costs = np.ones((2, 2))
        made = MosaicRecord("nearest", ids, costs, "/photos/0.jpg", 0, "/m.jpg", 4.0, 4.0)
        record_mosaic(database, replace(made, flipped=ids == 1))
        with database.write() as connection:
            statement = "UPDATE file SET path = replace(path, ?, '/photos')"
            connection.exec_driver_sql(statement, (str(photos.resolve()),))


if __name__ == "__main__":
    freeze(Path(__file__).with_name(f"revision_{REVISION}.db"))
