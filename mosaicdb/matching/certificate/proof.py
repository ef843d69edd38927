"""From an assignment and prices to a match with its proof."""

from ...records import Match, relative_gap
from ..arrays import Floats, Indices
from ..dual_prices import shift_to_best_bound
from ..problem import Problem
from ..stopping import StoppingCriterion
from .dual_bound import FEW_PAIRS, Instance, assignment_cost, lower_bound


def certify(
    problem: Problem,
    indices: Indices,
    prices: Floats,
    stopping: StoppingCriterion,
    few_pairs: int = FEW_PAIRS,
) -> Match:
    """State the cost of an assignment and the bound that prices prove, both computed afresh.

    Args:
        problem: what was matched.
        indices: (cells,) row of the tile that each cell gets.
        prices: (tiles,) any finite numbers, in units of cost.
        stopping: has the deadline of the certificate, and says why the search stopped.
        few_pairs: of a tile and a cell up to which the bound is computed by brute force.
    """
    instance = Instance.of(problem)
    prices = shift_to_best_bound(prices, instance.low, instance.high, len(problem.cells))
    cost = assignment_cost(instance, indices)
    bound = lower_bound(instance, prices, indices, stopping.deadline, few_pairs=few_pairs)
    proven = min(bound.value, cost)
    status = stopping.status(relative_gap(cost, proven), bound.complete)
    return Match(indices, cost, proven, prices[instance.owner], status)
