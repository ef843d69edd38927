"""Cut a picture into sheets of paper with cut marks: pages of a PDF, or a picture each."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..atomic import replacing, sha256_of
from ..errors import UsageError, printable
from ..options import SHEET_EXTENSIONS, FileOptions, alternatives
from ..print_size import MM_AN_INCH, Paper
from ..records import Size
from .formats.output import FORMATS
from .pdf import write_pdf
from .strips import Strips, bands, strips_of

_MM: Final[dict[Paper, tuple[float, float]]] = {
    "A5": (148, 210),
    "A4": (210, 297),
    "A3": (297, 420),
    "A2": (420, 594),
    "letter": (215.9, 279.4),
    "legal": (215.9, 355.6),
    "tabloid": (279.4, 431.8),
}
_MARGIN_MM: Final = 12.0  # what home printers leave white, and room for marks
_GAP_MM: Final = 1.5  # between the picture and its marks
_MARK_MM: Final = 5.0
_TEXT_MM: Final = 3.0
_PDF: Final = ".pdf"
_MOST_PICTURES: Final = 500  # all of them are open until the last one is written


@dataclass(frozen=True, slots=True)
class Sheets:
    """How a picture is cut into sheets, in pixels."""

    paper: Size
    """Width and height of a sheet as it lies."""
    part: Size
    """Width and height of the part of the picture on a sheet; the last ones may be smaller."""
    columns: int
    """Sheets side by side."""
    rows: int
    """Sheets one below the other."""

    def __len__(self) -> int:
        """Count the sheets."""
        return self.columns * self.rows


def cut_into_sheets(size: Size, paper: Paper, dpi: float) -> Sheets:
    """Choose how sheets lie, upright or on their side, so that there are as few as can be.

    Args:
        size: width and height of the picture in pixels.
        paper: its name.
        dpi: pixels an inch.
    """
    short, long = (round(side / MM_AN_INCH * dpi) for side in _MM[paper])
    return min((_laid(size, lying, dpi) for lying in ((short, long), (long, short))), key=len)


def _laid(size: Size, paper: Size, dpi: float) -> Sheets:
    margin = round(_MARGIN_MM / MM_AN_INCH * dpi)
    room = [max(1, side - 2 * margin) for side in paper]
    columns, rows = (-(-side // most) for side, most in zip(size, room, strict=True))
    return Sheets(paper, (-(-size[0] // columns), -(-size[1] // rows)), columns, rows)


def check_sheets(path: Path, sheets: Sheets) -> None:
    """Check that sheets can be written to a path.

    Raises:
        UsageError: the name is neither that of a PDF nor that of a picture to print, or there are
            too many sheets for a file each.
    """
    if path.suffix.lower() not in SHEET_EXTENSIONS:
        names = alternatives(SHEET_EXTENSIONS)
        raise UsageError(f"{printable(path)}: give sheets a name that ends in {names}")
    if path.suffix.lower() != _PDF and len(sheets) > _MOST_PICTURES:
        raise UsageError(
            f"{printable(path)}: {len(sheets):,} sheets are too many for a file each: give a name "
            f"that ends in {_PDF}, or larger paper"
        )


def files_of_sheets(path: Path, sheets: Sheets) -> list[Path]:
    """Give the files that sheets are written to: one PDF, or a picture for each sheet.

    Pictures are numbered row by row, such as wall-01-of-15.png: what another size of the print
    left cannot be taken for one of them.
    """
    if path.suffix.lower() == _PDF:
        return [path]
    digits = len(str(len(sheets)))
    return [
        path.with_name(f"{path.stem}-{number:0{digits}}-of-{len(sheets)}{path.suffix}")
        for number in range(1, len(sheets) + 1)
    ]


def write_sheets(
    strips: Strips,
    path: Path,
    paper: Paper,
    dpi: float,
    options: FileOptions = FileOptions(),  # noqa: B008 - frozen
    bleed: int = 0,
) -> str | None:
    """Write a picture as sheets; files that are there are replaced only at the end.

    Each sheet has marks to cut along at its corners, within the bleed, and says its row and
    column. One row of sheets is in memory at a time. Files say that their colours are sRGB; what is
    transparent is white.

    Args:
        strips: the picture.
        path: where to, see `files_of_sheets`.
        paper: its name.
        dpi: pixels an inch.
        options: quality.
        bleed: pixels of margin on each side of the picture, which are to be cut off.

    Returns:
        SHA-256 of the bytes of the first file, in hexadecimal; None: it is a device or a pipe.

    Raises:
        UsageError: see `check_sheets`.
        MosaicdbError: a file cannot be written.
    """
    sheets = cut_into_sheets(strips.size, paper, dpi)
    check_sheets(path, sheets)
    with closing(strips):
        pages = _pages(strips, sheets, dpi, bleed)
        if path.suffix.lower() == _PDF:
            with replacing(path) as temporary:
                with temporary.open("wb") as stream:
                    write_pdf(pages, stream, path.stem, dpi, options.quality)
                return sha256_of(temporary)
        return _write_pictures(pages, files_of_sheets(path, sheets), replace(options, dpi=dpi))


def _write_pictures(
    pages: Iterator[Image.Image], files: list[Path], options: FileOptions
) -> str | None:
    """Write each page as a picture; all are moved to their places once the last one is there."""
    kind = FORMATS[files[0].suffix.lower()]
    with ExitStack() as stack:
        written = []
        for page, file in zip(pages, files, strict=True):
            written.append(stack.enter_context(replacing(file)))
            kind.write(strips_of(page), written[-1], options)
        return sha256_of(written[0])


def _pages(strips: Strips, sheets: Sheets, dpi: float, bleed: int = 0) -> Iterator[Image.Image]:
    width, height = sheets.part
    across, down = strips.size
    parts = bands(strips, height)
    for row in range(sheets.rows):
        band = next(parts)
        for column in range(sheets.columns):
            part = Image.fromarray(np.ascontiguousarray(band[:, column * width :][:, :width]))
            label = f"row {row + 1} of {sheets.rows}, column {column + 1} of {sheets.columns}"
            cuts = (
                _cuts(column * width, part.width, across, bleed),
                _cuts(row * height, part.height, down, bleed),
            )
            yield _page(part, sheets.paper, dpi, label, cuts)
        del band  # before there is another one, which takes as much memory


def _cuts(start: int, length: int, side: int, bleed: int) -> tuple[int, int]:
    """Give where a part of a picture is cut, along one side, counted from its start."""
    first, last = max(start, bleed), min(start + length, side - bleed)
    return min(first - start, length), max(last - start, 0)


def _page(
    part: Image.Image,
    paper: Size,
    dpi: float,
    label: str,
    cuts: tuple[tuple[int, int], tuple[int, int]],
) -> Image.Image:
    """Lay a part of the picture on paper, with marks beside it that say where it is cut."""
    page = Image.new("RGB", paper, "white")
    left, top = ((side - length) // 2 for side, length in zip(paper, part.size, strict=True))
    page.paste(part, (left, top), part if part.mode == "RGBA" else None)
    draw = ImageDraw.Draw(page)
    gap, mark, text = (round(mm / MM_AN_INCH * dpi) for mm in (_GAP_MM, _MARK_MM, _TEXT_MM))
    thickness = max(1, round(dpi / 300))
    right, bottom = left + part.width, top + part.height
    for x, outward in ((left, -1), (right, 1)):
        for y in (top + cut for cut in cuts[1]):
            ends = (x + outward * gap, y), (x + outward * (gap + mark), y)
            draw.line(ends, "black", thickness)
    for y, outward in ((top, -1), (bottom, 1)):
        for x in (left + cut for cut in cuts[0]):
            ends = (x, y + outward * gap), (x, y + outward * (gap + mark))
            draw.line(ends, "black", thickness)
    place = left + gap, bottom + gap
    draw.text(place, label, "black", ImageFont.load_default(max(6, text)))
    return page
