"""Match more tiles than memory holds: candidates are chosen among them, and proven against all."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import MatchingError, UsageError, printable
from ..matching.streaming import StreamRequest, match_streamed
from ..options import MosaicOptions, Selection
from ..perception import compute_features, reflection
from ..records import EMPTY_CELL, Mosaic, TilePrices, TileSet
from ..store import (
    Database,
    banned_tiles,
    open_tile_blocks,
    tiles_where,
    tiles_without_file,
)
from .match import cell_features, on_grid
from .memory import megabytes, memory_needed
from .progress import Progress
from .target import Cells
from .wording import counted

Blocks = Callable[[], Iterator[TileSet]]


def match_beyond_memory(
    database: Database,
    cells: Cells,
    options: MosaicOptions,
    selection: Selection,
    weights: NDArray[np.float64] | None,
    progress: Progress,
) -> Mosaic:
    """Match tiles that are read from the database in blocks, several times over.

    Args:
        database: holds the tiles, with signatures where the features need them.
        cells: the target's.
        options: what is asked of the mosaic.
        selection: which tiles.
        weights: as for `match_tiles`.
        progress: called with the proven gap, and with a notice of the candidates.

    Raises:
        MatchingError: there are too few tiles, or too little memory even for those that are needed.
        UsageError: a condition is wrong.
    """
    chosen = _chosen(database, selection, progress)
    wanted = cell_features(cells, options)
    covered = cells.covered
    least = memory_needed(1, len(wanted), options)
    if options.memory < least:
        raise UsageError(
            f"a match of {counted(len(wanted), 'cell')} takes at least {megabytes(least)}: "
            "allow that with --memory"
        )
    with open_tile_blocks(database, options.features.structured) as blocks:

        def features() -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
            for tiles in blocks():
                kept = chosen.among(tiles.ids)
                signatures = None if tiles.signatures is None else tiles.signatures[kept]
                rows = compute_features(tiles.mean_rgb[kept], signatures, options.features)
                yield tiles.ids[kept], np.ascontiguousarray(rows)

        mirror = reflection(options.features) if options.features.flip else None
        streamed = match_streamed(
            features,
            StreamRequest(
                cells=wanted,
                weights=None if weights is None else weights[covered],
                reflection=mirror,
                strategy=options.match.strategy,
                max_uses=options.match.max_uses,
                min_distance=options.match.min_distance,
                grid=covered,
                gap=options.match.gap,
                time_limit=options.match.time_limit,
                progress=progress.report_gap,
                most=_most_candidates(len(wanted), options),
            ),
        )
    progress.end()
    matched, ids = streamed.match, streamed.ids
    candidates = f"{len(ids):,} of {streamed.tiles:,} tiles, bound over all"
    progress.notice(f"more tiles than memory holds; candidates: {candidates}")
    placed = streamed.features[matched.indices]
    if mirror is not None and matched.mirrored is not None:
        placed[matched.mirrored] = placed[matched.mirrored] @ mirror
    return Mosaic(
        strategy=options.match.strategy,
        tile_ids=on_grid(cells, ids[matched.indices], EMPTY_CELL),
        flipped=None if matched.mirrored is None else on_grid(cells, matched.mirrored, False),
        cell_costs=on_grid(cells, np.square(placed - wanted).sum(axis=1), 0.0),
        cost=matched.cost,
        bound=matched.bound,
        status=matched.status,
        parameters=options.parameters() | {"candidates": candidates},
        prices=TilePrices(ids, matched.prices),
        tiles_before=streamed.last + 1,
    )


def _most_candidates(cells: int, options: MosaicOptions) -> int:
    """Count the tiles that can be matched at once."""
    left = options.memory - memory_needed(0, cells, options)
    return max(left // (memory_needed(1, 0, options) - memory_needed(0, 0, options)), 0)


@dataclass(frozen=True, slots=True, eq=False)
class _Chosen:
    """Which tiles may be used."""

    only: NDArray[np.int64] | None
    """Ids, ascending; None: all."""
    without: NDArray[np.int64]
    """Ids of those that may not, ascending."""

    def among(self, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Say which of some tiles may be used."""
        kept = ~_holds(self.without, ids)
        return kept if self.only is None else kept & _holds(self.only, ids)


def _holds(ids: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which of the wanted are among ids in ascending order."""
    if not len(ids):
        return np.zeros(len(wanted), bool)
    places = np.searchsorted(ids, wanted).clip(max=len(ids) - 1)
    held: NDArray[np.bool_] = ids[places] == wanted
    return held


def _chosen(database: Database, selection: Selection, progress: Progress) -> _Chosen:
    """Find which tiles may be used: as `select_tiles` does, by ids alone."""
    only = None
    if selection.where is not None:
        only = np.array(tiles_where(database.url, selection.where), np.int64)
        if not len(only):
            raise MatchingError(
                f"no tile is left: the condition {printable(selection.where)!r} holds for none"
            )
    without = np.array(banned_tiles(database), np.int64)
    if selection.without is not None:
        without = np.union1d(without, tiles_where(database.url, selection.without))
    if not selection.with_missing:
        missing = np.setdiff1d(np.array(tiles_without_file(database), np.int64), without)
        if only is not None:
            missing = np.intersect1d(missing, only)
        if len(missing):
            progress.notice(
                f"{counted(len(missing), 'photo')} left out, missing when last looked for: "
                "--with-missing uses them"
            )
        without = np.union1d(without, missing)
    return _Chosen(only, np.sort(without).astype(np.int64))
