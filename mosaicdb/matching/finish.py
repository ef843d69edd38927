"""Driving the exact finish of a level."""

import numpy as np

from .arrays import Floats
from .augment import augment
from .exchange import Exchange, loosen, seat_reserve
from .level import Level
from .market import Task
from .watch import Watch

TIGHT = 1e-13
SCANS = 20_000


def finish(level: Level, watch: Watch) -> bool:
    """Make a near-optimal assignment, just surveyed, optimal; False if time ran out.

    Costs O(path searches * n log n) at worst; prices that are within epsilon of optimal keep the
    searches short.
    """
    task, market = level.task, level.market
    exchange = open_exchange(task, market.tile_price, level.best, len(market.slots) - task.size)
    tolerance = TIGHT * max(1.0, float(np.abs(level.tree.nodes).max()))
    loosen(market, exchange, tolerance)
    order = np.argsort(exchange.price, kind="stable")
    seat_reserve(market, exchange, order, tolerance)
    while not augment(level.tree, market, exchange, SCANS):
        if watch.expired():
            return False
    level.best[:] = exchange.value
    return True


def open_exchange(task: Task, price: Floats, value: Floats, reserve: int) -> Exchange:
    """Set up the state of the searches, before any.

    Args:
        task: what is solved.
        price: (tiles,) prices in units of cost; they are changed in place.
        value: (groups,) lowest cost + price of any tile, without `own_part`.
        reserve: how many slots stay unused.
    """
    tiles, groups = len(task.tiles), len(task.cells)
    nodes = tiles + groups + 1
    return Exchange(
        price=price,
        value=value.copy(),
        reserve_room=task.most - task.least if reserve else np.zeros(tiles, dtype=np.int64),
        vacant=np.zeros(tiles, dtype=np.int64),
        distance=np.full(nodes, np.inf),
        items=np.zeros(nodes, dtype=np.int64),
        places=np.full(nodes, -1, dtype=np.int64),
        reached_by=np.full(tiles, -1, dtype=np.int64),
        reached_cost=np.zeros(tiles),
        group_distance=np.full(groups + 1, np.inf),
        group_slot=np.full(groups + 1, -1, dtype=np.int64),
        group_known=np.zeros(groups + 1, dtype=np.int64),
        tiles_seen=np.zeros(tiles, dtype=np.int64),
        groups_seen=np.zeros(groups + 1, dtype=np.int64),
        done=np.zeros(tiles, dtype=np.int64),
        amounts=np.array([0.0, np.inf]),
        counts=np.array([reserve, 0, 0, 0, tiles // 4, 0, 0, 0]),
    )
