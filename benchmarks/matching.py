"""Measure the matching: time, memory and proof, beside `ot.emd` on the same problems.

    MOSAICDB_PHOTOS=~/Photos python benchmarks/matching.py [--rows 2k,10k-a] [--no-emd]

Each solver meets each problem in a process of its own, on one thread. Imports, kernels and one
small problem come before the clock starts and are stated apart. Peak memory is the process's.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from measure import NO_OTHER_BACKENDS, machine, ratio, seconds, table

HERE = Path(__file__).resolve().parent
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
LONG = ("1m", "100k-")
SMALL = 300
HEADER = (
    "problem",
    "s",
    "first s",
    "MB",
    "gap",
    "`ot.emd`, s",
    "`ot.emd`, MB",
    "times as fast",
    "costs differ by",
)


@dataclass(frozen=True, slots=True)
class Solved:
    """What solving a problem took."""

    seconds: float
    """Time by the clock."""
    first: float
    """Imports, loading or compiling the kernels, and a small problem."""
    cost: float
    """In squared units of colour."""
    gap: float
    """Proven."""
    megabytes: float
    """Largest resident memory of the process."""


def prepare(photos: Path, cache: Path, name: str) -> Path:
    """Make a row's features in a process of its own; this one must stay small."""
    from matching_problems import ROWS

    row = ROWS[name]
    return prepare_problem(photos, cache, (row.side, row.tiles, row.blocks, row.target))


def prepare_problem(photos: Path, cache: Path, problem: tuple[int, int, int, int]) -> Path:
    """Make the features of (side, tiles, blocks, target), or find them in the cache."""
    script = HERE / "matching_problems.py"
    command = [sys.executable, str(script), str(photos), str(cache), *map(str, problem)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Path(done.stdout)


def measure(path: Path, options: dict[str, object], solver: str) -> Solved | None:
    """Solve one problem in a new process with one thread; None if that fails."""
    command = [sys.executable, __file__, "--solve", str(path), json.dumps(options), solver]
    environment = os.environ | ONE_THREAD | NO_OTHER_BACKENDS
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
    return None if done.returncode else Solved(**json.loads(done.stdout))


def solve(path: str, options: str, solver: str) -> None:
    """Solve one problem in this process and print what it took."""
    start = time.perf_counter()
    import resource

    import numpy as np

    from mosaicdb.matching import match, warm_up

    data, asked = np.load(path), json.loads(options)
    tiles, cells = data["tiles"], data["cells"]
    free = {key: value for key, value in asked.items() if key not in ("min_distance", "grid")}
    if solver != "emd":
        warm_up()
    match(tiles[:SMALL], cells[:SMALL], solver=solver, **free)
    ready = time.perf_counter()
    result = match(tiles, cells, solver=solver, **asked)
    answer = {
        "seconds": time.perf_counter() - ready,
        "first": ready - start,
        "cost": result.cost,
        "gap": result.gap,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
    }
    print(json.dumps(answer))


def row_of(name: str, ours: Solved | None, emd: Solved | None) -> list[str]:
    """Write a row of the table."""
    if ours is None:
        return [name, "failed", *[""] * (len(HEADER) - 2)]
    line = [name, seconds(ours.seconds), seconds(ours.first), f"{ours.megabytes:.0f}"]
    line.append(f"{ours.gap:.1e}")
    if emd is None:
        return line + [""] * (len(HEADER) - len(line))
    difference = abs(emd.cost - ours.cost) / ours.cost
    times = ratio(emd.seconds / ours.seconds)
    return [*line, seconds(emd.seconds), f"{emd.megabytes:.0f}", times, f"{difference:.0e}"]


def photos_and_cache() -> tuple[Path, Path]:
    """Find the folder of photos, and a place for features that are made once."""
    photos = os.environ.get("MOSAICDB_PHOTOS")
    if not photos:
        sys.exit("skipped: set MOSAICDB_PHOTOS to a folder of photos")
    cache = Path(tempfile.gettempdir()) / "mosaicdb-matching-features"
    cache.mkdir(exist_ok=True)
    return Path(photos), cache


def load() -> str:
    """Say how busy the machine is."""
    return f"load average {os.getloadavg()[0]:.1f}"


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--solve"]:
        solve(*sys.argv[2:5])
        return
    photos, cache = photos_and_cache()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", help="names, separated by commas (default: all but the longest)")
    parser.add_argument("--no-emd", action="store_true", help="leave the reference solver out")
    options = parser.parse_args()
    # Here, so that the processes that measure are not started by one with large imports.
    from matching_problems import ROWS

    names = options.rows.split(",") if options.rows else [n for n in ROWS if not n.startswith(LONG)]
    if unknown := [name for name in names if name not in ROWS]:
        parser.error(f"no row {unknown[0]!r}: use {', '.join(ROWS)}")
    before, rows = load(), []
    for name in names:
        path, row = prepare(photos, cache, name), ROWS[name]
        emd = measure(path, row.options, "emd") if row.emd and not options.no_emd else None
        rows.append(row_of(name, measure(path, row.options, "auto"), emd))
        # A run takes long: what is known so far survives its end.
        print("  ".join(rows[-1]), file=sys.stderr)
    print(f"{machine()}; {before} before, {load()} after.\n")
    print(table(HEADER, rows))


if __name__ == "__main__":
    main()
