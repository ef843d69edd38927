"""The picture to rebuild: its shape, its cells, and how much these matter."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import TURNED, encode, exif, photograph, plain
from PIL import Image
from support import RecordedProgress

from mosaicdb.errors import PhotoError, UsageError
from mosaicdb.options import Framing, Importance
from mosaicdb.perception import weights_of
from mosaicdb.pipelines.target import Cells, Target, cut_cells, tell_cut, weigh_cells
from mosaicdb.records import Size

SIZES = st.tuples(st.integers(1, 12), st.integers(1, 12))
EVENLY = Framing()


def cells_of(data: bytes, grid: Size, cell: Size, framing: Framing = EVENLY) -> Cells:
    return cut_cells(Target("target", None, data), grid, cell, framing)


def cell_colours(data: bytes, grid: Size, cell: Size) -> np.ndarray:
    return cells_of(data, grid, cell).mean_rgb


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
    found = cell_colours(encode(image, "PNG"), grid, cell)
    assert found == pytest.approx(colours, abs=0.001)


@settings(max_examples=30, deadline=None)
@given(SIZES, SIZES, st.integers(0, 100))
def test_cells_are_means_over_their_area(grid: Size, cell: Size, seed: int) -> None:
    shape = (grid[1] * cell[1], grid[0] * cell[0], 3)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    found = cell_colours(encode(Image.fromarray(pixels), "PNG"), grid, cell)
    assert np.abs(found - area_means(pixels, grid)).max() < 0.001


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
    assert cell_colours(data, (6, 4), (5, 8)) == pytest.approx(colours, abs=0.001)


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
    assert np.abs(cell_colours(data, (10, 10), (8, 8)) - expected).mean() < 1.5


@pytest.mark.parametrize("size", [(1, 1), (10, 10), (37, 23), (1, 300), (300, 1), (4000, 3)])
@pytest.mark.parametrize(("grid", "cell"), [((100, 100), (50, 50)), ((100, 1), (3, 50))])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_target_may_be_smaller_than_the_grid_and_of_any_shape(
    kind: str, grid: Size, cell: Size, size: Size
) -> None:
    found = cell_colours(encode(plain((200, 100, 50), size=size), kind), grid, cell)
    assert found.shape == (grid[1], grid[0], 3)
    assert np.abs(found - (200, 100, 50)).max() <= 3


def test_a_target_smaller_than_the_grid_shows_its_pixels() -> None:
    image, colours = checkered((5, 5), (1, 1))
    found = cell_colours(encode(image, "PNG"), (20, 20), (50, 50))
    assert found == pytest.approx(colours.repeat(4, axis=0).repeat(4, axis=1), abs=0.001)


@pytest.mark.parametrize("thumb_res", [(50, 25), (25, 50)])
def test_the_grid_and_the_thumbnails_shape_decide_together_what_is_cut(thumb_res: Size) -> None:
    image = plain("red", size=(400, 400))
    image.paste("blue", (0, 0, 400, 100))
    image.paste("blue", (0, 300, 400, 400))
    found = cell_colours(encode(image, "PNG"), (4, 4), thumb_res)
    wide = thumb_res == (50, 25)
    assert found[0, 0] == pytest.approx([255, 0, 0] if wide else [0, 0, 255], abs=6)


@pytest.mark.parametrize(
    ("point", "kept"), [((0.5, 0.5), 1), ((0, 0.5), 0), ((0.4, 0), 1), ((1, 1), 2), ((0.2, 0.5), 0)]
)
def test_the_focus_point_is_as_near_the_middle_of_what_is_kept_as_can_be(
    point: tuple[float, float], kept: int
) -> None:
    image, colours = checkered((3, 1), (20, 20))
    found = cells_of(encode(image, "PNG"), (1, 1), (20, 20), Framing("fill", point)).mean_rgb
    nearest = np.abs(colours[0].astype(float) - found[0, 0]).sum(axis=1).argmin()
    assert nearest == kept


def test_a_focus_point_is_that_of_the_upright_picture() -> None:
    upright = plain("red", size=(90, 30))
    upright.paste("blue", (0, 0, 30, 30))
    stored = Image.fromarray(np.ascontiguousarray(TURNED[8](np.asarray(upright))))
    data = encode(stored, "PNG", exif=exif(6))
    found = cells_of(data, (1, 1), (30, 30), Framing("fill", (0, 0.5)))
    assert found.mean_rgb[0, 0] == pytest.approx((0, 0, 255), abs=0.01)


def test_a_whole_target_has_empty_cells_beside_it() -> None:
    data = encode(plain("red", size=(40, 20)), "PNG")
    found = cells_of(data, (4, 4), (10, 10), Framing("letter"))
    assert found.covered.tolist() == [[False] * 4, [True] * 4, [True] * 4, [False] * 4]
    assert found.mean_rgb[found.covered] == pytest.approx(np.tile((255, 0, 0), (8, 1)), abs=0.01)


def test_transparent_parts_of_a_target_are_empty_cells() -> None:
    image = plain((0, 0, 0, 0), "RGBA", (40, 40))
    image.paste((0, 0, 255, 255), (0, 0, 24, 40))
    found = cells_of(encode(image, "PNG"), (2, 2), (20, 20))
    assert found.covered.tolist() == [[True, False]] * 2
    assert found.mean_rgb[:, 0] == pytest.approx(np.tile((0, 0, 255), (2, 1)), abs=0.01)


def test_a_cell_that_is_partly_transparent_has_the_colour_of_what_is_there() -> None:
    image = plain((0, 0, 0, 0), "RGBA", (12, 12))
    image.paste((200, 100, 50, 255), (0, 0, 9, 12))
    found = cells_of(encode(image, "PNG"), (1, 1), (12, 12))
    assert np.abs(found.mean_rgb - (200, 100, 50)).max() < 1.5
    assert np.abs(found.signatures - np.array((200.0, 100, 50))).max() < 1.5


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_a_target_that_is_transparent_everywhere_is_told(mode: str) -> None:
    data = encode(plain((0, 0, 0, 0), "RGBA", (8, 8)).convert(mode), "PNG")
    with pytest.raises(
        UsageError, match="the target target covers no cell by half: it is transparent"
    ):
        cells_of(data, (2, 2), (4, 4))


@pytest.mark.parametrize("grid", [(0, 5), (5, 0), (-1, 5)])
def test_a_grid_without_cells_is_told(grid: Size) -> None:
    with pytest.raises(UsageError, match="cells: give at least 1 x 1"):
        cells_of(encode(plain("red"), "PNG"), grid, (5, 5))


@settings(max_examples=30, deadline=None)
@given(SIZES, st.integers(0, 100))
def test_signatures_and_samples_are_means_of_parts_of_cells(grid: Size, seed: int) -> None:
    shape = (grid[1] * 12, grid[0] * 12, 3)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    found = cells_of(encode(Image.fromarray(pixels), "PNG"), grid, (12, 12))
    sixths = area_means(pixels, (grid[0] * 6, grid[1] * 6))
    laid_out = found.signatures.swapaxes(1, 2).reshape(sixths.shape)
    assert np.abs(laid_out - sixths).max() < 0.51
    assert np.abs(found.samples - area_means(pixels, (grid[0] * 4, grid[1] * 4))).max() < 0.01


def weights(data: bytes, importance: Importance, framing: Framing = EVENLY) -> list[list[float]]:
    found = weigh_cells(cells_of(data, (4, 4), (10, 10), framing), importance, framing)
    assert found is not None
    return found.round(2).tolist()


def test_cells_count_as_much_as_the_mask_is_bright_there(tmp_path: Path) -> None:
    data = encode(plain("red", size=(40, 40)), "PNG")
    mask = plain("black", size=(40, 40))
    mask.paste("white", (10, 0, 40, 40))
    mask.save(tmp_path / "mask.png")
    found = weights(data, Importance(str(tmp_path / "mask.png")))
    assert found == [[0.05, 1, 1, 1]] * 4


def test_a_mask_is_cut_as_the_target_is(tmp_path: Path) -> None:
    data = encode(plain("red", size=(80, 40)), "PNG")
    mask = plain("black", size=(80, 40))
    mask.paste("white", (0, 0, 10, 40))
    mask.save(tmp_path / "mask.png")
    importance = Importance(str(tmp_path / "mask.png"))
    assert weights(data, importance, Framing("fill", (0, 0))) == [[1, 0.05, 0.05, 0.05]] * 4
    with pytest.raises(UsageError, match=r"mask\.png is black everywhere"):
        weights(data, importance)


def test_a_mask_of_another_size_is_scaled_and_said_to_be(tmp_path: Path) -> None:
    cells = cells_of(encode(plain("red", size=(40, 40)), "PNG"), (4, 4), (10, 10))
    mask = plain("white", size=(8, 16))
    mask.paste("black", (0, 0, 8, 8))
    mask.save(tmp_path / "mask.png")
    progress = RecordedProgress()
    importance = Importance(str(tmp_path / "mask.png"))
    found = weigh_cells(cells, importance, EVENLY, progress=progress)
    assert progress.notices == ["the mask has another size than the target: it was scaled"]
    assert found is not None
    assert found[0] == pytest.approx([0.05] * 4, abs=0.01)
    assert found[3] == pytest.approx([1.0] * 4, abs=0.01)


def test_a_mask_that_is_no_picture_is_told(tmp_path: Path) -> None:
    (tmp_path / "mask.png").write_text("words")
    with pytest.raises(PhotoError, match="cannot read the mask .*mask.png: not a picture"):
        weights(encode(plain("red"), "PNG"), Importance(str(tmp_path / "mask.png")))


def test_a_mask_and_a_focus_exclude_each_other() -> None:
    with pytest.raises(UsageError, match="leave out one"):
        Importance("mask.png", "center")


def test_the_center_matters_most() -> None:
    found = np.array(weights(encode(plain("red"), "PNG"), Importance(focus="center")))
    assert found[1:3, 1:3].min() > found[0].max() >= found.min() >= 0.05
    assert np.array_equal(found, found[::-1, ::-1])


def test_edges_matter_most() -> None:
    image = plain("white", size=(40, 40))
    image.paste("black", (0, 0, 22, 40))
    found = np.array(weights(encode(image, "PNG"), Importance(focus="edges")))
    assert found[:, 2].min() > 0.5 > 0.06 > found[:, 0].max()


def test_a_face_matters_most() -> None:
    import skimage.data

    with Image.open(Path(skimage.data.__file__).parent / "astronaut.png") as image:
        data = encode(image.convert("RGB"), "PNG")
    cells = cells_of(data, (16, 16), (32, 32))
    progress = RecordedProgress()
    found = weigh_cells(cells, Importance(focus="faces"), EVENLY, progress=progress)
    assert progress.notices[0] == "2 faces found in the target"  # one is none
    assert found is not None
    assert found[3, 6:8].min() == 1.0
    assert found[8:12].max() == pytest.approx(0.05)


def test_without_a_face_all_matters_alike_and_that_is_told() -> None:
    cells = cells_of(encode(plain("red", size=(200, 200)), "PNG"), (16, 16), (32, 32))
    progress = RecordedProgress()
    found = weigh_cells(cells, Importance(focus="faces"), EVENLY, progress=progress)
    assert found is not None and (found == found[0, 0]).all()
    assert progress.notices == ["0 faces found in the target: all of it matters alike"]


@pytest.mark.parametrize("size", [(2_000, 2), (2, 2_000), (300, 100), (97, 400)])
@pytest.mark.parametrize("grid", [(4, 4), (1, 9), (30, 7)])
def test_the_grid_that_is_said_to_keep_a_target_keeps_it(
    size: tuple[int, int], grid: tuple[int, int]
) -> None:
    data = encode(plain("red", size=size), "PNG")
    progress = RecordedProgress()
    tell_cut(cells_of(data, grid, (8, 6)), (8, 6), EVENLY, progress)
    (text,) = progress.notices
    columns, rows = map(int, re.findall(r"--grid (\d+)x(\d+) keeps it", text)[0])
    again = RecordedProgress()
    tell_cut(cells_of(data, (columns, rows), (8, 6)), (8, 6), EVENLY, again)
    assert again.notices == []


@given(st.floats(-1e6, 1e6))
def test_weights_lie_between_the_least_and_one(importance: float) -> None:
    assert 0.05 <= weights_of(np.array([importance]))[0] <= 1.0


def test_the_border_of_what_is_transparent_is_no_edge() -> None:
    image = plain((0, 0, 0, 0), "RGBA", (40, 40))
    image.paste((255, 255, 255, 255), (10, 10, 40, 40))
    image.paste((0, 0, 0, 255), (30, 10, 40, 40))
    cells = cells_of(encode(image, "PNG"), (8, 8), (5, 5))
    found = weigh_cells(cells, Importance(focus="edges"), EVENLY)
    assert found is not None
    assert found[4, 2] == pytest.approx(0.05)
    assert found[4, 5] > 0.5


def test_a_target_is_filled_with_its_cells_colours_where_it_is_transparent() -> None:
    image = plain((0, 0, 0, 0), "RGBA", (20, 20))
    image.paste((200, 100, 50, 255), (0, 0, 12, 20))
    filled = cells_of(encode(image, "PNG"), (1, 1), (20, 20)).filled
    assert np.abs(np.asarray(filled).astype(int) - (200, 100, 50)).max() <= 2
