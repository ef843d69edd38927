"""Match files: a mosaic as a grid of tile ids in a text file."""

import codecs
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..atomic import replacing
from ..errors import UsageError, printable


def write_matches(path: Path, tile_ids: NDArray[np.int64]) -> None:
    """Write tile ids, shape (rows, columns), as integers between tabs, one line a row.

    Raises:
        MosaicdbError: the file cannot be written.
    """
    with replacing(path) as temporary:
        np.savetxt(temporary, tile_ids, fmt="%d", delimiter="\t")


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


def read_matches(path: Path) -> NDArray[np.int64]:
    """Read tile ids, shape (rows, columns), from integers between blanks, one line a row.

    Raises:
        UsageError: there is no such file, or it holds no grid of integers.
    """
    try:
        text = path.read_bytes().removeprefix(codecs.BOM_UTF8).decode("ascii")
        lines = [line.split() for line in text.splitlines()]
        grid = [[int(number) for number in line] for line in lines if line]
        return np.array(grid or [[]], dtype=np.int64).reshape(len(grid), len(grid[0]))
    except OSError as error:
        raise UsageError(f"{printable(path)}: {error.strerror}") from error
    except (ValueError, IndexError, OverflowError):
        raise UsageError(
            f"{printable(path)} is no grid of integers, one line a row of equal length"
        ) from None
