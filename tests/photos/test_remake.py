"""Thumbnails made anew in another size."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from pictures import decode, encode, photograph, plain

from mosaicdb.options import ReadOptions
from mosaicdb.photos import remake_thumbnail, reread
from mosaicdb.photos.thumbnail import make_thumbnail, resize_thumbnail
from mosaicdb.readings import OutdatedTile, Remade, StaleTile

PHOTO = encode(photograph(300, 200), "JPEG")
OLD = make_thumbnail(plain("red", size=(10, 10))).jpeg


CONTENT_HASH = hashlib.sha256(PHOTO).hexdigest()
OPTIONS = ReadOptions((30, 20))


def remake(*paths: Path, old: bytes = OLD) -> Remade:
    return remake_thumbnail(StaleTile(5, CONTENT_HASH, tuple(map(str, paths)), old), OPTIONS)


def test_a_thumbnail_is_made_anew_from_its_photo(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(PHOTO)
    remade = remake(tmp_path / "photo.jpg", old=b"damaged")
    assert (remade.tile_id, remade.tile is None) == (5, False)
    assert remade.thumbnail is not None
    assert decode(remade.thumbnail.jpeg).size == (30, 20)
    assert remade.thumbnail.descriptors.mean_rgb[1] > 50


@pytest.mark.parametrize("content", [None, b"words", encode(plain("lime"), "JPEG")])
def test_a_thumbnail_whose_photo_is_gone_is_scaled(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "photo.jpg").write_bytes(content)
    expected = Remade(5, resize_thumbnail(OLD, (30, 20)))
    assert remake(tmp_path / "photo.jpg") == expected
    assert remake() == expected


def test_without_photo_and_old_thumbnail_nothing_can_be_made() -> None:
    assert remake(old=b"damaged") == Remade(5, None)


def test_a_photo_is_read_from_any_of_its_files_that_still_holds_it(tmp_path: Path) -> None:
    contents = {"gone": None, "words": b"words", "other": encode(plain("lime"), "JPEG")}
    contents |= {"photo": PHOTO, "spare": PHOTO}
    paths = [tmp_path / name for name in contents]
    for path, content in zip(paths, contents.values(), strict=True):
        if content is not None:
            path.write_bytes(content)
    assert remake(*paths).tile is not None
    outdated = OutdatedTile(5, CONTENT_HASH, tuple(map(str, paths)))
    tile_id, tile = reread(outdated, OPTIONS)
    assert (tile_id, tile and tile.content_hash) == (5, CONTENT_HASH)
    assert reread(replace(outdated, paths=outdated.paths[:3]), OPTIONS) == (5, None)
