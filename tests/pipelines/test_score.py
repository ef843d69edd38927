"""Scores of mosaics in files, by this and by other tools."""

import unicodedata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from sqlalchemy import update
from support import draw_photo

from mosaicdb import Database
from mosaicdb.errors import DatabaseError, PhotoError, UsageError
from mosaicdb.options import Framing, MosaicOptions, Outputs
from mosaicdb.pipelines.mosaic import render
from mosaicdb.pipelines.score import score_file
from mosaicdb.records import Repeats
from mosaicdb.store.schema import mosaic


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Give a picture of another shape than the grid: of it, a middle part is rebuilt."""
    path = tmp_path / "target.png"
    draw_photo(5, (160, 60)).save(path)
    return path


def by_another_tool(target: Path, columns: int, rows: int, cell: int) -> Image.Image:
    """Paste into every cell a flat tile of the cell's mean colour."""
    middle = Image.open(target).crop((40, 0, 120, 60))
    colours = np.asarray(middle.resize((columns, rows), Image.Resampling.BOX))
    picture = Image.new("RGB", (columns * cell, rows * cell))
    for row in range(rows):
        for column in range(columns):
            tile = Image.new("RGB", (cell, cell), tuple(colours[row, column].tolist()))
            picture.paste(tile, (column * cell, row * cell))
    return picture


def test_a_mosaic_by_another_tool_needs_no_database(target: Path) -> None:
    by_another_tool(target, 8, 6, 10).save("mosaic.png")
    comparison = score_file(None, "mosaic.png", target=target, grid=(8, 6))
    assert comparison.score.samples_1.delta_e < 0.5  # it rounded the colours
    assert comparison.score.samples_1.ssim == pytest.approx(1, abs=0.01)
    assert comparison.score.samples_4.delta_e > comparison.score.samples_1.delta_e
    assert (comparison.mosaic, comparison.grid) == (None, (8, 6))
    assert comparison.target == str(target)


def test_a_target_is_the_same_as_itself_in_any_grid(target: Path) -> None:
    for grid in ((8, 6), (16, 12), (40, 30), (1, 1)):
        Image.open(target).crop((40, 0, 120, 60)).save("mosaic.tiff")
        comparison = score_file(None, "mosaic.tiff", target=target, grid=grid).score
        for likeness in (
            comparison.samples_1,
            comparison.samples_2,
            comparison.samples_4,
            comparison.afar,
        ):
            assert likeness.delta_e == 0
            assert likeness.ssim in (None, pytest.approx(1))


def record_one(
    database: Database,
    target_named: int | Path = 3,
    framing: Framing = Framing(),  # noqa: B008
) -> tuple[int, str]:
    """Make m.png of 4 x 3 cells; give the mosaic's id and the target's path."""
    options = MosaicOptions(grid=(4, 3), framing=framing)
    mosaic = render(database, target_named, options, outputs=Outputs(Path("m.png")))
    assert mosaic.id is not None and mosaic.target is not None
    return mosaic.id, mosaic.target


def test_a_mosaic_that_was_recorded_knows_its_target_and_grid(filled: Database) -> None:
    mosaic_id, target = record_one(filled)
    comparison = score_file(filled, "m.png")
    assert (comparison.grid, comparison.target) == ((4, 3), target)
    assert comparison.mosaic is not None and comparison.mosaic.id == mosaic_id
    assert comparison.mosaic.repeats == Repeats(12, 1, None)
    assert comparison.mosaic.score == comparison.score
    same = score_file(None, "m.png", target=target, grid=(4, 3))
    assert same.score == comparison.score
    assert score_file(filled, "m.png", target=4, grid=(2, 1)).grid == (2, 1)
    Path("link.png").symlink_to("m.png")
    assert score_file(filled, "link.png").mosaic.id == mosaic_id


@pytest.mark.parametrize("framing", [Framing("letter"), Framing("fill", (1, 1))])
def test_a_mosaic_that_was_recorded_knows_how_its_target_was_framed(
    filled: Database, target: Path, framing: Framing
) -> None:
    record_one(filled, target, framing)
    recorded = score_file(filled, "m.png").score
    assert recorded == score_file(None, "m.png", target=target, grid=(4, 3), framing=framing).score
    assert recorded != score_file(None, "m.png", target=target, grid=(4, 3)).score


def test_a_picture_in_a_mosaic_s_place_is_not_that_mosaic(filled: Database) -> None:
    record_one(filled)
    draw_photo(1, (32, 18)).save("m.png")
    with pytest.raises(UsageError, match=r"no target of m\.png is recorded: name it with --target"):
        score_file(filled, "m.png")
    comparison = score_file(filled, "m.png", target=3, usual_grid=(4, 3))
    assert (comparison.mosaic, comparison.grid) == (None, (4, 3))


def test_a_mosaic_is_not_compared_with_a_target_that_has_changed(
    filled: Database, target: Path
) -> None:
    record_one(filled, target)
    draw_photo(5, (160, 120)).save(target)
    with pytest.raises(PhotoError, match=r"target\.png.* put it back, or name another with --targ"):
        score_file(filled, "m.png")
    assert score_file(filled, "m.png", target=target).target == str(target)


@pytest.mark.parametrize("recorded", ["NFC", "NFD"])
@pytest.mark.parametrize("on_disk", ["NFC", "NFD"])
@pytest.mark.parametrize("asked", ["NFC", "NFD"])
def test_a_recorded_mosaic_is_found_in_any_unicode_form(
    filled: Database, recorded: str, on_disk: str, asked: str
) -> None:
    record_one(filled)
    spelled = {form: unicodedata.normalize(form, "Zoë.png") for form in ("NFC", "NFD")}
    Path("m.png").rename(spelled[on_disk])
    with filled.write() as connection:
        path = str(Path(spelled[recorded]).absolute())
        connection.execute(update(mosaic).values(output=path))
    assert score_file(filled, spelled[asked]).mosaic is not None


def test_the_target_is_turned_upright(target: Path) -> None:
    by_another_tool(target, 8, 6, 10).save("mosaic.png")
    turned = Image.open(target).transpose(Image.Transpose.ROTATE_90)
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save("turned.png", exif=exif)
    assert ImageOps.exif_transpose(turned).size == (160, 60)
    comparison = score_file(None, "mosaic.png", target="turned.png", grid=(8, 6))
    assert comparison.score == score_file(None, "mosaic.png", target=target, grid=(8, 6)).score


def test_a_mosaic_that_does_not_fit_its_grid_is_told(target: Path) -> None:
    draw_photo(1, (100, 60)).save("m.png")
    fits_not = "m.png is 100 x 60 pixels, which is no multiple of 30 x 20 cells: .*--grid"
    with pytest.raises(UsageError, match=fits_not):
        score_file(None, "m.png", target=target, grid=(30, 20))
    with pytest.raises(UsageError, match="no multiple of 200 x 60 cells"):
        score_file(None, "m.png", target=target, grid=(200, 60))


def test_what_cannot_be_read_is_told(target: Path, filled: Database) -> None:
    draw_photo(1, (100, 60)).save("m.png")
    Path("text.jpg").write_text("text")
    with pytest.raises(PhotoError, match=r"cannot read the mosaic none\.png: No such file"):
        score_file(None, "none.png", target=target)
    with pytest.raises(PhotoError, match=r"cannot read the mosaic text\.jpg: not a picture"):
        score_file(None, "text.jpg", target=target)
    with pytest.raises(PhotoError, match=r"cannot read the target .*text\.jpg: not a picture"):
        score_file(None, "m.png", target="text.jpg", grid=(10, 6))
    with pytest.raises(PhotoError, match=r"cannot read the target none\.png: .*No such file"):
        score_file(None, "m.png", target="none.png", grid=(10, 6))
    with pytest.raises(DatabaseError, match="no photo has the number 99"):
        score_file(filled, "m.png", target=99, grid=(10, 6))
    with pytest.raises(DatabaseError, match="no database knows photo 3: name one with --db"):
        score_file(None, "m.png", target=3, grid=(10, 6))


def test_a_mosaic_of_too_many_pixels_is_told(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mosaicdb.pipelines.score.MAX_MOSAIC_PIXELS", 5999)
    draw_photo(1, (100, 60)).save("m.jpg")
    with pytest.raises(PhotoError, match=r"mosaic m\.jpg: 100 x 60 pixels: more than 5,999"):
        score_file(None, "m.jpg", target=target, grid=(10, 6))
