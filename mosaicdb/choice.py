"""Choose the tiles that a mosaic may be made of."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from .duplicates import group_tiles
from .errors import MatchingError, printable
from .executors import Executor
from .features import Progress, fill_features
from .model import NEAR_DISTANCE, TileSet
from .store import Database, load_tiles, tiles_where


@dataclass(frozen=True, slots=True)
class Choice:
    """Which tiles may be used."""

    where: str | None = None
    """A condition in SQL on the view `tile_stats`; None: all."""
    distinct: bool = False
    """Whether only the largest photo counts of those that show the same picture."""

    def parameters(self) -> dict[str, object]:
        """Give what must be known to choose the same tiles again."""
        found: dict[str, object] = {}
        if self.where is not None:
            found["where"] = self.where
        if self.distinct:
            found["distinct"] = NEAR_DISTANCE
        return found


EVERY_TILE: Final = Choice()


def choose_tiles(
    database: Database,
    choice: Choice = EVERY_TILE,
    *,
    signatures: bool = False,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> TileSet:
    """Load the tiles that a mosaic may be made of.

    The largest of several photos of the same picture is the largest among those for which the
    condition holds.

    Args:
        database: gets the features that its tiles lack, if they are needed.
        choice: which tiles.
        signatures: whether to load their signatures too.
        executor: where thumbnails are decoded; default: in this process.
        progress: hears how far that is.

    Raises:
        UsageError: the condition is wrong.
        MatchingError: it holds for no tile.
        DatabaseError: there are no tiles, or a rebuild stopped half-way.
    """
    if signatures:
        fill_features(database, executor=executor, progress=progress)
    tiles = load_tiles(database, signatures)
    if choice.where is not None:
        tiles = tiles.only(np.array(tiles_where(database.path, choice.where), np.int64))
        if not len(tiles):
            raise MatchingError(
                f"no tile is left: the condition {printable(choice.where)!r} holds for none"
            )
    if choice.distinct:
        groups = group_tiles(database, executor=executor, progress=progress)
        tiles = tiles.only(np.setdiff1d(tiles.ids, groups.surplus(tiles.ids)))
    return tiles
