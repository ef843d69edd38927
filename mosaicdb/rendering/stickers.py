"""Draw stickers of photos that say where they belong, and the board that they are put on."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ..atomic import replacing
from ..print_size import MM_AN_INCH
from ..records import Size
from .pdf import write_pdf

STICKER_DPI: Final = 300
"""Pixels an inch of stickers and boards."""
_LABEL_MM: Final = 5.0  # below a photo, and beside the cells of a board
_TEXT_MM: Final = 2.5
_MARGIN_MM: Final = 8.0  # around the cells of a board
_QUALITY: Final = 92


def _pixels(mm: float) -> int:
    return round(mm / MM_AN_INCH * STICKER_DPI)


def draw_sticker(photo: NDArray[np.uint8], label: str) -> Image.Image:
    """Draw a sticker: a photo, a line to cut along, and where the photo belongs.

    Args:
        photo: sRGB, shape (height, width, 3).
        label: a line of text, which is made to fit.
    """
    height, width, _ = photo.shape
    page = Image.new("RGB", (width, height + _pixels(_LABEL_MM)), "white")
    page.paste(Image.fromarray(photo), (0, 0))
    draw = ImageDraw.Draw(page)
    draw.line((0, height, width, height), "#888888")
    font = _fitting(draw, label, width)
    middle = width // 2, height + _pixels(_LABEL_MM) // 2
    draw.text(middle, label, "black", font, anchor="mm")
    return page


def _fitting(
    draw: ImageDraw.ImageDraw, text: str, width: int
) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Give a font in which a text is no wider than a width."""
    size = _pixels(_TEXT_MM)
    wanted = draw.textlength(text, ImageFont.load_default(size))
    return ImageFont.load_default(max(6, min(size, int(size * width / (wanted * 1.05)))))


def draw_board(target: Image.Image, grid: Size, cell: Size, sheet: Size) -> Iterator[Image.Image]:
    """Draw the sheets of a board, row by row of sheets: cells with their rows and columns beside.

    Args:
        target: what shows in the cells, in mode RGB.
        grid: columns and rows of the whole board.
        cell: width and height of a cell in pixels.
        sheet: columns and rows of a sheet; the last ones may have fewer.
    """
    sheets = sheets_of(grid, sheet)
    for number in range(sheets[0] * sheets[1]):
        first_row, first_column = (
            number // sheets[0] * sheet[1],
            number % sheets[0] * sheet[0],
        )
        columns = range(first_column, min(first_column + sheet[0], grid[0]))
        rows = range(first_row, min(first_row + sheet[1], grid[1]))
        across, down = target.width / grid[0], target.height / grid[1]
        size = len(columns) * cell[0], len(rows) * cell[1]
        box = columns[0] * across, rows[0] * down, columns.stop * across, rows.stop * down
        part = target.resize(size, Image.Resampling.BICUBIC, box)
        yield _sheet(part, columns, rows, cell, f"sheet {number + 1} of {sheets[0] * sheets[1]}")


def _sheet(part: Image.Image, columns: range, rows: range, cell: Size, title: str) -> Image.Image:
    """Lay cells on a sheet, with lines between them, and numbers from 1 beside them."""
    margin = _pixels(_MARGIN_MM)
    page = Image.new("RGB", (part.width + 2 * margin, part.height + 2 * margin), "white")
    page.paste(part, (margin, margin))
    draw = ImageDraw.Draw(page)
    right, bottom = margin + part.width, margin + part.height
    font = ImageFont.load_default(_pixels(_TEXT_MM))
    for place in range(len(columns) + 1):
        x = margin + place * cell[0]
        draw.line((x, margin, x, bottom), "#999999")
        if place < len(columns):
            middle = x + cell[0] // 2, margin - _pixels(_LABEL_MM) // 2
            draw.text(middle, str(columns[place] + 1), "black", font, anchor="mm")
    for place in range(len(rows) + 1):
        y = margin + place * cell[1]
        draw.line((margin, y, right, y), "#999999")
        if place < len(rows):
            middle = margin - _pixels(_LABEL_MM) // 2, y + cell[1] // 2
            draw.text(middle, str(rows[place] + 1), "black", font, anchor="mm")
    draw.text((margin, bottom + _pixels(_LABEL_MM) // 2), title, "black", font, anchor="lm")
    return page


def sheets_of(grid: Size, sheet: Size) -> Size:
    """Give how many sheets a board has side by side, and one below the other."""
    return -(-grid[0] // sheet[0]), -(-grid[1] // sheet[1])


def write_pages(pages: Iterable[Image.Image], path: Path) -> None:
    """Write pictures as the pages of a PDF; a file that is there is replaced only at the end.

    Raises:
        MosaicdbError: it cannot be written.
    """
    with replacing(path) as temporary, temporary.open("wb") as stream:
        write_pdf(pages, stream, path.stem, STICKER_DPI, _QUALITY)
