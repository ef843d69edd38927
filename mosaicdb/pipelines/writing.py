"""Write a picture that comes in strips: as a file, a print, or sheets of paper."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import UsageError, printable
from ..options import FileOptions
from ..print_size import Paper, PrintPlan, PrintSize, length, viewing_distances
from ..records import Size
from ..rendering import (
    Sheets,
    Strips,
    check_output,
    check_sheets,
    cut_into_sheets,
    files_of_sheets,
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

    @classmethod
    def recorded(cls, record: Mapping[str, Any] | None) -> "Form":
        """Give the form that a mosaic's record tells of; None: that of earlier versions."""
        if record is None:
            return cls()
        plan = record["plan"]
        if plan is not None:
            plan = PrintPlan(**plan | {key: tuple(plan[key]) for key in ("grid", "tile_size")})
        return cls(FileOptions(**record["file"]), plan, record["sheets"])

    def record(self) -> dict[str, Any]:
        """Give what a mosaic's record tells of it."""
        return asdict(self)

    def size_of(self, size: Size) -> Size:
        """Give width and height of the file's picture: that of a mosaic and its bleed."""
        bleed = 0 if self.plan is None else self.plan.bleed
        return size[0] + 2 * bleed, size[1] + 2 * bleed

    def sheets_of(self, size: Size) -> Sheets | None:
        """Give how a mosaic of a size is cut into sheets; None: it is not."""
        if self.sheets is None or self.plan is None:
            return None
        return cut_into_sheets(self.size_of(size), self.sheets, self.plan.dpi)

    def files_of(self, path: Path, size: Size) -> list[Path]:
        """Give the files that a mosaic of a size is written to, where `path` is asked for."""
        sheets = self.sheets_of(size)
        return [path] if sheets is None else files_of_sheets(path, sheets)


def check_form(path: Path, size: Size, form: Form) -> None:
    """Check before the work begins that a mosaic of a size can be written to a path.

    Raises:
        UsageError: a PDF is named where no sheets are asked for.
        UsageError, RenderingError: see `mosaicdb.rendering.check_output` and `check_sheets`.
    """
    sheets = form.sheets_of(size)
    if sheets is not None:
        check_sheets(path, sheets)
        if form.file.pyramid or form.file.share_tiles:
            raise UsageError("sheets have no pyramid and no tiles to share")
    elif path.suffix.lower() == ".pdf":
        raise UsageError(
            f"{printable(path)}: a PDF holds the sheets of a print: add --sheets A4, or give "
            "a name that ends otherwise, such as in .jpg"
        )
    else:
        check_output(path, form.size_of(size), form.file)


def write_form(strips: Strips, path: Path, form: Form) -> str | None:
    """Write a mosaic, with its bleed.

    Returns:
        SHA-256 of the bytes of the first of `Form.files_of`, in hexadecimal; None: it is a device
        or a pipe.

    Raises:
        MosaicdbError: it cannot be written.
    """
    options, bleed = form.file, 0
    if form.plan is not None:
        bleed = form.plan.bleed
        strips = with_bleed(strips, bleed)
        options = replace(options, dpi=form.plan.dpi)
    if form.sheets is not None and options.dpi:
        return write_sheets(strips, path, form.sheets, options.dpi, options, bleed)
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
    sheets = form.sheets_of(plan.pixels)
    if sheets is not None:
        text += (
            f"; {counted(len(sheets), 'sheet')} of {form.sheets}, {sheets.columns} x {sheets.rows}"
        )
    sharp, near, far = viewing_distances(plan)
    return [
        text,
        f"looks sharp from {length(sharp)} on; single photos show up to {length(near)}, the whole "
        f"picture from {length(far)} on",
    ]
