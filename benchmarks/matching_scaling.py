"""Plot cost and time of unique matching against the number of tiles.

    MOSAICDB_PHOTOS=~/Photos python benchmarks/matching_scaling.py [--target 0] [--output PLOT.svg]

As many tiles as cells, mean colours, the default gap of 1e-6. Needs matplotlib.
"""

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

from matching import Solved, load, measure, photos_and_cache, prepare_problem

SIDES = (32, 45, 71, 100, 158, 224, 316)
OUTPUT = Path(__file__).resolve().parent.parent / "docs" / "matching_scaling.svg"


def main() -> None:
    """Measure, fit, plot."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--target", type=int, default=0, help="0 to 3")
    options = parser.parse_args()
    photos, cache = photos_and_cache()
    found: dict[int, Solved] = {}
    for side in SIDES:
        problem = prepare_problem(photos, cache, (side, side * side, 1, options.target))
        solved = measure(problem, {}, "auto")
        if solved is None:
            sys.exit(f"{side * side} tiles failed")
        found[side * side] = solved
        print(
            f"{side * side:7,} tiles {solved.seconds:8.2f} s {solved.megabytes:5.0f} MB  "
            f"gap {solved.gap:.1e}  cost a cell {solved.cost / side**2:10.3f}  {load()}"
        )
    exponent, _ = fit(list(found), [solved.seconds for solved in found.values()])
    print(f"time grows as n^{exponent:.2f}")
    plot(found, options.output)


def fit(sizes: Sequence[float], times: Sequence[float]) -> tuple[float, float]:
    """Fit time = factor * size^exponent by least squares of logarithms."""
    x, y = [math.log(size) for size in sizes], [math.log(time) for time in times]
    x_mean, y_mean = sum(x) / len(x), sum(y) / len(y)
    slope = sum((a - x_mean) * (b - y_mean) for a, b in zip(x, y, strict=True))
    slope /= sum((a - x_mean) ** 2 for a in x)
    return slope, math.exp(y_mean - slope * x_mean)


def plot(found: dict[int, Solved], output: Path) -> None:
    """Draw time with the fitted line, and the cost of an average cell."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "mosaicdb"
    from matplotlib import pyplot

    sizes, times = list(found), [solved.seconds for solved in found.values()]
    exponent, factor = fit(sizes, times)
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    left.loglog(sizes, times, "o", color="tab:blue")
    line = [factor * size**exponent for size in sizes]
    left.loglog(sizes, line, color="tab:grey", label=f"$n^{{{exponent:.2f}}}$")
    left.set(xlabel="tiles = cells, n", ylabel="time, s", title="Time to a gap of at most 1e-6")
    left.legend()
    costs = [solved.cost / size for size, solved in found.items()]
    right.semilogx(sizes, costs, "o-", color="tab:red")
    right.set(xlabel="tiles = cells, n", ylabel="cost of a cell", title="Cost: squared colour")
    right.set_ylim(bottom=0)
    for axes in (left, right):
        axes.grid(alpha=0.3)
    figure.savefig(output, metadata={"Date": None})


if __name__ == "__main__":
    main()
