from dataclasses import replace

import numpy as np
from support import rows

from mosaicdb import Database
from mosaicdb.pipelines.maintenance import check
from mosaicdb.records import MosaicRecord
from mosaicdb.store import record_mosaic

IDS = np.array([[1, 0], [-1, 1], [2, -1]])
MADE = MosaicRecord("nearest", IDS, np.arange(6.0).reshape(3, 2), None, None, "/m.jpg")
FLIPPED = np.array([[True, False], [True, False], [True, True]])


def placements(database: Database) -> list[tuple[object, ...]]:
    statement = 'SELECT "row", "column", tile_id, cost, flipped FROM placement'
    return rows(database, statement)


def test_an_empty_cell_has_no_placement(filled: Database) -> None:
    record_mosaic(filled, MADE)
    assert placements(filled) == [
        (0, 0, 1, 0.0, 0),
        (0, 1, 0, 1.0, 0),
        (1, 1, 1, 3.0, 0),
        (2, 0, 2, 4.0, 0),
    ]


def test_a_placement_says_whether_its_tile_is_mirrored(filled: Database) -> None:
    record_mosaic(filled, replace(MADE, flipped=FLIPPED))
    assert [(row[0], row[1], row[4]) for row in placements(filled)] == [
        (0, 0, 1),
        (0, 1, 0),
        (1, 1, 0),
        (2, 0, 1),
    ]


def test_a_mosaic_with_empty_cells_is_whole_until_a_placement_is_lost(filled: Database) -> None:
    record_mosaic(filled, MADE)
    record_mosaic(filled, replace(MADE, tile_ids=abs(IDS)))
    record_mosaic(filled, replace(MADE, tile_ids=IDS * 0 - 1))
    assert list(check(filled)) == []
    with filled.write() as connection:
        connection.exec_driver_sql("DELETE FROM placement WHERE mosaic_id = 1 AND tile_id = 2")
    assert list(check(filled)) == ["mosaic 1 has 3 placements for 4 cells with a tile"]
