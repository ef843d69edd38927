"""Pictures written to files."""

import io
import os
import struct
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from mosaicdb.errors import MosaicdbError, RenderingError, UsageError
from mosaicdb.options import MOST_DPI, PICTURE_EXTENSIONS, FileOptions, alternatives
from mosaicdb.rendering import Strips, check_output, save_picture, strips_of, write_picture
from mosaicdb.rendering.formats.output import FORMATS

PIXELS = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
PICTURE = Image.fromarray(PIXELS)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.jpg", "JPEG"), ("a.JPEG", "JPEG"), ("a.b.png", "PNG"), ("\udcff.PNG", "PNG")],
)
def test_the_suffix_chooses_the_format(tmp_path: Path, name: str, kind: str) -> None:
    save_picture(PICTURE, tmp_path / name)
    with Image.open(tmp_path / name) as image:
        assert (image.format, image.mode, image.size) == (kind, "RGB", (40, 30))
    assert os.listdir(tmp_path) == [name]


def test_a_png_keeps_every_pixel(tmp_path: Path) -> None:
    save_picture(PICTURE, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert np.array_equal(np.asarray(image), PIXELS)


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_picture_says_that_its_colours_are_srgb_and_nothing_of_the_time(
    tmp_path: Path, name: str, mode: str
) -> None:
    save_picture(PICTURE.convert(mode), tmp_path / name)
    with Image.open(tmp_path / name) as image:
        profile = image.info["icc_profile"]
    assert "sRGB" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    created = struct.unpack_from(">6H", profile, 24)
    assert created == (2000, 1, 1, 0, 0, 0)  # so that the same picture gives the same bytes


def test_a_higher_quality_makes_a_larger_jpeg(tmp_path: Path) -> None:
    for quality in (1, 50, 100):
        save_picture(PICTURE, tmp_path / f"{quality}.jpg", quality)
    save_picture(PICTURE, tmp_path / "default.jpg")
    sizes = [(tmp_path / f"{name}.jpg").stat().st_size for name in (1, 50, "default", 100)]
    assert sizes == sorted(set(sizes))


@pytest.mark.parametrize("name", ["a", "a.", "a.jpg.txt", ".jpg", "a.gif", "two\nlines.bmp"])
def test_a_suffix_that_stands_for_no_format_is_an_error(tmp_path: Path, name: str) -> None:
    for try_it in (
        lambda: check_output(tmp_path / name, (10, 10)),
        lambda: save_picture(PICTURE, tmp_path / name),
    ):
        with pytest.raises(UsageError) as caught:
            try_it()
        assert str(caught.value).endswith(
            ": give a name that ends in " + alternatives(PICTURE_EXTENSIONS)
        )
        assert str(caught.value).isprintable()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("size", [(65_501, 1), (1, 65_501)])
def test_a_picture_too_large_for_a_jpeg_is_an_error_and_none_for_a_png(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    picture = Image.new("RGB", size)
    with pytest.raises(RenderingError, match=f"{size[0]:,} x {size[1]:,} pixels.* write a .png"):
        save_picture(picture, tmp_path / "a.jpg")
    save_picture(picture, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == size


@pytest.mark.parametrize("size", [(65_500, 1), (1, 65_500)])
def test_the_largest_jpeg_can_be_written(tmp_path: Path, size: tuple[int, int]) -> None:
    check_output(tmp_path / "a.jpg", size)
    save_picture(Image.new("RGB", size), tmp_path / "a.jpg")
    with Image.open(tmp_path / "a.jpg") as image:
        assert image.size == size


def test_folders_that_are_missing_are_made(tmp_path: Path) -> None:
    save_picture(PICTURE, tmp_path / "new" / "newer" / "a.png")
    assert (tmp_path / "new" / "newer" / "a.png").is_file()


@pytest.mark.parametrize("name", ["file/a.png", "folder.png"])
def test_a_place_that_cannot_be_written_to_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("text")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(MosaicdbError, match="cannot write .*a directory|cannot write .*exists"):
        save_picture(PICTURE, tmp_path / name)
    assert sorted(os.listdir(tmp_path)) == ["file", "folder.png"]


@pytest.mark.parametrize("name", [f"a{extension}" for extension in PICTURE_EXTENSIONS])
def test_the_old_picture_survives_a_drawing_that_fails(tmp_path: Path, name: str) -> None:
    def rows():
        yield PIXELS[:20]
        raise RenderingError("a tile cannot be drawn")

    save_picture(PICTURE, tmp_path / name)
    before, entries = (tmp_path / name).read_bytes(), set(os.listdir(tmp_path))
    with pytest.raises(RenderingError, match="a tile cannot be drawn"):
        write_picture(Strips((40, 30), "RGB", rows()), tmp_path / name)
    assert (tmp_path / name).read_bytes() == before
    assert set(os.listdir(tmp_path)) == entries


@pytest.mark.parametrize("name", [f"a{extension}" for extension in PICTURE_EXTENSIONS])
def test_a_device_takes_what_is_written_from_start_to_end_and_the_rest_is_refused(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).symlink_to("/dev/null")
    if FORMATS[Path(name).suffix].streams:
        assert save_picture(PICTURE, tmp_path / name) is None
    else:  # only asked: a writer that did not ask would move the device away
        with pytest.raises(UsageError, match=r"cannot be written to a device or a pipe: name a"):
            check_output(tmp_path / name, PICTURE.size)
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.szi"])
def test_a_pipe_takes_the_bytes_that_a_file_would_have(tmp_path: Path, name: str) -> None:
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / name)
    taken: list[bytes] = []
    reader = threading.Thread(target=lambda: taken.append((tmp_path / "pipe" / name).read_bytes()))
    reader.start()
    save_picture(PICTURE, tmp_path / "pipe" / name)
    reader.join()
    save_picture(PICTURE, tmp_path / name)
    if name == "a.szi":  # an archive says behind each file how long it is
        with (
            zipfile.ZipFile(io.BytesIO(taken[0])) as piped,
            zipfile.ZipFile(tmp_path / name) as whole,
        ):
            assert [*map(piped.read, piped.namelist())] == [*map(whole.read, whole.namelist())]
    else:
        assert taken == [(tmp_path / name).read_bytes()]


def test_every_extension_that_is_offered_can_be_written() -> None:
    assert tuple(FORMATS) == PICTURE_EXTENSIONS


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("height", [1, 7, 30, 31])
def test_the_height_of_strips_does_not_show_in_the_file(
    tmp_path: Path, name: str, mode: str, height: int
) -> None:
    save_picture(PICTURE.convert(mode), tmp_path / name)
    write_picture(strips_of(PICTURE.convert(mode), height), tmp_path / ("strips" + name))
    assert (tmp_path / name).read_bytes() == (tmp_path / ("strips" + name)).read_bytes()


@pytest.mark.parametrize("dpi", [0.3, MOST_DPI])
@pytest.mark.parametrize("name", [f"a{extension}" for extension in PICTURE_EXTENSIONS])
def test_every_resolution_that_is_allowed_can_be_written(
    tmp_path: Path, name: str, dpi: float
) -> None:
    write_picture(strips_of(PICTURE), tmp_path / name, FileOptions(dpi=dpi))
    if name == "a.jpg":  # in whole numbers
        with Image.open(tmp_path / name) as image:
            assert image.info["dpi"] == (max(1, dpi), max(1, dpi))


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_a_picture_states_its_resolution_where_that_is_known(tmp_path: Path, name: str) -> None:
    write_picture(strips_of(PICTURE), tmp_path / name, FileOptions(dpi=200))
    with Image.open(tmp_path / name) as image:
        assert image.info["dpi"] == pytest.approx((200, 200), abs=0.01)
