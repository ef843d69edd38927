"""How often tiles may be used; imports nothing, so that the command line may ask at once."""


def smallest_max_uses(tiles: int, cells: int) -> int:
    """Give the smallest limit on the uses of each of so many tiles that fills so many cells."""
    return -(-cells // tiles)
