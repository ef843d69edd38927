from pathlib import Path

import pytest
from support import age, write_photo

from mosaicdb import Database, ingest_photos, render
from mosaicdb.errors import DatabaseError, MatchingError, UsageError
from mosaicdb.options import MatchOptions, MosaicOptions
from mosaicdb.pipelines.ban import ban_photos, bans, unban_photos
from mosaicdb.pipelines.drawing import make_collage
from mosaicdb.pipelines.selection import select_tiles
from mosaicdb.store import statistics

OPTIONS = MosaicOptions(grid=(4, 3), match=MatchOptions(max_uses=1))


def test_a_banned_photo_is_in_no_mosaic_until_it_is_let_in_again(filled: Database) -> None:
    assert [ban.tile_id for ban in ban_photos(filled, [3, "5"])] == [3, 5]
    assert ban_photos(filled, [5]) == []
    tiles = select_tiles(filled)
    assert set(range(12)) - set(tiles.ids.tolist()) == {3, 5}
    assert statistics(filled).banned == 2
    assert [ban.tile_id for ban in unban_photos(filled, [3, "tile_id = 5"])] == [3, 5]
    assert len(select_tiles(filled)) == 12


def test_a_ban_survives_a_file_that_is_moved_and_a_tile_that_is_pruned(
    filled: Database, photos: Path
) -> None:
    ban_photos(filled, [photos / "00.jpg"])
    (photos / "00.jpg").rename(photos / "elsewhere.jpg")
    ingest_photos(filled, [photos])
    assert [(ban.tile_id, ban.path) for ban in bans(filled)] == [(0, str(photos / "elsewhere.jpg"))]
    assert 0 not in select_tiles(filled).ids


def test_a_photo_can_be_banned_before_it_is_taken_in(filled: Database, photos: Path) -> None:
    later = write_photo(photos / "later.jpg", 77)
    (ban,) = ban_photos(filled, [later])
    assert (ban.tile_id, ban.path) == (None, None)
    ingest_photos(filled, [photos])
    assert 12 not in select_tiles(filled).ids
    assert len(unban_photos(filled, [ban.content_hash])) == 1


def test_conditions_ban_photo_by_photo(filled: Database, photos: Path) -> None:
    assert len(ban_photos(filled, ["path LIKE '%/a/%'"])) == 4
    twin = photos / "a" / "later.jpg"
    write_photo(twin, 77)
    ingest_photos(filled, [photos])
    assert 12 in select_tiles(filled).ids


@pytest.mark.parametrize(
    ("named", "error", "message"),
    [
        (99, DatabaseError, "there is no tile 99"),
        (10**30, DatabaseError, "there is no tile 1000"),
        ("tile_id > 99", DatabaseError, "the condition 'tile_id > 99' holds for no tile"),
        ("nowhere.jpg", UsageError, "no photo is named nowhere.jpg, and the condition 'nowhere"),
        ("1; DROP TABLE ban", UsageError, "is not allowed: "),
        ("photos", UsageError, "photos is a folder: give a condition"),
        ("a\nb", UsageError, r"no photo is named a\\nb, and"),
    ],
)
def test_a_ban_of_nothing_is_told_and_bans_nothing(
    named: int | str, error: type[Exception], message: str, filled: Database
) -> None:
    with pytest.raises(error, match=message) as told:
        ban_photos(filled, [1, named])
    assert "\n" not in str(told.value)
    assert bans(filled) == []


def test_what_is_not_banned_cannot_be_let_in(filled: Database) -> None:
    ban_photos(filled, [1])
    with pytest.raises(DatabaseError, match="2 is not banned: `mosaicdb ban` lists what is"):
        unban_photos(filled, [1, 2])
    assert len(bans(filled)) == 1


def test_a_ban_that_leaves_too_few_photos_is_named(filled: Database) -> None:
    ban_photos(filled, ["tile_id < 4"])
    with pytest.raises(MatchingError, match="8 tiles used at most 1 times cannot fill 12 cells"):
        render(filled, 1, OPTIONS, record=False)
    ban_photos(filled, ["1=1"])
    with pytest.raises(MatchingError, match="no tile is left: 12 photos banned, and no others"):
        render(filled, 1, OPTIONS, record=False)


def test_a_collage_passes_over_banned_photos(filled: Database) -> None:
    ban_photos(filled, [1])
    assert make_collage(filled, 0, 3, 8, Path("collage.png"), 90) == [0, 2, 3]


def test_a_copy_of_a_banned_photo_is_banned_too(filled: Database, photos: Path) -> None:
    copy = photos / "copy.jpg"
    copy.write_bytes((photos / "02.jpg").read_bytes())
    age(copy)
    ban_photos(filled, [copy])
    assert [ban.tile_id for ban in bans(filled)] == [2]
