"""Choose grid and tile size of a mosaic that is to be printed."""

from dataclasses import replace
from pathlib import Path

from ..errors import PhotoError, printable
from ..options import FileOptions, MosaicOptions
from ..photos import read_size
from ..print_size import PrintSize, choose_grid, plan_print
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
    plan = plan_print(print_size, grid, database.thumb_res)
    draw = replace(options.draw, tile_size=plan.tile_size)
    return replace(options, grid=grid, draw=draw), Form(file, plan, print_size.sheets)
