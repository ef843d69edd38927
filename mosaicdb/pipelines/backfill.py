"""Compute the features that tiles lack, from their thumbnails: the photos are not needed."""

from collections.abc import Sequence
from contextlib import closing
from typing import Protocol

from ..executors import Executor, SerialExecutor
from ..photos import measure_stored
from ..records import Descriptors
from ..store import Database, count_unmeasured, record_descriptors, unmeasured_thumbnails


class Progress(Protocol):
    """Whoever wants to hear how far it is."""

    def begin(self, phase: str, total: int) -> None:
        """Hear that `total` tiles are to be done."""

    def advance(self, outcomes: Sequence[None]) -> None:
        """Hear that some are done."""


def fill_features(
    database: Database,
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> None:
    """Fill in the features of tiles that an earlier version of this program made.

    A stop in between loses no finished batch, and the next call goes on from there. Several at
    once do no harm.

    Args:
        database: is written in batches, and only where features are missing.
        executor: where thumbnails are decoded; default: in this process.
        progress: hears how far it is.
    """
    total = count_unmeasured(database)
    if not total:
        return
    if progress:
        progress.begin("features", total)
    pages = unmeasured_thumbnails(database)
    with closing((executor or SerialExecutor()).map(measure_stored, pages, _lost)) as measured:
        for batch in measured:
            record_descriptors(database, batch)
            if progress:
                progress.advance([None] * len(batch))


def _lost(page: Sequence[tuple[int, bytes]], _reason: str) -> list[tuple[int, Descriptors | None]]:
    return [(tile_id, None) for tile_id, _ in page]
