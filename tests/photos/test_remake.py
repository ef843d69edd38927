"""Thumbnails made anew in another size."""

import hashlib
from pathlib import Path

import pytest
from pictures import decode, encode, photograph, plain

from mosaicdb.capture import Capture
from mosaicdb.options import ReadOptions
from mosaicdb.photos import remake_thumbnail
from mosaicdb.photos.thumbnail import make_thumbnail, resize_thumbnail
from mosaicdb.records import Remade, StaleTile

PHOTO = encode(photograph(300, 200), "JPEG")
OLD = make_thumbnail(plain("red", size=(10, 10))).jpeg


def remake(path: Path | None, old: bytes = OLD) -> Remade:
    content_hash = hashlib.sha256(PHOTO).hexdigest()
    stale = StaleTile(5, content_hash, str(path) if path else None, old)
    return remake_thumbnail(stale, ReadOptions((30, 20)))


def test_a_thumbnail_is_made_anew_from_its_photo(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(PHOTO)
    remade = remake(tmp_path / "photo.jpg", b"damaged")
    assert (remade.tile_id, remade.capture) == (5, Capture())
    assert remade.thumbnail is not None
    assert decode(remade.thumbnail.jpeg).size == (30, 20)
    assert remade.thumbnail.descriptors.mean_rgb[1] > 50


@pytest.mark.parametrize("content", [None, b"words", encode(plain("lime"), "JPEG")])
def test_a_thumbnail_whose_photo_is_gone_is_scaled(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "photo.jpg").write_bytes(content)
    expected = Remade(5, resize_thumbnail(OLD, (30, 20)))
    assert remake(tmp_path / "photo.jpg") == expected
    assert remake(None) == expected


def test_without_photo_and_old_thumbnail_nothing_can_be_made() -> None:
    assert remake(None, b"damaged") == Remade(5, None)
