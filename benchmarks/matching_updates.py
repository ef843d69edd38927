"""Measure what it takes to keep a match up to date, beside solving anew.

    MOSAICDB_PHOTOS=~/Photos python benchmarks/matching_updates.py [--rows 10k] [--changes pin]

Each row is solved once; then it changes a little, and is solved from that match and anew, both to
the exact optimum, in the same process, on one thread. The table holds processor time.
"""

import argparse
import os
import sys
import time

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
os.environ |= dict.fromkeys(ONE_THREAD, "1")

import numpy as np  # noqa: E402 - after the number of threads is set
from matching import load, photos_and_cache, prepare_problem  # noqa: E402
from measure import machine, ratio, seconds, table  # noqa: E402

from mosaicdb.matching import Match, Start, match, warm_up  # noqa: E402

CHANGED = 100
"""Photos that are new or gone."""
ROWS = {
    "10k": ((100, 10_000, 1, 0), 9_800),
    "10k-free": ((100, 10_000, 1, 0), 5_000),
    "10k-b": ((100, 10_000, 1, 1), 9_800),
    "100k": ((316, 99_856, 1, 0), 98_000),
}
"""Side, tiles, blocks and target of the problem, and of how many cells it is, chosen at random."""
CHANGES = ("none", "pin", "new", "gone")
HEADER = ("problem", "change", "anew, s", "from a start, s", "times as fast", "costs differ by")


def solve(*arguments: np.ndarray, **options: object) -> tuple[Match, float]:
    """Match exactly, and give what processor time it took."""
    begun = time.process_time()
    answer = match(*arguments, gap=0, **options)  # type: ignore[arg-type]
    return answer, time.process_time() - begun


def measure(name: str, changes: list[str]) -> list[list[str]]:
    """Measure a row of problems."""
    spec, cells = ROWS[name]
    data = np.load(prepare_problem(*photos_and_cache(), spec))
    random = np.random.default_rng(0)
    everything = data["tiles"]
    features = data["cells"][np.sort(random.permutation(len(data["cells"]))[:cells])]
    count = len(everything) - CHANGED
    first, _ = solve(everything[:count], features)
    rows = {
        "none": np.arange(count),
        "pin": np.arange(count),
        "new": np.append(np.arange(count), np.full(CHANGED, -1)),
        "gone": np.sort(random.permutation(count)[CHANGED:]),
    }
    lines = []
    for change in changes:
        numbers = rows[change]
        tiles = everything if change == "new" else everything[numbers]
        fixed = {17: 5} if change == "pin" else None
        start = Start(first, rows=numbers)
        updated, quick = solve(tiles, features, fixed=fixed, start=start)
        anew, slow = solve(tiles, features, fixed=fixed)
        difference = abs(updated.cost - anew.cost) / anew.cost
        lines.append([name, change, seconds(slow), seconds(quick), ratio(slow / quick)])
        lines[-1].append(f"{difference:.0e}")
        print("  ".join(lines[-1]), file=sys.stderr)
    return lines


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", default="10k,10k-free,10k-b", help="names, divided by commas")
    parser.add_argument("--changes", default=",".join(CHANGES), help="likewise")
    options = parser.parse_args()
    warm_up()
    tiles = np.random.default_rng(0).normal(size=(400, 3))  # compiles the others, or loads them
    first = match(tiles, tiles[:300] * 2, gap=0)
    match(tiles, tiles[:300] * 2, gap=0, start=first, fixed={0: 3})
    before, lines = load(), []
    for name in options.rows.split(","):
        lines += measure(name, options.changes.split(","))
    print(f"{machine()}; {before} before, {load()} after.\n")
    print(table(HEADER, lines))


if __name__ == "__main__":
    main()
