"""Measure the bound of matches with a least distance of repeats, beside the one without.

    MOSAICDB_PHOTOS=~/Photos python benchmarks/matching_distances.py [--targets 0,1,2] [--exact]

10,000 cells from 4,000 tiles. A gap is (cost - bound) / cost of the same match, with the bound of
the problem without the distance and with prices on windows. Time is processor time, of one thread.

With --exact, 12 x 12 cells from 80 tiles instead, beside the least cost by an integer program
(HiGHS), which takes minutes: it tells what of a gap is owed to the match, what to the bound.
"""

import argparse
import os
import sys
import time

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
os.environ |= dict.fromkeys(ONE_THREAD, "1")

import numpy as np  # noqa: E402 - after the number of threads is set
from matching import load, photos_and_cache, prepare_problem  # noqa: E402
from measure import machine, seconds, table  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from mosaicdb.matching import Match, match, warm_up  # noqa: E402

LIMITS: dict[str, dict[str, object]] = {
    "3 uses": {"max_uses": 3},
    "10 uses": {"max_uses": 10},
    "any uses": {"strategy": "nearest"},
}
DISTANCES = (2, 3, 5)
HEADER = ("target", "limit", "distance", "gap without windows", "gap", "without distance, s", "s")
HEADER_EXACT = ("target", "limit", "distance", "gap", "cost above least", "bound below least")
EXACT_SIDE, EXACT_TILES = 12, 80
SECONDS = 60
"""That an integer program may take."""


def timed(*arguments: object, **options: object) -> tuple[Match, float]:
    """Match, and give what processor time it took."""
    begun = time.process_time()
    return match(*arguments, **options), time.process_time() - begun  # type: ignore[arg-type]


def least_cost(costs: NDArray[np.float64], most: int, distance: int) -> float | None:
    """Solve the problem as an integer program; None if the time does not suffice."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, eye_array, kron

    tiles, cells = costs.shape
    place = np.argwhere(np.ones((EXACT_SIDE, EXACT_SIDE)))
    corners = place[(place <= EXACT_SIDE - distance).all(axis=1)]
    apart = place[None] - corners[:, None]
    inside = csr_array(((apart >= 0) & (apart < distance)).all(axis=2).astype(float))
    limits = [
        LinearConstraint(kron(np.ones((1, tiles)), eye_array(cells), format="csr"), 1, 1),
        LinearConstraint(kron(eye_array(tiles), inside, format="csr"), 0, 1),
        LinearConstraint(kron(eye_array(tiles), np.ones((1, cells)), format="csr"), 0, most),
    ]
    solved = milp(
        costs.ravel(), constraints=limits, integrality=1, bounds=Bounds(0, 1),
        options={"time_limit": SECONDS, "mip_rel_gap": 1e-6},
    )  # fmt: skip
    return float(solved.fun) if solved.status == 0 else None


def measure(target: int) -> list[list[str]]:
    """Measure the large problems of a target."""
    data = np.load(prepare_problem(*photos_and_cache(), (100, 4000, 1, target)))
    lines = []
    for name, limit in LIMITS.items():
        free, alone = timed(data["tiles"], data["cells"], **limit)
        for distance in DISTANCES:
            answer, taken = timed(
                data["tiles"], data["cells"], min_distance=distance, grid=(100, 100), **limit
            )
            before = (answer.cost - free.bound) / answer.cost
            lines.append([str(target), name, str(distance), f"{before:.1e}", f"{answer.gap:.1e}"])
            lines[-1] += [seconds(alone), seconds(taken)]
            print("  ".join(lines[-1]), file=sys.stderr)
    return lines


def measure_exactly(target: int) -> list[list[str]]:
    """Measure the small problems of a target beside their least costs."""
    data = np.load(prepare_problem(*photos_and_cache(), (100, 4000, 1, target)))
    step = 100 // EXACT_SIDE
    picture = data["cells"].reshape(100, 100, 3)[: EXACT_SIDE * step, : EXACT_SIDE * step]
    cells = picture.reshape(EXACT_SIDE, step, EXACT_SIDE, step, 3).mean(axis=(1, 3)).reshape(-1, 3)
    tiles = data["tiles"][:EXACT_TILES]
    costs = np.square(tiles[:, None] - cells).sum(axis=2)
    lines = []
    for name, most in {"4 uses": 4, "any uses": None}.items():
        for distance in DISTANCES:
            answer = match(
                tiles,
                cells,
                strategy="nearest",
                max_uses=most,
                min_distance=distance,
                grid=(EXACT_SIDE, EXACT_SIDE),
            )
            least = least_cost(costs, most or len(cells), distance)
            parts = ["", ""] if least is None else [
                f"{answer.cost / least - 1:.1e}", f"{1 - answer.bound / least:.1e}",
            ]  # fmt: skip
            lines.append([str(target), name, str(distance), f"{answer.gap:.1e}", *parts])
            print("  ".join(lines[-1]), file=sys.stderr)
    return lines


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--targets", default="0,1,2", help="divided by commas")
    parser.add_argument("--exact", action="store_true", help="small problems, beside the optimum")
    options = parser.parse_args()
    warm_up()
    tiles = np.random.default_rng(0).normal(size=(400, 3))  # compiles the others, or loads them
    match(tiles, tiles * 2, max_uses=2, min_distance=2, grid=(20, 20))
    before, lines = load(), []
    for target in map(int, options.targets.split(",")):
        lines += measure_exactly(target) if options.exact else measure(target)
    print(f"{machine()}; {before} before, {load()} after.\n")
    print(table(HEADER_EXACT if options.exact else HEADER, lines))


if __name__ == "__main__":
    main()
