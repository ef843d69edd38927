"""Measure what each tuning constant of the matching is worth: half of it, and twice.

    python benchmarks/matching_constants.py [--constants SHORTLIST,FACTOR] [--repeat 3]

Prints the processor time of a few problems with a constant changed, divided by the time with it as
it is, in processes of their own on one thread. About 1 means that it is not sensitive; below 0.95
in all columns, that it should be changed. Problems are made up: clustered colours, and a target of
smooth areas, plain or with plateaus of one colour.
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

import numpy as np
from measure import NO_OTHER_BACKENDS, machine, ratio, table
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
ROOM = "mosaicdb.matching."


@dataclass(frozen=True, slots=True)
class Constant:
    """A number of the matching, and the values to try beside its own."""

    module: str
    """Below `mosaicdb.matching`."""
    factors: tuple[float, ...] = (0.5, 2.0)
    """What it is multiplied by."""
    compiled: bool = False
    """Whether kernels have to be compiled anew."""


CONSTANTS = {
    "SHORTLIST": Constant("auction.cell_groups"),
    "LEAF_SIZE": Constant("tree_order"),
    "MOST_LEAVES": Constant("auction.c_transform", compiled=True),
    "FACTOR": Constant("auction.multiscale"),
    "COARSE_EPSILON": Constant("auction.multiscale", (0.3, 3.0)),
    "WIDE_GAP": Constant("auction.multiscale", (0.1, 10.0)),
    "FIRST_EPSILON": Constant("auction.epsilon_scaling", (0.2, 5.0)),
    "LAST_EPSILON": Constant("auction.epsilon_scaling", (0.2, 5.0)),
    "EPSILON_STEP": Constant("auction.epsilon_scaling", (0.6, 2.0)),
    "PATIENCE": Constant("auction.epsilon_scaling"),
    "MOST_FIRST_BIDS": Constant("auction.transport", (0.5, 6.0)),
    "REVERSE_BIDS": Constant("auction.epsilon_scaling"),
    "FIRST_REACH": Constant("auction.epsilon_scaling", (0.67, 1.33)),
    "LITTLE_FALL": Constant("auction.epsilon_scaling", (0.7, 1.3)),
    "MOST_TURNS": Constant("auction.epsilon_scaling"),
    "FEW_VACANT": Constant("auction.epsilon_scaling", (0.2, 5.0)),
    "VACANT_OF_EPSILON": Constant("auction.epsilon_scaling", (0.0, 2.0)),
    "SHARE": Constant("auction.augmenting_paths", (0.2, 1.8)),
    "LEAF": Constant("certificate.branch_and_bound", compiled=True),
    "HARD": Constant("certificate.branch_and_bound"),
    "FEW_PAIRS": Constant("certificate.dual_bound", (0.1, 10.0)),
    "DENSE_PAIRS": Constant("strategies", (0.25, 4.0)),
    "CHOICES": Constant("spacing.repair"),
    "MOST_PASSES": Constant("spacing.repair"),
}


def problems() -> dict[str, tuple[Floats, Floats, dict[str, object]]]:
    """Make the problems: tiles, cells, and what is asked of `match`."""
    random = np.random.default_rng(0)
    centres = random.uniform(20, 235, (40, 3))
    tiles = np.rint(centres[random.integers(0, 40, 5_000)] + random.normal(size=(5_000, 3)) * 25)
    row, column = np.mgrid[0:70, 0:70] / 70
    waves = [np.sin(5 * column + k) * np.cos(4 * row - k) for k in range(3)]
    plain = np.rint(np.stack(waves, axis=-1).reshape(-1, 3) * 60 + 90)
    plateau = np.where(np.arange(len(plain))[:, None] < 1_500, plain[:1], plain)
    swap = np.eye(3)[::-1].copy()
    mixed = random.normal(size=(3, 14))
    rows = np.repeat(tiles[:2_000], 8, axis=0) @ mixed + random.normal(size=(16_000, 14)) * 40
    owner = np.repeat(np.arange(2_000), 8)
    spacing: dict[str, object] = {"max_uses": 3, "min_distance": 5, "grid": (70, 70)}
    return {
        "square": (tiles[:4_900], plain, {"gap": 0.0}),
        "plateau": (tiles, plateau, {"gap": 0.0}),
        "uses": (tiles[:2_500], plain, {"gap": 0.0, "max_uses": 3}),
        "fair": (tiles[:1_500], plain, {"gap": 0.0, "strategy": "fair"}),
        "1 %": (tiles, plateau, {"gap": 1e-2}),
        "small": (tiles[:250], plain[::20], {"gap": 0.0}),
        "spacing": (tiles[:2_500], plain, spacing),
        "mirrored": (tiles[:2_000], plain[::3], {"reflection": swap}),
        "crops": (rows, plain[::3] @ mixed, {"owner": owner, "gap": 0.0}),
    }


def solve(constant: str, factor: float, repeat: int) -> None:
    """Solve all problems in this process with a constant changed; print the least seconds."""
    if constant:
        module = importlib.import_module(ROOM + CONSTANTS[constant].module)
        own = getattr(module, constant)
        changed = own * factor
        setattr(module, constant, max(1, round(changed)) if isinstance(own, int) else changed)
    from mosaicdb.matching import match, warm_up

    warm_up()
    taken = {}
    for name, (tiles, cells, options) in problems().items():
        times = []
        for _ in range(repeat + 1):  # the first one compiles
            start = time.process_time()
            match(tiles, cells, **options)  # type: ignore[arg-type]
            times.append(time.process_time() - start)
        taken[name] = min(times[1:])
    print(json.dumps(taken))


def measure(constant: str, factor: float, repeat: int, cache: str) -> dict[str, float]:
    """Solve all problems in a process whose kernels are in a cache."""
    command = [sys.executable, __file__, "--solve", constant, str(factor), str(repeat)]
    environment = os.environ | ONE_THREAD | NO_OTHER_BACKENDS | {"NUMBA_CACHE_DIR": cache}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return {name: float(value) for name, value in json.loads(done.stdout).items()}


def rows_of(name: str, repeat: int, cache: str) -> list[list[str]]:
    """Measure a constant's values between two measurements of its own one."""
    before, changed = measure("", 1.0, repeat, cache), []
    for factor in CONSTANTS[name].factors:
        with tempfile.TemporaryDirectory() as fresh:
            place = fresh if CONSTANTS[name].compiled else cache
            changed.append(measure(name, factor, repeat, place))
    after = measure("", 1.0, repeat, cache)
    own = {key: min(before[key], after[key]) for key in before}
    return [
        [name, f"{factor:g}", *(ratio(times[key] / own[key]) for key in own)]
        for factor, times in zip(CONSTANTS[name].factors, changed, strict=True)
    ]


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--solve"]:
        solve(sys.argv[2], float(sys.argv[3]), int(sys.argv[4]))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--constants", help="names, separated by commas (default: all)")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    names = options.constants.split(",") if options.constants else list(CONSTANTS)
    if unknown := [name for name in names if name not in CONSTANTS]:
        parser.error(f"no constant {unknown[0]!r}: use {', '.join(CONSTANTS)}")
    rows = []
    with tempfile.TemporaryDirectory() as cache:
        for name in names:
            rows += rows_of(name, options.repeat, cache)
            # A run takes long: what is known so far survives its end.
            print("\n".join("  ".join(row) for row in rows[-2:]), file=sys.stderr)
    print(f"{machine()}; load average {os.getloadavg()[0]:.1f}.\n")
    print(table(("constant", "times", *problems()), rows))


if __name__ == "__main__":
    main()
