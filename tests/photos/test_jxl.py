"""How JPEG XL is read, with the extra and without."""

from pathlib import Path

import numpy as np
import pytest
from pictures import TURNED, ReadPhoto, encode, exif, pixels_of, plain, scene
from PIL import Image

from mosaicdb.photos.jxl import jxl_size
from mosaicdb.photos.picture import cut, open_picture, upright_size
from mosaicdb.readings import Rejected, Tile
from mosaicdb.records import Size

pillow_jxl = pytest.importorskip("pillow_jxl")
LIMIT = 10**9
ORANGE = (230, 120, 40)


def jxl(image: Image.Image, **options: object) -> bytes:
    return encode(image, "JXL", **options)


def test_a_jpeg_xl_is_read(read: ReadPhoto) -> None:
    tile = read(jxl(plain(ORANGE)), name="photo.jxl").content
    assert isinstance(tile, Tile)
    assert (tile.format, tile.width, tile.height) == ("JXL", 40, 30)
    assert np.abs(np.subtract(tile.thumbnail.descriptors.mean_rgb, ORANGE)).max() < 3


@pytest.mark.parametrize("container", [False, True])
@pytest.mark.parametrize(
    "size", [(8, 8), (40, 30), (256, 256), (300, 200), (1, 700), (9000, 3), (1600, 900), (5, 4)]
)
def test_the_size_is_known_before_decoding(size: Size, container: bool) -> None:
    data = jxl(plain(ORANGE, size=size), use_container=container, effort=1)
    assert jxl_size(data) == size


def test_the_size_is_found_behind_a_date(read: ReadPhoto) -> None:
    data = jxl(plain(ORANGE), exif=exif(taken="2019:05:04 03:02:01"))
    assert data.startswith(b"\0\0\0\x0cJXL")
    assert jxl_size(data) == (40, 30)
    tile = read(data).content
    assert isinstance(tile, Tile)
    assert str(tile.capture.taken_at) == "2019-05-04 03:02:01"


def test_one_that_is_too_large_is_rejected_before_it_is_decoded(
    read: ReadPhoto, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = jxl(plain(ORANGE, size=(2000, 1000)), effort=1)
    opened: list[object] = []
    monkeypatch.setattr(Image, "open", lambda *_, **__: opened.append(1))
    content = read(data, max_pixels=1_000_000).content
    assert isinstance(content, Rejected)
    assert content.reason == "2000 x 1000 pixels: more than 1,000,000 allowed"
    assert not opened


@pytest.mark.parametrize("kept", [12, 20, 200, -20])
def test_one_that_is_cut_short_is_rejected(read: ReadPhoto, kept: int) -> None:
    content = read(jxl(scene(), exif=exif(1))[:kept]).content
    assert isinstance(content, Rejected)
    assert content.reason == "a JPEG XL that is damaged, or cut short"


@pytest.mark.parametrize("orientation", TURNED)
def test_one_made_of_a_jpeg_is_turned_as_the_jpeg_is(tmp_path: Path, orientation: int) -> None:
    path = tmp_path / "photo.jpg"
    scene(90, 60).save(path, quality=95, exif=exif(orientation))
    with Image.open(path) as image:
        data = jxl(image, lossless_jpeg=True)
    turned = []
    for bytes_ in (path.read_bytes(), data):
        with open_picture(bytes_, LIMIT) as image:
            assert upright_size(image) == ((60, 90) if orientation > 4 else (90, 60))
            turned.append(pixels_of(cut(image, (20, 20))))
    assert np.abs(turned[0] - turned[1]).max() < 12


def test_the_exif_orientation_of_any_other_is_none_of_ours(read: ReadPhoto) -> None:
    data = jxl(scene(90, 60), exif=exif(6))  # the decoder applies that of the codestream
    with open_picture(data, LIMIT) as image:
        assert upright_size(image) == (90, 60)


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "F", "I;16"])
def test_other_modes_are_read(read: ReadPhoto, mode: str) -> None:
    assert isinstance(read(jxl(plain(0, mode))).content, Tile)


def test_a_jpeg_xl_without_its_codestream_is_damaged() -> None:
    with pytest.raises(ValueError, match="damaged"):
        jxl_size(b"\0\0\0\x0cJXL \r\n\x87\n" + b"\0\0\0\x10abcd" + bytes(20))
