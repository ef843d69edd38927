"""Recorded mosaics drawn again: as they were made, or at another size, from the original photos."""

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import pyvips
import tifffile
from PIL import Image, ImageOps
from support import RecordedProgress, draw_photo, rows, write_photo

import mosaicdb
from mosaicdb import (
    Database,
    DrawOptions,
    FeatureOptions,
    MatchOptions,
    Mosaic,
    MosaicOptions,
    Outputs,
    ingest_photos,
    render,
)
from mosaicdb.errors import DatabaseError, PhotoError, UsageError
from mosaicdb.pipelines.draw import draw, draw_to_file
from mosaicdb.pipelines.drawing import make_collage
from mosaicdb.pipelines.ingest import rebuild
from mosaicdb.print_size import PrintSize
from mosaicdb.records import EMPTY_CELL
from mosaicdb.rendering import TileCache


@pytest.fixture(autouse=True)
def _target() -> None:
    draw_photo(99, (240, 120)).save("target.png")


def made(
    database: Database, name: str = "m.png", *, zoom: float = 1.33, **options: object
) -> Mosaic:
    """Render a mosaic of 4 x 3 cells, some of them mirrored."""
    wanted = MosaicOptions(
        grid=(4, 3),
        match=MatchOptions(max_uses=2),
        features=FeatureOptions(flip=True, zoom=zoom),
        draw=DrawOptions(**options),
    )
    return render(database, "target.png", wanted, outputs=Outputs(Path(name)))


def pixels(path: str) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture)


def cell(picture: np.ndarray, column: int, row: int, size: tuple[int, int]) -> np.ndarray:
    width, height = size
    return picture[row * height : (row + 1) * height, column * width : (column + 1) * width]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"shift": 40, "blend": 0.3},
        {"adapt": 0.7},
        {"tile_size": (20, 15), "shift": 40, "blend": 0.3, "adapt": 0.2},
    ],
    ids=["plain", "shift and blend", "adapted", "from photos"],
)
def test_a_mosaic_is_drawn_again_as_it_was_made(filled: Database, options: dict) -> None:
    mosaic = made(filled, **options)
    assert mosaic.flipped is not None
    redrawn = draw_to_file(filled, mosaic.id, Path("again.png"))
    assert np.array_equal(pixels("again.png"), pixels("m.png"))
    assert redrawn.drawing.mean_shift == mosaic.mean_shift
    assert redrawn.drawing.most_shift == mosaic.most_shift
    assert redrawn.drawing.paint == mosaic.paint
    assert (mosaic.paint > 0) == bool(options)


def test_at_another_size_each_cell_shows_its_photo_mirrored_where_it_was(filled: Database) -> None:
    mosaic = made(filled, zoom=1)
    picture = np.asarray(draw(filled, mosaic, tile_size=(32, 24)).picture())
    assert picture.shape == (72, 128, 3)
    for (row, column), tile_id in np.ndenumerate(mosaic.tile_ids):
        with Image.open(path_of(filled, tile_id)) as photo:
            expected = np.asarray(photo.resize((32, 24)), dtype=int)
        if mosaic.flipped[row, column]:
            expected = expected[:, ::-1]
        assert np.abs(cell(picture, column, row, (32, 24)) - expected).max() <= 12


def path_of(database: Database, tile_id: int) -> str:
    paths = dict(rows(database, "SELECT tile_id, path FROM tile_stats"))
    return str(paths[int(tile_id)])


def test_what_was_done_to_tiles_can_be_changed(filled: Database) -> None:
    mosaic = made(filled, shift=40)
    plain = np.asarray(draw(filled, mosaic, shift=0).picture())
    upright = np.asarray(draw(filled, mosaic, shift=0, mirrored=False).picture())
    row, column = np.argwhere(mosaic.flipped)[0]
    assert np.array_equal(
        cell(upright, column, row, (8, 6)), cell(plain, column, row, (8, 6))[:, ::-1]
    )
    whole = np.asarray(draw(filled, mosaic, shift=0, blend=1.0).picture())
    with Image.open("target.png") as target:
        assert np.abs(whole.mean() - np.asarray(target)[:, 40:200].mean()) < 12


@pytest.mark.parametrize("damage", ["gone", "changed"])
def test_a_photo_that_is_gone_or_has_changed_is_drawn_from_its_thumbnail_and_counted(
    filled: Database, damage: str
) -> None:
    mosaic = made(filled)
    tile_id = int(mosaic.tile_ids[0, 0])
    photo = Path(path_of(filled, tile_id))
    thumbnail = cell(np.asarray(draw(filled, mosaic).picture()), 0, 0, (8, 6)).astype(int)
    photo.unlink()
    if damage == "changed":
        write_photo(photo, 77)
    progress = RecordedProgress()
    redrawn = draw_to_file(
        filled, mosaic.id, Path("again.png"), tile_size=(16, 12), progress=progress
    )
    shown = cell(pixels("again.png"), 0, 0, (16, 12)).reshape(6, 2, 8, 2, 3).mean(axis=(1, 3))
    assert np.abs(shown - thumbnail).max() < 12
    assert redrawn.replaced == 1
    (notice,) = progress.notices
    assert notice.startswith(f"1 of {redrawn.photos} photos cannot be read any more")
    assert f"such as tile {tile_id} ({photo}: " in notice


def test_photos_that_are_smaller_than_a_cell_are_counted(filled: Database) -> None:
    made(filled, zoom=1)
    progress = RecordedProgress()
    redrawn = draw_to_file(filled, None, Path("a.png"), tile_size=(65, 20), progress=progress)
    assert redrawn.smaller == redrawn.photos > 1
    assert "have fewer pixels than a cell of 65 x 20" in progress.notices[0]
    assert draw_to_file(filled, None, Path("a.png"), tile_size=(64, 48)).smaller == 0


def test_each_photo_is_read_once_though_many_cells_show_it(filled: Database) -> None:
    class Counting:
        """An executor that counts what it is given."""

        items = 0

        def map(self, function, items, lost) -> Iterator[object]:
            for item in items:
                self.items += 1
                yield function(item)

    ids = np.tile(np.arange(12), (5, 3))
    executor = Counting()
    draw(filled, Mosaic("given", ids), tile_size=(16, 12), executor=executor).picture()
    assert executor.items == 12


def test_photos_that_wait_in_a_file_are_drawn_as_those_in_memory(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = np.random.default_rng(0).integers(-1, 12, (7, 5))
    pictures = []
    for memory in (1 << 20, 2 * 16 * 12 * 3, 0):
        cache = partial(TileCache, memory=memory)
        monkeypatch.setattr("mosaicdb.pipelines.tile_rows.TileCache", cache)
        pictures.append(draw(filled, Mosaic("given", ids), tile_size=(16, 12)).picture())
    assert pictures[0].tobytes() == pictures[1].tobytes() == pictures[2].tobytes()
    tile_ids, first = np.unique(ids, return_index=True)
    for tile_id, place in zip(tile_ids, first, strict=True):
        row, column = divmod(int(place), 5)
        shown = cell(np.asarray(pictures[0]), column, row, (16, 12))[..., :3]
        expected = np.full_like(shown, 255)
        if tile_id != -1:
            with Image.open(path_of(filled, tile_id)) as photo:
                expected = np.asarray(ImageOps.fit(photo.convert("RGB"), (16, 12)))
        assert np.abs(shown.astype(int) - expected).max() <= 12


def test_empty_cells_stay_empty(filled: Database) -> None:
    ids = np.array([[0, -1], [1, 2]])
    for size in (None, (20, 15)):
        picture = draw(filled, Mosaic("given", ids), tile_size=size).picture()
        assert picture.mode == "RGBA"
        width, height = picture.width // 2, picture.height // 2
        assert picture.crop((width, 0, 2 * width, height)).getcolors() == [
            (width * height, (255, 255, 255, 0))
        ]
        assert picture.getpixel((0, 0))[3] == 255


def test_a_mosaic_is_named_by_its_id_by_its_picture_or_not_at_all(filled: Database) -> None:
    first, second = made(filled, "a.png"), made(filled, "b.png", shift=30)
    assert draw(filled).mosaic.id == second.id
    assert draw(filled, first.id).mosaic.id == draw(filled, "a.png").mosaic.id == first.id
    Path("a.png").unlink()
    assert draw(filled, "a.png").mosaic.id == first.id


def test_a_mosaic_that_is_not_known_is_an_error(filled: Database) -> None:
    made(filled)
    Image.new("RGB", (4, 4)).save("m.png")
    for named, message in {
        9: "no mosaic has the id 9: `mosaicdb mosaics` lists them",
        10**30: "no mosaic has the id",
        "nowhere.png": "nowhere.png is no mosaic that this database recorded",
        "target.png": "target.png is no mosaic that this database recorded",
        "m.png": "m.png is not the picture of mosaic 1 any more",
    }.items():
        with pytest.raises(DatabaseError, match=f"^{message}"):
            draw(filled, named)


def test_without_mosaics_it_says_how_to_make_one(filled: Database) -> None:
    with pytest.raises(DatabaseError, match="holds no mosaics: make one with `mosaicdb render`"):
        draw(filled)


def test_tiles_that_were_forgotten_are_an_error(filled: Database) -> None:
    mosaic = Mosaic("given", np.array([[0, 1], [500, 501]]))
    with pytest.raises(DatabaseError, match="does not have any more: 2, such as 500"):
        draw(filled, mosaic)
    with pytest.raises(DatabaseError, match="has no cells left"):
        draw(filled, Mosaic("given", np.full((2, 2), -1)))


def test_a_target_that_is_gone_is_an_error_unless_it_is_not_needed(filled: Database) -> None:
    mosaic = made(filled, shift=20)
    Path("target.png").rename("elsewhere.png")
    with pytest.raises(PhotoError, match="cannot read the target .* or leave it out with --shift"):
        draw(filled, mosaic.id)
    assert draw(filled, mosaic.id, shift=0).picture().size == (32, 18)
    picture = draw(filled, mosaic.id, target="elsewhere.png").picture()
    assert np.array_equal(np.asarray(picture), pixels("m.png"))
    with pytest.raises(UsageError, match="need the target: name it with --target"):
        draw(filled, Mosaic("given", mosaic.tile_ids), shift=9)


def test_a_target_that_has_changed_is_not_painted(filled: Database) -> None:
    mosaic = made(filled, shift=20)
    draw_photo(5, (240, 120)).save("target.png")
    with pytest.raises(PhotoError, match="target.png: it holds another photo now; put it back, na"):
        draw(filled, mosaic.id)
    assert draw(filled, mosaic.id, target="target.png").picture().size == (32, 18)


def test_no_output_replaces_the_mosaic_or_its_target(filled: Database) -> None:
    made(filled)
    for name in ("m.png", "target.png"):
        before = Path(name).read_bytes()
        with pytest.raises(UsageError, match="is in use"):
            draw_to_file(filled, None, Path(name))
        assert Path(name).read_bytes() == before


def test_a_print_has_the_size_and_the_resolution_that_were_asked_for(filled: Database) -> None:
    made(filled)
    size = PrintSize(width="80mm", dpi=254, bleed="2mm")
    form = draw_to_file(filled, None, Path("print.png"), print_size=size).form
    with Image.open("print.png") as picture:
        assert picture.size == (800 + 40, 450 + 40)
        assert picture.info["dpi"] == pytest.approx((254, 254), abs=0.02)
        assert picture.info["icc_profile"]
        inner = np.asarray(picture)
    assert form.plan.millimetres == pytest.approx((80, 45))
    assert np.array_equal(inner[19::-1], inner[20:40])
    assert np.array_equal(inner[:, -20:], inner[:, -40:-20][:, ::-1])
    plain = np.asarray(draw(filled, tile_size=form.plan.tile_size).picture())
    assert np.array_equal(inner[20:-20, 20:-20], plain)


def test_sheets_are_pages_that_together_show_the_whole(filled: Database) -> None:
    made(filled)
    size = PrintSize(width="400mm", dpi=60, sheets="A5")
    redrawn = draw_to_file(filled, None, None, print_size=size)
    data = redrawn.output.read_bytes()
    assert redrawn.output.name == "mosaic_1.pdf"
    assert data.startswith(b"%PDF")
    assert data.count(b"/Type /Page\n") + data.count(b"/Type /Page ") >= 4
    redrawn = draw_to_file(filled, None, Path("wall.png"), print_size=size)
    names = [f"wall-{number}-of-6.png" for number in range(1, 7)]
    assert sorted(path.name for path in Path().glob("wall*")) == names
    assert redrawn.output == Path(names[0])
    with pytest.raises(UsageError, match=r"give sheets a name that ends in \.pdf"):
        draw_to_file(filled, None, Path("a.webp"), print_size=size)
    with pytest.raises(
        UsageError, match=r"a\.pdf: a PDF holds the sheets of a print: add --sheets"
    ):
        draw_to_file(filled, None, Path("a.pdf"))


def test_a_sheet_is_cut_to_the_size_of_the_print_without_its_bleed(filled: Database) -> None:
    made(filled)
    size = PrintSize(width="80mm", dpi=60, sheets="A5", bleed="9mm")
    form = draw_to_file(filled, None, Path("wall.png"), print_size=size).form
    page = pixels("wall-1-of-1.png")
    shown_from = (page.shape[0] - form.size_of(form.plan.pixels)[1]) // 2
    left, right = np.flatnonzero(page[shown_from - round(4 / 25.4 * 60), :, 0] == 0)
    assert right - left == form.plan.pixels[0]


def test_no_sheet_replaces_a_photo(filled: Database) -> None:
    made(filled)
    photo = Path(path_of(filled, 0))
    photo.rename("wall-2-of-6.png")
    ingest_photos(filled, ["wall-2-of-6.png"])
    with pytest.raises(UsageError, match="one of your photos"):
        size = PrintSize(width="400mm", dpi=60, sheets="A5")
        draw_to_file(filled, None, Path("wall.png"), print_size=size)


@pytest.mark.parametrize("name", ["wall.dzi", "link.dzi"])
def test_no_folder_of_tiles_is_replaced_that_holds_a_photo_or_the_target(
    filled: Database, name: str
) -> None:
    made(filled, "wall.dzi")
    Path("link.dzi").symlink_to("wall.dzi")
    kept = Path("wall_files", "0", "1_0.jpeg")
    write_photo(kept, 42)
    with pytest.raises(
        UsageError, match=f"{name}: its tiles would replace .*wall_files, .* in use"
    ):
        render(filled, kept, MosaicOptions(grid=(2, 2)), outputs=Outputs(Path(name)))
    ingest_photos(filled, [kept])
    made(filled)
    with pytest.raises(UsageError, match=f"{name}: its tiles .* photos, .*1_0.jpeg: give another"):
        draw_to_file(filled, None, Path(name))
    with pytest.raises(UsageError, match=f"{name}: its tiles .* photos, .*1_0.jpeg: give another"):
        make_collage(filled, 0, 1, 9, Path(name), 90)
    assert kept.exists()


def test_a_rebuild_in_another_size_changes_nothing_of_what_is_drawn_again(photos: Path) -> None:
    with Database("x.db", thumb_res=(8, 6)) as database:
        ingest_photos(database, [photos])
        mosaic = made(database)
    with Database("x.db") as database:
        rebuild(database, thumb_res=(12, 12))
        assert database.thumb_res == (12, 12)
        drawing = draw(database, mosaic.id)
        assert drawing.size == (32, 18)
        difference = np.abs(np.asarray(drawing.picture()).astype(int) - pixels("m.png"))
        assert difference.mean() < 4  # of JPEGs in thumbnails


def test_a_notebook_shows_mosaics_and_drawings_small(filled: Database) -> None:
    mosaic = made(filled)
    drawing = mosaicdb.draw(filled, mosaic, tile_size=(600, 450))
    for shown in (mosaic, drawing):
        with Image.open(io.BytesIO(shown._repr_png_())) as picture:
            assert max(picture.size) <= 1024
            assert picture.width / picture.height == pytest.approx(32 / 18, rel=0.01)
    assert draw(filled).mosaic._repr_png_() is None


def test_a_notebook_shows_a_large_drawing_without_reading_a_photo(filled: Database) -> None:
    class Unused:
        """An executor that nothing is asked of."""

        def map(self, *_: object) -> Iterator[object]:
            raise AssertionError("photos are read")

    mosaic = made(filled, shift=20)
    drawing = draw(filled, mosaic, tile_size=(300, 300), executor=Unused())
    with Image.open(io.BytesIO(drawing._repr_png_())) as picture:
        assert picture.size == (600, 450)
        shown = np.asarray(picture.resize((32, 18), Image.Resampling.BOX)).astype(int)
    assert np.abs(shown - pixels("m.png")).mean() < 4


def test_mosaics_and_drawings_are_a_line_of_text(filled: Database) -> None:
    mosaic = made(filled)
    assert repr(mosaic) == f"<Mosaic {mosaic.id}: 4 x 3 cells, unique, 'm.png'>"
    assert repr(Mosaic("given", mosaic.tile_ids)) == "<Mosaic: 4 x 3 cells, given>"
    drawing = draw(filled, mosaic, tile_size=(300, 300))
    assert repr(drawing) == f"<Drawing of {mosaic!r}: 1,200 x 900 pixels>"


@pytest.mark.parametrize("name", ["m.tif", "m.pmtiles"])
def test_plain_cells_are_spliced_and_show_what_is_drawn(
    photos: Path, tmp_path: Path, name: str
) -> None:
    with Database(tmp_path / "large.db", thumb_res=(64, 64)) as database:
        ingest_photos(database, [photos])
        ids = np.array([[3, 1, EMPTY_CELL], [1, 3, 5], [0, EMPTY_CELL, 3]])
        flipped = np.array([[1, 0, 0], [1, 0, 1], [0, 0, 1]], np.bool_)
        drawing = draw(database, Mosaic("given", ids, flipped=flipped))
        strips, whole = drawing.strips(), np.asarray(drawing.picture())[..., :3]
        cells = strips.cells
        assert cells is not None
        pictures = list(cells.pictures)
        lines = [
            np.concatenate([pictures[number] for number in row], axis=1) for row in cells.numbers
        ]
        assert np.array_equal(np.concatenate(lines), whole)
        assert len(pictures) == 7  # 3 and 1 both ways, 5, 0, and white
        drawing.save(name, quality=95)
    if name == "m.tif":
        with tifffile.TiffFile(name) as tiff:
            assert tiff.pages[0].tile == (64, 64)
        picture = np.asarray(pyvips.Image.new_from_file(str(tmp_path / name)).numpy())
        assert np.abs(picture.astype(int) - whole).mean() < 1.5


def test_photos_are_spliced_from_the_originals_each_read_once(
    filled: Database, tmp_path: Path
) -> None:
    mosaic = made(filled)
    progress = RecordedProgress()
    drawing = draw(filled, mosaic, tile_size=(32, 16), progress=progress)
    drawing.save("m.tif", quality=95)
    assert progress.calls[0] == ("photos", len(np.unique(mosaic.tile_ids)))
    assert len(progress.calls) == 1 + len(np.unique(mosaic.tile_ids))
    picture = np.asarray(pyvips.Image.new_from_file(str(tmp_path / "m.tif")).numpy())
    assert np.abs(picture.astype(int) - np.asarray(drawing.picture())).mean() < 2


def test_what_is_shifted_or_blended_is_not_spliced(filled: Database) -> None:
    mosaic = made(filled)
    assert draw(filled, mosaic, shift=10).strips().cells is None
    assert draw(filled, mosaic, blend=0.1).strips().cells is None
    assert draw(filled, mosaic, adapt=0.1).strips().cells is None
