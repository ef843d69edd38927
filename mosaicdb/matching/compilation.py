"""A machine's first match: whether the kernels are compiled, and what compiles them."""

import fcntl
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np

from ..records import COMPILING
from .auction import solve_transport
from .auction.augmenting_paths import augment
from .auction.bidding import lowest_values, run_auction
from .auction.c_transform import find_low_values
from .certificate import certify
from .kernels import cache_folder, is_cached
from .problem import Problem, make_problem
from .stopping import Progress, StoppingCriterion
from .tree_order import split

FIRST_PAIRS = 20_000_000
"""Pairs of a tile and a cell up to which a machine's first match is found sooner without kernels:
in 7 s at most, where they take 17 s to compile. See docs/matching.md, "The first match"."""

FIRST_ROW_PAIRS = 300_000_000
"""Pairs of a row of features and a cell, likewise, where tiles have several rows: distances and
the proof of so many take 8 s."""

_PACKAGES = str(Path(__file__).parents[2])

_started: list[subprocess.Popen[bytes]] = []  # nobody waits for them


def kernels_are_compiled() -> bool:
    """Say whether the search can start at once; if not, its first run compiles for some seconds."""
    kernels = (augment, run_auction, lowest_values, find_low_values, split)
    return all(is_cached(kernel) for kernel in kernels)


def repairs_are_compiled() -> bool:
    """Say the same of the repair of an earlier match."""
    from .upkeep.growth import grow

    return is_cached(grow)


def distances_are_compiled() -> bool:
    """Say the same of least distances."""
    from .spacing.windows import move

    return is_cached(move)


def warm_up(progress: Progress | None = None) -> None:
    """Load the kernels, or compile them once on a machine: see `mosaicdb.matching.warm_up`."""
    compiled = kernels_are_compiled()
    if progress is not None and not compiled:
        progress(None, COMPILING)
    # Some tiles are left over; and there are so many that the proof too is compiled.
    tiles, cells = (400, 300) if compiled else (2500, 1000)
    features = np.arange(tiles)[:, None], np.arange(cells)[:, None] ** 1.1
    problem, stopping = make_problem(*features, "unique", None, None), StoppingCriterion()
    owners, prices = solve_transport(problem, stopping)
    certify(problem, problem.best_rows(owners), prices, stopping)


def is_small(problem: Problem) -> bool:
    """Say whether the reference solver solves a problem sooner than kernels are compiled."""
    tiles, rows, cells = len(problem.owners), len(problem.tiles), len(problem.cells)
    return tiles * cells <= FIRST_PAIRS and rows * cells <= FIRST_ROW_PAIRS


def compile_in_background() -> None:
    """Compile the kernels in a process that outlives this one, unless another one does so already.

    It yields to all others, and nobody waits for it: where it cannot be started, or is killed, the
    first match that needs kernels compiles them, as it would have without. Nor is it started where
    machine code cannot be kept.
    """
    folder = cache_folder(run_auction)
    if folder is None:
        return
    packages = os.pathsep.join([_PACKAGES, *filter(None, [os.environ.get("PYTHONPATH")])])
    with suppress(OSError), open(folder / "compiling.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # until the process that gets it ends
        _started.append(
            subprocess.Popen(
                [sys.executable, "-P", "-m", "mosaicdb.matching.all_kernels"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=[lock.fileno()],
                env=os.environ | {"PYTHONPATH": packages},
            )
        )
