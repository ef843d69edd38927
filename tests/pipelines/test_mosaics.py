from pathlib import Path

import pytest

from mosaicdb import Database, ingest_photos, render
from mosaicdb.errors import DatabaseError
from mosaicdb.options import MosaicOptions, Outputs
from mosaicdb.pipelines.mosaics import find_named, forget_mosaics, mosaics
from mosaicdb.records import Mosaic


def made(database: Database, file: str, name: str | None = None, target: int = 1) -> Mosaic:
    outputs = Outputs(Path(file), name=name)
    return render(database, target, MosaicOptions(grid=(3, 2)), outputs=outputs)


def test_a_mosaic_is_found_by_id_name_and_picture(filled: Database) -> None:
    first, second = made(filled, "a.png", "kitchen"), made(filled, "b.png")
    assert find_named(filled, None).id == second.id
    for named in (first.id, "kitchen", "a.png", Path("a.png")):
        found = find_named(filled, named)
        assert (found.id, found.name) == (first.id, "kitchen")


def test_a_name_belongs_to_one_mosaic_and_is_refused_before_the_match(filled: Database) -> None:
    mosaic = made(filled, "a.png", "kitchen")
    with pytest.raises(DatabaseError, match=rf"mosaic {mosaic.id} \(.*a.png\) has the name"):
        made(filled, "b.png", "kitchen")
    assert not Path("b.png").exists()


def test_a_mosaic_that_is_rendered_again_to_its_file_keeps_its_name(filled: Database) -> None:
    made(filled, "a.png", "kitchen")
    again = made(filled, "a.png", target=2)
    assert find_named(filled, "kitchen").id == again.id
    renamed = made(filled, "a.png", "hall")
    assert [(listed.id, listed.name) for listed in mosaics(filled)] == [(renamed.id, "hall")]


def test_mosaics_are_listed_with_the_photos_that_have_gone(filled: Database, photos: Path) -> None:
    mosaic = made(filled, "a.png")
    (listed,) = mosaics(filled)
    assert listed.output == str(Path("a.png").resolve())
    assert (listed.grid, listed.cells, listed.tiles_used, listed.tiles_gone) == ((3, 2), 6, 6, 0)
    assert (listed.cost, listed.bound, listed.gap) == (mosaic.cost, mosaic.bound, mosaic.gap)
    for photo in photos.rglob("*.jpg"):
        photo.unlink()
    ingest_photos(filled, [photos])
    assert [listed.tiles_gone for listed in mosaics(filled)] == [6]


def test_mosaics_are_forgotten_all_or_none_and_their_pictures_stay(filled: Database) -> None:
    made(filled, "a.png", "kitchen")
    made(filled, "b.png")
    with pytest.raises(DatabaseError, match="no mosaic has the id 99"):
        forget_mosaics(filled, ["kitchen", 99])
    assert len(mosaics(filled)) == 2
    assert [mosaic.name for mosaic in forget_mosaics(filled, ["kitchen", "a.png"])] == ["kitchen"]
    assert [listed.output[-5:] for listed in mosaics(filled)] == ["b.png"]
    assert Path("a.png").exists()
