"""Candidates: the few of many tiles that are held in memory."""

import numpy as np

from ..records import Match
from .arrays import Floats, Ints

ROOM = 2
"""Tiles that are held for each that is wanted, before the others are dropped. A choice."""


class BestTiles:
    """The tiles of the highest scores, as many as are wanted, of those that come in blocks.

    Args:
        most: how many are wanted.
        floor: scores up to this do not count.
        dimensions: of the features.
    """

    def __init__(self, most: int, floor: float, dimensions: int) -> None:
        self.most, self.floor = most, floor
        nothing = np.zeros(0, dtype=np.int64), np.zeros((0, dimensions)), np.zeros(0)
        self._blocks: list[tuple[Ints, Floats, Floats]] = [nothing]
        self._count = 0

    def add(self, ids: Ints, features: Floats, scores: Floats) -> None:
        """Take in those of a block whose scores are above the floor, which may rise by that."""
        chosen = np.flatnonzero(scores > self.floor)
        self._blocks.append((ids[chosen], features[chosen], scores[chosen]))
        self._count += len(chosen)
        if self._count > ROOM * self.most:
            self._blocks = [self._highest(self.most)]
            self._count = self.most
            self.floor = max(self.floor, self._blocks[0][2].min())

    def first(self, count: int) -> tuple[Ints, Floats]:
        """Give the ids, ascending, and the features of so many tiles, or of as many as there are.

        Args:
            count: no more than are wanted.
        """
        return self._highest(count)[:2]

    def _highest(self, count: int) -> tuple[Ints, Floats, Floats]:
        ids, features, scores = (np.concatenate(parts) for parts in zip(*self._blocks, strict=True))
        if len(ids) > count:
            kept = np.sort(np.argpartition(-scores, count - 1)[:count])
            ids, features, scores = ids[kept], features[kept], scores[kept]
        return ids, features, scores


def exchange(
    ids: Ints, features: Floats, matched: Match, entering: tuple[Ints, Floats], most: int
) -> tuple[Ints, Floats]:
    """Let tiles in, and others out that no cell pays for where there is no room for all.

    Args:
        ids: (candidates,) ascending.
        features: (candidates, dimensions) theirs.
        matched: a match of them.
        entering: ids and features of tiles that are none.
        most: how many there is room for.

    Returns:
        (candidates,) ids, ascending, and (candidates, dimensions) features.
    """
    paid = matched.prices > 0.0
    paid[matched.indices] = True
    staying, spare = np.flatnonzero(paid), np.flatnonzero(~paid)
    coming = entering[0][: max(most - len(staying), 1)]
    staying = np.concatenate((staying, spare[: max(most - len(staying) - len(coming), 0)]))
    together = np.concatenate((ids[staying], coming))
    order = np.argsort(together)
    rows = np.concatenate((features[staying], entering[1][: len(coming)]))
    return together[order], rows[order]
