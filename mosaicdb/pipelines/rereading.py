"""Read the photos again whose tiles an earlier version of this program made."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from functools import partial
from typing import Final

from ..executors import Executor, in_batches
from ..options import ReadOptions
from ..photos import lost_reading, read_photo
from ..records import PendingFile, Reading, Tile
from ..store import Database, count_outdated, outdated_tiles, record_reread
from .progress import Progress

_TILES_A_TRANSACTION: Final = 64


def read_outdated(
    database: Database,
    seen_at: datetime,
    options: ReadOptions,
    executor: Executor,
    progress: Progress,
) -> int:
    """Read photos again that an earlier reader read, and replace their tiles; ids stay.

    A tile whose photo cannot be read any more, or has changed, keeps what it has. A stop in
    between loses no finished batch, and the next call goes on from there.

    Args:
        database: written in batches.
        seen_at: of the survey that has found the photos.
        options: how photos are read.
        executor: where photos are decoded.
        progress: called with how many photos are done.

    Returns:
        How many tiles were replaced.
    """
    total, replaced = count_outdated(database, seen_at), 0
    if not total:
        return replaced
    progress.begin("photos to read again", total)
    hashes: dict[int, str] = {}

    def photos() -> Iterator[PendingFile]:
        for tile in outdated_tiles(database, seen_at):
            hashes[tile.id] = tile.content_hash
            yield PendingFile(tile.id, tile.path)

    with closing(
        executor.map(partial(read_photo, options=options), photos(), lost_reading)
    ) as all_:
        for batch in in_batches(all_, _TILES_A_TRANSACTION):
            tiles = [tile for reading in batch for tile in _same_photo(reading, hashes)]
            record_reread(database, tiles)
            replaced += len(tiles)
            progress.advance([None] * len(batch))
    progress.end()
    return replaced


def _same_photo(reading: Reading, hashes: dict[int, str]) -> Iterator[tuple[int, Tile]]:
    """Yield the tile's id and what was read, if that is the photo that the tile was made of."""
    expected, content = hashes.pop(reading.file.id), reading.content
    if isinstance(content, Tile) and content.content_hash == expected:
        yield reading.file.id, content
