"""Levels of a pyramid: a picture, and smaller versions of it, each cut into tiles."""

from dataclasses import dataclass

from ...records import Size


@dataclass(frozen=True, slots=True)
class Level:
    """A picture that is cut into tiles."""

    size: Size
    """Width and height in pixels."""
    tile: Size
    """Width and height of a tile in pixels."""

    @property
    def columns(self) -> int:
        """Count the tiles across; the last one may be narrower."""
        return -(-self.size[0] // self.tile[0])

    @property
    def rows(self) -> int:
        """Count the tiles down; the last one may be lower."""
        return -(-self.size[1] // self.tile[1])


def levels_of(size: Size, tile: Size, ratio: int, least: Size) -> list[Level]:
    """Give the levels of a pyramid, from the picture itself to the smallest.

    Args:
        size: width and height of the picture in pixels.
        tile: width and height of a tile.
        ratio: how many pixels of a level, across and down, become one of the next.
        least: the smallest level is the first one that is no larger than this.
    """
    levels = [Level(size, tile)]
    while size[0] > least[0] or size[1] > least[1]:
        size = -(-size[0] // ratio), -(-size[1] // ratio)
        levels.append(Level(size, tile))
    return levels
