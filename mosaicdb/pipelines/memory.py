"""How much memory a match takes, and what is left out where that is too much."""

from dataclasses import replace
from typing import Final

from ..crops import crops_of
from ..errors import UsageError
from ..options import MosaicOptions, Selection
from ..store import Database, count_tiles
from .progress import Progress
from .target import Cells
from .wording import counted

_BYTES_OF_THE_PROGRAM: Final = 300_000_000
_BYTES_OF_A_CELL: Final = 300
_BYTES_OF_A_TILE: Final = 300
_BYTES_OF_A_NUMBER: Final = 60
"""What a match takes at its peak, estimated generously: 1.74 GB where `benchmarks/beyond.py` took
1.72. The last one is for each number of a tile's or a cell's features."""
_BYTES_OF_A_CROP: Final = 500
"""What a row of tile features takes more where tiles have several: 1,190 to 1,345 bytes in all were
measured at 80,000 and 320,000 rows, and what is loaded for them comes on top."""
_USUAL_PHOTO: Final = (4000, 3000)


def memory_needed(tiles: int, cells: int, options: MosaicOptions) -> int:
    """Estimate the bytes that matching all tiles at once takes at most.

    Args:
        tiles: to choose from.
        cells: that get one.
        options: say how many numbers are compared.
    """
    numbers = _BYTES_OF_A_NUMBER * (14 if options.features.structured else 3)
    of_tiles = tiles * (_BYTES_OF_A_TILE + numbers)
    return _BYTES_OF_THE_PROGRAM + of_tiles + cells * (_BYTES_OF_A_CELL + numbers)


def within_memory(database: Database, options: MosaicOptions, progress: Progress) -> MosaicOptions:
    """Leave crops out where those of all tiles do not fit into memory.

    Args:
        database: holds the tiles.
        options: what is asked of the mosaic.
        progress: called with a notice that photos show their middle alone.
    """
    count, (columns, rows) = count_tiles(database), options.grid
    shown = 1 + len(crops_of(_USUAL_PHOTO, database.thumb_res, options.features.zoom))
    needed = memory_needed(count * shown, columns * rows, options)
    needed += count * (shown - 1) * _BYTES_OF_A_CROP
    if shown == 1 or needed <= options.memory:
        return options
    progress.notice(
        f"with the crops of {counted(count, 'photo')}, a match would take about "
        f"{megabytes(needed)}, and --memory allows {megabytes(options.memory)}: photos show "
        "their middle alone"
    )
    return replace(options, features=replace(options.features, zoom=1.0))


def megabytes(size: int) -> str:
    """Say how much memory that is; `size` is in bytes."""
    return f"{size / 1e6:,.0f} MB"


def exceeds_memory(
    database: Database, cells: Cells, options: MosaicOptions, selection: Selection
) -> bool:
    """Say whether the tiles of a database are too many to be matched at once.

    Args:
        database: holds the tiles.
        cells: the target's.
        options: say how much memory there is.
        selection: may need all tiles at once.

    Raises:
        UsageError: they are, and what is asked for needs all of them.
    """
    count = count_tiles(database)
    needed = memory_needed(count, int(cells.covered.sum()), options)
    if needed <= options.memory:
        return False
    wanted = {
        "solver emd": options.match.solver == "emd",
        "distinct": selection.distinct,
        "alike": selection.alike,
        "must": selection.must is not None,
        "pin": bool(selection.pin),
    }
    if names := [name for name, is_wanted in wanted.items() if is_wanted]:
        raise UsageError(
            f"{' and '.join(names)} needs {counted(count, 'tile')} in memory at once, about "
            f"{needed / 1e9:,.1f} GB: allow that with --memory, or leave it out"
        )
    return True
