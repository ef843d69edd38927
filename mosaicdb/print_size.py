"""The size of a print: what is asked of it, and the cells and pixels that make it so."""

import re
from dataclasses import dataclass
from math import isfinite
from numbers import Real
from typing import Final, Literal, get_args

from .errors import UsageError
from .kinds import Checked, Kind, choice, option
from .records import Size

MM_AN_INCH: Final = 25.4
DEFAULT_DPI: Final = 200.0

Paper = Literal["A5", "A4", "A3", "A2", "letter", "legal", "tabloid"]
PAPERS: Final[tuple[Paper, ...]] = get_args(Paper)
"""Papers that a print can be cut into."""

LENGTHS: Final = ("width", "height", "bleed")
"""The options that are lengths."""

_UNITS: Final = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "in": MM_AN_INCH}
_LENGTH_TEXT: Final = re.compile(r"(\d+\.?\d*|\.\d+) ?(mm|cm|m|in)", re.ASCII)
_LONGEST: Final = 100_000.0  # mm
_WIDEST_BLEED: Final = 50.0  # mm
_USUAL_CELL: Final = 10.0  # mm: a photo of this size can be told from reading distance
_LEAST_CELLS: Final = 60  # along the longer side: with fewer, hardly a target can be told
_MOST_STRETCH: Final = 0.02
"""How far a print's shape may be from the mosaic's: more could be seen."""
_ARC_MINUTE: Final = 0.000290888  # radians: what an eye can resolve
_NEAR_CELLS: Final = 40
_FAR_CELLS: Final = 200


def _millimetres(value: object) -> float:
    if isinstance(value, str):
        parts = _LENGTH_TEXT.fullmatch(value.strip().lower())
        if parts is None:
            raise ValueError(value)
        return _within(float(parts[1]) * _UNITS[parts[2]])
    if not isinstance(value, Real) or isinstance(value, bool):
        raise ValueError(value)
    return _within(float(value))


def _within(length: float) -> float:
    if not (isfinite(length) and 0 <= length <= _LONGEST):
        raise ValueError(length)
    return length


def _positive(value: object) -> float:
    if not (length := _millimetres(value)):
        raise ValueError(value)
    return length


def _margin(value: object) -> float:
    if (length := _millimetres(value)) > _WIDEST_BLEED:
        raise ValueError(value)
    return length


def _resolution(value: object) -> float:
    if not isinstance(value, Real) or isinstance(value, bool) or not 1 <= float(value) <= 10_000:
        raise ValueError(value)
    return float(value)


_LENGTH: Final = Kind("a length up to 100 m, such as 120cm, 900mm or 47in", _positive)
_MARGIN: Final = Kind("a length up to 5 cm, such as 3mm", _margin)
_DPI: Final = Kind("a number from 1 to 10000", _resolution, float)


@dataclass(frozen=True, slots=True)
class PrintSize(Checked):
    """How large a mosaic is printed; lengths are in mm, or texts with a unit such as "120cm"."""

    width: float | None = option(
        None, _LENGTH, "width of the print, such as 120cm, 900mm or 47in: chooses the size of cells"
    )
    height: float | None = option(None, _LENGTH, "height of the print, such as 90cm")
    dpi: float | None = option(
        None, _DPI, "pixels an inch of the print, which the file says too; default: 200"
    )
    bleed: float = option(
        0.0, _MARGIN, "add a margin, such as 3mm, that mirrors what is beside it, to be cut off"
    )
    sheets: Paper | None = option(
        None,
        choice(*PAPERS),
        "cut the print into sheets to print at home, with cut marks: a .pdf, or a .png, .jpg or "
        ".tif for each sheet",
    )

    def __post_init__(self) -> None:
        Checked.__post_init__(self)
        if not self.is_sized and (self.dpi is not None or self.bleed or self.sheets is not None):
            raise UsageError("dpi, bleed and sheets need the width or the height of the print")

    @property
    def is_sized(self) -> bool:
        """Say whether a width or a height is asked for."""
        return self.width is not None or self.height is not None


@dataclass(frozen=True, slots=True)
class PrintPlan:
    """The cells and pixels of a print."""

    grid: Size
    """Columns and rows."""
    tile_size: Size
    """Width and height of a cell in pixels."""
    dpi: float
    """Pixels an inch, by which the print has exactly the width, or height, that was asked for."""
    bleed: int
    """Pixels of margin on each side."""

    @property
    def pixels(self) -> Size:
        """Give width and height without the bleed."""
        return self.grid[0] * self.tile_size[0], self.grid[1] * self.tile_size[1]

    @property
    def millimetres(self) -> tuple[float, float]:
        """Give width and height of the print without the bleed."""
        width, height = self.pixels
        return width / self.dpi * MM_AN_INCH, height / self.dpi * MM_AN_INCH

    @property
    def cell_mm(self) -> float:
        """Give the longer side of a printed cell."""
        return max(self.tile_size) / self.dpi * MM_AN_INCH


def choose_grid(print_size: PrintSize, target: Size, thumbnail: Size) -> Size:
    """Choose columns and rows of a print whose grid was not given.

    Cells are 10 mm wide or, in small prints, a sixtieth of the longer side.

    Args:
        print_size: has a width or a height; the other follows from the target's shape.
        target: width and height in pixels.
        thumbnail: width and height, whose shape the cells have.
    """
    across, down = target
    width, height = print_size.width, print_size.height
    if width is None:
        width = (height or 0.0) * across / down
    if height is None:
        height = width * down / across
    shape = thumbnail[1] / thumbnail[0]
    cell = min(_USUAL_CELL, width / _LEAST_CELLS if width > height else height / _LEAST_CELLS)
    columns = max(1, round(width / cell))
    return columns, max(1, round(height / (width / columns * shape)))


def plan_print(print_size: PrintSize, grid: Size, thumbnail: Size) -> PrintPlan:
    """Choose the pixels of a cell so that a grid is printed at a size.

    A cell has whole pixels, as many as come nearest to the resolution that is asked for; what the
    file then says of its resolution makes the print exactly as wide (or, where no width is given,
    as high) as it was asked to be.

    Args:
        print_size: has a width or a height.
        grid: columns and rows.
        thumbnail: width and height, whose shape cells have where one side of the print is given.

    Raises:
        UsageError: cells would have no pixel, or too many, or another shape than the mosaic.
    """
    wanted = print_size.dpi or DEFAULT_DPI
    shape = thumbnail[1] / thumbnail[0]
    columns, rows = grid
    width, height = print_size.width, print_size.height
    if width is not None and height is not None:
        expected = width / columns * rows * shape
        if abs(height / expected - 1) > _MOST_STRETCH:
            raise UsageError(
                f"a mosaic of {columns} x {rows} cells that is {length(width)} wide is "
                f"{length(expected)} high, not {length(height)}: leave out the height or the "
                "width, or choose another grid"
            )
    if width is not None:
        across = width / columns / MM_AN_INCH * wanted
        tile_width = round(across)
        down = across * shape if height is None else height / rows / MM_AN_INCH * wanted
        tile_height = round(down * tile_width / across)
        dpi = columns * tile_width / width * MM_AN_INCH
    elif height is not None:
        down = height / rows / MM_AN_INCH * wanted
        tile_height = round(down)
        tile_width = round(tile_height / shape)
        dpi = rows * tile_height / height * MM_AN_INCH
    else:
        raise ValueError("a print has a width or a height")
    if not 1 <= min(tile_width, tile_height) <= max(tile_width, tile_height) <= 10_000:
        raise UsageError(
            f"at {wanted:g} dpi a cell of this print would have {tile_width} x {tile_height} "
            "pixels, which is not 1 to 10,000 a side: choose another size, resolution or grid"
        )
    bleed = round(print_size.bleed / MM_AN_INCH * dpi)
    plan = PrintPlan(grid, (tile_width, tile_height), dpi, bleed)
    if bleed >= min(plan.pixels):
        raise UsageError(f"a bleed of {length(print_size.bleed)} is larger than the print")
    return plan


def viewing_distances(plan: PrintPlan) -> tuple[float, float, float]:
    """Say from how far a print is looked at, in mm, as rules of thumb.

    Returns:
        From where single pixels cannot be told any more (they span an arc minute, which is what
        an eye resolves); up to where the photos in the cells can be told (40 cells' width: a cell
        spans 1.4 degrees); from where cells run together into one picture (200 cells' width: a
        cell spans 17 arc minutes).
    """
    pixel = MM_AN_INCH / plan.dpi
    return pixel / _ARC_MINUTE, _NEAR_CELLS * plan.cell_mm, _FAR_CELLS * plan.cell_mm


def length(millimetres: float) -> str:
    """Write a length to three figures: 8.5 mm, 90 cm, 2.5 m."""
    if millimetres < 20:
        return f"{millimetres:.3g} mm"
    if millimetres < 2000:
        return f"{millimetres / 10:.{3 if millimetres < 1000 else 4}g} cm"
    return f"{millimetres / 1000:.3g} m"
