from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from support import draw_photo, write_photo

from mosaicdb import (
    Database,
    FeatureOptions,
    MatchOptions,
    MosaicOptions,
    ingest_photos,
    load_tiles,
    match,
    render,
)
from mosaicdb.errors import DatabaseError, MosaicdbError, PhotoError, UsageError
from mosaicdb.options import Framing
from mosaicdb.perception import compute_features
from mosaicdb.pipelines.drawing import draw_mosaic, make_collage
from mosaicdb.pipelines.mosaic import given_mosaic, make_mosaic, record
from mosaicdb.pipelines.target import Cells, cut_cells, open_target
from mosaicdb.store import run_sql

NEAREST = MatchOptions(strategy="nearest")
FEATURES = [FeatureOptions("rgb"), FeatureOptions(detail=0), FeatureOptions()]


def cells_of(database: Database, target: int, grid: tuple[int, int]) -> Cells:
    return cut_cells(open_target(database, target), grid, database.thumb_res, Framing())


def test_a_mosaic_shows_in_every_cell_the_thumbnail_of_its_tile(filled: Database) -> None:
    tiles = load_tiles(filled, signatures=True)
    mosaic = make_mosaic(tiles, cells_of(filled, 3, (4, 3)), MosaicOptions(grid=(4, 3)))
    picture = np.asarray(draw_mosaic(filled, mosaic.tile_ids).picture)
    assert picture.shape == (18, 32, 3)
    cells = picture.reshape(3, 6, 4, 8, 3).mean(axis=(1, 3))
    expected = tiles.mean_rgb[np.searchsorted(tiles.ids, mosaic.tile_ids)]
    assert abs(cells - expected).max() < 1e-9
    assert sorted(mosaic.tile_ids.ravel()) == list(range(12))


@pytest.mark.parametrize("features", FEATURES)
def test_the_nearest_mosaic_is_that_of_brute_force(
    filled: Database, features: FeatureOptions
) -> None:
    tiles = load_tiles(filled, signatures=True)
    cells = cells_of(filled, 5, (7, 5))
    mosaic = make_mosaic(tiles, cells, MosaicOptions(match=NEAREST, features=features))
    parts = cells.signatures.reshape(-1, 6, 6, 3)
    wanted = compute_features(cells.mean_rgb.reshape(-1, 3).astype(float), parts, features)
    given = compute_features(tiles.mean_rgb, tiles.signatures, features)
    distances = ((given[None] - wanted[:, None]) ** 2).sum(axis=2)
    assert mosaic.tile_ids.ravel().tolist() == tiles.ids[distances.argmin(axis=1)].tolist()
    assert mosaic.match is not None
    assert mosaic.match.cost == pytest.approx(distances.min(axis=1).sum())
    assert mosaic.cell_costs is not None
    assert mosaic.cell_costs.ravel() == pytest.approx(distances.min(axis=1))


def test_a_target_is_a_number_a_duplicate_s_number_or_any_picture(
    photos: Path, filled: Database
) -> None:
    write_photo(photos / "zz.jpg", 2)
    ingest_photos(filled, [photos])
    assert open_target(filled, 2).path == str(photos / "02.jpg")
    assert open_target(filled, 12).tile_id == 2
    assert open_target(filled, photos / "03.jpg").tile_id == 3
    draw_photo(77).save("other.webp")
    assert open_target(filled, "other.webp").tile_id is None


def test_a_target_whose_file_has_gone_is_read_from_its_copy(photos: Path, filled: Database) -> None:
    write_photo(photos / "zz.jpg", 2)
    ingest_photos(filled, [photos])
    (photos / "02.jpg").unlink()
    assert open_target(filled, 2).path == str(photos / "zz.jpg")
    write_photo(photos / "zz.jpg", 1234)
    with pytest.raises(PhotoError, match="cannot read the target 2: .*holds another photo now"):
        open_target(filled, 2)
    (photos / "zz.jpg").unlink()
    with pytest.raises(PhotoError, match="No such file.*name another with --target"):
        open_target(filled, 2)


def test_a_number_that_no_photo_has_is_told(photos: Path, filled: Database) -> None:
    with pytest.raises(DatabaseError, match="no photo has the number 99: the highest is 11"):
        open_target(filled, 99)
    (photos / "bad.jpg").write_bytes(b"bad")
    ingest_photos(filled, [photos])
    with pytest.raises(DatabaseError, match="number 12: it was rejected: not a picture"):
        open_target(filled, 12)


def test_a_database_without_tiles_is_told(database: Database) -> None:
    with pytest.raises(DatabaseError, match="holds no tiles: run `mosaicdb ingest"):
        render(database, "whatever.jpg")


def test_a_target_that_is_no_picture_is_told(filled: Database) -> None:
    Path("text.jpg").write_text("text")
    with pytest.raises(PhotoError, match=r"text\.jpg: not a picture"):
        render(filled, "text.jpg")


def test_a_target_is_turned_upright(filled: Database, photos: Path) -> None:
    picture = draw_photo(5, (60, 40))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save("turned.png", exif=exif)
    ImageOps.exif_transpose(picture).save("upright.png")
    first = render(filled, "turned.png", MosaicOptions(grid=(3, 4)))
    second = render(filled, "upright.png", MosaicOptions(grid=(3, 4)))
    assert first.tobytes() == second.tobytes()


def test_a_mosaic_is_recorded_cell_by_cell(filled: Database) -> None:
    tiles = load_tiles(filled, signatures=True)
    mosaic = make_mosaic(tiles, cells_of(filled, 1, (3, 2)), MosaicOptions())
    draw_mosaic(filled, mosaic.tile_ids).picture.save("m.jpg")
    mosaic_id = record(filled, mosaic, Path("m.jpg"), target=open_target(filled, 1))
    statement = 'SELECT "row", "column", tile_id, cost FROM placement WHERE mosaic_id = 1'
    with run_sql(filled.path, statement) as answer:
        placed = list(answer.rows)
    ids = mosaic.tile_ids.tolist()
    assert [row[:3] for row in placed] == [(r, c, ids[r][c]) for r in range(2) for c in range(3)]
    with run_sql(
        filled.path, "SELECT id, columns, rows, target_tile_id, cost FROM mosaic"
    ) as answer:
        assert list(answer.rows) == [
            (mosaic_id, 3, 2, 1, pytest.approx(sum(row[3] for row in placed)))
        ]


def test_an_empty_cell_of_a_match_file_stays_empty(filled: Database) -> None:
    Path("some.tab").write_text("3 -1\n-1 3\n")
    mosaic = given_mosaic(filled, Path("some.tab"))
    assert mosaic.tile_ids.tolist() == [[3, -1], [-1, 3]]
    picture = draw_mosaic(filled, mosaic.tile_ids).picture
    assert picture.mode == "RGBA"
    opacity = np.asarray(picture)[..., 3].reshape(2, 6, 2, 8)
    assert (opacity == np.array([[255, 0], [0, 255]])[:, None, :, None]).all()


def test_a_match_file_of_empty_cells_alone_is_told(filled: Database) -> None:
    Path("none.tab").write_text("-1\n")
    with pytest.raises(UsageError, match=r"none\.tab names no tile"):
        given_mosaic(filled, Path("none.tab"))


def test_other_numbers_below_0_are_no_empty_cells(filled: Database) -> None:
    Path("odd.tab").write_text("-1 -2\n")
    with pytest.raises(UsageError, match="does not have: 1, such as -2"):
        given_mosaic(filled, Path("odd.tab"))


def test_a_collage_puts_squares_side_by_side(photos: Path, filled: Database) -> None:
    row = make_collage(filled, 2, 3, 20)
    assert row.size == (60, 20)
    with Image.open(photos / "03.jpg") as image:
        square = ImageOps.fit(image, (20, 20))
    difference = np.asarray(row.crop((20, 0, 40, 20)), float) - np.asarray(square, float)
    assert abs(difference).mean() < 3
    with pytest.raises(PhotoError, match="there are 2 photos from number 10 on, not 4"):
        make_collage(filled, 10, 4, 20)
    (photos / "02.jpg").unlink()
    with pytest.raises(PhotoError, match="cannot read photo 2: .*No such file"):
        make_collage(filled, 2, 3, 20)


def test_the_library_works_as_the_readme_shows(photos: Path, tmp_path: Path) -> None:
    with Database(tmp_path / "lib.db") as database:
        report = ingest_photos(database, [photos])
        tiles = load_tiles(database)
        found = match(tiles.mean_rgb, tiles.mean_rgb[::-1])
        picture = render(database, 3, MosaicOptions(grid=(4, 3)))
    assert report.new == 12
    assert found.cost == 0
    assert picture.size == (200, 150)
    with pytest.raises(MosaicdbError):
        match(tiles.mean_rgb, tiles.mean_rgb[:, :2])
