"""Choose grid and tile size of a mosaic that is to be printed."""

from dataclasses import replace
from pathlib import Path

from ..errors import PhotoError, printable
from ..options import DrawOptions, FileOptions, MosaicOptions
from ..photos import read_size
from ..print_size import PrintSize, choose_grid, plan_print
from ..records import Size
from ..store import Database
from .target import MAX_TARGET_PIXELS, open_target
from .writing import Form


def sized(
    database: Database,
    target: int | str | Path,
    options: MosaicOptions,
    print_size: PrintSize,
    file: FileOptions,
    *,
    with_grid: bool,
) -> tuple[MosaicOptions, Form]:
    """Choose how a mosaic is made so that it is printed at a size.

    Args:
        database: knows the size of thumbnails, whose shape the cells have.
        target: the number of a photo, or the path of any picture.
        options: what else is asked of the mosaic.
        print_size: has a width or a height.
        file: how its file is encoded.
        with_grid: whether the grid in `options` is to be kept; if not, it is chosen too.

    Returns:
        The options, with grid and tile size, and in what form the mosaic is to be written.

    Raises:
        UsageError: no cell fits.
        PhotoError: the target cannot be read.
    """
    grid = options.grid
    if not with_grid:
        opened = open_target(database, target)
        try:
            size = read_size(opened.data, MAX_TARGET_PIXELS)
        except PhotoError as error:
            named = printable(opened.path)
            raise PhotoError(f"cannot read the target {named}: {error}") from error
        grid = choose_grid(print_size, size, database.thumb_res)
    form = form_of_print(print_size, grid, database.thumb_res, file)
    return replace(options, grid=grid, draw=sized_for(form, options.draw)), form


def form_of_print(print_size: PrintSize, grid: Size, cell: Size, file: FileOptions) -> Form:
    """Choose the size of cells of a grid that is printed, and so in what form it is written.

    Args:
        print_size: has a width or a height.
        grid: columns and rows.
        cell: width and height, whose shape cells have where one side of the print is given.
        file: how its file is encoded.

    Raises:
        UsageError: no cell fits.
    """
    return Form(file, plan_print(print_size, grid, cell), print_size.sheets)


def sized_for(form: Form, options: DrawOptions) -> DrawOptions:
    """Give options of a drawing with the size of cells that a print has."""
    return options if form.plan is None else replace(options, tile_size=form.plan.tile_size)
