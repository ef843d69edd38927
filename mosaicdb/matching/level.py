"""Least-cost assignment with limits on uses: from coarse to fine, by auction, then exactly.

Each level's task is solved by an auction with epsilon-scaling that starts from the prices of a
task a fraction of its size. The finest level goes on until the dual gap is small enough, by
shortest augmenting paths where those are quicker than more stages.
"""

import math
from dataclasses import dataclass

import numpy as np

from . import auction, coarse, reserve, slots
from .arrays import Floats, Ints
from .market import Task, forward_tree, open_market, own_part
from .prices import normalise
from .slots import Market
from .tree import PriceTree, set_references
from .watch import Watch

LEAST_SCALE = 1e-6
COARSEST = 64
FACTOR = 4
PATIENCE = 8.0
COARSE_EPSILON = 3e-3
COARSEST_EPSILONS: tuple[float, ...] = (0.3, 0.03, COARSE_EPSILON)
FIRST_EPSILON = 1e-2
GAP_SHARE = 1.0
WIDE_GAP = 5e-3
CLOSE = 1.0 + 1e-9
EPSILON_STEP = 5.0
LAST_EPSILON = 8e-5
MOST_BIDS = 100
LEFTOVER_BIDS = 16
MOST_TURNS = 6
FEW = 2e-2
HEADROOM = 5.0
HEADROOM_STEP = 4.0
MOST_DROPS = 3
FEW_OVERPRICED = 6e-3
FEW_AT_LAST = 1e-3
SLICE = 5_000
ALWAYS = 2_000


@dataclass(slots=True, eq=False)
class Level:
    """A task with its market, and what is known of it."""

    task: Task
    market: Market
    tree: PriceTree
    references: Floats
    best: Floats
    """(groups,) lowest value of any tile at the last survey."""
    own: float
    """The part of the cost that no assignment changes."""
    cost: float = np.inf
    bound: float = -np.inf
    price: Floats | None = None
    """(tiles,) the prices that prove the bound."""
    owners: Ints | None = None
    """(slots,) the complete assignment that has the cost."""


def open_level(
    task: Task,
    price: Floats | None = None,
    reference: Ints | None = None,
    above: Level | None = None,
) -> Level:
    """Set up a level: from nothing, or from the prices and the match of the level above."""
    tree, queries = forward_tree(task)
    if above is None or reference is None or price is None:
        price = np.zeros(len(task.tiles))
        references = np.tile(queries.mean(axis=0), (len(task.tiles), 1))
    else:
        references = above.market.queries[reference]
    market = open_market(task, queries, price)
    set_references(tree, references)
    own = math.fsum(own_part(task) * task.demand)
    return Level(task, market, tree, references, np.zeros(len(queries)), own)


def survey(level: Level, watch: Watch) -> bool:
    """Ask the tree for every group of cells afresh; false, and no news, if the time ran out."""
    groups = len(level.best)
    best = np.empty(groups)
    for start in range(0, groups, SLICE):
        if start > 0 and watch.expired():
            return False
        auction.survey(level.tree, level.market, best, start, min(start + SLICE, groups))
    level.best = best
    assess(level)
    return True


def run_stage(level: Level, epsilon: float, watch: Watch, last: bool = False) -> bool:
    """Run one stage of the auction after a survey; return False if time ran out.

    Args:
        level: its prices and pairs are the start.
        epsilon: how much dearer than its best tile a cell's tile may end, in units of cost.
        watch: asked often whether to stop early.
        last: whether no other stage follows, so that overpriced tiles should be few.
    """
    if len(level.market.slots) == level.task.size:
        auction.relax(level.market, level.best, epsilon)
        done = _bid_out(level, epsilon, watch)
    elif level.task.least.any():
        done = _run_with_reserve(level, epsilon, watch)
    else:
        done = _run_from_below(level, epsilon, FEW_AT_LAST if last else FEW_OVERPRICED, watch)
    slots.set_owner_references(level.market, level.references)
    set_references(level.tree, level.references)
    return done


def _run_from_below(level: Level, epsilon: float, few: float, watch: Watch) -> bool:
    """Run a stage with free disposal: a slot that nobody holds costs nothing.

    A forward auction never lowers a price, so that prices must start below the optimal ones:
    lower by a few epsilon, and by more until next to no slot ends both unused and priced.
    """
    drop = HEADROOM * epsilon
    for _ in range(MOST_DROPS):
        auction.lower_all(level.market, drop)
        if not survey(level, watch):
            return False
        auction.relax(level.market, level.best, epsilon)
        if not _bid_out(level, epsilon, watch):
            return False
        if auction.count_overpriced(level.market) <= few * level.task.size:
            break
        drop *= HEADROOM_STEP
    return True


def _run_with_reserve(level: Level, epsilon: float, watch: Watch) -> bool:
    """Run a stage where the reserve bids for the slots that are left over.

    The last few bidders may be left to the next stage or the finish: they would drive all prices
    up to those of tiles that nobody needs.
    """
    for turn in range(MOST_TURNS):
        if turn > 0 and not survey(level, watch):
            return False
        _settle(level, epsilon, watch)
        if not _bid(level, epsilon, LEFTOVER_BIDS, watch):
            return False
        if level.market.need.sum() <= FEW * level.task.size:
            break
    return True


def _bid_out(level: Level, epsilon: float, watch: Watch) -> bool:
    """Run the auction to its end; return False if time ran out."""
    while not _bid(level, epsilon, MOST_BIDS, watch) or level.market.need.any():
        if watch.expired():
            return False
        # A price war: steps are tiny beside the prices. The finish makes up for larger ones.
        epsilon *= EPSILON_STEP
    return True


def _bid(level: Level, epsilon: float, bids: int, watch: Watch) -> bool:
    """Run the auction for about so many bids a group, or to its end; False if time ran out."""
    budget = level.market.counts[slots.BIDS] + bids * (len(level.best) + COARSEST)
    while not auction.run(level.tree, level.market, epsilon, PATIENCE, SLICE):
        if watch.expired():
            return False
        if level.market.counts[slots.BIDS] > budget:
            break
    return True


def _settle(level: Level, epsilon: float, watch: Watch) -> None:
    """Release what violates epsilon-complementary slackness, and let unwanted prices fall."""
    market, task = level.market, level.task
    auction.relax(market, level.best, epsilon)
    if len(market.slots) == task.size or not np.isfinite(market.amounts[slots.FLOOR]):
        return
    free = reserve.free_tiles(market)
    if len(free):
        wanted, _ = coarse.carry_down(task, level.best, _owned(level), task.tiles[free])
        reserve.lower_free_slots(market, free, wanted)
        survey(level, watch)


def _owned(level: Level) -> Ints:
    """(groups,) one of the tiles that each group holds, or -1."""
    held = level.market.held
    return np.where(held >= 0, level.market.slot_tile[held], -1)


def assess(level: Level) -> None:
    """Note the dual bound at a survey, and the cost if everyone has a slot, if they are better."""
    market, task = level.market, level.task
    bound = dual_value(level)
    if level.price is None or bound > level.bound:
        level.bound, level.price = bound, market.tile_price.copy()
    taken = market.slot_owner >= 0
    if int(taken.sum()) == task.size and market.counts[slots.RESERVE_NEED] == 0:
        cost = level.own + math.fsum(market.slot_cost[taken])
        if cost < level.cost:
            level.cost, level.owners = cost, market.slot_owner.copy()


def dual_value(level: Level) -> float:
    """Compute the lower bound that the prices of the last survey prove, up to rounding."""
    market, task = level.market, level.task
    price = normalise(market.tile_price, task.least, task.most, task.size)
    shift = float(market.tile_price[0] - price[0]) * task.size
    held = np.where(price > 0, task.most, task.least)
    # Not dot products: their last bits depend on the processor.
    return level.own + math.fsum(level.best * task.demand) - shift - math.fsum(held * price)


def gap_of(level: Level) -> float:
    """Give (cost - bound) / cost as the search knows them."""
    return (level.cost - level.bound) / level.cost if level.cost > 0 else 0.0


def first_epsilon(gap: float) -> float:
    """Give the epsilon from which the stages lead to one that is likely to reach the gap."""
    epsilon = min(FIRST_EPSILON, max(GAP_SHARE * gap, LAST_EPSILON))
    while epsilon * EPSILON_STEP <= FIRST_EPSILON * CLOSE:
        epsilon *= EPSILON_STEP
    return epsilon


def solve_coarse(task: Task, watch: Watch) -> Level:
    """Solve a small task roughly, for its values; if time is short, a smaller one in its place."""
    if task.size <= ALWAYS:
        # So quick that even no time at all is enough for a bound that says something.
        watch = Watch()
    if task.size <= COARSEST * FACTOR or len(task.tiles) < 2 * FACTOR:
        level = above = open_level(task)
        epsilons = COARSEST_EPSILONS
    else:
        above, epsilons = solve_coarse(coarse.coarsen(task, FACTOR), watch), (COARSE_EPSILON,)
        if watch.expired():
            return above
        level = open_below(above, task)
    if not survey(level, watch):
        return above
    for epsilon in epsilons:
        if not run_stage(level, epsilon * scale_of(level), watch) or not survey(level, watch):
            break
    return level


def scale_of(level: Level) -> float:
    """Estimate the cost of an average cell, never quite 0."""
    size = level.task.size
    typical = level.cost if np.isfinite(level.cost) else dual_value(level)
    spread = level.own + float(level.task.size * np.square(level.task.tiles).sum(axis=1).mean())
    return max(typical, LEAST_SCALE * spread, float(np.finfo(float).tiny)) / size


def refine(task: Task, gap: float, watch: Watch) -> Level:
    """Set up a level that starts from the prices of a coarser one."""
    # Prices from afar are good for a gap of a percent; what lies between takes longest.
    factor = FACTOR**2 if gap >= WIDE_GAP and task.size > COARSEST * FACTOR**2 else FACTOR
    return open_below(solve_coarse(coarse.coarsen(task, factor), watch), task)


def open_below(above: Level, task: Task) -> Level:
    """Set up a level at the prices that the values of a coarser one suggest."""
    price, winners = coarse.carry_down(above.task, above.best, _owned(above), task.tiles)
    if not task.least.any() and task.most.sum() > task.size:
        # With free disposal no price is below 0.
        price = np.maximum(price, 0.0)
    return open_level(task, price, winners, above)
