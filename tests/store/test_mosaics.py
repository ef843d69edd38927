from collections import Counter
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
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
