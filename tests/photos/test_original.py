"""Photos that are read again."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pictures import encode, exif, huge_pictures, pixels_of, plain, scene

from mosaicdb.errors import PhotoError
from mosaicdb.model import Framing
from mosaicdb.photos import read_cut, read_first, read_framed

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
