"""What `compile_in_background` runs: compile all kernels, those that are needed first, first."""

import os

import numpy as np

from . import match, warm_up


def compile_all() -> None:
    """Compile the kernels of the search, of repairs, and of least distances, or load them."""
    warm_up()
    random = np.random.default_rng(0)
    tiles, cells = random.normal(size=(600, 3)), random.normal(size=(500, 3))
    match(tiles, cells, start=match(tiles, cells), fixed={0: 0})
    match(tiles, cells, min_distance=3, max_uses=4, grid=(20, 25))


if __name__ == "__main__":
    os.nice(19)  # yield to all others
    compile_all()
