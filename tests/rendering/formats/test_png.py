"""PNGs that are compressed in bands."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mosaicdb.options import FileOptions
from mosaicdb.rendering import strips_of, write_picture
from mosaicdb.rendering.formats import png


def noise(width: int, height: int, channels: int) -> np.ndarray:
    random = np.random.default_rng(width * 1000 + height)
    return random.integers(0, 256, (height, width, channels), dtype=np.uint8)


@settings(max_examples=25)
@given(
    st.integers(1, 60),
    st.integers(1, 60),
    st.sampled_from([3, 4]),
    st.integers(1, 70),
    st.integers(1, 5000),
)
def test_a_png_keeps_every_pixel_however_it_is_cut(
    tmp_path_factory: pytest.TempPathFactory,
    width: int,
    height: int,
    channels: int,
    step: int,
    band: int,
) -> None:
    path = tmp_path_factory.getbasetemp() / "a.png"
    pixels = noise(width, height, channels)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(png, "_BYTES_A_BAND", band)
        write_picture(strips_of(Image.fromarray(pixels), step), path)
    with Image.open(path) as picture:
        picture.verify()  # checks the checksums of chunks
    with Image.open(path) as picture:
        assert np.array_equal(np.asarray(picture), pixels)


def test_another_reader_sees_the_same_pixels(tmp_path: Path) -> None:
    pyvips = pytest.importorskip("pyvips")
    for channels in (3, 4):
        pixels = noise(700, 1000, channels)
        path = tmp_path / f"{channels}.png"
        write_picture(strips_of(Image.fromarray(pixels)), path, FileOptions(dpi=254))
        seen = pyvips.Image.new_from_file(str(path), fail_on="warning")
        assert np.array_equal(seen.numpy(), pixels)
        assert seen.xres == seen.yres == 10  # pixels a mm
        assert seen.get("icc-profile-data")
