"""Overviews of photos, and what their crops are compared by."""

import io
from pathlib import Path

import numpy as np
import pytest
from pictures import TURNED, encode, exif, scene
from PIL import Image

from mosaicdb.crops import CROP_BYTES, Crop, crops_of, overview_size
from mosaicdb.errors import PhotoError
from mosaicdb.options import ReadOptions
from mosaicdb.photos import read_photo
from mosaicdb.photos.overview import adopt_overview, describe_crops
from mosaicdb.photos.picture import cut, open_picture
from mosaicdb.readings import PendingFile, Tile

THUMB = (20, 20)


def stored(picture: Image.Image, orientation: int) -> Image.Image:
    """Turn a picture so that its orientation turns it back."""
    back = {6: 8, 8: 6}.get(orientation, orientation)
    return Image.fromarray(np.ascontiguousarray(TURNED[back](np.asarray(picture))))


def read(path: Path) -> Tile:
    content = read_photo(PendingFile(0, str(path)), ReadOptions(THUMB)).content
    assert isinstance(content, Tile)
    return content


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_photo_is_kept_whole_upright_and_small(orientation: int, tmp_path: Path) -> None:
    picture = scene(300, 200)
    stored(picture, orientation).save(tmp_path / "p.jpg", quality=95, exif=exif(orientation))
    tile = read(tmp_path / "p.jpg")
    assert (tile.width, tile.height) == picture.size
    assert tile.overview is not None
    with Image.open(io.BytesIO(tile.overview.jpeg)) as overview:
        assert overview.size == overview_size(picture.size, THUMB)
        difference = np.asarray(overview, float) - np.asarray(picture.resize(overview.size))
    assert np.abs(difference).mean() < 6
    assert len(tile.overview.crops) == CROP_BYTES * len(crops_of(picture.size, THUMB))


def test_what_the_decoder_gives_hardly_too_large_is_kept_as_it_is(tmp_path: Path) -> None:
    scene(160, 210).save(tmp_path / "p.jpg", quality=95)  # an overview needs 36 x 47
    tile = read(tmp_path / "p.jpg")
    assert tile.overview is not None
    with Image.open(io.BytesIO(tile.overview.jpeg)) as overview:
        assert overview.size == (40, 53)


def test_a_photo_without_crops_has_no_overview(tmp_path: Path) -> None:
    scene(20, 20).save(tmp_path / "p.png")
    assert read(tmp_path / "p.png").overview is None


def test_a_crop_is_described_by_its_mean_and_greys_of_the_same_luminance() -> None:
    picture = Image.new("RGB", (120, 60), (255, 0, 0))
    picture.paste((10, 200, 30), (60, 0, 120, 60))
    crops = [Crop(0, 0, 0.5, 1), Crop(0.5, 0, 0.5, 1), Crop(0.25, 0, 0.5, 1)]
    described = np.frombuffer(describe_crops(picture, crops), np.uint8).reshape(3, CROP_BYTES)
    assert described[0, :3].tolist() == [255, 0, 0]
    assert described[1, :3].tolist() == [10, 200, 30]
    assert described[2, :3] == pytest.approx([132.5, 100, 15], abs=1)
    assert set(described[0, 3:].tolist()) == {127}  # the luminance of red is 0.2126
    assert described[2, 3:].reshape(6, 6)[:, [0, 5]].tolist() == [[127, 172]] * 6


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_crop_is_the_same_part_of_a_photo_however_it_is_stored(orientation: int) -> None:
    picture = scene(240, 160)
    crop = Crop(0.1, 0.35, 0.5, 0.6)
    with open_picture(
        encode(stored(picture, orientation), "PNG", exif=exif(orientation)), 10**6
    ) as image:
        found = np.asarray(cut(image, (40, 32), crop), float)
    wanted = picture.resize((40, 32), Image.Resampling.BICUBIC, (24, 56, 144, 152))
    assert np.abs(found - np.asarray(wanted)).max() <= 1


def test_an_overview_of_another_database_is_measured_again_and_kept(tmp_path: Path) -> None:
    scene(300, 200).save(tmp_path / "p.jpg", quality=95)
    own = read(tmp_path / "p.jpg").overview
    assert own is not None
    adopted = adopt_overview(own.jpeg, (300, 200), THUMB)
    assert adopted is not None
    assert adopted.jpeg == own.jpeg
    one, other = (np.frombuffer(made.crops, np.uint8).astype(int) for made in (own, adopted))
    assert np.abs(one - other).mean() < 2
    assert adopt_overview(own.jpeg, (20, 20), THUMB) is None
    with pytest.raises(PhotoError, match="not a JPEG"):
        adopt_overview(b"", (300, 200), THUMB)
