"""Write a picture that comes in strips: as a file, a print, or sheets of paper."""

from dataclasses import dataclass, replace
from pathlib import Path

from ..options import FileOptions
from ..print_size import Paper, PrintPlan, PrintSize, length, viewing_distances
from ..records import Size
from ..rendering import (
    Strips,
    check_output,
    check_sheets,
    cut_into_sheets,
    with_bleed,
    write_picture,
    write_sheets,
)
from .wording import counted


@dataclass(frozen=True, slots=True)
class Form:
    """In what form a picture is written."""

    file: FileOptions = FileOptions()
    """How it is encoded; the resolution is that of the plan, if there is one."""
    plan: PrintPlan | None = None
    """The print that it is for."""
    sheets: Paper | None = None
    """The paper that the print is cut into."""

    def size_of(self, size: Size) -> Size:
        """Give width and height of the file's picture: that of a mosaic and its bleed."""
        bleed = 0 if self.plan is None else self.plan.bleed
        return size[0] + 2 * bleed, size[1] + 2 * bleed


def check_form(path: Path, size: Size, form: Form) -> None:
    """Check before the work begins that a mosaic of a size can be written to a path.

    Raises:
        UsageError, RenderingError: see `mosaicdb.rendering.check_output` and `check_sheets`.
    """
    if form.sheets is not None:
        check_sheets(path)
    else:
        check_output(path, form.size_of(size))


def write_form(strips: Strips, path: Path, form: Form) -> str | None:
    """Write a mosaic, with its bleed.

    Returns:
        SHA-256 of the file's bytes, in hexadecimal; None: it is a device or a pipe.

    Raises:
        MosaicdbError: it cannot be written.
    """
    options = form.file
    if form.plan is not None:
        strips = with_bleed(strips, form.plan.bleed)
        options = replace(options, dpi=form.plan.dpi)
    if form.sheets is not None and options.dpi:
        return write_sheets(strips, path, form.sheets, options.dpi, options.quality)
    return write_picture(strips, path, options)


def describe_print(form: Form, size: PrintSize) -> list[str]:
    """Say in a few lines what was chosen for a print, and from where it can be looked at."""
    plan = form.plan
    if plan is None:
        return []
    (columns, rows), (width, height) = plan.grid, plan.tile_size
    across, down = plan.millimetres
    text = (
        f"print: {length(across)} x {length(down)} at {plan.dpi:.4g} dpi: {columns} x {rows} cells "
        f"of {width} x {height} pixels, {length(plan.cell_mm)}"
    )
    if size.bleed:
        text += f"; {length(size.bleed)} of bleed on each side"
    if form.sheets is not None:
        sheets = cut_into_sheets(form.size_of(plan.pixels), form.sheets, plan.dpi)
        text += (
            f"; {counted(len(sheets), 'sheet')} of {form.sheets}, {sheets.columns} x {sheets.rows}"
        )
    sharp, near, far = viewing_distances(plan)
    return [
        text,
        f"looks sharp from {length(sharp)} on; single photos show up to {length(near)}, the whole "
        f"picture from {length(far)} on",
    ]
