"""Drawing: tiles placed, mirrored, shifted, and the target laid over them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from support import Command, draw_photo

from mosaicdb import Database, DrawOptions, Framing, ingest_photos
from mosaicdb.errors import PhotoError, RenderingError, UsageError
from mosaicdb.pipelines.draw import source_of
from mosaicdb.pipelines.drawing import (
    Drawing,
    ThumbnailStack,
    draw_mosaic,
    load_thumbnail_stack,
    make_collage,
)
from mosaicdb.pipelines.progress import SILENT
from mosaicdb.pipelines.target import Cells, cut_cells, open_target
from mosaicdb.pipelines.tile_rows import StoredThumbnails
from mosaicdb.records import EMPTY_CELL, Mosaic

IDS = np.array([[0, 1, 2], [3, 4, 5]])


@pytest.fixture
def cells(filled: Database) -> Cells:
    draw_photo(99, (240, 120)).save("target.png")
    return cut_cells(open_target(filled, "target.png"), (3, 2), filled.thumb_res, Framing())


def draw(
    database: Database,
    ids: np.ndarray,
    flipped: np.ndarray | None = None,
    cells: Cells | None = None,
    options: DrawOptions = DrawOptions(),  # noqa: B008
) -> Mosaic:
    mosaic = Mosaic("given", ids, flipped)
    return draw_mosaic(mosaic, load_thumbnail_stack(database, ids), cells, options)


def pixels(mosaic: Mosaic) -> np.ndarray:
    """Give the pixels of each cell: (rows, columns, height, width, 3)."""
    return np.asarray(mosaic.drawn).reshape(2, 6, 3, 8, 3).swapaxes(1, 2)


def test_a_mirrored_tile_is_drawn_left_to_right(filled: Database) -> None:
    flipped = np.zeros((2, 3), np.bool_)
    flipped[1, 2] = True
    plain, mirrored = (pixels(draw(filled, IDS, some)) for some in (None, flipped))
    assert np.array_equal(mirrored[1, 2], plain[1, 2][:, ::-1])
    assert not np.array_equal(mirrored[1, 2], plain[1, 2])
    assert np.array_equal(mirrored[0], plain[0])


@pytest.mark.parametrize("most", [1, 10, 60, 255])
def test_a_shift_moves_each_mean_towards_its_cell_by_no_more_than_asked(
    filled: Database, cells: Cells, most: int
) -> None:
    plain = pixels(draw(filled, IDS)).mean(axis=(2, 3))
    mosaic = draw(filled, IDS, None, cells, DrawOptions(shift=most))
    moved = pixels(mosaic).mean(axis=(2, 3)) - plain
    wanted = (cells.mean_rgb - plain).clip(-most, most)
    assert np.abs(moved - wanted).max() < 1.5  # 8 bits
    assert np.abs(moved).max() <= most + 0.5
    assert mosaic.mean_shift == pytest.approx(np.abs(wanted).mean())
    assert mosaic.most_shift == pytest.approx(np.abs(wanted).max())


def test_without_a_shift_none_is_reported(filled: Database, cells: Cells) -> None:
    mosaic = draw(filled, IDS, None, cells)
    assert (mosaic.mean_shift, mosaic.most_shift) == (0, 0)
    assert np.array_equal(pixels(mosaic), pixels(draw(filled, IDS)))


def test_a_blend_lays_the_target_over_the_mosaic(filled: Database, cells: Cells) -> None:
    plain = pixels(draw(filled, IDS)).mean(axis=(2, 3))
    half = pixels(draw(filled, IDS, None, cells, DrawOptions(blend=0.5)))
    assert half.mean(axis=(2, 3)) == pytest.approx((plain + cells.mean_rgb) / 2, abs=3)
    whole = pixels(draw(filled, IDS, None, cells, DrawOptions(blend=1.0)))
    assert whole.mean(axis=(2, 3)) == pytest.approx(cells.mean_rgb, abs=3)


@pytest.mark.parametrize("options", [{}, {"shift": 60}, {"blend": 0.5}, {"adapt": 1.0}])
def test_an_empty_cell_is_white_and_transparent_whatever_is_done_to_the_others(
    filled: Database, cells: Cells, options: dict
) -> None:
    some = np.where(IDS == 4, -1, IDS)
    picture = np.asarray(draw(filled, some, None, cells, DrawOptions(**options)).drawn)
    empty = picture[6:12, 8:16]
    assert (empty == (255, 255, 255, 0)).all()
    assert (picture[..., 3] == 255).sum() == picture[..., 3].size - 48


def collage(database: Database, start: int, count: int, output: str = "c.png") -> Image.Image:
    make_collage(database, start, count, 20, Path(output), 90)
    return Image.open(output)


def test_a_collage_puts_squares_side_by_side(photos: Path, filled: Database) -> None:
    row = collage(filled, 2, 3)
    assert row.size == (60, 20)
    with Image.open(photos / "03.jpg") as image:
        square = ImageOps.fit(image, (20, 20))
    difference = np.asarray(row.crop((20, 0, 40, 20)), float) - np.asarray(square, float)
    assert abs(difference).mean() < 3
    with pytest.raises(PhotoError, match="there are 2 photos from number 10 on, not 4"):
        collage(filled, 10, 4)
    (photos / "02.jpg").unlink()
    with pytest.raises(PhotoError, match="cannot read photo 2: .*No such file.*ingest again"):
        collage(filled, 2, 3)


def test_a_collage_leaves_out_photos_that_are_missing(
    photos: Path, filled: Database, mosaicdb: Command
) -> None:
    (photos / "03.jpg").unlink()
    ingest_photos(filled, [photos])
    mosaicdb("collage", "--db", filled.path, "--start", 2, "--count", 3, "--size", 9)
    assert mosaicdb.err == "collage.jpg: 3 photos, 2 to 5\n"
    mosaicdb("collage", "--db", filled.path, "--start", 9, "--count", 4, "--size", 9, expect=1)
    assert "there are 3 photos from number 9 on, not 4" in mosaicdb.error_line


@pytest.mark.parametrize("blend", [0.0, 0.25, 1.0])
def test_what_is_blended_in_is_the_share_that_is_painted(
    filled: Database, cells: Cells, blend: float
) -> None:
    mosaic = draw(filled, IDS, None, cells, DrawOptions(blend=blend))
    assert mosaic.paint == pytest.approx(blend, abs=0.01)


def test_tiles_that_are_adapted_have_their_cells_colours_and_no_more_contrast(
    filled: Database, cells: Cells
) -> None:
    plain, half, whole = (
        draw(filled, IDS, None, cells, DrawOptions(adapt=adapt)) for adapt in (0, 0.5, 1)
    )
    tiles = [pixels(mosaic) for mosaic in (plain, half, whole)]
    means, spreads = ([way(of, axis=(2, 3)) for of in tiles] for way in (np.mean, np.std))
    assert means[2] == pytest.approx(cells.mean_rgb, abs=1.5)
    assert means[1] == pytest.approx((means[0] + cells.mean_rgb) / 2, abs=1.5)
    assert (spreads[2] <= spreads[0] + 1).all()
    assert 0 == plain.paint < half.paint < whole.paint < 1
    assert half.most_shift == pytest.approx(np.abs(cells.mean_rgb - means[0]).max() / 2, abs=1)


def test_a_collage_never_takes_the_place_of_a_photo(photos: Path, filled: Database) -> None:
    before = (photos / "03.jpg").read_bytes()
    with pytest.raises(UsageError, match="is one of your photos"):
        collage(filled, 2, 3, str(photos / "03.jpg"))
    assert (photos / "03.jpg").read_bytes() == before


@pytest.mark.parametrize("shift", [0, 30])
def test_thumbnails_that_do_not_fit_into_memory_together_are_drawn_alike(
    filled: Database, cells: Cells, shift: int
) -> None:
    ids = np.array([[4, EMPTY_CELL, 0], [0, 4, 2]])
    flipped = np.array([[1, 0, 0], [1, 0, 1]], np.bool_)
    mosaic, options = Mosaic("given", ids, flipped), DrawOptions(shift=shift)
    together, apart = (
        np.asarray(Drawing(mosaic, source, cells, options).picture())
        for source in (load_thumbnail_stack(filled, ids), StoredThumbnails(filled))
    )
    assert np.array_equal(together, apart)
    with pytest.raises(RenderingError, match="tile 999 has no thumbnail: see `mosaicdb check`"):
        Drawing(Mosaic("given", np.array([[0, 999]])), StoredThumbnails(filled)).picture()


def test_only_many_thumbnails_are_read_while_they_are_drawn(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    mosaic = Mosaic("given", np.arange(4).reshape(2, 2))
    arguments = filled, mosaic, None, None, SILENT
    assert isinstance(source_of(*arguments), ThumbnailStack)
    monkeypatch.setattr("mosaicdb.pipelines.draw.MOST_STACKED", 4 * 8 * 6 * 3 - 1)
    assert isinstance(source_of(*arguments), StoredThumbnails)
