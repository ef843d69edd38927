"""Live walls as their pages show them, and the stickers of their photos."""

import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support import RecordedProgress, write_photo

from mosaicdb import Database, MosaicOptions, Selection, ingest_photos
from mosaicdb.errors import UsageError
from mosaicdb.live_options import LiveOptions
from mosaicdb.pipelines.ban import bans
from mosaicdb.pipelines.export_viewer import export_viewer
from mosaicdb.pipelines.live_view import LiveView
from mosaicdb.pipelines.stickers import Stickers
from mosaicdb.pipelines.view import EditedView
from mosaicdb.pipelines.wall import Wall, open_wall

pytest.importorskip("starlette")

GRID = (4, 3)


@pytest.fixture
def incoming(tmp_path: Path) -> Path:
    (tmp_path / "incoming").mkdir()
    return tmp_path / "incoming"


def wall_of(database: Database, **live: object) -> Wall:
    target = write_photo(Path("target.png").absolute(), 99)
    options = LiveOptions(**live)  # type: ignore[arg-type]
    return open_wall(
        database, target, MosaicOptions(grid=GRID), Selection(), options, Path("wall.png")
    )


def arrive(database: Database, incoming: Path, *seeds: int) -> None:
    for seed in seeds:
        write_photo(incoming / f"p{seed:02d}.jpg", seed)
    ingest_photos(database, [incoming])


def picture(view: LiveView) -> np.ndarray:
    level = 5  # of 32 x 18 pixels, the whole wall
    jpeg = view.contents.tile_jpeg(level, 0, 0)
    assert jpeg is not None
    return np.asarray(Image.open(io.BytesIO(jpeg)), np.int16)


def test_a_page_shows_an_empty_wall_and_then_its_photos(database: Database, incoming: Path) -> None:
    progress = RecordedProgress()
    view = LiveView(database, wall_of(database, fixed=True, faint=0.5), None, progress)
    empty, before = picture(view), view.growth("")
    assert empty.shape == (18, 32, 3)
    assert empty.min() > 110  # half white
    assert (before.photos, before.cells, list(before.newest)) == (0, 12, [])
    arrive(database, incoming, 3)
    view.take_in()
    (arrival,) = view.growth("").newest
    row, column = arrival.place
    assert view.growth("").version != before.version
    assert arrival.name == "p03.jpg"
    assert progress.notices == [f"p03.jpg: row {row + 1}, column {column + 1}"]
    changed = np.abs(picture(view) - empty).max(axis=2) > 20
    there = changed[6 * row : 6 * row + 6, 8 * column : 8 * column + 8]
    assert there.all()
    assert changed.sum() < 2 * there.sum()  # the JPEG smears them a little


def test_only_what_changed_is_drawn_again(database: Database, incoming: Path) -> None:
    view = LiveView(database, wall_of(database, fixed=True), None, RecordedProgress())
    arrive(database, incoming, 1)
    view.take_in()
    first = view.contents.tile_jpeg(5, 0, 0)
    assert view.contents.tile_jpeg(5, 0, 0) is first
    arrive(database, incoming, 2)
    view.take_in()
    assert view.contents.tile_jpeg(5, 0, 0) is not first


@pytest.mark.parametrize("most_patches", [0, 100])
def test_what_changed_is_drawn_as_if_all_had_been(
    database: Database, incoming: Path, monkeypatch: pytest.MonkeyPatch, most_patches: int
) -> None:
    monkeypatch.setattr("mosaicdb.pipelines.drawn_tiles._MOST_PATCHES", most_patches)
    view = LiveView(database, wall_of(database, faint=0.5), None, RecordedProgress())
    tiles = [(level, 0, 0) for level in range(6)]
    for seed in (1, 2, 3):
        arrive(database, incoming, seed)
        view.take_in()
        anew = LiveView(database, view._wall, None, RecordedProgress())
        for tile in tiles:
            kept, drawn = (
                np.asarray(Image.open(io.BytesIO(one.contents.tile_jpeg(*tile) or b"")), np.int16)
                for one in (view, anew)
            )
            assert np.abs(kept - drawn).max() <= 3  # a level of 255, and what JPEG makes of that


def test_a_page_is_told_which_cells_changed(database: Database, incoming: Path) -> None:
    view = LiveView(database, wall_of(database, fixed=True), None, RecordedProgress())
    versions = [view.contents.summary.version]
    for seed in (1, 2):
        arrive(database, incoming, seed)
        view.take_in()
        versions.append(view.contents.summary.version)
    filled = [tuple(place) for place in np.argwhere(view._wall.mosaic.tile_ids >= 0).tolist()]
    assert view.growth(versions[0]).changed == filled
    (last,) = view.growth(versions[1]).changed or ()
    assert view._wall.mosaic.tile_ids[last] == 1
    assert view.growth(versions[2]).changed == []
    assert view.growth("another").changed is None


def test_guests_find_photos_by_name_and_number_and_see_no_folder(
    database: Database, incoming: Path
) -> None:
    view = LiveView(database, wall_of(database), None, RecordedProgress())
    arrive(database, incoming, 1, 2, 3)
    shutil.copy(incoming / "p02.jpg", incoming / "again.jpg")
    arrive(database, incoming)
    view.take_in()

    def found(text: str) -> list[tuple[int, str]]:
        return [(one.tile_id, one.path) for one in view.contents.search(text)]

    assert found("P02") == [(1, "p02.jpg")]
    assert found("2") == [(2, "p03.jpg"), (1, "p02.jpg")]
    assert found("again") == [(1, "again.jpg")]
    assert found("incoming") == []
    assert found("9" * 30) == []
    assert [photo.path for photo in view.contents.photos(0)] == ["p01.jpg", "p02.jpg", "p03.jpg"]


def test_what_waits_is_shown_after_a_yes_and_banned_after_a_no(
    database: Database, incoming: Path
) -> None:
    view = LiveView(database, wall_of(database, approve=True), None, RecordedProgress())
    arrive(database, incoming, 1, 2, 3)
    view.take_in()
    assert [(one.tile_id, one.path) for one in view.waiting()] == [
        *((0, "p01.jpg"), (1, "p02.jpg"), (2, "p03.jpg"))
    ]
    assert view.growth("").photos == 0
    assert view.waiting_jpeg(1)
    assert view.waiting_jpeg(9) is None
    assert view.contents.photo_jpeg(1) is None
    assert view.answer([0, 9], [2]) == "1 photo shown, 1 refused"
    assert [one.tile_id for one in view.waiting()] == [1]
    assert [ban.tile_id for ban in bans(database)] == [2]
    assert view.growth("").photos == 1
    assert view.contents.photo_jpeg(0)
    assert view.answer([], [0]) == "0 photos shown, 0 refused"  # it does not wait any more


def test_more_photos_than_cells_are_told_once(database: Database, incoming: Path) -> None:
    progress = RecordedProgress()
    view = LiveView(database, wall_of(database, fixed=True), None, progress)
    for seed in range(0, 14, 7):
        arrive(database, incoming, *range(seed, seed + 7))
        view.take_in()
    arrive(database, incoming, 14)
    view.take_in()
    (full,) = [notice for notice in progress.notices if "full" in notice]
    assert full.startswith("the wall is full: there are more photos than cells")
    assert view.growth("").photos == 12


@pytest.mark.parametrize("photos", [0, 3])
def test_a_wall_with_empty_cells_is_viewed_and_exported(
    database: Database, incoming: Path, photos: int, tmp_path: Path
) -> None:
    wall = wall_of(database)
    arrive(database, incoming, *range(photos))
    wall.take_in()
    assert EditedView(database, wall.mosaic).contents.tile_jpeg(0, 0, 0)
    export_viewer(database, "live", tmp_path / "site")
    assert len(list((tmp_path / "site" / "photos").rglob("*.jpg"))) == photos


def test_each_photo_gets_a_sticker_that_is_made_once(
    database: Database, incoming: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "out" / "stickers"
    wall = wall_of(database, fixed=True, stickers=folder, sheet=(2, 2), sticker_width=1.0)
    view = LiveView(database, wall, Stickers(database, wall, folder), RecordedProgress())
    arrive(database, incoming, 1, 2)
    (incoming / "p02.jpg").write_bytes(b"gone")
    view.take_in()
    row, column = np.argwhere(wall.mosaic.tile_ids == 0)[0]
    sheet = row // 2 * 2 + column // 2 + 1
    name = f"00000_sheet-{sheet}_row-{row + 1}_column-{column + 1}.pdf"
    assert {path.name[:5] for path in folder.iterdir()} == {"00000", "00001", "board"}
    data = (folder / name).read_bytes()
    assert data.startswith(b"%PDF")
    assert b"/Count 4" in (folder / "board.pdf").read_bytes()
    (folder / name).write_bytes(b"printed")
    Stickers(database, wall, folder).make(wall.mosaic)
    assert (folder / name).read_bytes() == b"printed"


def test_stickers_that_cannot_be_are_refused(database: Database, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="give --fixed too"):
        LiveOptions(stickers=tmp_path)
    (tmp_path / "file").write_bytes(b"")
    wall = wall_of(database, fixed=True)
    with pytest.raises(UsageError, match="File exists"):
        Stickers(database, wall, tmp_path / "file")
