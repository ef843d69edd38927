from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support import RecordedProgress, age

from mosaicdb import Database, MatchOptions, MosaicOptions, Selection, ingest_photos, render
from mosaicdb.errors import DatabaseError
from mosaicdb.pipelines.selection import find_duplicates, group_tiles, select_tiles
from mosaicdb.records import NEAR_LIKENESS
from mosaicdb.store import tiles_without_file
from mosaicdb.store.rebuild import start_rebuild


def draw_scene(seed: int, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """Draw coloured clouds: as uneven as a photo, and different for every seed."""
    clouds = np.random.default_rng(seed).integers(0, 256, (7, 9, 3)).astype(np.uint8)
    return Image.fromarray(clouds).resize(size, Image.Resampling.BICUBIC)


def save(picture: Image.Image, path: Path, **options: object) -> None:
    path.parent.mkdir(exist_ok=True)
    picture.save(path, **options)
    age(path)


@pytest.fixture
def copies(tmp_path: Path, database: Database) -> Database:
    """Give a database of 6 scenes, 3 of them with copies at other sizes and qualities."""
    folder = tmp_path / "photos"
    for seed in range(6):
        save(draw_scene(seed), folder / f"{seed}.png")
    save(draw_scene(1).resize((160, 120)), folder / "1_half.jpg", quality=70)
    save(draw_scene(1).resize((80, 60)), folder / "1_small.jpg", quality=30)
    save(draw_scene(2), folder / "2.jpg", quality=40)
    save(draw_scene(4).resize((640, 480)), folder / "4_large.webp")
    (folder / "4_twin.png").write_bytes((folder / "4.png").read_bytes())
    age(folder / "4_twin.png")
    with Database(tmp_path / "copies.db", thumb_res=(24, 18)) as database:
        ingest_photos(database, [folder])
        yield database


def names(database: Database, likeness: float = NEAR_LIKENESS) -> list[list[list[str]]]:
    return [
        [[Path(path).name for path in found.paths] for found in group]
        for group in find_duplicates(database, likeness)
    ]


def test_copies_of_a_picture_are_a_group_with_the_largest_first(copies: Database) -> None:
    assert names(copies) == [
        [["1.png"], ["1_half.jpg"], ["1_small.jpg"]],
        [["2.png"], ["2.jpg"]]
        if ids(copies, "2.png") < ids(copies, "2.jpg")
        else [["2.jpg"], ["2.png"]],
        [["4_large.webp"], ["4.png", "4_twin.png"]],
    ]


def ids(database: Database, name: str) -> int:
    with database.read() as connection:
        statement = "SELECT tile_id FROM file WHERE path LIKE ?"
        return int(connection.exec_driver_sql(statement, (f"%/{name}",)).scalar_one())


def test_a_photo_that_is_gone_is_not_listed(copies: Database, tmp_path: Path) -> None:
    (tmp_path / "photos" / "2.jpg").unlink()
    (tmp_path / "photos" / "1.png").unlink()
    ingest_photos(copies, [tmp_path / "photos"])
    assert names(copies)[0] == [["1_half.jpg"], ["1_small.jpg"]]
    assert len(names(copies)) == 2


def test_asking_for_more_likeness_finds_fewer(copies: Database) -> None:
    found = [sum(map(len, names(copies, likeness))) for likeness in (0.5, NEAR_LIKENESS, 1)]
    assert found == sorted(found, reverse=True)
    assert found[-1] == 0


def test_surplus_tiles_are_all_but_the_largest_among_some(copies: Database) -> None:
    groups = group_tiles(copies)
    half, small = ids(copies, "1_half.jpg"), ids(copies, "1_small.jpg")
    assert groups.surplus(np.array([half, small])).tolist() == [small]
    assert groups.surplus(np.array([small])).tolist() == []
    assert sorted(groups.surplus(groups.ids)) == sorted(
        [half, small, max(ids(copies, "2.png"), ids(copies, "2.jpg")), ids(copies, "4.png")]
    )


def test_a_tile_is_missing_when_no_file_holds_its_photo_any_more(
    copies: Database, tmp_path: Path
) -> None:
    twin, edited, kept = ids(copies, "4.png"), ids(copies, "0.png"), ids(copies, "3.png")
    folder = tmp_path / "photos"
    (folder / "4.png").unlink()
    save(draw_scene(99), folder / "0.png")
    (folder / "3.png").rename(folder / "moved.png")
    ingest_photos(copies, [folder])
    assert tiles_without_file(copies) == [edited]
    (folder / "4_twin.png").unlink()
    ingest_photos(copies, [folder])
    assert tiles_without_file(copies) == sorted([edited, twin])
    assert kept in select_tiles(copies).ids
    assert not {edited, twin} & set(select_tiles(copies).ids.tolist())
    assert len(select_tiles(copies, Selection(with_missing=True))) == len(select_tiles(copies)) + 2


def test_distinct_and_a_condition_choose_among_the_photos_that_are_there(
    copies: Database, tmp_path: Path
) -> None:
    largest, half = ids(copies, "1.png"), ids(copies, "1_half.jpg")
    (tmp_path / "photos" / "1.png").unlink()
    (tmp_path / "photos" / "3.png").unlink()
    ingest_photos(copies, [tmp_path / "photos"])
    progress = RecordedProgress()
    condition = f"tile_id IN ({largest}, {half}, {ids(copies, '1_small.jpg')})"
    chosen = select_tiles(copies, Selection(condition, distinct=True), progress=progress)
    assert chosen.ids.tolist() == [half]
    assert [text.split(",")[0] for text in progress.notices] == ["1 photo left out"]


def test_a_database_without_tiles_has_no_duplicates(database: Database) -> None:
    assert find_duplicates(database) == []


def test_a_rebuild_that_stopped_half_way_is_told(copies: Database) -> None:
    start_rebuild(copies, (5, 5))
    with pytest.raises(DatabaseError, match="`mosaicdb ingest` finishes it"):
        find_duplicates(copies)


def test_alike_tiles_count_as_one_photo(copies: Database) -> None:
    tiles = select_tiles(copies, Selection(alike=True))
    assert (len(tiles), tiles.photos) == (10, 6)
    owners = dict(zip(tiles.ids.tolist(), tiles.owners.tolist(), strict=True))
    assert owners[ids(copies, "1.png")] == owners[ids(copies, "1_small.jpg")]
    assert owners[ids(copies, "1.png")] != owners[ids(copies, "2.png")]


def test_no_copy_of_a_photo_stands_within_the_distance_of_another(
    copies: Database, tmp_path: Path
) -> None:
    target = tmp_path / "target.png"
    draw_scene(1).save(target)
    options = MosaicOptions((6, 6), MatchOptions("nearest", min_distance=2, max_uses=9))
    mosaic = render(copies, target, options, Selection(alike=True))
    tiles = select_tiles(copies, Selection(alike=True))
    owners = dict(zip(tiles.ids.tolist(), tiles.owners.tolist(), strict=True))
    photos = np.vectorize(owners.get)(mosaic.tile_ids)
    for down, across in ((0, 1), (1, 0), (1, 1)):
        assert (photos[down:, across:] != photos[: 6 - down, : 6 - across]).all()
    assert (photos[1:, :-1] != photos[:-1, 1:]).all()
    assert np.unique(photos, return_counts=True)[1].max() <= 9
    assert mosaic.parameters["alike"] == NEAR_LIKENESS
