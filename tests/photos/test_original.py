"""Targets and collages: photos that are read again."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import TURNED, encode, exif, huge_pictures, photograph, pixels_of, plain, scene
from PIL import Image

from mosaicdb.errors import PhotoError
from mosaicdb.model import Size
from mosaicdb.photos import read_cells, read_cut, read_first, read_shape, read_whole

LIMIT = 10**9
SIZES = st.tuples(st.integers(1, 12), st.integers(1, 12))


def checkered(grid: Size, cell: Size, seed: int = 0) -> tuple[Image.Image, np.ndarray]:
    """Draw cells of one colour each; give the picture and the colours."""
    colours = np.random.default_rng(seed).integers(0, 256, (grid[1], grid[0], 3), dtype=np.uint8)
    pixels = colours.repeat(cell[1], axis=0).repeat(cell[0], axis=1)
    return Image.fromarray(pixels), colours


def area_means(pixels: np.ndarray, grid: Size) -> np.ndarray:
    """Average the cells of a picture whose sides are multiples of the grid's."""
    height, width = pixels.shape[:2]
    cells = pixels.reshape(grid[1], height // grid[1], grid[0], width // grid[0], 3)
    return cells.astype(np.float64).mean(axis=(1, 3))


@settings(max_examples=60, deadline=None)
@given(SIZES, SIZES, st.integers(0, 100))
def test_cells_of_one_colour_keep_it(grid: Size, cell: Size, seed: int) -> None:
    image, colours = checkered(grid, cell, seed)
    found = read_cells(encode(image, "PNG"), grid, cell, LIMIT)
    assert found.dtype == np.float64
    assert np.array_equal(found, colours)


@settings(max_examples=30, deadline=None)
@given(SIZES, SIZES, st.integers(0, 100))
def test_cells_are_means_over_their_area(grid: Size, cell: Size, seed: int) -> None:
    shape = (grid[1] * cell[1], grid[0] * cell[0], 3)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    found = read_cells(encode(Image.fromarray(pixels), "PNG"), grid, cell, LIMIT)
    assert np.abs(found - area_means(pixels, grid)).max() <= 1.01  # rounded once a direction


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("margin", [(0, 0), (12, 0), (0, 12)])
def test_a_target_is_upright_and_its_middle_is_cut_out(
    kind: str, orientation: int, margin: Size
) -> None:
    image, colours = checkered((6, 4), (5, 8))
    upright = plain("red", size=(30 + 2 * margin[0], 32 + 2 * margin[1]))
    upright.paste(image, margin)
    back = {6: 8, 8: 6}.get(orientation, orientation)
    stored = Image.fromarray(np.ascontiguousarray(TURNED[back](np.asarray(upright))))
    data = encode(stored, kind, exif=exif(orientation), lossless=True)
    assert np.array_equal(read_cells(data, (6, 4), (5, 8), LIMIT), colours)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_a_large_target_gives_the_means_of_what_is_cut_out(kind: str, orientation: int) -> None:
    stored = photograph(900, 600)
    upright = TURNED[orientation](np.asarray(stored))
    height, width = upright.shape[:2]
    side = min(width, height)
    top, left = (height - side) // 2, (width - side) // 2
    expected = area_means(upright[top : top + side, left : left + side], (10, 10))
    data = encode(stored, kind, exif=exif(orientation), compress_level=1)
    assert np.abs(read_cells(data, (10, 10), (8, 8), LIMIT) - expected).mean() < 1.5


@pytest.mark.parametrize("size", [(1, 1), (10, 10), (37, 23), (1, 300), (300, 1), (4000, 3)])
@pytest.mark.parametrize(("grid", "cell"), [((100, 100), (50, 50)), ((100, 1), (3, 50))])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_target_may_be_smaller_than_the_grid_and_of_any_shape(
    kind: str, grid: Size, cell: Size, size: Size
) -> None:
    found = read_cells(encode(plain((200, 100, 50), size=size), kind), grid, cell, LIMIT)
    assert found.shape == (grid[1], grid[0], 3)
    assert np.abs(found - (200, 100, 50)).max() <= 3


def test_a_target_smaller_than_the_grid_shows_its_pixels() -> None:
    image, colours = checkered((5, 5), (1, 1))
    found = read_cells(encode(image, "PNG"), (20, 20), (50, 50), LIMIT)
    assert np.array_equal(found, colours.repeat(4, axis=0).repeat(4, axis=1))


def test_transparent_parts_of_a_target_are_white() -> None:
    image = plain((0, 0, 0, 0), "RGBA", (40, 40))
    image.paste((0, 0, 255, 255), (0, 0, 20, 40))
    found = read_cells(encode(image, "PNG"), (2, 2), (20, 20), LIMIT)
    assert found[:, 0].tolist() == [[0, 0, 255]] * 2
    assert found[:, 1].tolist() == [[255, 255, 255]] * 2


@pytest.mark.parametrize("thumb_res", [(50, 25), (25, 50)])
def test_the_grid_and_the_thumbnails_shape_decide_together_what_is_cut(thumb_res: Size) -> None:
    image = plain("red", size=(400, 400))
    image.paste("blue", (0, 0, 400, 100))
    image.paste("blue", (0, 300, 400, 400))
    found = read_cells(encode(image, "PNG"), (4, 4), thumb_res, LIMIT)
    wide = thumb_res == (50, 25)
    assert found[0, 0] == pytest.approx([255, 0, 0] if wide else [0, 0, 255], abs=6)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"words", "not a picture of a known format"),
        (encode(scene(), "PNG")[:-40], "image file is truncated"),
        (huge_pictures()["png"], "40000 x 40000 pixels: more than 1,000,000,000 allowed"),
    ],
)
def test_a_target_that_is_no_picture_is_an_error(read: object, data: bytes, reason: str) -> None:
    with pytest.raises(PhotoError) as caught:
        read_cut(data, (5, 5), LIMIT) if read is read_cut else read_cells(
            data, (5, 5), (5, 5), LIMIT
        )
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
    middle = pixels_of(scene(90, 60))[:, 15:75]
    assert np.array_equal(pixels_of(read_shape(data, (500, 500), LIMIT)), middle)
    assert read_shape(data, (20, 20), LIMIT).size == (20, 20)
    assert read_shape(data, (900, 100), LIMIT).size == (90, 10)


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
