"""How camera raw files are read, with the extra and without."""

import numpy as np
import pytest
from pictures import TURNED, ReadPhoto, decode, encode, exif, pixels_of, plain, scene
from raws import dng

from mosaicdb.photos import raw
from mosaicdb.photos.picture import cut, open_picture, upright_size
from mosaicdb.photos.raw import is_raw
from mosaicdb.readings import Reading, Rejected, Tile

pytest.importorskip("rawpy")
LIMIT = 10**9
TAKEN = "2019:05:04 03:02:01"


def tile_of(reading: Reading) -> Tile:
    assert isinstance(reading.content, Tile), reading.content
    return reading.content


def mean_of(tile: Tile) -> tuple[float, float, float]:
    return tile.thumbnail.descriptors.mean_rgb


def test_a_large_preview_is_what_the_tile_shows(read: ReadPhoto) -> None:
    data = dng(plain("blue", size=(90, 60)), plain("red", size=(48, 32)), taken=TAKEN)
    tile = tile_of(read(data, name="photo.dng"))
    assert np.abs(np.subtract(mean_of(tile), (255, 0, 0))).max() < 3
    assert (tile.format, tile.width, tile.height) == ("RAW", 90, 60)
    assert str(tile.capture.taken_at) == "2019-05-04 03:02:01"


@pytest.mark.parametrize("preview", [None, plain("red", size=(40, 30))])
def test_without_a_large_preview_the_photo_is_developed(read: ReadPhoto, preview: object) -> None:
    tile = tile_of(read(dng(plain((40, 60, 200), size=(90, 60)), preview, taken=TAKEN)))
    red, green, blue = mean_of(tile)
    assert blue > 150 > 100 > max(red, green)
    assert (tile.format, tile.width, tile.height) == ("RAW", 90, 60)
    assert str(tile.capture.taken_at) == "2019-05-04 03:02:01"


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("with_preview", [True, False])
def test_it_is_turned_upright(orientation: int, with_preview: bool) -> None:
    preview = scene(90, 60) if with_preview else None
    data = dng(scene(180, 120), preview, orientation=orientation)
    with open_picture(data, LIMIT) as image:
        assert upright_size(image) == ((120, 180) if orientation > 4 else (180, 120))
        found = pixels_of(cut(image, (20, 30) if orientation > 4 else (30, 20)))
    expected = TURNED[orientation](np.asarray(scene(30, 20)))
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.95


def test_a_preview_that_says_itself_how_it_is_turned_is_turned_once() -> None:
    data = dng(scene(180, 120), scene(90, 60), orientation=6, exif=exif(6))
    with open_picture(data, LIMIT) as image:
        found = pixels_of(cut(image, (20, 30)))
    expected = TURNED[6](np.asarray(scene(30, 20)))
    assert np.abs(found - expected).mean() < 8


def test_a_large_sensor_is_developed_at_half_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "_HALVED_PIXELS", 1000)
    with open_picture(dng(scene(180, 120)), LIMIT) as image:
        assert image.size == (90, 60)
        assert upright_size(image) == (180, 120)


def test_one_that_is_too_large_is_not_developed(read: ReadPhoto) -> None:
    content = read(dng(scene(180, 120)), max_pixels=10_000).content
    assert isinstance(content, Rejected)
    assert content.reason == "180 x 120 pixels: more than 10,000 allowed"


def test_one_that_is_damaged_is_rejected(read: ReadPhoto) -> None:
    content = read(b"FUJIFILMCCD-RAW 0201" + bytes(1000)).content
    assert isinstance(content, Rejected)
    assert content.reason.startswith("a camera raw file that LibRaw cannot read: ")


def test_raw_files_are_known_by_their_content() -> None:
    assert is_raw(dng(scene()))
    assert is_raw(dng(scene(), scene()))
    assert is_raw(b"II*\0\x10\0\0\0CR\2\0")
    assert is_raw(b"\0\0\0\x18ftypcrx ")
    for kind in ("TIFF", "JPEG", "PNG", "HEIF"):
        assert not is_raw(encode(scene(), kind))
    assert not is_raw(b"II*\0")
    assert not is_raw(b"")


def test_directories_that_point_at_each_other_end() -> None:
    entry = b"\x4a\x01\x04\0\1\0\0\0\x08\0\0\0"  # a sub-directory: itself
    assert not is_raw(b"II*\0\x08\0\0\0\1\0" + entry + bytes(4))


def test_a_thumbnail_of_a_raw_file_is_a_plain_jpeg(read: ReadPhoto) -> None:
    jpeg = tile_of(read(dng(scene(), scene()))).thumbnail.jpeg
    assert decode(jpeg).mode == "RGB"
