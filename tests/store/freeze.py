"""Freeze a database of the current revision: python tests/store/freeze.py."""

import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from support import draw_photo

from mosaicdb import Database, ingest_photos
from mosaicdb.records import Mosaic
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
        crops = np.zeros((2, 2, 4))
        crops[1, 0] = 0.25, 0, 0.75, 1
        mosaic = Mosaic(
            "nearest",
            ids,
            flipped=ids == 1,
            crops=crops,
            cell_costs=costs,
            cost=4.0,
            bound=4.0,
            target="/photos/0.jpg",
            target_tile_id=0,
            output=Path("/m.jpg"),
        )
        record_mosaic(database, mosaic)
        with database.write() as connection:
            statement = "UPDATE file SET path = replace(path, ?, '/photos')"
            connection.exec_driver_sql(statement, (str(photos.resolve()),))


if __name__ == "__main__":
    freeze(Path(__file__).with_name(f"revision_{REVISION}.db"))
