from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support import RecordedProgress, draw_photo, write_photo

from mosaicdb import Database, draw, ingest_photos, render
from mosaicdb.errors import DatabaseError, MatchingError, PhotoError, UsageError
from mosaicdb.kinds import Pin, Swap
from mosaicdb.options import (
    Changes,
    FeatureOptions,
    MatchOptions,
    MosaicOptions,
    Outputs,
    Selection,
)
from mosaicdb.pipelines.ban import ban_photos
from mosaicdb.pipelines.edit import edit_mosaic, undo_edit
from mosaicdb.pipelines.mosaics import find_named
from mosaicdb.records import Mosaic
from mosaicdb.store import load_prices

OPTIONS = MosaicOptions(grid=(4, 2), match=MatchOptions(gap=0))
OUTPUTS = Outputs(Path("m.png"))


@pytest.fixture
def mosaic(filled: Database) -> Mosaic:
    draw_photo(40).save("target.png")
    return render(filled, "target.png", OPTIONS, outputs=OUTPUTS)


def swapped(*swaps: Swap) -> Changes:
    return Changes(swap=swaps)


def outsider(mosaic: Mosaic) -> int:
    """Give a tile that does not stand in a mosaic."""
    return int(np.setdiff1d(np.arange(12), mosaic.tile_ids)[0])


def test_photos_left_out_one_by_one_are_one_condition(filled: Database, mosaic: Mosaic) -> None:
    render(filled, "target.png", OPTIONS, Selection(without="tile_id = 11"), outputs=OUTPUTS)
    for tile in (7, 3, 3):
        edit_mosaic(filled, None, Changes(without=(tile,)))
    found = find_named(filled, None)
    assert found.parameters["without"] == "(tile_id = 11\n) OR tile_id IN (3, 7)"
    assert not {3, 7, 11} & set(found.tile_ids.ravel().tolist())


def anew(database: Database, **wishes: object) -> Mosaic:
    return render(database, "target.png", OPTIONS, Selection(**wishes), record=False)  # type: ignore[arg-type]


def test_a_swapped_tile_stands_there_and_the_rest_is_optimal(
    filled: Database, mosaic: Mosaic
) -> None:
    tile = outsider(mosaic)
    edit = edit_mosaic(filled, None, swapped(Swap(1, 2, tile)))
    found = find_named(filled, None)
    assert found.tile_ids[1, 2] == tile
    assert np.array_equal(edit.changed, found.tile_ids != mosaic.tile_ids)
    wished = anew(filled, pin=(Pin(1, 2, tile),))
    assert found.cost == pytest.approx(wished.cost)
    assert found.gap == pytest.approx(0, abs=1e-12)
    assert (found.id, found.version, found.parameters["pin"]) == (mosaic.id, 2, [f"1,2={tile}"])
    assert np.array_equal(Image.open("m.png"), draw(filled, found).picture())
    assert found.cell_costs is not None
    assert found.cell_costs.sum() == pytest.approx(found.cost)


def test_what_was_put_somewhere_stays_there_in_later_edits(
    filled: Database, mosaic: Mosaic
) -> None:
    tile = outsider(mosaic)
    edit_mosaic(filled, None, swapped(Swap(1, 2, tile)))
    edit_mosaic(filled, None, Changes(without=(int(mosaic.tile_ids[0, 0]),)))
    found = find_named(filled, None)
    assert found.tile_ids[1, 2] == tile
    assert mosaic.tile_ids[0, 0] not in found.tile_ids
    left_out = f"tile_id IN ({mosaic.tile_ids[0, 0]})"
    assert found.parameters["without"] == left_out
    assert found.cost == pytest.approx(anew(filled, without=left_out, pin=(Pin(1, 2, tile),)).cost)


def test_the_next_best_tile_has_not_stood_there_before(filled: Database, mosaic: Mosaic) -> None:
    seen = [int(mosaic.tile_ids[0, 1])]
    for _ in range(5):
        edit = edit_mosaic(filled, None, swapped(Swap(0, 1)))
        seen.append(int(edit.mosaic.tile_ids[0, 1]))
    assert len(set(seen)) == 6
    undo_edit(filled, None)
    assert edit_mosaic(filled, None, swapped(Swap(0, 1))).mosaic.tile_ids[0, 1] not in seen[:-1]


def test_undo_goes_back_step_by_step_to_what_was_rendered(filled: Database, mosaic: Mosaic) -> None:
    rendered = Path("m.png").read_bytes()
    tile = outsider(mosaic)
    once = edit_mosaic(filled, None, swapped(Swap(1, 2, tile)))
    edit_mosaic(filled, None, Changes(without=(tile + 1,)))
    undone = undo_edit(filled, None)
    assert undone.asked == f"undo --without {tile + 1}"
    assert np.array_equal(undone.mosaic.tile_ids, once.mosaic.tile_ids)
    undo_edit(filled, None)
    found = find_named(filled, None)
    assert Path("m.png").read_bytes() == rendered
    assert (found.cost, found.bound, found.version) == (mosaic.cost, mosaic.bound, 5)
    assert np.array_equal(found.cell_costs, mosaic.cell_costs)
    assert not {"pin", "without"} & found.parameters.keys()
    with pytest.raises(DatabaseError, match="mosaic 1 has no edits to undo"):
        undo_edit(filled, None)


def test_an_edit_brings_in_no_photos_that_came_later_but_those_that_are_named(
    filled: Database, mosaic: Mosaic, photos: Path
) -> None:
    Image.open("target.png").crop((0, 0, 16, 24)).save(photos / "fits.png")
    ingest_photos(filled, [photos])
    tile = outsider(mosaic)
    assert 12 not in edit_mosaic(filled, None, swapped(Swap(1, 2, tile))).mosaic.tile_ids
    assert edit_mosaic(filled, None, swapped(Swap(0, 3, 12))).mosaic.tile_ids[0, 3] == 12
    assert 12 in edit_mosaic(filled, None, swapped(Swap(1, 1, tile))).mosaic.tile_ids


def test_photos_that_are_gone_stay_in_an_edit_and_banned_ones_do_not(
    filled: Database, mosaic: Mosaic, photos: Path
) -> None:
    for photo in photos.rglob("*.jpg"):
        photo.unlink()
    ingest_photos(filled, [photos])
    one, other = mosaic.tile_ids[0, 0], mosaic.tile_ids[1, 3]
    with pytest.raises(MatchingError, match="left out: .*because its photo is missing or banned"):
        edit_mosaic(filled, None, swapped(Swap(0, 0, outsider(mosaic))))
    edit = edit_mosaic(filled, None, swapped(Swap(0, 0, int(other)), Swap(1, 3, int(one))))
    assert (edit.mosaic.tile_ids[0, 0], edit.mosaic.tile_ids[1, 3]) == (other, one)


def test_a_pin_is_given_up_where_its_tile_is_banned_or_asked_for_elsewhere(
    filled: Database, mosaic: Mosaic
) -> None:
    tile = outsider(mosaic)
    edit_mosaic(filled, None, swapped(Swap(1, 2, tile)))
    progress = RecordedProgress()
    edit = edit_mosaic(filled, None, swapped(Swap(0, 0, tile)), progress=progress)
    assert edit.mosaic.parameters["pin"] == [f"0,0={tile}"]
    assert progress.notices == [f"pin 1,2={tile} is given up: tile {tile} is pinned elsewhere"]
    ban_photos(filled, [tile])
    edit = edit_mosaic(filled, None, swapped(Swap(0, 1)), progress=progress)
    assert tile not in edit.mosaic.tile_ids
    assert progress.notices[1:] == [
        f"pin 0,0={tile} is given up: tile {tile} may not be used any more"
    ]


def test_a_mosaic_keeps_the_form_of_its_picture(filled: Database) -> None:
    draw_photo(40).save("target.png")
    features = FeatureOptions(flip=True)
    options = MosaicOptions(grid=(4, 2), features=features, draw=OPTIONS.draw)
    mosaic = render(
        filled, "target.png", options, outputs=Outputs(Path("m.jpg"), quality=35, name="kitchen")
    )
    small = Path("m.jpg").stat().st_size
    edit = edit_mosaic(filled, "kitchen", swapped(Swap(0, 0, outsider(mosaic))))
    assert edit.mosaic.form == mosaic.form
    assert Path("m.jpg").stat().st_size < small * 1.3
    draw(filled, "kitchen").save("best.jpg", quality=90)
    assert Path("m.jpg").stat().st_size < Path("best.jpg").stat().st_size


def test_the_prices_that_prove_the_bound_are_kept(filled: Database, mosaic: Mosaic) -> None:
    edit_mosaic(filled, None, swapped(Swap(1, 2, outsider(mosaic))))
    prices = load_prices(filled, 1)
    assert prices is not None
    assert prices.ids.tolist() == list(range(12))
    assert np.isfinite(prices.prices).all()


BAD = [
    (swapped(Swap(0, 0, 99)), MatchingError, "pin 0,0=99: there is no tile 99"),
    (swapped(Swap(2, 0, 1)), MatchingError, "pin 2,0=1: the grid has rows 0 to 1 and columns"),
    (swapped(Swap(2, 0)), MatchingError, "swap 2,0: the grid has rows 0 to 1 and columns 0 to 3"),
    (Changes(without=("nowhere.jpg",)), DatabaseError, "nowhere.jpg is no photo that this"),
    (Changes(without=(99,)), DatabaseError, "there is no tile 99"),
    (Changes(pin=(Pin(0, 0, 5),), without=(5,)), MatchingError, "tile 5 is left out: by without"),
]


@pytest.mark.parametrize(("changes", "error", "message"), BAD)
def test_what_cannot_be_changed_is_told_and_changes_nothing(
    changes: Changes, error: type[Exception], message: str, filled: Database, mosaic: Mosaic
) -> None:
    before = Path("m.png").read_bytes()
    with pytest.raises(error, match=message):
        edit_mosaic(filled, None, changes)
    assert Path("m.png").read_bytes() == before
    assert find_named(filled, None).version == 1


def test_a_pin_on_an_empty_cell_is_refused(filled: Database) -> None:
    target = Image.new("RGBA", (64, 48), (255, 0, 0, 255))
    target.paste((0, 0, 0, 0), (0, 0, 32, 48))
    target.save("target.png")
    render(filled, "target.png", OPTIONS, outputs=OUTPUTS)
    for changes in (swapped(Swap(0, 0, 1)), swapped(Swap(0, 0))):
        with pytest.raises(MatchingError, match="0,0.*: this cell is empty"):
            edit_mosaic(filled, None, changes)


def test_changes_that_are_none_or_contradict_each_other_are_refused() -> None:
    with pytest.raises(UsageError, match="nothing to change"):
        Changes()
    with pytest.raises(UsageError, match="row 0, column 1 is to be changed twice"):
        Changes(swap=(Swap(0, 1),), pin=(Pin(0, 1, 5),))


def test_a_target_that_has_gone_or_changed_is_told(filled: Database, mosaic: Mosaic) -> None:
    write_photo(Path("target.png"), 41)
    with pytest.raises(
        PhotoError, match="as it was: .*target.png: it holds another photo now; put"
    ):
        edit_mosaic(filled, None, swapped(Swap(0, 0)))
    Path("target.png").unlink()
    with pytest.raises(
        PhotoError, match="target of mosaic 1 as it was: .*target.png: No such file"
    ):
        edit_mosaic(filled, None, swapped(Swap(0, 0)))


def test_a_picture_that_is_another_by_now_is_not_replaced(filled: Database, mosaic: Mosaic) -> None:
    write_photo(Path("m.png"), 41)
    with pytest.raises(DatabaseError, match="m.png is not the picture of mosaic 1 any more: move"):
        edit_mosaic(filled, 1, swapped(Swap(0, 0)))
    Path("m.png").unlink()
    edit_mosaic(filled, 1, swapped(Swap(0, 0)))
    assert Path("m.png").exists()


def test_an_edit_for_another_version_is_refused(filled: Database, mosaic: Mosaic) -> None:
    edit_mosaic(filled, None, swapped(Swap(0, 0)), version=1)
    for edit in (lambda: edit_mosaic(filled, None, swapped(Swap(0, 0)), version=1),
                 lambda: undo_edit(filled, None, version=1)):  # fmt: skip
        with pytest.raises(DatabaseError, match="edited meanwhile: it has version 2, not 1"):
            edit()


def test_a_mosaic_of_an_earlier_version_is_edited_where_enough_is_recorded(
    filled: Database, mosaic: Mosaic
) -> None:
    with filled.write() as connection:
        connection.exec_driver_sql("DELETE FROM dual_price")
        connection.exec_driver_sql("UPDATE mosaic SET target_hash = NULL, form = NULL")
        connection.exec_driver_sql("UPDATE mosaic SET tiles_before = NULL")
    tile = outsider(mosaic)
    edit = edit_mosaic(filled, None, swapped(Swap(1, 2, tile)))
    assert edit.mosaic.cost == pytest.approx(anew(filled, pin=(Pin(1, 2, tile),)).cost)
    with filled.write() as connection:
        connection.exec_driver_sql("""UPDATE mosaic SET parameters = '{"shift": 0}'""")
    with pytest.raises(DatabaseError, match="recorded too little of it; render it again"):
        edit_mosaic(filled, None, swapped(Swap(0, 0)))


def test_crops_are_repaired_and_undone_like_thumbnails(filled: Database) -> None:
    draw_photo(40).save("target.png")
    options = MosaicOptions(
        grid=(4, 2), match=MatchOptions(max_uses=1, gap=0), features=FeatureOptions(zoom=2)
    )
    mosaic = render(filled, "target.png", options, outputs=OUTPUTS)
    assert mosaic.cropped_cells
    rendered, tile = Path("m.png").read_bytes(), outsider(mosaic)
    edit = edit_mosaic(filled, None, swapped(Swap(1, 2, tile), Swap(0, 0)))
    pins = tuple(edit.mosaic.parameters["pin"])
    wished = render(filled, "target.png", options, Selection(pin=pins), record=False)
    assert edit.mosaic.cost == pytest.approx(wished.cost)
    assert np.array_equal(Image.open("m.png"), draw(filled, 1).picture())
    undone = undo_edit(filled, None).mosaic
    assert np.array_equal(undone.crops, mosaic.crops)
    assert Path("m.png").read_bytes() == rendered
