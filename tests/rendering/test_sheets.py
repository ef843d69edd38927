"""A picture cut into sheets of paper."""

import hashlib
import io
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PdfParser import PdfParser

from mosaicdb.errors import RenderingError, UsageError
from mosaicdb.rendering import (
    Sheets,
    check_sheets,
    cut_into_sheets,
    files_of_sheets,
    strips_of,
    write_sheets,
)
from mosaicdb.rendering.colour_space import srgb_profile
from mosaicdb.rendering.pdf import write_pdf
from mosaicdb.rendering.sheets import _pages

DPI = 20


@given(st.integers(1, 3000), st.integers(1, 3000), st.sampled_from(["A4", "A3", "letter"]))
def test_sheets_cover_the_picture_and_leave_a_margin(width: int, height: int, paper: str) -> None:
    sheets = cut_into_sheets((width, height), paper, DPI)
    assert sheets.columns * sheets.part[0] >= width > (sheets.columns - 1) * sheets.part[0]
    assert sheets.rows * sheets.part[1] >= height > (sheets.rows - 1) * sheets.part[1]
    for side, part in zip(sheets.paper, sheets.part, strict=True):
        assert side - part >= 2 * round(12 / 25.4 * DPI)


def test_the_parts_on_the_pages_make_up_the_picture() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (411, 523, 3), dtype=np.uint8)
    sheets = cut_into_sheets((523, 411), "A5", DPI)
    assert len(sheets) > 4
    pages = list(_pages(strips_of(Image.fromarray(pixels), 7), sheets, DPI))
    assert len(pages) == len(sheets)
    width, height = sheets.part
    for number, page in enumerate(pages):
        row, column = divmod(number, sheets.columns)
        part = pixels[row * height :, column * width :][:height, :width]
        left, top = (page.width - part.shape[1]) // 2, (page.height - part.shape[0]) // 2
        assert page.size == sheets.paper
        shown = np.asarray(page)[top : top + part.shape[0], left : left + part.shape[1]]
        inner = slice(1, -1), slice(1, -1)  # marks may touch the edge
        assert np.array_equal(shown[inner], part[inner])
        around = np.asarray(page).astype(int).copy()
        around[top : top + part.shape[0], left : left + part.shape[1]] = 255
        assert around.min() < 100  # marks and a label


@pytest.mark.parametrize("bleed", [0, 9])
def test_what_is_cut_along_the_marks_is_the_picture_without_its_bleed(bleed: int) -> None:
    pixels = np.full((411, 523, 3), 200, np.uint8)
    pixels[bleed : 411 - bleed, bleed : 523 - bleed] = 150
    sheets = cut_into_sheets((523, 411), "A5", DPI)
    pages = map(np.asarray, _pages(strips_of(Image.fromarray(pixels)), sheets, DPI, bleed))
    widths, heights = [], []
    for page in pages:
        shown = (page == 150).all(axis=2) | (page == 200).all(axis=2)
        (tops, lefts), mark = np.nonzero(shown), round(4 / 25.4 * DPI)
        left, right = np.flatnonzero(page[tops.min() - mark, :, 0] == 0)
        top, bottom = np.flatnonzero(page[:, lefts.min() - mark, 0] == 0)
        cut = page[top + 1 : bottom, left + 1 : right]
        assert (cut == 150).all()
        widths.append(right - left)
        heights.append(bottom - top)
    assert sum(widths[: sheets.columns]) == 523 - 2 * bleed
    assert sum(heights[:: sheets.columns]) == 411 - 2 * bleed


def test_the_same_picture_gives_the_same_pdf(tmp_path: Path) -> None:
    picture = Image.linear_gradient("L").convert("RGB")
    names = [tmp_path / "a" / "m.pdf", tmp_path / "b" / "m.pdf"]
    for name in names:
        write_sheets(strips_of(picture), name, "A5", DPI)
    first, second = (name.read_bytes() for name in names)
    assert first == second
    assert first.startswith(b"%PDF")


def test_a_pdf_says_that_its_colours_are_srgb(tmp_path: Path) -> None:
    write_sheets(strips_of(Image.new("RGB", (300, 200), "teal")), tmp_path / "m.pdf", "A5", DPI)
    with PdfParser(str(tmp_path / "m.pdf")) as pdf:
        assert len(pdf.pages) == len(cut_into_sheets((300, 200), "A5", DPI))
        (intent,) = pdf.root[b"OutputIntents"]
        assert intent[b"S"] == b"GTS_PDFA1"
        place, _ = pdf.xref_table[intent[b"DestOutputProfile"].object_id]
    stream = (tmp_path / "m.pdf").read_bytes()[place:].partition(b"stream\n")[2]
    assert stream.startswith(srgb_profile() + b"\nendstream")


def test_a_pdf_grows_by_the_same_bytes_with_each_page(tmp_path: Path) -> None:
    sizes = {}
    for count in (20, 60, 100):
        with (tmp_path / "m.pdf").open("wb") as stream:
            pages = (Image.new("RGB", (40, 30), "teal") for _ in range(count))
            write_pdf(pages, stream, "title", DPI, 90)
        sizes[count] = (tmp_path / "m.pdf").stat().st_size
    a_page = (sizes[60] - sizes[20]) / 40
    assert a_page < 1500
    assert sizes[100] - sizes[60] == pytest.approx(40 * a_page, abs=300)  # digits of numbers


def test_the_pages_of_a_pdf_are_written_in_their_order_and_not_held(tmp_path: Path) -> None:
    held: weakref.WeakValueDictionary[int, Image.Image] = weakref.WeakValueDictionary()

    def pages() -> Iterator[Image.Image]:
        for number in range(6):
            assert len(held) <= 1
            page = Image.new("RGB", (40, 30), (50 * number, 0, 0))
            held[number] = page
            yield page
            del page

    class Pipe:
        """Takes bytes, and goes back to none."""

        data = b""

        def write(self, data: bytes) -> None:
            self.data += data

    pipe = Pipe()
    write_pdf(pages(), pipe, "no UTF-8: \udcff (", DPI, 95)
    (tmp_path / "m.pdf").write_bytes(pipe.data)
    with PdfParser(str(tmp_path / "m.pdf")) as pdf:
        for number, page in enumerate(pdf.pages):
            shown = pdf.read_indirect(page)
            assert shown[b"MediaBox"] == pytest.approx([0, 0, 40 / DPI * 72, 30 / DPI * 72])
            place, _ = pdf.xref_table[shown[b"Resources"][b"XObject"][b"Picture"].object_id]
            jpeg = pipe.data[place:].partition(b"stream\n")[2]
            with Image.open(io.BytesIO(jpeg)) as picture:
                assert picture.getpixel((5, 5)) == pytest.approx((50 * number, 0, 0), abs=2)
        assert number == 5


@pytest.mark.parametrize("end", [".png", ".tif", ".jpg"])
def test_sheets_can_be_numbered_pictures_that_say_their_size(tmp_path: Path, end: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (411, 523, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels)
    sheets = cut_into_sheets(picture.size, "A5", DPI)
    files = files_of_sheets(tmp_path / f"wall{end}", sheets)
    first = write_sheets(strips_of(picture), tmp_path / f"wall{end}", "A5", DPI)
    assert sorted(tmp_path.iterdir()) == files
    assert (len(files), files[0].name) == (18, f"wall-01-of-18{end}")
    assert first == hashlib.sha256(files[0].read_bytes()).hexdigest()
    for file, page in zip(files, _pages(strips_of(picture), sheets, DPI), strict=True):
        with Image.open(file) as written:
            assert tuple(map(round, written.info["dpi"])) == (DPI, DPI)
            assert written.info["icc_profile"] == srgb_profile()
            assert written.size == page.size
            if end == ".png":
                assert np.array_equal(np.asarray(written), np.asarray(page))


def test_of_sheets_that_cannot_all_be_written_none_is(tmp_path: Path) -> None:
    size = 300, 200
    sheets = cut_into_sheets(size, "A5", DPI)
    *_, last = files_of_sheets(tmp_path / "m.png", sheets)
    strips = strips_of(Image.new("RGB", size), 50)

    def broken() -> Iterator[np.ndarray]:
        yield next(strips.rows)
        raise RenderingError("no more tiles")

    last.write_text("from before")
    with pytest.raises(RenderingError):
        write_sheets(replace(strips, rows=broken()), tmp_path / "m.png", "A5", DPI)
    assert [*tmp_path.iterdir()] == [last]
    assert last.read_text() == "from before"


def test_sheets_of_another_print_are_not_mixed_up() -> None:
    of_four, of_six = (Sheets((9, 9), (5, 5), columns, 2) for columns in (2, 3))
    wall = Path("wall.png")
    assert not {*files_of_sheets(wall, of_four)} & {*files_of_sheets(wall, of_six)}
    assert files_of_sheets(Path("wall.PDF"), of_six) == [Path("wall.PDF")]


def test_sheets_are_a_pdf_or_pictures_to_print(tmp_path: Path) -> None:
    for name in ("a.dzi", "a.webp", "a"):
        with pytest.raises(UsageError, match=r"give sheets a name that ends in \.pdf, \.png"):
            write_sheets(strips_of(Image.new("RGB", (4, 4))), tmp_path / name, "A4", DPI)


def test_a_thousand_sheets_are_one_pdf() -> None:
    many = Sheets((9, 9), (5, 5), 40, 25)
    check_sheets(Path("wall.pdf"), many)
    with pytest.raises(UsageError, match=r"wall\.jpg: 1,000 sheets are too many for a file each"):
        check_sheets(Path("wall.jpg"), many)
