"""Read the photos again whose tiles an earlier version made, or a rebuild only scaled."""

from contextlib import closing
from datetime import datetime
from functools import partial
from typing import Final

from ..batches import in_batches
from ..executors import Executor
from ..options import ReadOptions
from ..photos import reread
from ..readings import OutdatedTile
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
    """Read photos again that an earlier reader read or a rebuild could not; ids of tiles stay.

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
    read = partial(reread, options=options)
    with closing(executor.map(read, outdated_tiles(database, seen_at), _lost)) as all_:
        for batch in in_batches(all_, _TILES_A_TRANSACTION):
            tiles = [(tile_id, tile) for tile_id, tile in batch if tile is not None]
            record_reread(database, tiles)
            replaced += len(tiles)
            progress.advance([None] * len(batch))
    progress.end()
    return replaced


def _lost(outdated: OutdatedTile, _reason: str) -> tuple[int, None]:
    return outdated.id, None
