import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from support import RecordedProgress, draw_photo, rows, write_photo

from mosaicdb import (
    Database,
    FeatureOptions,
    MatchOptions,
    MosaicOptions,
    Outputs,
    ingest_photos,
    load_tiles,
    match,
    render,
)
from mosaicdb.errors import (
    DatabaseError,
    MatchingError,
    MosaicdbError,
    PhotoError,
    UsageError,
)
from mosaicdb.options import Framing, Importance
from mosaicdb.perception import cell_averages, compute_features
from mosaicdb.pipelines.drawing import draw_mosaic, load_thumbnail_stack
from mosaicdb.pipelines.maintenance import prune
from mosaicdb.pipelines.match import match_tiles, read_match
from mosaicdb.pipelines.mosaic import render_each
from mosaicdb.pipelines.score import Sampler, score_file, score_mosaic
from mosaicdb.pipelines.target import Cells, cut_cells, open_target
from mosaicdb.records import Mosaic, Size
from mosaicdb.rendering import decode_thumbnails
from mosaicdb.store import run_sql

NEAREST = MatchOptions(strategy="nearest")
FEATURES = [FeatureOptions("rgb"), FeatureOptions(detail=0), FeatureOptions()]


def cells_of(database: Database, target: int, grid: tuple[int, int]) -> Cells:
    return cut_cells(open_target(database, target), grid, database.thumb_res, Framing())


def test_a_mosaic_shows_in_every_cell_the_thumbnail_of_its_tile(filled: Database) -> None:
    tiles = load_tiles(filled, signatures=True)
    mosaic = match_tiles(tiles, cells_of(filled, 3, (4, 3)), MosaicOptions(grid=(4, 3)))
    thumbnails = load_thumbnail_stack(filled, mosaic.tile_ids)
    picture = np.asarray(draw_mosaic(mosaic, thumbnails).drawn)
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
    mosaic = match_tiles(tiles, cells, MosaicOptions(match=NEAREST, features=features))
    parts = cells.signatures.reshape(-1, 6, 6, 3)
    wanted = compute_features(cells.mean_rgb.reshape(-1, 3).astype(float), parts, features)
    given = compute_features(tiles.mean_rgb, tiles.signatures, features)
    distances = ((given[None] - wanted[:, None]) ** 2).sum(axis=2)
    assert mosaic.tile_ids.ravel().tolist() == tiles.ids[distances.argmin(axis=1)].tolist()
    assert mosaic.cost == pytest.approx(distances.min(axis=1).sum())
    assert mosaic.cell_costs is not None
    assert mosaic.cell_costs.ravel() == pytest.approx(distances.min(axis=1))


@pytest.mark.parametrize("flip", [False, True])
def test_tiles_of_one_owner_count_as_one_for_limits_and_distances(
    filled: Database, flip: bool
) -> None:
    tiles = load_tiles(filled, signatures=True)
    asked = MatchOptions(strategy="nearest", max_uses=2, min_distance=2)
    options = MosaicOptions(match=asked, features=FeatureOptions(flip=flip))
    owner = np.arange(12) // 2
    cells = cells_of(filled, 3, (4, 3))
    mosaic = match_tiles(tiles, cells, options, owner=owner)
    owners = owner[np.searchsorted(tiles.ids, mosaic.tile_ids)]
    assert (np.bincount(owners.ravel()) == 2).all()
    assert (owners[:, 1:] != owners[:, :-1]).all()
    assert (owners[1:] != owners[:-1]).all()


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
    with pytest.raises(PhotoError, match=r"No such file.*--target, such as one of .* \(0, 1, 3\)"):
        open_target(filled, 2)


def test_a_number_that_no_photo_has_is_told(photos: Path, filled: Database) -> None:
    with pytest.raises(DatabaseError, match="no photo has the number 99: the highest is 11"):
        open_target(filled, 99)
    (photos / "bad.jpg").write_bytes(b"bad")
    ingest_photos(filled, [photos])
    with pytest.raises(DatabaseError, match="number 12: it was rejected: not a picture"):
        open_target(filled, 12)


def test_a_database_without_tiles_is_told(database: Database) -> None:
    draw_photo(1).save("whatever.jpg")
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
    assert first.drawn.tobytes() == second.drawn.tobytes()


def test_a_mosaic_is_recorded_cell_by_cell(filled: Database) -> None:
    outputs = Outputs(picture=Path("m.jpg"))
    mosaic = render(filled, 1, MosaicOptions(grid=(3, 2)), outputs=outputs)
    statement = 'SELECT "row", "column", tile_id, cost FROM placement WHERE mosaic_id = 1'
    with run_sql(filled.path, statement) as answer:
        placed = list(answer.rows)
    ids = mosaic.tile_ids.tolist()
    assert [row[:3] for row in placed] == [(r, c, ids[r][c]) for r in range(2) for c in range(3)]
    with run_sql(
        filled.path, "SELECT id, columns, rows, target_tile_id, cost FROM mosaic"
    ) as answer:
        assert list(answer.rows) == [
            (mosaic.id, 3, 2, 1, pytest.approx(sum(row[3] for row in placed)))
        ]


def test_what_is_rendered_again_to_the_same_file_replaces_its_record(filled: Database) -> None:
    options = MosaicOptions(grid=(3, 2))
    Path("sub").mkdir()
    Path("link.png").symlink_to("m.png")
    Path("folder").symlink_to(".")
    for name in ("m.png", "sub/../m.png", "link.png", "folder/m.png", Path("m.png").absolute()):
        mosaic = render(filled, 1, options, outputs=Outputs(Path(name)))
        recorded = rows(filled, "SELECT id, output FROM mosaic")
        assert recorded == [(mosaic.id, str(Path("m.png").absolute()))]
        found = score_file(filled, name).mosaic
        assert found is not None and found.id == mosaic.id
    render(filled, 2, options)
    render(filled, 2, options, outputs=Outputs(Path("other.png"), None), record=False)
    assert rows(filled, "SELECT sum(uses) FROM tile_uses") == [(6,)]


def test_names_in_two_unicode_forms_are_two_files_where_the_file_system_tells_them_apart(
    filled: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [unicodedata.normalize(form, "café.png") for form in ("NFC", "NFD")]
    (tmp_path / names[0]).touch()
    if (tmp_path / names[1]).exists():
        pytest.skip("one file here")
    (tmp_path / names[1]).touch()
    for name in names:
        render(filled, 1, MosaicOptions(grid=(3, 2)), outputs=Outputs(Path(name)))
    assert rows(filled, "SELECT count(*) FROM mosaic") == [(2,)]
    monkeypatch.setattr("os.path.samefile", lambda *_: True)
    render(filled, 1, MosaicOptions(grid=(3, 2)), outputs=Outputs(Path(names[0])))
    assert rows(filled, "SELECT count(*) FROM mosaic") == [(1,)]


def test_of_two_renders_to_one_file_at_once_the_one_whose_picture_stays_is_recorded(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = []

    def overtaken(mosaic: Mosaic, cells: Cells | None, sampler: Sampler | None) -> Mosaic:
        monkeypatch.setattr("mosaicdb.pipelines.finishing.score_mosaic", score_mosaic)
        inner.append(render(filled, 2, MosaicOptions(grid=(3, 2)), outputs=outputs))
        return score_mosaic(mosaic, cells, sampler)

    outputs, progress = Outputs(Path("m.png")), RecordedProgress()
    monkeypatch.setattr("mosaicdb.pipelines.finishing.score_mosaic", overtaken)
    outer = render(filled, 1, MosaicOptions(grid=(4, 2)), outputs=outputs, progress=progress)
    assert outer.id is None
    assert progress.notices[-1] == "not recorded: m.png was replaced or deleted meanwhile"
    found = score_file(filled, "m.png").mosaic
    assert found is not None and (found.id, found.grid) == (inner[0].id, (3, 2))


def test_a_picture_that_is_taken_away_at_once_is_not_recorded(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_away(mosaic: Mosaic, cells: Cells | None, sampler: Sampler | None) -> Mosaic:
        Path("m.png").unlink()
        return score_mosaic(mosaic, cells, sampler)

    monkeypatch.setattr("mosaicdb.pipelines.finishing.score_mosaic", take_away)
    outputs = Outputs(Path("m.png"))
    assert render(filled, 1, MosaicOptions(grid=(3, 2)), outputs=outputs).id is None


def test_a_tile_that_is_pruned_while_it_is_placed_is_told_in_one_line(
    filled: Database, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pruned(mosaic: Mosaic, cells: Cells | None, sampler: Sampler | None) -> Mosaic:
        for photo in photos.rglob("*.jpg"):
            photo.unlink()
        ingest_photos(filled, [photos])
        prune(filled)
        return score_mosaic(mosaic, cells, sampler)

    monkeypatch.setattr("mosaicdb.pipelines.finishing.score_mosaic", pruned)
    with pytest.raises(DatabaseError, match="what this needs was pruned meanwhile"):
        render(filled, 1, MosaicOptions(grid=(3, 2)), outputs=Outputs(Path("m.png")))


def test_a_mosaic_that_is_written_to_no_file_is_not_recorded(filled: Database) -> None:
    Path("m.png").symlink_to(os.devnull)
    mosaic = render(filled, 1, MosaicOptions(grid=(3, 2)), outputs=Outputs(Path("m.png")))
    assert mosaic.id is None


def test_saving_recording_scoring_and_reporting_can_be_left_out(filled: Database) -> None:
    options = MosaicOptions(grid=(3, 2))
    before = sorted(Path.cwd().iterdir())
    mosaic = render(filled, 1, options, score=False)
    assert sorted(Path.cwd().iterdir()) == before
    assert (mosaic.id, mosaic.output, mosaic.score, mosaic.repeats) == (None, None, None, None)
    assert mosaic.drawn.size == (24, 12)
    assert render(filled, 1, options).score is not None
    unrecorded = render(filled, 1, options, outputs=Outputs(Path("m.png")), record=False)
    assert (unrecorded.id, unrecorded.output) == (None, Path("m.png"))
    assert Path("m.png").exists()
    outputs = Outputs(Path("m.png"), Path("m.tab"), Path("m.html"))
    complete = render(filled, 1, options, outputs=outputs)
    assert complete.id == 1
    assert read_match(filled, Path("m.tab")).tile_ids.tolist() == complete.tile_ids.tolist()
    assert "This makes it again" not in Path("m.html").read_text("utf-8")
    assert list(complete.seconds) == ["load", "match", "render", "score", "report"]


def test_a_target_is_averaged_and_a_thumbnail_decoded_once_for_everything(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    averaged, decoded = [], []

    def averages(picture: Image.Image, *arguments: object) -> object:
        averaged.append(picture.size)
        return cell_averages(picture, *arguments)

    def decode(jpegs: Iterable[bytes], size: Size) -> object:
        decoded.extend(kept := list(jpegs))
        return decode_thumbnails(kept, size)

    monkeypatch.setattr("mosaicdb.pipelines.target.cell_averages", averages)
    monkeypatch.setattr("mosaicdb.pipelines.drawing.decode_thumbnails", decode)
    middle = FeatureOptions(zoom=1)
    options = MosaicOptions(grid=(4, 3), features=middle, importance=Importance(focus="edges"))
    outputs = Outputs(Path("m.png"), report=Path("m.html"))
    mosaic = render(filled, 3, options, outputs=outputs)
    assert len(averaged) == 1
    assert len(decoded) == len(np.unique(mosaic.tile_ids))


def test_a_report_without_a_score_is_refused_before_anything_is_done(filled: Database) -> None:
    outputs = Outputs(Path("m.png"), report=Path("m.html"))
    with pytest.raises(UsageError, match="a report shows the score"):
        render(filled, 1, MosaicOptions(grid=(3, 2)), outputs=outputs, score=False)
    assert not Path("m.png").exists()


def hint(database: Database, match_options: MatchOptions) -> str:
    progress = RecordedProgress()
    render(database, 3, MosaicOptions(grid=(60, 40), match=match_options), progress=progress)
    return " ".join(text for text in progress.notices if text.startswith("12 tiles"))


def test_what_few_tiles_give_is_told_before_a_large_match(filled: Database) -> None:
    text = hint(filled, MatchOptions(gap=0.5))
    assert text.startswith("12 tiles for 2,400 cells: each once is impossible; each at most 200")
    assert text.endswith(" would come of: --max-uses 800 --min-distance 2 --shift 25")
    assert hint(filled, MatchOptions("nearest")) == ""


def test_nothing_is_promised_where_distances_do_not_fit_into_a_part(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise MatchingError("no room")

    monkeypatch.setattr("mosaicdb.pipelines.plan.expect", fail)
    text = "12 tiles for 2,400 cells: each once is impossible; each at most 200 times"
    assert hint(filled, MatchOptions(gap=0.5)) == text


def test_several_mosaics_of_a_target_share_what_is_loaded(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    monkeypatch.setattr(
        "mosaicdb.pipelines.mosaic.open_target",
        lambda *arguments: opened.append(arguments) or open_target(*arguments),
    )
    matches = [
        (MatchOptions(strategy), Outputs(Path(f"{strategy}.png")))
        for strategy in ("nearest", "unique")
    ]
    mosaics = list(render_each(filled, 1, MosaicOptions(grid=(3, 2)), matches))
    assert [mosaic.strategy for mosaic in mosaics] == ["nearest", "unique"]
    assert [mosaic.id for mosaic in mosaics] == [1, 2]
    assert len(opened) == 1


def test_an_empty_cell_of_a_match_file_stays_empty(filled: Database) -> None:
    Path("some.tab").write_text("3 -1\n-1 3\n")
    mosaic = read_match(filled, Path("some.tab"))
    assert mosaic.tile_ids.tolist() == [[3, -1], [-1, 3]]
    picture = draw_mosaic(mosaic, load_thumbnail_stack(filled, mosaic.tile_ids)).drawn
    assert picture.mode == "RGBA"
    opacity = np.asarray(picture)[..., 3].reshape(2, 6, 2, 8)
    assert (opacity == np.array([[255, 0], [0, 255]])[:, None, :, None]).all()


def test_a_match_file_of_empty_cells_alone_is_told(filled: Database) -> None:
    Path("none.tab").write_text("-1\n")
    with pytest.raises(UsageError, match=r"none\.tab names no tile"):
        read_match(filled, Path("none.tab"))


def test_other_numbers_below_0_are_no_empty_cells(filled: Database) -> None:
    Path("odd.tab").write_text("-1 -2\n")
    with pytest.raises(
        UsageError, match="names 1 tile that the database does not have, such as -2"
    ):
        read_match(filled, Path("odd.tab"))


def test_the_library_works_as_the_readme_shows(photos: Path, tmp_path: Path) -> None:
    with Database(tmp_path / "lib.db") as database:
        report = ingest_photos(database, [photos])
        tiles = load_tiles(database)
        found = match(tiles.mean_rgb, tiles.mean_rgb[::-1])
        picture = render(database, 3, MosaicOptions(grid=(4, 3))).drawn
    assert report.new == 12
    assert found.cost == 0
    assert picture.size == (200, 150)
    with pytest.raises(MosaicdbError):
        match(tiles.mean_rgb, tiles.mean_rgb[:, :2])
