"""Mosaics whose tiles may show other parts of their photos than the middle."""

import io
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support import Command, RecordedProgress, age, draw_photo, rows

from mosaicdb import (
    Database,
    DrawOptions,
    FeatureOptions,
    MatchOptions,
    Mosaic,
    MosaicOptions,
    Outputs,
    Selection,
    ingest_photos,
    render,
)
from mosaicdb.crops import Crop, crops_of
from mosaicdb.errors import RenderingError
from mosaicdb.kinds import Pin
from mosaicdb.options import Changes
from mosaicdb.pipelines.draw import draw
from mosaicdb.pipelines.edit import edit_mosaic, undo_edit
from mosaicdb.pipelines.exchange import export_tiles, import_tiles
from mosaicdb.pipelines.ingest import rebuild
from mosaicdb.pipelines.maintenance import check
from mosaicdb.pipelines.mosaic import render_given
from mosaicdb.pipelines.mosaics import find_named
from mosaicdb.pipelines.selection import select_tiles
from mosaicdb.pipelines.tile_rows import StoredThumbnails
from mosaicdb.pipelines.viewer import Viewed
from mosaicdb.rendering import encode_jpeg
from mosaicdb.store import load_overviews

THUMB = (8, 6)
GRID = (4, 4)
TARGET = Path("target.png")


@pytest.fixture
def uneven(tmp_path: Path, database: Database) -> Database:
    """Give a database of 20 photos whose corners and middle have colours of their own."""
    for seed in range(20):
        random = np.random.default_rng(seed)
        colours = Image.fromarray(random.integers(0, 256, (3, 3, 3), np.uint8))
        path = tmp_path / "photos" / f"{seed:02d}.jpg"
        path.parent.mkdir(exist_ok=True)
        colours.resize((80, 60)).save(path, quality=95)
        age(path)
    ingest_photos(database, [tmp_path / "photos"])
    colours = Image.fromarray(np.random.default_rng(99).integers(0, 256, (4, 4, 3), np.uint8))
    colours.resize((160, 120)).save(TARGET)
    return database


def zoomed(zoom: float = 2.0, flip: bool = False, **match: object) -> MosaicOptions:
    features = FeatureOptions(zoom=zoom, flip=flip)
    return MosaicOptions(grid=GRID, match=MatchOptions(**match), features=features)


def tile_in(mosaic: Mosaic, row: int, column: int, size: tuple[int, int] = THUMB) -> np.ndarray:
    width, height = size
    box = column * width, row * height, (column + 1) * width, (row + 1) * height
    return np.asarray(mosaic.drawn.crop(box), float)


def box_of(mosaic: Mosaic, row: int, column: int) -> Crop | None:
    assert mosaic.crops is not None
    crop = Crop(*mosaic.crops[row, column].tolist())
    return crop if crop.width else None


def test_a_viewer_shows_crops_at_every_size(uneven: Database) -> None:
    mosaic = render(uneven, TARGET, zoomed(), outputs=Outputs(Path("m.png")))
    viewed = Viewed(uneven, find_named(uneven, None), 512)
    for level in range(2, 6):  # from a pixel a cell to all 32 x 24
        tile = viewed.tile_jpeg(level, 0, 0)
        assert tile is not None
        shown = np.asarray(Image.open(io.BytesIO(tile)), float)
        wanted = mosaic.drawn.resize((shown.shape[1], shown.shape[0]), Image.Resampling.BOX)
        encoded = Image.open(io.BytesIO(encode_jpeg(np.asarray(wanted), 85)))
        away = shown - np.asarray(encoded, float)
        assert np.abs(away).mean() < 15, level
    assert viewed.tile_jpeg(6, 0, 0) is None


@pytest.mark.parametrize("flip", [False, True])
def test_edits_choose_crops_too_and_are_undone_with_them(uneven: Database, flip: bool) -> None:
    options = zoomed(flip=flip, gap=0)
    mosaic = render(uneven, TARGET, options, outputs=Outputs(Path("m.png")))
    pins = Pin(1, 2, int(mosaic.tile_ids[3, 3])), Pin(0, 0, int(mosaic.tile_ids[2, 0]))
    edited = edit_mosaic(uneven, None, Changes(pin=pins)).mosaic
    wished = render(uneven, TARGET, options, Selection(pin=pins), record=False)
    assert edited.cost == pytest.approx(wished.cost)
    assert edited.gap == pytest.approx(0, abs=1e-6)
    recorded = find_named(uneven, None)
    assert recorded.crops is not None
    assert np.allclose(recorded.crops, edited.crops)
    assert np.array_equal(Image.open("m.png"), draw(uneven, recorded).picture())
    undone = undo_edit(uneven, None).mosaic
    assert np.array_equal(undone.tile_ids, mosaic.tile_ids)
    assert np.allclose(undone.crops, mosaic.crops)
    assert np.array_equal(Image.open("m.png"), mosaic.drawn)


def test_crops_make_a_mosaic_more_like_its_target_with_each_photo_once(uneven: Database) -> None:
    costs = []
    for zoom in (1.0, 1.34, 2.0):
        mosaic = render(uneven, TARGET, zoomed(zoom))
        assert len(np.unique(mosaic.tile_ids)) == 16
        assert mosaic.gap == pytest.approx(0, abs=1e-6)
        costs.append(mosaic.cost)
        assert (mosaic.crops is None) == (zoom == 1)
    assert costs[0] > 1.2 * costs[1] > 1.2 * costs[2]


def test_a_cell_shows_the_part_of_the_photo_that_it_is_said_to_show(uneven: Database) -> None:
    mosaic = render(uneven, TARGET, zoomed(flip=True))
    assert mosaic.cropped_cells > 4
    assert mosaic.flipped is not None
    for row, column in np.ndindex(GRID):
        crop, path = box_of(mosaic, row, column), f"photos/{mosaic.tile_ids[row, column]:02d}.jpg"
        with Image.open(path) as photo:
            left, top, width, height = crop or (0, 0, 1, 1)
            box = left * 80, top * 60, (left + width) * 80, (top + height) * 60
            wanted = np.asarray(photo.resize(THUMB, Image.Resampling.BICUBIC, box), float)
        if mosaic.flipped[row, column]:
            wanted = wanted[:, ::-1]
        assert np.abs(tile_in(mosaic, row, column) - wanted).mean() < 16  # of JPEG


def test_the_cost_is_that_of_the_features_of_what_is_shown(uneven: Database) -> None:
    mosaic = render(uneven, TARGET, zoomed())
    assert mosaic.cell_costs is not None
    assert mosaic.cell_costs.sum() == pytest.approx(mosaic.cost)
    assert mosaic.cost >= mosaic.bound


@pytest.mark.parametrize("match", [{"max_uses": 3, "min_distance": 2}, {"strategy": "fair"}])
def test_limits_hold_for_photos_and_not_for_crops(
    match: dict[str, object], uneven: Database
) -> None:
    selection = Selection(where="tile_id < 8")
    mosaic = render(uneven, TARGET, zoomed(flip=True, **match), selection)
    uses = Counter(mosaic.tile_ids.ravel().tolist())
    assert max(uses.values()) <= match.get("max_uses", 2)
    distance = mosaic.repeats.smallest_distance
    assert distance is None or distance >= match.get("min_distance", 1)


def test_a_photo_that_is_used_twice_may_show_two_parts(uneven: Database) -> None:
    mosaic = render(uneven, TARGET, zoomed(strategy="nearest"), Selection(where="tile_id < 4"))
    assert mosaic.crops is not None
    shown = np.column_stack([mosaic.tile_ids.ravel(), mosaic.crops.reshape(-1, 4)])
    assert len(np.unique(shown, axis=0)) > 4


def test_wishes_hold_with_crops(uneven: Database) -> None:
    selection = Selection(must="tile_id IN (3, 4)", pin=("1,2=5",), alike=True)
    mosaic = render(uneven, TARGET, zoomed(), selection)
    assert mosaic.tile_ids[1, 2] == 5
    assert {3, 4} <= set(mosaic.tile_ids.ravel().tolist())


def test_what_was_shown_is_recorded_and_drawn_again(uneven: Database) -> None:
    outputs = Outputs(Path("m.png"), Path("m.tab"), Path("m.html"))
    mosaic = render(uneven, TARGET, zoomed(flip=True), outputs=outputs)
    statement = "SELECT count(*) FROM placement WHERE crop_width IS NOT NULL AND crop_left < 1"
    assert rows(uneven, statement) == [(mosaic.cropped_cells,)]
    assert np.array_equal(np.asarray(draw(uneven).picture()), np.asarray(mosaic.drawn))
    given = render_given(uneven, Path("m.tab"), Outputs(Path("g.png")))
    assert np.array_equal(given.crops, mosaic.crops)
    assert Path("g.png").read_bytes() == Path("m.png").read_bytes()
    assert "another part" in Path("m.html").read_text()


def test_crops_are_drawn_larger_from_the_photos_each_of_which_is_read_once(
    uneven: Database,
) -> None:
    outputs = Outputs(Path("m.png"))
    render(uneven, TARGET, zoomed(strategy="nearest"), outputs=outputs)
    progress = RecordedProgress()
    large = draw(uneven, tile_size=(16, 12), progress=progress).picture()
    small = np.asarray(draw(uneven).picture(), float)
    shrunk = np.asarray(large.resize((32, 24), Image.Resampling.BOX), float)
    assert np.abs(shrunk - small).mean() < 12
    (photos,) = (call[1] for call in progress.calls if isinstance(call, tuple))
    assert (
        progress.calls.count(1)
        == photos
        == len(rows(uneven, "SELECT DISTINCT tile_id FROM placement"))
    )
    shifted = draw(uneven, tile_size=(16, 12), shift=20).picture()
    assert shifted.size == large.size


def test_a_photo_that_is_gone_is_drawn_from_its_overview(uneven: Database) -> None:
    mosaic = render(uneven, TARGET, zoomed(), outputs=Outputs(Path("m.png")))
    row, column = np.argwhere(mosaic.crops.any(axis=2))[0]
    Path(f"photos/{mosaic.tile_ids[row, column]:02d}.jpg").unlink()
    whole = draw(uneven, tile_size=(16, 12)).picture()
    found = whole.crop((column * 16, row * 12, (column + 1) * 16, (row + 1) * 12))
    shrunk = np.asarray(found.resize(THUMB, Image.Resampling.BOX), float)
    assert np.abs(shrunk - tile_in(mosaic, row, column)).mean() < 12


def test_a_plain_picture_of_crops_encodes_the_same_as_drawn_cells(uneven: Database) -> None:
    options = zoomed(strategy="nearest", max_uses=4)
    draws = DrawOptions(tile_size=(16, 16))
    options = MosaicOptions(options.grid, options.match, options.features, draw=draws)
    mosaic = render(uneven, TARGET, options, outputs=Outputs(Path("m.tif")))
    with Image.open("m.tif") as spliced:
        difference = np.asarray(spliced, float) - np.asarray(mosaic.drawn)
    assert np.abs(difference).mean() < 8


@pytest.mark.parametrize("shift", [0, 30])
def test_crops_that_do_not_fit_into_memory_together_are_drawn_alike(
    uneven: Database, monkeypatch: pytest.MonkeyPatch, shift: int
) -> None:
    options = replace(zoomed(strategy="nearest"), draw=DrawOptions(shift=shift))
    mosaic = render(uneven, TARGET, options, outputs=Outputs(Path("m.png")))
    assert len(np.unique(mosaic.tile_ids)) < mosaic.cropped_cells, "photos show several crops"
    monkeypatch.setattr("mosaicdb.pipelines.draw.MOST_STACKED", 0)
    monkeypatch.setattr("mosaicdb.pipelines.tile_rows._AT_ONCE", 3 * THUMB[0] * THUMB[1])
    drawing = draw(uneven, mosaic)
    assert isinstance(drawing.source, StoredThumbnails)
    assert np.array_equal(np.asarray(drawing.picture()), np.asarray(mosaic.drawn))


def test_a_database_that_an_earlier_version_made_is_filled_by_the_next_ingest(
    uneven: Database, tmp_path: Path
) -> None:
    wanted = sorted(rows(uneven, "SELECT * FROM overview"))
    with uneven.write() as connection:
        connection.exec_driver_sql("UPDATE tile SET reader = 2")
        connection.exec_driver_sql("DELETE FROM overview")
        connection.exec_driver_sql("DELETE FROM crop_descriptor")
    Path("photos/07.jpg").unlink()
    progress = RecordedProgress()
    assert select_tiles(uneven, zoom=2.0, progress=progress).crops is None
    assert any("20 of 20 photos show their middle alone" in note for note in progress.notices)
    assert ingest_photos(uneven, [tmp_path / "photos"]).read_again == 19
    assert sorted(rows(uneven, "SELECT * FROM overview")) == [*wanted[:7], *wanted[8:]]
    tiles = select_tiles(uneven, Selection(with_missing=True), zoom=2.0)
    assert len(tiles) == 20
    assert tiles.crops is not None
    assert sorted(set(range(20)) - set(tiles.crops.rows.tolist())) == [7]


def test_tiles_know_how_many_crops_they_have(uneven: Database) -> None:
    count = len(crops_of((80, 60), THUMB))
    assert set(rows(uneven, "SELECT crops FROM tile_stats")) == {(count,)}


def test_crops_with_fewer_pixels_than_a_thumbnail_are_counted(
    tmp_path: Path, database: Database
) -> None:
    draw_photo(1, (9, 7)).save("small.png")
    age(Path("small.png"))
    ingest_photos(database, [Path("small.png")])
    progress = RecordedProgress()
    assert select_tiles(database, zoom=2.0, progress=progress).crops is None
    assert any("14 crops of 1 photo have fewer pixels" in note for note in progress.notices)


def test_another_size_of_thumbnails_gives_other_crops_and_keeps_what_mosaics_show(
    uneven: Database,
) -> None:
    mosaic = render(uneven, TARGET, zoomed(), outputs=Outputs(Path("m.png")))
    row, column = np.argwhere(mosaic.crops.any(axis=2))[0]
    lost = int(mosaic.tile_ids[row, column])
    Path(f"photos/{lost:02d}.jpg").unlink()
    rebuild(uneven, (6, 6))
    tiles = select_tiles(uneven, Selection(with_missing=True), zoom=2.0)
    assert tiles.crops is not None
    assert set(range(20)) - set(tiles.crops.rows.tolist()) == {lost}
    width, height = tiles.crops.boxes[:, 2:].T
    assert width / height == pytest.approx(np.full(len(width), 0.75), abs=0.001)
    assert draw(uneven, tile_size=(6, 6)).picture().size == (24, 24)


@pytest.mark.parametrize("most", [60_000, 300])
def test_overviews_go_through_hdf5(
    uneven: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    pytest.importorskip("h5py")
    monkeypatch.setattr("mosaicdb.pipelines.exchange.hdf5._MOST_BYTES_OF_AN_ATTRIBUTE", most)
    export_tiles(uneven, Path("tiles.h5"))
    with Database(tmp_path / "copy.db") as copy:
        import_tiles(copy, Path("tiles.h5"))
        ids = range(20)
        assert dict(load_overviews(copy, ids)) == dict(load_overviews(uneven, ids))
        own, other = (select_tiles(one, zoom=2.0).crops for one in (uneven, copy))
        assert np.array_equal(own.boxes, other.boxes)
        assert np.abs(own.mean_rgb - other.mean_rgb).mean() < 4


def test_a_check_finds_overviews_that_do_not_decode(uneven: Database) -> None:
    render(uneven, TARGET, zoomed(), outputs=Outputs(Path("m.png")))
    with uneven.write() as connection:
        connection.exec_driver_sql("UPDATE overview SET jpeg = x'00' WHERE tile_id = 3")
    assert list(check(uneven)) == ["tile 3: an overview in the database does not decode"]
    with uneven.write() as connection:
        connection.exec_driver_sql("DELETE FROM overview")
    with pytest.raises(RenderingError, match="has no overview"):
        draw(uneven)


def test_the_command_takes_a_zoom(uneven: Database, mosaicdb: Command) -> None:
    render_it = ("--db", uneven.path, "render", "--target", TARGET, "--grid", "4x4")
    made = json.loads(mosaicdb(*render_it, "--zoom", "1.8", "--json"))
    assert 4 < made["cropped_cells"] <= 16
    assert "show another part of their photo" in mosaicdb.err
    mosaicdb(*render_it, "--zoom", "0.5", expect=2)
    assert "give a number from 1 to 2" in mosaicdb.error_line
