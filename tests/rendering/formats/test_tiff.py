"""Tiled BigTIFFs, read back by libvips, which did not write them."""

import errno
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import pyvips
import tifffile
from PIL import Image
from pyramids import cells, coded, distance, reduced, smooth, strips

from mosaicdb.errors import MosaicdbError
from mosaicdb.options import FileOptions
from mosaicdb.rendering import PlainCells, Strips, strips_of, write_picture
from mosaicdb.rendering.colour_space import srgb_profile
from mosaicdb.rendering.formats.tile_file import TileFile

PYRAMID = FileOptions(pyramid=True)


def page(path: Path, number: int = 0) -> np.ndarray:
    return np.asarray(pyvips.Image.new_from_file(str(path), page=number).numpy())


@pytest.mark.parametrize("size", [(1, 1), (256, 256), (257, 600), (700, 40), (1025, 511)])
def test_a_tiff_shows_the_picture(tmp_path: Path, size: tuple[int, int]) -> None:
    write_picture(strips(*size), tmp_path / "a.tif")
    assert distance(page(tmp_path / "a.tif"), np.asarray(smooth(*size))) < 2
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        assert (tiff.is_bigtiff, len(tiff.pages)) == (True, 1)
        assert (tiff.pages[0].is_tiled, tiff.pages[0].compression.name) == (True, "JPEG")


def test_another_reader_sees_the_pixels_of_each_tile_encoded_alone(tmp_path: Path) -> None:
    picture, whole = cells(11, 9, (48, 32))
    write_picture(picture, tmp_path / "spliced.tif")
    assert np.array_equal(page(tmp_path / "spliced.tif"), coded(whole, (48, 32)))
    write_picture(strips_of(Image.fromarray(whole)), tmp_path / "drawn.tif")
    assert np.array_equal(page(tmp_path / "drawn.tif"), coded(whole, (256, 256)))


def test_a_pyramid_is_a_chain_of_smaller_versions(tmp_path: Path) -> None:
    write_picture(strips(2100, 1101), tmp_path / "a.tiff", PYRAMID)
    whole = np.asarray(smooth(2100, 1101))
    for number, times in enumerate([1, 4, 16]):
        assert distance(page(tmp_path / "a.tiff", number), reduced(whole, times)) < 2
    with tifffile.TiffFile(tmp_path / "a.tiff") as tiff:
        assert [int(part.subfiletype) for part in tiff.pages] == [0, 1, 1]
        assert tiff.pages[2].shape == (69, 132, 3)


def test_a_tiff_states_its_resolution_and_that_its_colours_are_srgb(tmp_path: Path) -> None:
    write_picture(strips(40, 30), tmp_path / "a.tif", FileOptions(dpi=254))
    picture = pyvips.Image.new_from_file(str(tmp_path / "a.tif"))
    assert picture.xres == pytest.approx(10)  # pixels a millimetre
    assert picture.get("icc-profile-data") == srgb_profile()


@pytest.mark.parametrize("share", [False, True])
@pytest.mark.parametrize("size", [(16, 16), (48, 32)])
def test_plain_cells_are_encoded_once_and_stand_wherever_they_are_shown(
    tmp_path: Path, share: bool, size: tuple[int, int]
) -> None:
    picture, whole = cells(11, 9, size)
    options = FileOptions(quality=95, pyramid=True, share_tiles=share)
    write_picture(picture, tmp_path / "a.tif", options)
    assert distance(page(tmp_path / "a.tif"), whole) < 3
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        tiles = tiff.pages[0]
        assert (tiles.tilewidth, tiles.tilelength) == size
        assert len(set(tiles.dataoffsets)) == (7 if share else 99)
        contents = {
            offset: next(tiff.filehandle.read_segments([offset], [length]))[0]
            for offset, length in zip(tiles.dataoffsets, tiles.databytecounts, strict=True)
        }
        assert len(set(contents.values())) == 7
        if len(tiff.pages) > 1:
            assert distance(page(tmp_path / "a.tif", 1), reduced(whole, 4)) < 3


def test_spliced_and_drawn_tiles_have_the_same_pixels(tmp_path: Path) -> None:
    picture, whole = cells(8, 8, (256, 256), 5)
    write_picture(picture, tmp_path / "spliced.tif", PYRAMID)
    write_picture(strips_of(Image.fromarray(whole)), tmp_path / "drawn.tif", PYRAMID)
    for number in range(3):
        parts = [page(tmp_path / name, number) for name in ("spliced.tif", "drawn.tif")]
        assert np.array_equal(*parts)


def test_the_same_picture_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.tif", "b.tif"):
        write_picture(strips(700, 300), tmp_path / name, PYRAMID)
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()


def test_a_tiff_needs_no_other_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(*_: object) -> None:
        raise KeyError("imagecodecs is not installed")

    codecs = type(tifffile.TIFF.COMPRESSORS)
    known = codecs.__getitem__
    monkeypatch.setattr(
        codecs, "__getitem__", lambda self, key: lacking() if key == 7 else known(self, key)
    )
    write_picture(strips(40, 30), tmp_path / "a.tif")
    assert distance(page(tmp_path / "a.tif"), np.asarray(smooth(40, 30))) < 2


def test_a_disk_that_fills_leaves_the_old_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    write_picture(strips(40, 30), tmp_path / "a.tif")
    before = (tmp_path / "a.tif").read_bytes()
    monkeypatch.setattr(TileFile, "_write", full)
    with pytest.raises(MosaicdbError, match=r"cannot write .*a\.tif: No space left on device"):
        write_picture(strips(60, 50), tmp_path / "a.tif")
    assert (tmp_path / "a.tif").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.tif"]


def test_a_spliced_picture_that_cannot_be_written_is_not_read_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = []

    def pictures() -> Iterator[np.ndarray]:
        try:
            yield from np.zeros((400, 16, 16, 3), np.uint8)
        finally:
            ended.append(True)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(TileFile, "add", full)
    plain = PlainCells(np.arange(400).reshape(20, 20), (16, 16), pictures())
    with pytest.raises(MosaicdbError, match="No space left on device") as caught:
        write_picture(Strips((320, 320), "RGB", iter(()), plain), tmp_path / "a.tif")
    assert caught.tb is not None  # which holds all that was read
    assert ended == [True]
