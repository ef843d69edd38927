"""Photos that are read again."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pictures import TURNED, encode, exif, huge_pictures, pixels_of, plain, scene
from PIL import Image

from mosaicdb.errors import PhotoError
from mosaicdb.options import Framing
from mosaicdb.photos import read_cut, read_first, read_framed, read_whole
from mosaicdb.records import Size

LIMIT = 10**9


@pytest.mark.parametrize(
    "read",
    [
        lambda data: read_cut(data, (5, 5), LIMIT),
        lambda data: read_framed(data, (5, 5), Framing(), LIMIT),
    ],
)
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"words", "not a picture of a known format"),
        (encode(scene(), "PNG")[:-40], "image file is truncated"),
        (huge_pictures()["png"], "40000 x 40000 pixels: more than 1,000,000,000 allowed"),
    ],
)
def test_what_is_no_picture_is_an_error(
    read: Callable[[bytes], object], data: bytes, reason: str
) -> None:
    with pytest.raises(PhotoError) as caught:
        read(data)
    assert str(caught.value) == reason


def test_a_cut_of_a_photo_is_upright() -> None:
    stored = plain("red", size=(200, 100))
    stored.paste("blue", (0, 0, 200, 50))
    found = pixels_of(read_cut(encode(stored, "PNG", exif=exif(8)), (50, 50), LIMIT))
    assert found[25, 5].tolist() == [0, 0, 255]
    assert found[25, 45].tolist() == [255, 0, 0]


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_a_whole_picture_has_every_pixel_upright(kind: str, orientation: int) -> None:
    upright = np.asarray(scene(31, 17))
    back = {6: 8, 8: 6}.get(orientation, orientation)
    stored = Image.fromarray(np.ascontiguousarray(TURNED[back](upright)))
    data = encode(stored, kind, exif=exif(orientation), lossless=True)
    assert np.array_equal(pixels_of(read_whole(data, LIMIT)), upright)


@pytest.mark.parametrize(
    ("image", "colour"),
    [
        (plain((0, 0, 0, 0), "RGBA"), [255, 255, 255]),
        (plain(77, "L"), [77, 77, 77]),
        (plain(77 * 256, "I;16"), [77, 77, 77]),
        (plain("red").convert("P"), [255, 0, 0]),
    ],
)
def test_a_whole_picture_is_rgb_whatever_its_file_holds(
    image: Image.Image, colour: list[int]
) -> None:
    whole = read_whole(encode(image, "PNG"), LIMIT)
    assert (whole.mode, whole.size) == ("RGB", image.size)
    assert (pixels_of(whole) == colour).all()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_whole_picture_of_too_many_pixels_is_refused(kind: str) -> None:
    data = encode(scene(90, 60), kind)
    assert read_whole(data, 5400).size == (90, 60)
    with pytest.raises(PhotoError, match="90 x 60 pixels: more than 5,399 allowed"):
        read_whole(data, 5399)


def test_a_shape_is_the_largest_middle_part_and_never_enlarged() -> None:
    data = encode(scene(90, 60), "PNG")

    def framed(shape: Size) -> Image.Image:
        return read_framed(data, shape, Framing(), LIMIT).picture

    middle = pixels_of(scene(90, 60))[:, 15:75]
    assert np.array_equal(pixels_of(framed((500, 500))), middle)
    assert framed((20, 20)).size == (20, 20)
    assert framed((900, 100)).size == (90, 10)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "b").write_bytes(b"second")
    (tmp_path / "c").write_bytes(b"third")
    return [str(tmp_path / name) for name in "abc"]


def test_the_first_file_that_is_there_is_read(files: list[str]) -> None:
    assert read_first(files) == (files[1], b"second")


def test_the_first_file_that_holds_the_photo_is_read(files: list[str]) -> None:
    assert read_first(files, hashlib.sha256(b"third").hexdigest()) == (files[2], b"third")


@pytest.mark.parametrize(
    ("take", "reason"),
    [(0, "no file is known"), (1, "{a}: No such file or directory"),
     (2, "{b}: it holds another photo now")],
)  # fmt: skip
def test_the_error_says_why_the_last_file_was_of_no_use(
    files: list[str], take: int, reason: str
) -> None:
    with pytest.raises(PhotoError) as caught:
        read_first(files[:take], "0" * 64)
    assert str(caught.value) == reason.format(a=files[0], b=files[1])


def test_a_folder_or_a_pipe_is_no_photo(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(PhotoError) as caught:
            read_first([str(path)])
        assert str(caught.value) == f"{path}: not a regular file"


def test_the_error_is_one_line_whatever_the_name() -> None:
    with pytest.raises(PhotoError) as caught:
        read_first(["/nowhere/two\nlines\udcff.jpg"])
    assert str(caught.value) == "/nowhere/two\\nlines\\udcff.jpg: No such file or directory"
