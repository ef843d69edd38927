"""Small problems of every awkward shape, and slow references for them."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment, linprog

from mosaicdb.matching import match
from mosaicdb.records import Match

Floats = NDArray[np.float64]


@dataclass
class Small:
    """A problem and what is asked for."""

    tiles: Floats
    cells: Floats
    weights: Floats | None
    strategy: str
    max_uses: int | None

    @property
    def limits(self) -> tuple[int, int]:
        tiles, cells = len(self.tiles), len(self.cells)
        smallest = -(-cells // tiles)
        if self.strategy == "fair":
            return cells // tiles, smallest
        if self.strategy == "unique":
            return 0, self.max_uses or smallest
        return 0, self.max_uses or cells

    @property
    def costs(self) -> Floats:
        costs = np.square(self.tiles[:, None] - self.cells[None]).sum(axis=2)
        return costs if self.weights is None else costs * self.weights


def _features(rows: int, dimensions: int, shape: str, random: np.random.Generator) -> Floats:
    features = random.normal(size=(rows, dimensions)) * 10
    if shape == "integer grid":
        return np.rint(features / 10) + 0.0
    if shape == "collinear":
        return np.repeat(features[:, :1], dimensions, axis=1)
    if shape == "duplicates":
        return features[random.integers(0, max(1, rows // 4), rows)]
    if shape == "all equal":
        return np.repeat(features[:1], rows, axis=0)
    if shape == "far away":
        return features + 1e4
    if shape == "many scales":
        return features * 10.0 ** random.integers(-4, 4, (rows, 1))
    return features


SHAPES = (
    "random",
    "integer grid",
    "collinear",
    "duplicates",
    "all equal",
    "far away",
    "many scales",
)


@st.composite
def small_problems(draw: st.DrawFn, strategy: str | None = None) -> Small:
    """Problems of up to 24 tiles and cells in up to 5 dimensions."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    tiles, cells = draw(st.integers(1, 24)), draw(st.integers(1, 24))
    dimensions = draw(st.integers(1, 5))
    x = _features(tiles, dimensions, draw(st.sampled_from(SHAPES)), random)
    y = _features(cells, dimensions, draw(st.sampled_from(SHAPES)), random)
    chosen = strategy or draw(st.sampled_from(("nearest", "unique", "fair")))
    most = None
    if chosen != "fair" and draw(st.booleans()):
        most = -(-cells // tiles) + draw(st.integers(0, 3))
    weights = None
    if draw(st.booleans()):
        weights = random.uniform(0, 3, cells) * (random.random(cells) < 0.8)
    return Small(x, y, weights, chosen, most)


def solve(small: Small, **more: object) -> Match:
    """Match a problem exactly."""
    return match(
        small.tiles,
        small.cells,
        strategy=small.strategy,
        max_uses=small.max_uses,
        weights=small.weights,
        gap=0,
        **more,  # type: ignore[arg-type]
    )


def least_cost(small: Small) -> float:
    """The optimal cost, by linear_sum_assignment on repeated rows, or a linear program."""
    low, high = small.limits
    if low == 0:
        costs = np.repeat(small.costs, min(high, len(small.cells)), axis=0)
        rows, columns = linear_sum_assignment(costs)
        return float(costs[rows, columns].sum())
    tiles, cells = small.costs.shape
    filled = np.kron(np.ones((1, tiles)), np.eye(cells))
    used = np.kron(np.eye(tiles), np.ones((1, cells)))
    limits = np.concatenate((np.full(tiles, high), np.full(tiles, -low)))
    solution = linprog(
        small.costs.ravel(), np.vstack((used, -used)), limits, filled, np.ones(cells)
    )
    return float(solution.fun)


def kept_apart(
    indices: NDArray[np.intp], grid: tuple[int, int] | NDArray[np.bool_], distance: int
) -> bool:
    """Whether no tile is used twice within the distance, by comparing all pairs."""
    row, column = np.nonzero(np.ones(grid) if isinstance(grid, tuple) else grid)
    apart = np.maximum(abs(row[:, None] - row), abs(column[:, None] - column))
    same = indices[:, None] == indices
    np.fill_diagonal(same, False)
    return not (same & (apart < distance)).any()


def dual_value(answer: Match, costs: Floats, limits: tuple[int, int]) -> float:
    """The bound that a match's prices prove, by brute force over (tiles, cells) costs."""
    low, high = limits
    prices = answer.prices
    lowest = (costs + prices[:, None]).min(axis=0).sum()
    return float(lowest - np.where(prices > 0, high * prices, low * prices).sum())


def assert_bound_is_proven(answer: Match, value: float, rounding: float) -> None:
    """Check a match's bound against the value that its prices prove: windows prove more."""
    proven = min(max(value, 0.0), answer.cost)
    if answer.windows is None:
        assert answer.bound == pytest.approx(proven, abs=rounding)
    else:  # how much more, test_spaced_bound.py computes by brute force
        assert proven < answer.bound <= answer.cost


def squared_distances(tiles: Floats, cells: Floats) -> Floats:
    """(tiles, cells) costs without weights, feature by feature."""
    costs = np.zeros((len(tiles), len(cells)))
    for k in range(tiles.shape[1]):
        costs += np.square(tiles[:, k, None] - cells[None, :, k])
    return costs
