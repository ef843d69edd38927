from collections import Counter
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import rows

from mosaicdb import Database
from mosaicdb.options import MosaicOptions, Selection
from mosaicdb.pipelines.maintenance import check
from mosaicdb.records import Mosaic
from mosaicdb.store import find_mosaic, record_mosaic

IDS = np.array([[1, 0], [-1, 1], [2, -1]])
COSTS = np.arange(6.0).reshape(3, 2)
MOSAIC = Mosaic("nearest", IDS, cell_costs=COSTS, output=Path("/m.jpg"))
FLIPPED = np.array([[True, False], [True, False], [True, True]])


def placements(database: Database) -> list[tuple[object, ...]]:
    statement = 'SELECT "row", "column", tile_id, cost, flipped FROM placement'
    return rows(database, statement)


def test_an_empty_cell_has_no_placement(filled: Database) -> None:
    record_mosaic(filled, MOSAIC)
    assert placements(filled) == [
        (0, 0, 1, 0.0, 0),
        (0, 1, 0, 1.0, 0),
        (1, 1, 1, 3.0, 0),
        (2, 0, 2, 4.0, 0),
    ]


def test_a_placement_says_whether_its_tile_is_mirrored(filled: Database) -> None:
    record_mosaic(filled, replace(MOSAIC, flipped=FLIPPED))
    assert [(row[0], row[1], row[4]) for row in placements(filled)] == [
        (0, 0, 1),
        (0, 1, 0),
        (1, 1, 0),
        (2, 0, 1),
    ]


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (4, 4), (5, 2), (3, 9)])
def test_the_newest_mosaic_is_a_map_in_the_columns_of_mbtiles(
    filled: Database, shape: tuple[int, int]
) -> None:
    ids = np.arange(shape[0] * shape[1]).reshape(shape) % 12
    record_mosaic(filled, replace(MOSAIC, tile_ids=ids, cell_costs=None))
    record_mosaic(filled, replace(MOSAIC, tile_ids=ids, cell_costs=None, output=Path("/2.jpg")))
    zoom = next(zoom for zoom in range(9) if 2**zoom >= max(shape))
    tiles = rows(filled, "SELECT zoom_level, tile_column, tile_row, tile_data FROM tiles")
    thumbnails = dict(rows(filled, "SELECT tile_id, jpeg FROM thumbnail"))
    assert sorted(tiles) == sorted(
        (zoom, column, 2**zoom - 1 - row, thumbnails[tile_id])
        for (row, column), tile_id in np.ndenumerate(ids)
    )
    assert dict(rows(filled, "SELECT name, value FROM metadata")) == {
        "name": "/2.jpg", "format": "jpg", "type": "baselayer",
        "minzoom": str(zoom), "maxzoom": str(zoom),
    }  # fmt: skip


def test_a_tile_of_the_map_is_found_without_looking_at_others(filled: Database) -> None:
    record_mosaic(filled, MOSAIC)
    plan = rows(
        filled,
        "EXPLAIN QUERY PLAN SELECT tile_data FROM tiles "
        "WHERE zoom_level = 2 AND tile_column = 1 AND tile_row = 3",
    )
    steps = [str(step[-1]) for step in plan]
    assert not [step for step in steps if step.startswith("SCAN")], steps
    assert any("mosaic_id=? AND row=? AND column=?" in step for step in steps), steps


def test_the_database_is_read_as_a_map_by_another_program(filled: Database, tmp_path: Path) -> None:
    convert = pytest.importorskip("pmtiles.convert")
    reader = pytest.importorskip("pmtiles.reader")
    record_mosaic(filled, replace(MOSAIC, tile_ids=np.array([[3, 4], [5, 6], [7, 8]])))
    convert.mbtiles_to_pmtiles(str(filled.path), str(tmp_path / "map.pmtiles"), 9)
    thumbnails = dict(rows(filled, "SELECT tile_id, jpeg FROM thumbnail"))
    with (tmp_path / "map.pmtiles").open("rb") as stream:
        map_ = reader.Reader(reader.MmapSource(stream))
        assert map_.get(2, 1, 2) == thumbnails[8]
        assert map_.get(2, 2, 2) is None


def test_a_mosaic_that_is_replaced_leaves_no_rows_of_a_map(filled: Database) -> None:
    record_mosaic(filled, MOSAIC)
    record_mosaic(filled, MOSAIC)
    assert rows(filled, "SELECT count(DISTINCT mosaic_id) FROM map_row") == [(1,)]


def test_a_mosaic_with_empty_cells_is_whole_until_a_placement_is_lost(filled: Database) -> None:
    record_mosaic(filled, MOSAIC)
    record_mosaic(filled, replace(MOSAIC, tile_ids=abs(IDS), output=Path("/2.jpg")))
    record_mosaic(filled, replace(MOSAIC, tile_ids=IDS * 0 - 1, output=Path("/3.jpg")))
    assert list(check(filled)) == []
    with filled.write() as connection:
        connection.exec_driver_sql("DELETE FROM placement WHERE mosaic_id = 1 AND tile_id = 2")
    assert list(check(filled)) == ["mosaic 1 has 3 placements for 4 cells with a tile"]


def test_a_mosaic_is_read_back_as_it_was_recorded(filled: Database) -> None:
    parameters = MosaicOptions().parameters() | Selection("tile_id < 9", True).parameters()
    mosaic = replace(
        MOSAIC,
        flipped=FLIPPED & (IDS >= 0),
        cell_costs=np.where(IDS >= 0, COSTS, 0),
        cost=8.0,
        bound=7.5,
        target="/target.jpg",
        target_tile_id=2,
        parameters=parameters,
        mean_shift=1.25,
        most_shift=4.0,
        paint=0.25,
    )
    mosaic_id = record_mosaic(filled, mosaic, "f00d")
    assert find_mosaic(filled, ["/m.jpg"], "beef") is None
    moved = find_mosaic(filled, ["/other.jpg"], "f00d")
    assert moved is not None and moved.id == mosaic_id
    read = find_mosaic(filled, ["/other.jpg", "/m.jpg"], "f00d")
    assert read is not None and read.id == mosaic_id
    assert read.gap == mosaic.gap == 0.0625
    assert dict(read.parameters) == parameters | {"focus_point": [0.5, 0.5]}
    for name in {field.name for field in fields(Mosaic)} - {"id", "parameters"}:
        assert np.array_equal(getattr(read, name), getattr(mosaic, name)), name


def test_of_mosaics_with_the_same_bytes_the_one_that_was_written_there_is_found(
    filled: Database,
) -> None:
    ids = [
        record_mosaic(filled, replace(MOSAIC, output=Path(f"/{name}.jpg")), "f00d")
        for name in "abc"
    ]
    for path, mosaic_id in zip(["/a.jpg", "/b.jpg", "/else.jpg"], ids, strict=True):
        found = find_mosaic(filled, [path], "f00d")
        assert found is not None and found.id == mosaic_id


def test_a_mosaic_of_which_little_is_known_is_read_back_so(filled: Database) -> None:
    record_mosaic(filled, Mosaic("given", IDS, output=Path("/m.jpg")), "f00d")
    read = find_mosaic(filled, ["/m.jpg"], "f00d")
    assert read is not None
    assert (read.flipped, read.cell_costs, read.gap) == (None, None, None)
    assert (read.target, read.mean_shift, dict(read.parameters)) == (None, None, {})


def test_a_mosaic_replaces_what_was_written_to_its_file_before(filled: Database) -> None:
    for output in ("/m.jpg", "/link.jpg", "/other.jpg"):
        record_mosaic(filled, replace(MOSAIC, output=Path(output)))
    mosaic_id = record_mosaic(filled, replace(MOSAIC, tile_ids=IDS[:1]), paths=["/link.jpg"])
    assert rows(filled, "SELECT id, output FROM mosaic ORDER BY id") == [
        (3, "/other.jpg"),
        (mosaic_id, "/m.jpg"),
    ]
    assert rows(filled, "SELECT tile_id, uses FROM tile_uses LIMIT 3") == [(1, 3), (0, 2), (2, 1)]


def test_a_mosaic_whose_picture_is_not_kept_replaces_nothing(filled: Database) -> None:
    first = record_mosaic(filled, MOSAIC)
    before = placements(filled)
    changed = replace(MOSAIC, tile_ids=IDS[:1])
    assert record_mosaic(filled, changed, is_kept=lambda: False) is None
    assert rows(filled, "SELECT id FROM mosaic") == [(first,)]
    assert placements(filled) == before
    assert record_mosaic(filled, changed, is_kept=lambda: True) == 2


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.lists(st.integers(-1, 11), min_size=1, max_size=6)),
        max_size=8,
    )
)
def test_uses_are_counted_over_the_last_mosaic_of_each_file(
    filled: Database, renders: list[tuple[str, list[int]]]
) -> None:
    with filled.write() as connection:
        connection.exec_driver_sql("DELETE FROM mosaic")
    for name, ids in renders:
        record_mosaic(filled, Mosaic("given", np.array([ids]), output=Path(f"/{name}.png")))
    kept = Counter(tile_id for ids in dict(renders).values() for tile_id in ids if tile_id >= 0)
    assert {
        i: uses for i, uses in rows(filled, "SELECT tile_id, uses FROM tile_uses") if uses
    } == kept
