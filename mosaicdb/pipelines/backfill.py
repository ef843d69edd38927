"""Compute the descriptors that tiles lack, from their thumbnails: the photos are not needed."""

from collections.abc import Sequence
from contextlib import closing

from ..executors import Executor, SerialExecutor
from ..photos import measure_stored
from ..readings import Descriptors
from ..store import Database, count_unmeasured, record_descriptors, unmeasured_thumbnails
from .progress import SILENT, Progress


def fill_descriptors(
    database: Database,
    *,
    executor: Executor | None = None,
    progress: Progress = SILENT,
) -> None:
    """Fill in the descriptors of tiles that an earlier version of this program made.

    A stop in between loses no finished batch, and the next call goes on from there. Several at
    once do no harm.

    Args:
        database: is written in batches, and only where some are missing.
        executor: where thumbnails are decoded; default: in this process.
        progress: called with how many thumbnails are done.
    """
    total = count_unmeasured(database)
    if not total:
        return
    progress.begin("descriptors", total)
    pages = unmeasured_thumbnails(database)
    with closing((executor or SerialExecutor()).map(measure_stored, pages, _lost)) as measured:
        for batch in measured:
            record_descriptors(database, batch)
            progress.advance([None] * len(batch))
    progress.end()


def _lost(page: Sequence[tuple[int, bytes]], _reason: str) -> list[tuple[int, Descriptors | None]]:
    return [(tile_id, None) for tile_id, _ in page]
