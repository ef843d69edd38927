"""What lists of bans and of recorded mosaics tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .records import Size, relative_gap


@dataclass(frozen=True, slots=True)
class Ban:
    """A photo that no mosaic may show."""

    content_hash: str
    """SHA-256 of its bytes."""
    banned_at: datetime
    """When (UTC)."""
    tile_id: int | None
    """Its tile; None: the database has none."""
    path: str | None
    """A file that holds it, or held it; None: none is known."""


@dataclass(frozen=True, slots=True)
class ListedMosaic:
    """A recorded mosaic in a list of mosaics: without its cells."""

    id: int
    """Its id in the database."""
    name: str | None
    """What people call it."""
    created_at: datetime
    """When it was rendered (UTC)."""
    target: str | None
    """Path of what it rebuilds; None for a match read from a file."""
    target_tile_id: int | None
    """The target's tile, where it is one."""
    grid: Size
    """Columns and rows."""
    strategy: str
    """The strategy that chose the tiles, or `given`."""
    cost: float | None
    """Sum of the cells' costs, each times its weight."""
    bound: float | None
    """No match within the same limits, on uses and on distances of repeats, can cost less."""
    cells: int
    """Cells that have a tile."""
    tiles_used: int
    """Different tiles in these."""
    tiles_gone: int
    """Of them, those whose photo no file holds any more."""
    output: str
    """Where its picture was written."""

    @property
    def gap(self) -> float | None:
        """Give (cost - bound) / cost, at least 0; None where these are unknown."""
        if self.cost is None or self.bound is None:
            return None
        return relative_gap(self.cost, self.bound)
