"""Make a sticker of each photo that gets its place on a wall, and the board that it is put on."""

from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import UsageError, printable
from ..executors import SerialExecutor
from ..print_size import MM_AN_INCH
from ..records import EMPTY_CELL, Mosaic, Size
from ..rendering import STICKER_DPI, draw_board, draw_sticker, sheets_of, write_pages
from ..store import Database
from .originals import Originals
from .progress import SILENT
from .views import View, Views
from .wall import Wall

_BOARD = "board.pdf"


class Stickers:
    """Stickers of the photos of a wall in a folder, a page each; those that are there are kept.

    Args:
        database: knows where the photos are.
        wall: whose photos they are.
        folder: gets stickers and board; is made if it is not there.

    Raises:
        UsageError: the folder is something else, or cannot be made.
    """

    def __init__(self, database: Database, wall: Wall, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{printable(folder)}: {error.strerror or error}") from error
        self._database, self._folder, self._sheet = database, folder, wall.live.sheet
        width = round(wall.live.sticker_width * 10 / MM_AN_INCH * STICKER_DPI)
        shape = database.thumb_res
        self._cell: Size = width, max(1, round(width * shape[1] / shape[0]))
        if not (folder / _BOARD).exists():
            white = Image.new("RGB", wall.cells.filled.size, "white")
            target = Image.blend(white, wall.cells.filled, wall.live.faint)
            sheets = draw_board(target, wall.cells.grid, self._cell, self._sheet)
            write_pages(sheets, folder / _BOARD)

    def make(self, mosaic: Mosaic) -> None:
        """Write the stickers that are not there yet.

        Raises:
            MosaicdbError: one cannot be written.
        """
        there = {path.name for path in self._folder.iterdir()}
        wanted = {}
        for row, column in np.argwhere(mosaic.tile_ids != EMPTY_CELL).tolist():
            tile_id = int(mosaic.tile_ids[row, column])
            name = self._name(tile_id, row, column, mosaic.grid)
            if name not in there:
                wanted[tile_id] = row, column, name
        if not wanted:
            return
        views = [View(tile_id) for tile_id in sorted(wanted)]
        photos = Originals(
            self._database,
            Views(views, np.zeros((0, 0), np.intp)),
            self._cell,
            SerialExecutor(),
            SILENT,
        )
        for view, photo in zip(views, photos.pictures(views), strict=True):
            row, column, name = wanted[view.tile_id]
            label = self._label(row, column, mosaic.grid)
            write_pages([draw_sticker(photo, label)], self._folder / name)

    def _name(self, tile_id: int, row: int, column: int, grid: Size) -> str:
        place = self._label(row, column, grid).replace(", ", "_").replace(" ", "-")
        return f"{tile_id:05d}_{place}.pdf"

    def _label(self, row: int, column: int, grid: Size) -> str:
        """Say where a photo belongs, counted from 1."""
        across = sheets_of(grid, self._sheet)[0]
        sheet = row // self._sheet[1] * across + column // self._sheet[0]
        return f"sheet {sheet + 1}, row {row + 1}, column {column + 1}"
