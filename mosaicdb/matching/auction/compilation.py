"""Whether the search's kernels are compiled already on this machine."""

from ..kernels import is_cached
from ..price_tree import split
from .augmenting_paths import augment
from .bidding import lowest_values, run_auction
from .c_transform import find_low_values


def kernels_are_compiled() -> bool:
    """Say whether the solver can start at once; if not, its first run compiles for some seconds."""
    kernels = (augment, run_auction, lowest_values, find_low_values, split)
    return all(is_cached(kernel) for kernel in kernels)
