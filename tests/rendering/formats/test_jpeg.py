"""JPEGs that are encoded in bands."""

import io
from pathlib import Path

import numpy as np
import pytest
import simplejpeg
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mosaicdb.options import FileOptions
from mosaicdb.rendering import Strips, strips_of, write_picture


def noise(width: int, height: int, channels: int = 3) -> np.ndarray:
    random = np.random.default_rng(width * 1000 + height)
    coarse = random.integers(0, 256, (height // 8 + 1, width // 8 + 1, channels), dtype=np.uint8)
    fine = random.integers(0, 64, (height, width, channels), dtype=np.uint8)
    return coarse.repeat(8, 0).repeat(8, 1)[:height, :width] // 2 + fine


def decoded(file: Path | io.BytesIO) -> np.ndarray:
    with Image.open(file) as picture:
        return np.asarray(picture)


@settings(max_examples=25)
@given(st.integers(1, 60), st.integers(1, 300), st.integers(1, 100), st.integers(1, 150))
def test_a_jpeg_has_the_pixels_of_a_picture_that_was_encoded_as_a_whole(
    tmp_path_factory: pytest.TempPathFactory, width: int, height: int, quality: int, step: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "a.jpg"
    pixels = noise(width, height)
    write_picture(strips_of(Image.fromarray(pixels), step), path, FileOptions(quality=quality))
    whole = simplejpeg.encode_jpeg(pixels, quality, "RGB", "420")
    assert np.array_equal(decoded(path), decoded(io.BytesIO(whole)))


def test_a_jpeg_comes_as_close_as_one_by_pillow(tmp_path: Path) -> None:
    pixels, by_pillow = noise(400, 400), io.BytesIO()
    Image.fromarray(pixels).save(by_pillow, "JPEG", quality=90)
    write_picture(strips_of(Image.fromarray(pixels)), tmp_path / "a.jpg", FileOptions(quality=90))
    ours, theirs = (
        np.square(decoded(file).astype(float) - pixels).mean()
        for file in (tmp_path / "a.jpg", by_pillow)
    )
    assert ours < 1.02 * theirs
    assert (tmp_path / "a.jpg").stat().st_size < 1.02 * len(by_pillow.getvalue()) + 1000


@pytest.mark.parametrize("width", [16, 17, 5000, 65_500])
def test_bands_are_intervals_of_as_many_blocks_as_the_header_says(
    tmp_path: Path, width: int
) -> None:
    write_picture(strips_of(Image.new("RGB", (width, 300), "teal")), tmp_path / "a.jpg")
    with Image.open(tmp_path / "a.jpg") as picture:
        assert len(picture.getcolors()) == 1
    jpeg = (tmp_path / "a.jpg").read_bytes()
    interval = jpeg[jpeg.index(b"\xff\xdd\0\4") + 4 :][:2]
    assert int.from_bytes(interval) == -(-width // 16) * 8


def test_another_reader_sees_the_same_pixels(tmp_path: Path) -> None:
    pyvips = pytest.importorskip("pyvips")
    write_picture(strips_of(Image.fromarray(noise(333, 1000))), tmp_path / "a.jpg")
    seen = pyvips.Image.new_from_file(str(tmp_path / "a.jpg"), fail_on="warning")
    assert np.array_equal(seen.numpy(), decoded(tmp_path / "a.jpg"))


def test_a_jpeg_states_its_resolution(tmp_path: Path) -> None:
    write_picture(strips_of(Image.new("RGB", (9, 300))), tmp_path / "a.jpg", FileOptions(dpi=199.6))
    with Image.open(tmp_path / "a.jpg") as picture:
        assert picture.info["dpi"] == (200, 200)


def test_what_is_transparent_shows_its_colours(tmp_path: Path) -> None:
    pixels = noise(40, 300, 4)
    write_picture(strips_of(Image.fromarray(pixels)), tmp_path / "a.jpg")
    write_picture(strips_of(Image.fromarray(pixels[..., :3])), tmp_path / "b.jpg")
    assert (tmp_path / "a.jpg").read_bytes() == (tmp_path / "b.jpg").read_bytes()


def test_strips_may_be_written_over_once_the_next_is_asked_for(tmp_path: Path) -> None:
    pixels = noise(40, 700)
    strip = np.empty((7, 40, 3), np.uint8)

    def rows():
        for top in range(0, len(pixels), len(strip)):
            strip[:] = pixels[top : top + len(strip)]
            yield strip

    for name in ("a.jpg", "a.png"):
        write_picture(Strips((40, 700), "RGB", rows()), tmp_path / name)
        write_picture(strips_of(Image.fromarray(pixels)), tmp_path / ("whole" + name))
        assert (tmp_path / name).read_bytes() == (tmp_path / ("whole" + name)).read_bytes()
