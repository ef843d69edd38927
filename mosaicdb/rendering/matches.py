"""Match files: a mosaic as a grid of tile ids in a text file."""

import codecs
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..atomic import replacing
from ..errors import UsageError, printable

_MIRRORED: Final = "# mirrored in row"
_CROPPED: Final = "# crops in row"

Matches = tuple[NDArray[np.int64], NDArray[np.bool_] | None, NDArray[np.float64] | None]
"""Tile ids, which cells are mirrored, and which crops they show: see `mosaicdb.Mosaic`."""


def write_matches(
    path: Path,
    tile_ids: NDArray[np.int64],
    flipped: NDArray[np.bool_] | None = None,
    crops: NDArray[np.float64] | None = None,
) -> None:
    """Write tile ids, shape (rows, columns), as integers between tabs, one line a row.

    A comment after them lists the columns of each row whose tiles are mirrored, counted from 0,
    as in "# mirrored in row 3: 0 5 7", another one those that show a crop, and which part of the
    photo: "# crops in row 3: 0=0.25,0,0.75,0.56285 5=…".

    Args:
        path: where to.
        tile_ids: of each cell.
        flipped: which cells are mirrored, of the same shape; None: none is.
        crops: see `mosaicdb.Mosaic`, shape (rows, columns, 4).

    Raises:
        MosaicdbError: the file cannot be written.
    """
    lines = []
    for row, columns in enumerate([] if flipped is None else flipped):
        if columns.any():
            lines.append(f"{_MIRRORED} {row}: {' '.join(map(str, np.flatnonzero(columns)))}")
    for row, boxes in enumerate([] if crops is None else crops.tolist()):
        shown = [f"{place}={_box_text(box)}" for place, box in enumerate(boxes) if any(box)]
        if shown:
            lines.append(f"{_CROPPED} {row}: {' '.join(shown)}")
    with replacing(path) as temporary:
        np.savetxt(
            temporary, tile_ids, fmt="%d", delimiter="\t", footer="\n".join(lines), comments=""
        )


def check_matches(path: Path) -> None:
    """Refuse to replace a file that holds something else than tile ids.

    Raises:
        UsageError: it does.
    """
    if path.is_file() and path.stat().st_size:
        try:
            read_matches(path)
        except UsageError as error:
            raise UsageError(
                f"{printable(path)} holds no tile ids: name another file for them with --matches"
            ) from error


def read_matches(path: Path) -> Matches:
    """Read tile ids, shape (rows, columns), from integers between blanks, one line a row.

    Returns:
        The ids; which cells are mirrored, of the same shape; and which crops they show, shape
        (rows, columns, 4). None where no comment says so.

    Raises:
        UsageError: there is no such file, or it holds no grid of integers.
    """
    try:
        text = path.read_bytes().removeprefix(codecs.BOM_UTF8).decode("ascii")
        lines = text.splitlines()
        cells = [line.split() for line in lines if not line.startswith("#")]
        grid = [[int(number) for number in line] for line in cells if line]
        ids = np.array(grid or [[]], dtype=np.int64).reshape(len(grid), len(grid[0]))
        mirrored = [line for line in lines if line.startswith(_MIRRORED)]
        cropped = [line for line in lines if line.startswith(_CROPPED)]
        return ids, _mirrored(mirrored, ids.shape), _crops(cropped, ids.shape)
    except OSError as error:
        raise UsageError(f"{printable(path)}: {error.strerror}") from error
    except (ValueError, IndexError, OverflowError):
        raise UsageError(
            f"{printable(path)} is no grid of integers, one line a row of equal length"
        ) from None


def _mirrored(lines: list[str], shape: tuple[int, ...]) -> NDArray[np.bool_] | None:
    if not lines:
        return None
    flipped = np.zeros(shape, np.bool_)
    for line in lines:
        row, columns = line.removeprefix(_MIRRORED).split(":")
        flipped[int(row), [int(column) for column in columns.split()]] = True
    return flipped


def _crops(lines: list[str], shape: tuple[int, ...]) -> NDArray[np.float64] | None:
    if not lines:
        return None
    crops = np.zeros((*shape, 4), np.float64)
    for line in lines:
        row, cells = line.removeprefix(_CROPPED).split(":")
        for cell in cells.split():
            column, box = cell.split("=")
            left, top, width, height = (float(part) for part in box.split(","))
            if not (0 <= left < 1 and 0 <= top < 1 and 0 < width <= 1 and 0 < height <= 1):
                raise ValueError(box)
            crops[int(row), int(column)] = left, top, width, height
    return crops


def _box_text(box: list[float]) -> str:
    return ",".join(f"{part:.9g}" for part in box)
