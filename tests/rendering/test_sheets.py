"""A picture cut into sheets of paper."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PdfParser import PdfParser

from mosaicdb.errors import UsageError
from mosaicdb.rendering import cut_into_sheets, strips_of, write_sheets
from mosaicdb.rendering.colour_space import srgb_profile
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


def test_sheets_are_a_pdf(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"give sheets a name that ends in \.pdf"):
        write_sheets(strips_of(Image.new("RGB", (4, 4))), tmp_path / "a.jpg", "A4", DPI)
