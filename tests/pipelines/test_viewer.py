import io
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support import RecordedProgress, write_photo

from mosaicdb import (
    Database,
    DrawOptions,
    FeatureOptions,
    MosaicOptions,
    draw,
    ingest_photos,
    render,
)
from mosaicdb.errors import DatabaseError, MosaicdbError, UsageError
from mosaicdb.options import MatchOptions, Outputs
from mosaicdb.pipelines.export_viewer import export_viewer
from mosaicdb.pipelines.mosaics import find_named
from mosaicdb.pipelines.viewer import Viewed
from mosaicdb.records import Mosaic
from mosaicdb.rendering import encode_jpeg
from mosaicdb.viewer_options import ExportOptions

SIDE = 40
NEAREST = MosaicOptions(grid=(6, 5), match=MatchOptions("nearest"))


def made(database: Database, options: MosaicOptions = NEAREST, target: object = 1) -> Mosaic:
    return render(database, target, options, outputs=Outputs(Path("m.png"), name="kitchen"))


def pixels(jpeg: bytes | None) -> np.ndarray:
    assert jpeg is not None
    with Image.open(io.BytesIO(jpeg)) as image:
        return np.asarray(image.convert("RGB")).astype(float)


@pytest.mark.parametrize(
    "drawn", [DrawOptions(), DrawOptions(shift=30), DrawOptions(blend=0.4)], ids=str
)
def test_the_tiles_of_every_level_show_the_mosaic_as_it_was_made(
    filled: Database, drawn: DrawOptions
) -> None:
    made(filled, replace(NEAREST, grid=(50, 50), draw=drawn))
    viewed = Viewed(filled, find_named(filled, "kitchen"), SIDE)
    whole = draw(filled, "kitchen").picture().convert("RGB")
    width, height = viewed.summary.size
    assert whole.size == (width, height) == (400, 300)
    for column, row in [(0, 0), (1, 1)]:
        part = np.asarray(whole)[256 * row :, 256 * column :][:256, :256]
        assert viewed.tile_jpeg(9, column, row) == encode_jpeg(part, 85)
    for level in range(4, 9):
        shrunk = 2 ** (9 - level)
        small = pixels(encode_jpeg(np.asarray(whole.reduce(shrunk))[:256, :256], 85))
        tile = pixels(viewed.tile_jpeg(level, 0, 0))
        assert tile.shape == small.shape
        assert np.abs(tile - small).mean() < 6, level
    assert viewed.tile_jpeg(10, 0, 0) is None
    assert viewed.tile_jpeg(9, 2, 0) is None


def test_a_part_of_a_photo_that_a_cell_shows_is_drawn_and_told(filled: Database) -> None:
    close = replace(NEAREST, grid=(30, 20), features=FeatureOptions(zoom=2))
    mosaic = made(filled, close)
    assert mosaic.crops is not None
    viewed = Viewed(filled, find_named(filled, None), SIDE)
    whole = draw(filled, None).picture().convert("RGB")
    assert viewed.tile_jpeg(8, 0, 0) == encode_jpeg(np.asarray(whole), 85)
    small = pixels(encode_jpeg(np.asarray(whole.reduce(2)), 85))
    assert np.abs(pixels(viewed.tile_jpeg(7, 0, 0)) - small).mean() < 6
    block = viewed.block(0, 0)
    assert block is not None and block.crops is not None
    assert (block.crops == mosaic.crops).all()


def test_cells_are_told_in_blocks_with_names_and_places(filled: Database) -> None:
    mosaic = made(filled, replace(NEAREST, grid=(70, 5)))
    viewed = Viewed(filled, find_named(filled, None), SIDE)
    block = viewed.block(0, 1)
    assert block is not None
    assert block.tile_ids.tolist() == mosaic.tile_ids[:, 64:].tolist()
    assert set(block.names) == set(block.tile_ids.ravel().tolist())
    assert viewed.block(1, 0) is None
    assert viewed.block(0, 2) is None
    photos = viewed.photos(0)
    assert sum(photo.uses for photo in photos) == mosaic.tile_ids.size
    for photo in photos:
        assert all(mosaic.tile_ids[place] == photo.tile_id for place in photo.places)
        assert len(photo.places) == min(photo.uses, 100)
        assert photo.name == os.path.basename(photo.path)
    assert viewed.photos(1) == []


def test_only_photos_of_the_mosaic_are_given_upright_and_small(
    filled: Database, photos: Path
) -> None:
    mosaic = made(filled)
    viewed = Viewed(filled, find_named(filled, None), SIDE)
    shown = int(mosaic.tile_ids[0, 0])
    assert pixels(viewed.photo_jpeg(shown)).shape == (30, 40, 3)
    (other, *_) = set(range(12)) - set(mosaic.tile_ids.ravel().tolist())
    assert viewed.photo_jpeg(other) is None
    assert viewed.photo_jpeg(10**17) is None


def test_a_photo_that_has_changed_is_shown_by_its_thumbnail(filled: Database, photos: Path) -> None:
    mosaic = made(filled)
    viewed = Viewed(filled, find_named(filled, None), SIDE)
    tile = int(mosaic.tile_ids[0, 0])
    (path,) = (Path(photo.path) for photo in viewed.photos(0) if photo.tile_id == tile)
    write_photo(path, 99)
    assert pixels(viewed.photo_jpeg(tile)).shape == (6, 8, 3)


@pytest.mark.parametrize("becomes", ["gone", "another picture"])
def test_a_mosaic_without_its_target_is_shown_without_it(filled: Database, becomes: str) -> None:
    target = write_photo(Path("target.jpg"), 77)
    made(filled, replace(NEAREST, draw=DrawOptions(shift=9)), target=target)
    assert Viewed(filled, find_named(filled, None), SIDE).target_jpeg() is not None
    target.unlink()
    if becomes == "another picture":
        write_photo(target, 78)
    progress = RecordedProgress()
    viewed = Viewed(filled, find_named(filled, None), SIDE, progress=progress)
    assert viewed.target_jpeg() is None
    assert not viewed.summary.has_target
    assert len(progress.notices) == 1
    assert "target.jpg" in progress.notices[0]
    assert viewed.tile_jpeg(0, 0, 0)


def test_photos_are_found_by_any_part_of_their_paths(filled: Database) -> None:
    mosaic = made(filled)
    viewed = Viewed(filled, find_named(filled, None), SIDE)
    found = viewed.search(".JPG")
    assert {one.tile_id for one in found} == set(mosaic.tile_ids.ravel().tolist())
    assert all(mosaic.tile_ids[one.place] == one.tile_id for one in found)
    assert viewed.search("%") == viewed.search("p_otos") == viewed.search("x'--") == []


def test_another_picture_has_another_version(filled: Database) -> None:
    mosaic = made(filled)
    before = Viewed(filled, mosaic, SIDE).summary.version
    assert Viewed(filled, mosaic, SIDE).summary.version == before
    swapped = replace(mosaic, tile_ids=np.roll(mosaic.tile_ids, 1, axis=1))
    assert Viewed(filled, swapped, SIDE).summary.version != before


def test_a_mosaic_that_is_not_there_is_named(filled: Database) -> None:
    made(filled)
    with pytest.raises(DatabaseError, match="hall is no mosaic"):
        Viewed(filled, find_named(filled, "hall"), SIDE)


def test_an_exported_viewer_holds_all_that_the_page_asks_for(
    filled: Database, photos: Path
) -> None:
    mosaic = made(filled)
    (photos / "b" / "05.jpg").write_bytes(b"changed")
    exported = export_viewer(filled, "kitchen", Path("site"), ExportOptions(photo_side=SIDE))
    ids = set(mosaic.tile_ids.ravel().tolist())
    assert (exported.mosaic.id, exported.photos) == (mosaic.id, len(ids))
    assert len(exported.replaced) == (5 in ids)
    summary = json.loads(Path("site/mosaic.json").read_text())
    assert (summary["columns"], summary["rows"], summary["isServed"]) == (6, 5, False)
    assert {int(path.stem) for path in Path("site/photos/0").iterdir()} == ids
    block = json.loads(Path("site/cells/0_0.json").read_text())
    assert block["tiles"] == mosaic.tile_ids.tolist()
    listed = json.loads(Path("site/names/0.json").read_text())
    assert {tile for tile, *_ in listed} == ids
    assert all(str(photos) not in path.read_text() for path in Path("site").rglob("*.json"))
    for name in ("index.html", "viewer.js", "target.jpg", "mosaic_files/6/0_0.jpeg"):
        assert (Path("site") / name).is_file(), name
    assert not [path for path in Path().iterdir() if path.name.startswith(".mosaicdb")]


def test_a_folder_that_holds_something_is_kept(filled: Database) -> None:
    made(filled)
    Path("mine").mkdir()
    Path("mine/diary.txt").write_text("dear")
    for replaces in (False, True):
        with pytest.raises(UsageError, match="mine holds something already"):
            export_viewer(filled, None, Path("mine"), ExportOptions(replace=replaces))
    Path("file").write_text("x")
    with pytest.raises(UsageError, match="file is no folder"):
        export_viewer(filled, None, Path("file"))
    assert Path("mine/diary.txt").read_text() == "dear"


def test_a_viewer_is_replaced_only_if_that_is_asked_for(filled: Database) -> None:
    made(filled)
    Path("site").mkdir()
    export_viewer(filled, None, Path("site"))
    Path("site/photos/99").mkdir()
    Path("site/photos/99/99.jpg").write_text("of an earlier viewer")
    with pytest.raises(UsageError, match="site holds a viewer already"):
        export_viewer(filled, None, Path("site"))
    export_viewer(filled, None, Path("site"), ExportOptions(replace=True))
    assert not Path("site/photos/99").exists()


@pytest.mark.parametrize("foreign", [".git/HEAD", "photos/0/mine.jpg", "photos/trip.jpg"])
def test_a_viewer_into_which_something_was_put_is_kept(filled: Database, foreign: str) -> None:
    made(filled)
    export_viewer(filled, None, Path("site"))
    Path("site", foreign).parent.mkdir(exist_ok=True)
    Path("site", foreign).write_text("mine")
    with pytest.raises(UsageError, match="site holds more than a viewer, such as site/"):
        export_viewer(filled, None, Path("site"), ExportOptions(replace=True))
    assert Path("site", foreign).read_text() == "mine"


def test_a_viewer_that_cannot_be_written_leaves_what_was_there(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(filled)
    export_viewer(filled, None, Path("site"))
    before = sorted(Path("site").rglob("*"))

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mosaicdb.pipelines.export_viewer.write_site", fail)
    with pytest.raises(MosaicdbError, match="cannot write site: No space left"):
        export_viewer(filled, None, Path("site"), ExportOptions(replace=True))
    assert sorted(Path("site").rglob("*")) == before
    assert [
        path.name for path in Path().iterdir() if path.is_dir() and "site" not in path.name
    ] == ["photos"]


def test_names_that_are_no_text_are_told_in_text(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    for seed, name in enumerate([b"\xff.jpg", b"a\nb.jpg", b"<script>.jpg", b"\"'.jpg"]):
        plain = write_photo(folder / f"{seed}.jpg", seed)
        plain.rename(folder / os.fsdecode(name))
    ingest_photos(database, [folder])
    made(database, replace(NEAREST, grid=(2, 2), match=MatchOptions("unique")), target=0)
    viewed = Viewed(database, find_named(database, None), SIDE)
    block = viewed.block(0, 0)
    assert block is not None
    names = sorted(block.names.values())
    assert names == sorted(["\\udcff.jpg", "a\\nb.jpg", "<script>.jpg", "\"'.jpg"])
    assert json.dumps(names)
    assert [one.path for one in viewed.search("script")] == [str(folder / "<script>.jpg")]
