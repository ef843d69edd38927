"""Match tiles that do not fit into memory: column generation over blocks of them.

Few of many tiles take part in an optimal match: those that some cell would pay for. A match of a
sample says roughly what cells pay, one pass over all tiles keeps those that would be paid the most
as candidates, and these are matched. A second pass proves a bound over all tiles, and finds those
that some cell would prefer at the prices so far: they become candidates too, and the candidates are
matched again, until the gap is small enough or no such tile is left.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import MatchingError
from ..records import Match, relative_gap
from .arrays import Floats, Ints
from .candidates import BestTiles, exchange
from .certificate.branch_and_bound import lowest_values
from .certificate.cell_tree import (
    build_cell_tree,
    lower_values,
    most_paid,
    set_values,
    take_best,
    values_of,
)
from .limits import smallest_max_uses
from .reflection import check_reflection
from .start import Start
from .stopping import Progress, StoppingCriterion
from .strategies import Request, solve

SAMPLE = 200_000
"""Tiles of the sample that says roughly what cells pay: 20 s or so with as many cells. A choice."""

PARTS = 16
"""Tiles for each of the sample at least: it must cost less than what it saves. A choice."""

LEAST_SAMPLE = 1_000
"""Tiles of the sample of few tiles."""

SAMPLE_GAP = 1e-3
"""Relative gap of its match: what a sample says is no more exact."""

SPARE = 2
"""Candidates for each tile that is needed. A choice."""

FEW = 100_000
"""Candidates that are few in any case. A choice."""

FLOOR_SAMPLE = 5_000
"""Tiles whose exact scores say how many are above a score. A choice."""

WIDER = 1.5
"""How many times the candidates that there is room for may be above it. A choice."""

LEAST_VALUE = 0.01
"""What a cell pays at least when candidates are chosen, in costs of an average cell's nearest tile:
one that has an equal tile may have to take another one. A choice."""

SHARE_OF_GAP = 0.5
"""Part of the gap asked for that the match of candidates may leave; the rest is for the others."""

ROUNDS = 12
"""Matches of candidates at most: a choice, one or two suffice where a percent is asked for."""

Block: TypeAlias = tuple[Ints, Floats]
"""(tiles,) ids, ascending, and (tiles, dimensions) features."""

Blocks: TypeAlias = Callable[[], Iterator[Block]]
"""Yields all tiles, the same ones by ascending id each time."""


@dataclass(frozen=True, slots=True, eq=False)
class Streamed:
    """A match of some of the tiles, and a bound over all of them."""

    match: Match
    """The match of the candidates; its bound holds for all tiles."""
    ids: Ints
    """(candidates,) the tiles that it chose from, ascending."""
    features: Floats
    """(candidates, dimensions) theirs."""
    tiles: int
    """How many tiles there are in all."""
    last: int
    """The highest of their ids."""


@dataclass(frozen=True, slots=True, eq=False)
class StreamRequest:
    """What is asked of a match, as `mosaicdb.matching.match` takes it."""

    cells: Floats
    """(cells, dimensions) features."""
    weights: Floats | None
    """(cells,) factors of the squared distances, or None for 1."""
    reflection: Floats | None
    """The matrix that mirrors features; None: no tile may be mirrored."""
    strategy: str
    max_uses: int | None
    min_distance: int | None
    grid: tuple[int, int] | NDArray[np.bool_] | None
    gap: float
    time_limit: float | None
    progress: Progress | None
    most: int
    """Candidates that there is memory for."""


def match_streamed(blocks: Blocks, asked: StreamRequest) -> Streamed:
    """Match tiles that come in blocks, in memory that does not grow with their number.

    Args:
        blocks: called once for each pass over all tiles.
        asked: the cells, and what is asked of the match.

    Raises:
        MatchingError: what is asked for has no solution, or too few candidates are allowed.

    References:
        Balas, Miller, Pekny and Toth, "A parallel shortest augmenting path algorithm for the
        assignment problem", Journal of the ACM 38 (1991), and Volgenant, "Linear and
        semi-assignment problems: a core oriented approach", Computers & Operations Research 23
        (1996): solve on a core of promising pairs, price the others, repeat. Desaulniers,
        Desrosiers and Solomon (eds.), "Column Generation" (2005).
    """
    return _Search(blocks, asked).run()


class _Search:
    """The state of one match."""

    def __init__(self, blocks: Blocks, asked: StreamRequest) -> None:
        self.blocks, self.asked = blocks, asked
        seconds = math.inf if asked.time_limit is None else asked.time_limit
        self.stopping = StoppingCriterion(asked.gap, seconds, asked.progress)
        count = len(asked.cells)
        factors = np.ones(count) if asked.weights is None else np.asarray(asked.weights, float)
        rows, self.of_cell, self.demand = np.unique(
            np.column_stack((asked.cells, factors)), axis=0, return_inverse=True, return_counts=True
        )
        self.of_cell = self.of_cell.ravel()
        self.cells = np.ascontiguousarray(rows[:, :-1])
        self.weights = np.ascontiguousarray(rows[:, -1])
        self.mirror = None
        if asked.reflection is not None:
            self.mirror = check_reflection(asked.reflection, asked.cells.shape[1])

    def run(self) -> Streamed:
        """Find candidates, match them, prove, and repeat."""
        sample = self._survey()
        cells = len(self.asked.cells)
        if self.asked.strategy == "fair" and cells >= self.tiles:
            raise MatchingError(
                f"fair gives each of {self.tiles:,} tiles a cell: it needs memory for all"
            )
        unlimited = self.asked.strategy == "nearest" and self.asked.max_uses is None
        limit = self.asked.max_uses or smallest_max_uses(self.tiles, cells)
        self.high = cells if unlimited else min(limit, cells)
        if self.tiles * self.high < cells:
            raise MatchingError(
                f"{self.tiles:,} tiles used at most {self.high:,} times cannot fill {cells:,} cells"
            )
        self.needed = len(np.unique(self.nearest)) if unlimited else -(-cells // self.high)
        if self.asked.most < min(self.needed, self.tiles):
            raise MatchingError(
                f"{self.needed:,} tiles are needed, and the memory allowed holds "
                f"{self.asked.most:,}"
            )
        if unlimited and self.asked.min_distance is None:
            ids, first = np.unique(self.nearest, return_index=True)
            features = self.rows[first]
            return Streamed(self._match(features), ids, features, self.tiles, self.last)
        most = min(max(SPARE * self.needed, FEW), self.asked.most)
        return self._generate(*self._candidates(sample, most), most)

    def _tell(self, phase: str) -> None:
        self.stopping.phase = phase
        if self.stopping.progress is not None:
            self.stopping.progress(self.stopping.gap, phase)

    def _images(self, features: Floats) -> list[Floats]:
        """Give features as they are, and mirrored if that is allowed."""
        if self.mirror is None:
            return [features]
        return [features, np.ascontiguousarray(features @ self.mirror)]

    def _survey(self) -> Floats:
        """Count all tiles, find the nearest of each cell, and take one of so many as a sample.

        Of those that are equally near the first is found.
        """
        self._tell("looking at all tiles")
        self.tiles, self.last, stride = 0, -1, 1
        self.nearest = np.full(len(self.cells), -1, dtype=np.int64)
        self.rows = np.empty(self.cells.shape)
        self.tree = build_cell_tree(self.cells, self.weights, np.full(len(self.cells), np.inf))
        sample = np.zeros((0, self.cells.shape[1]))
        for ids, features in self.blocks():
            if not len(ids):
                continue
            if not self.tiles:
                # What is equal must be found again, by its first tile.
                few = features[:: -(-len(features) // LEAST_SAMPLE)]
                set_values(self.tree, np.nextafter(self._lowest(few), np.inf))
            self._find_nearest(ids, features)
            sample = np.concatenate((sample, features[-self.tiles % stride :: stride]))
            self.tiles, self.last = self.tiles + len(ids), int(ids[-1])
            while len(sample) > 2 * SAMPLE:
                sample, stride = sample[::2], 2 * stride
        if not self.tiles:
            raise MatchingError("there are 0 tiles: nothing to match")
        return sample[:: -(-len(sample) // max(LEAST_SAMPLE, self.tiles // PARTS))]

    def _find_nearest(self, ids: Ints, features: Floats) -> None:
        for image in self._images(features):
            lower_values(self.tree, image)
            best = take_best(self.tree)
            lowered = np.flatnonzero(best >= 0)
            self.nearest[lowered] = ids[best[lowered]]
            self.rows[lowered] = features[best[lowered]]

    def _prices_of_cells(self, sample: Floats) -> Floats:
        """Say what cells pay beyond the cost of their nearest tile, (cells,), roughly.

        A sample of tiles meets as small a part of the cells. These are taken along a tree's order,
        so that each colour has its share.
        """
        order = self.tree.order[np.sort(np.unique(self.tree.order, return_index=True)[1])]
        members = np.repeat(order, self.demand[order])
        count = max(1, len(members) * len(sample) // self.tiles)
        chosen = members[(np.arange(count) * len(members)) // count]
        gap = max(self.asked.gap, SAMPLE_GAP)
        matched = self._solve(sample, self.cells[chosen], self.weights[chosen], gap)
        return np.maximum(self._lowest(sample, matched) - self._lowest(sample), 0.0)

    def _solve(
        self, tiles: Floats, cells: Floats, weights: Floats | None, gap: float, **more: Any
    ) -> Match:
        """Match some tiles, within the limits that hold for all."""
        options: dict[str, Any] = dict.fromkeys(field.name for field in fields(Request))
        return solve(
            Request(
                **options
                | {
                    "tile_features": tiles,
                    "cell_features": cells,
                    "weights": weights,
                    "strategy": "nearest",
                    "max_uses": None if self.high == len(self.asked.cells) else self.high,
                    "reflection": self.mirror,
                    "solver": "auto",
                    "gap": gap,
                    "time_limit": self.stopping.seconds_left(),
                    "progress": self.asked.progress,
                }
                | more
            )
        )

    def _match(self, features: Floats, start: Start | None = None) -> Match:
        """Match candidates to all cells."""
        asked = self.asked
        return self._solve(
            features,
            asked.cells,
            asked.weights,
            asked.gap * SHARE_OF_GAP,
            min_distance=asked.min_distance,
            grid=asked.grid,
            start=start,
        )

    def _lowest(self, tiles: Floats, matched: Match | None = None) -> Floats:
        """Give what each distinct cell pays at the prices of a match, or for nothing but the cost.

        Returns:
            (cells,) in units of cost.
        """
        images = self._images(tiles)
        prices, likely = np.zeros(len(tiles)), np.zeros(len(self.cells), dtype=np.int64)
        if matched is not None:
            prices = np.maximum(matched.prices, 0.0)
            if len(matched.indices) == len(self.of_cell):
                likely[self.of_cell] = matched.indices
        prices = np.tile(prices, len(images))
        rows = np.concatenate(images)
        return lowest_values(rows, prices, self.cells, self.weights, likely)[0]

    def _candidates(self, sample: Floats, most: int) -> tuple[Ints, Floats]:
        """Keep the tiles that are the nearest to some cell, measured by what the cell pays."""
        least = values_of(self.tree)
        values = np.maximum(least + self._prices_of_cells(sample), LEAST_VALUE * least.mean())
        scales = self.weights / np.where(values > 0.0, values, 1.0)
        # A cell without weight is as near to one tile as to another.
        heavy = np.flatnonzero(scales > 0.0) if scales.any() else np.arange(len(scales))
        self._tell("choosing candidates")
        self.tree = build_cell_tree(self.cells[heavy], scales[heavy], np.zeros(len(heavy)))
        for floor in (self._likely_floor(sample, most), -math.inf):
            best = BestTiles(most, floor, self.cells.shape[1])
            for ids, features in self.blocks():
                best.add(ids, features, self._paid(features, best.floor))
            found = best.first(most)
            if len(found[0]) >= min(self.needed, self.tiles):
                break
        self.tree = build_cell_tree(self.cells, self.weights, values)
        return found

    def _likely_floor(self, sample: Floats, most: int) -> float:
        """Say below which score hardly any candidate is: tiles that are far off are told at once.

        What a tile scores exactly takes forty times as long to find out as that it is below.
        """
        share = WIDER * most / self.tiles
        if share >= 1.0:
            return -math.inf
        scores = self._paid(sample[:: -(-len(sample) // FLOOR_SAMPLE)], -math.inf)
        return float(np.quantile(scores, 1.0 - share))

    def _paid(self, features: Floats, floor: float) -> Floats:
        """Give the most that any cell would pay for each tile, or the floor."""
        paid = most_paid(self.tree, self._images(features)[0], floor)
        for image in self._images(features)[1:]:
            paid = np.maximum(paid, most_paid(self.tree, image, floor))
        return paid

    def _generate(self, ids: Ints, features: Floats, most: int) -> Streamed:
        """Match candidates, prove, and exchange candidates for those that cells would prefer."""
        found: Streamed | None = None
        bound, start = 0.0, None
        for _ in range(ROUNDS):
            matched = self._match(features, start)
            if found is None or matched.cost < found.match.cost:
                found = Streamed(matched, ids, features, self.tiles, self.last)
            self._tell("proving")
            proof, entering = self._prove(ids, features, matched, most)
            bound = max(bound, proof)
            self.stopping.gap = relative_gap(found.match.cost, bound)
            late = self.stopping.out_of_time()
            if self.stopping.gap <= self.asked.gap or not len(entering[0]) or late:
                break
            before = ids
            ids, features = exchange(ids, features, matched, entering, self.asked.most)
            start = Start.by_ids(matched, before, ids)
        assert found is not None
        bound = min(bound, found.match.cost)
        status = self.stopping.status(
            relative_gap(found.match.cost, bound), found.match.status != "time limit"
        )
        return replace(found, match=replace(found.match, bound=bound, status=status, windows=None))

    def _prove(
        self, ids: Ints, features: Floats, matched: Match, most: int
    ) -> tuple[float, tuple[Ints, Floats]]:
        """Prove a bound over all tiles, and find those that cells would prefer at these prices.

        Tiles that are no candidates may have any prices: 0, at which cells that prefer them lower
        the bound, or what cells would pay for them, at which none does. Both prove something.
        """
        values = self._lowest(features, matched)
        set_values(self.tree, values)
        lowered = build_cell_tree(self.cells, self.weights, values)
        entering, paid_in_all = BestTiles(most, 0.0, self.cells.shape[1]), 0.0
        for block_ids, block in self.blocks():
            places = np.searchsorted(ids, block_ids).clip(max=len(ids) - 1)
            others = np.flatnonzero(ids[places] != block_ids)
            block_ids, block = block_ids[others], block[others]
            paid = self._paid(block, 0.0)
            preferred = np.flatnonzero(paid > 0.0)
            paid_in_all += math.fsum(paid[preferred])
            for image in self._images(block[preferred]):
                lower_values(lowered, image)
            entering.add(block_ids, block, paid)
        prices = self.high * math.fsum(np.maximum(matched.prices, 0.0))
        at_zero = math.fsum(values_of(lowered) * self.demand) - prices
        at_most = math.fsum(values * self.demand) - prices - self.high * paid_in_all
        return max(at_zero, at_most), entering.first(most)
