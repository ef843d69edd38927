"""Epsilon-scaling: stages of the auction, each with an epsilon some times smaller than the last.

Bertsekas, "The auction algorithm" (1988): the work of an auction is about the prices'
range over epsilon, and prices of a stage are a start within epsilon of the next.
"""

import numpy as np

from ..price_tree import set_references
from ..stopping import StoppingCriterion
from . import bidding
from .level import SLICE, Level, held_rows, typical_cost
from .market import set_owner_references
from .reverse_auction import open_buyers, priced_vacancies, raise_floor, run_reverse_auction

FIRST_EPSILON = 1e-2
"""Of the finest level, in costs of an average cell; measured by `benchmarks/matching_constants.py`.
A compromise: 4e-4 halves the time of 100,000 cells, and doubles that of other problems."""

ONE_STAGE_GAP = 1e-3
"""Relative gap from which the first stage may be the last. A million cells take half as long then,
the hard family a tenth less; at 3e-4 it takes a fifth longer."""

LAST_EPSILON = 8e-5
"""Of the last stage before the exact finish, in costs of an average cell; measured by
`benchmarks/matching_constants.py`."""

EPSILON_STEP = 5.0
"""Ratio of the epsilons of two stages; measured by `benchmarks/matching_constants.py`. A choice
within the 4 to 10 that are usual."""

ENOUGH = 0.7
"""Part of the epsilon that would suffice for a gap if this went with it. A choice."""

ROUNDING = 1.0 + 1e-9
"""Two epsilons of a ratio below this are the same."""

PATIENCE = 8.0
"""Epsilons by which the second best of a shortlist may exceed the best that is off it before the
tree is asked; measured by `benchmarks/matching_constants.py`."""

MOST_BIDS = 100
"""Bids a cell after which epsilon is raised: far more than a stage takes but in a price war."""

MOST_FIRST_BIDS = 16
"""The same in the first stage of the finest level, whose prices come from a coarser one: where they
are far off, a stage of a larger epsilon before it is quicker. Measured by
`benchmarks/matching_constants.py`."""

REVERSE_BIDS = 20
"""Bids for each slot that is vacant and priced, or each group if these are fewer, after which a
reverse auction is cut short: one slot can bring down the price of a whole plateau of equal cells,
an epsilon at a time. Measured by `benchmarks/matching_constants.py`."""

MOST_TURNS = 30
"""Most reverse auctions and rises of the floor of a stage; measured by
`benchmarks/matching_constants.py`. Limits time, not accuracy: the next stage, or the finish, goes
on."""

FIRST_REACH = 1.5
"""How far the floor rises first: to where slots below it that are held are so many times the vacant
ones above it. As many would be enough if no cell that lost its slot bid for another below the new
floor; at 2, easy problems take a tenth longer. Measured by `benchmarks/matching_constants.py`."""

REACH_STEP = 2.0
"""Ratio of two reaches where the first did little. A choice."""

LITTLE_FALL = 0.7
"""Part of the vacant slots that are left when a turn has done little: reverse auctions end then,
and the floor rises further. Measured by `benchmarks/matching_constants.py`."""

FEW_VACANT = 10
"""Slots that may stay vacant and priced after a stage, whatever the size of the problem: the finish
searches for each of them through all of the market. Measured by
`benchmarks/matching_constants.py`."""

VACANT_OF_EPSILON = 0.25
"""Part of the cells, as a multiple of epsilon in costs of an average cell, up to which as many may
stay so: the first stages need be no more precise than their epsilon. Measured by
`benchmarks/matching_constants.py`."""

EXTRA_CELLS = 64
"""Cells that are added to those there are when bids are counted, for the smallest problems."""


def first_epsilon(gap: float, hurried: bool = False) -> float:
    """Give the epsilon from which the stages lead to one that is likely to reach a relative gap.

    An epsilon of so many average costs means a gap of no more than that (Bertsekas
    1988: an assignment within epsilon-complementary slackness is within n epsilon of optimal).

    Args:
        gap: that is asked for.
        hurried: whether time may run out, before which one stage should end.
    """
    epsilon = min(FIRST_EPSILON, max(gap, LAST_EPSILON))
    if gap >= ONE_STAGE_GAP and not hurried:
        return epsilon
    while epsilon * EPSILON_STEP <= FIRST_EPSILON * ROUNDING:
        epsilon *= EPSILON_STEP
    return epsilon


def next_epsilon(epsilon: float, gap: float, gap_asked: float) -> float:
    """Give the epsilon of the next stage: a step smaller, or what the gap asked for takes."""
    return max(epsilon / EPSILON_STEP, ENOUGH * epsilon * gap_asked / gap)


def is_last(epsilon: float) -> bool:
    """Say whether no stage follows that of a relative epsilon."""
    return epsilon <= LAST_EPSILON * ROUNDING


def run_stage(
    level: Level, epsilon: float, stopping: StoppingCriterion, most_bids: int = MOST_BIDS
) -> float:
    """Run one stage of the auction after an update of values.

    Args:
        level: its prices and pairs are the start.
        epsilon: how much dearer than its best tile a cell's tile may end, in units of cost.
        stopping: asked often whether to stop early.
        most_bids: bids a cell after which epsilon is raised for the first time.

    Returns:
        The epsilon at which it ended; 0 if time ran out.
    """
    market = level.market
    bidding.release_dear_slots(market, level.values, epsilon)
    reached = _bid_out(level, epsilon, stopping, most_bids)
    if reached and not _vacate_cheapest(level, reached, stopping):
        reached = 0.0
    set_owner_references(market, level.references)
    set_references(market.tree, level.references)
    return reached


def _vacate_cheapest(level: Level, epsilon: float, stopping: StoppingCriterion) -> bool:
    """See to it that the slots that are left over are the cheapest; False if time ran out.

    Slots that are vacant and priced bid for cells. Once that does little, the floor rises, again
    and again, and the cells that held slots below it bid.
    """
    market, problem = level.market, level.problem
    few = max(FEW_VACANT, VACANT_OF_EPSILON * problem.size * epsilon / typical_cost(level))
    reach, rises = FIRST_REACH, False
    vacant = int(np.count_nonzero(priced_vacancies(market)))
    for _ in range(MOST_TURNS):
        if vacant <= few:
            break
        if rises:
            raise_floor(market, problem.size, int((reach - 1) * min(vacant, problem.size)))
            if not _bid_out(level, epsilon, stopping, MOST_BIDS):
                return False
        else:
            _let_slots_bid(level, epsilon, vacant, stopping)
        if stopping.out_of_time():
            return False
        before, vacant = vacant, int(np.count_nonzero(priced_vacancies(market)))
        if vacant > LITTLE_FALL * before:
            if rises:
                reach *= REACH_STEP
            rises = True
    return True


def _let_slots_bid(level: Level, epsilon: float, vacant: int, stopping: StoppingCriterion) -> None:
    """Run a reverse auction of so many vacant slots, for a limited number of bids."""
    market = level.market
    buyers = open_buyers(market, level.problem, held_rows(level))
    left = REVERSE_BIDS * (min(vacant, len(level.values)) + EXTRA_CELLS)
    while left > 0 and not stopping.out_of_time():
        if run_reverse_auction(market, buyers, epsilon, min(left, SLICE)):
            return
        left -= SLICE


def _bid_out(level: Level, epsilon: float, stopping: StoppingCriterion, most_bids: int) -> float:
    """Run the auction to its end; return the epsilon at which it ended, or 0 if time ran out."""
    groups = level.market.groups
    while not _bid(level, epsilon, most_bids, stopping) or groups.lacking.any():
        if stopping.out_of_time():
            return 0.0
        # A price war: steps are tiny beside the prices. The finish makes up for larger ones.
        epsilon, most_bids = epsilon * EPSILON_STEP, MOST_BIDS
    return epsilon


def _bid(level: Level, epsilon: float, bids: int, stopping: StoppingCriterion) -> bool:
    """Run the auction for about so many bids a cell, or to its end; False if time ran out."""
    state = level.market.state
    most = state.bids + bids * (level.problem.size + EXTRA_CELLS)
    while not bidding.run_auction(level.market, epsilon, PATIENCE, SLICE):
        if stopping.out_of_time():
            return False
        if state.bids > most:
            break
    return True
