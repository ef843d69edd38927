"""A tree that finds the cheapest tiles of a cell at changing prices, by branch and bound.

Everything here is linear: with a fixed ``base`` b_i and a ``price`` p_i, the value of point P_i
for a query q is b_i + <q, P_i> + p_i, and a search finds the k smallest. Squared distances take
this form because |x - y|^2 = |x|^2 - 2 <x, y> + |y|^2, where the last term is the same for all x.
Points of one owner, such as rows of a tile, have one price: a search finds an owner once, by the
point that is cheapest for the query, the same at all prices.

A node keeps the box of its points, a reference query g and the intercept
a = min(b_i + p_i + <g, P_i>). For any query q its values are at least a + min over the box of
<q - g, P>: tight where g is the query of the cells that won the node's points. Prices that rise
leave a stale intercept a valid bound.

Cells of weight w ask for w |x|^2 - 2 <w y, x>, which is linear in points (x, |x|^2). A box of all
these coordinates would forget that the last one follows from the others, which is most of what it
knows where weights differ. So a curved tree has a box of x alone: a value exceeds that for g by a
sum of parabolas, one for each side of the box, and each has its least value in it.

A k-d tree with a bound of its own, over points in the order of `tree_order`.
"""

from typing import NamedTuple

import numpy as np

from .arrays import Floats, Ints
from .kernels import allocating_kernel, inlined_kernel, inner_kernel, kernel, typed
from .ranking import FEW, Ranking, insert, push, remove_dearer, sort_heap
from .tree_order import depth_of

ROOT = typed(0)
"""The first node of a tree."""

STACK_SIZE = 128
"""Nodes that a depth-first search may put off: one a level, more than any memory holds."""

INTERCEPT = 0
"""Column of `PriceTree.nodes`."""

REFERENCE, LOW, HIGH = 1, 2, 3
"""Columns of `PriceTree.nodes` for the first dimension; for dimension k they are 3 k further on.
One array, so that a bound reads memory from end to end: arrays of their own cost a search 8 %."""


class PriceTree(NamedTuple):
    """A median-split tree in heap layout: node k has the children 2k + 1 and 2k + 2."""

    points: Floats
    """(points, dimensions), in the tree's order: every node is a run of rows."""
    lanes: Floats
    """(leaves, 1 + dimensions, size) the bases of each leaf, then the coordinates of its points,
    side by side: so a processor works on several at a time. Inf for none."""
    base: Floats
    """(points,) the part of a point's value that depends on neither query nor price."""
    referred: Floats
    """(points,) base + <reference of the point's leaf, point>."""
    owner: Ints
    """(points,) whose price a point has. Owners of one point each have their points' numbers."""
    price: Floats
    """(owners,) in units of cost. Changes are known to searches at once, to bounds after `refresh`
    or `raise_leaf`."""
    first: Ints
    """(nodes + 1,) for leaves, the row where the leaf starts; unused for inner nodes."""
    nodes: Floats
    """(nodes, 1 + 3 * dimensions): INTERCEPT, the least base + price + <reference, point> of the
    node's points; then by dimension the REFERENCE query, and LOW and HIGH of the points. A curved
    tree has two columns fewer: no box of its last coordinate."""


def build_tree(
    points: Floats, base: Floats, price: Floats, owner: Ints, curved: bool = False
) -> PriceTree:
    """Build a tree over points that are in the order of `tree_order.build_order` already.

    Its references are 0 and its intercepts unset: call `set_references`, then `refresh`.

    Args:
        points: (points, dimensions) coordinates.
        base: (points,) the part of each point's value that no query changes.
        price: (owners,) first prices; kept, not copied.
        owner: (points,) whose price each point has; 0, 1, 2, ... if they have one point each.
        curved: whether the last coordinate is the sum of the squares of the others.
    """
    leaves = 1 << depth_of(len(points))
    nodes = 2 * leaves - 1
    tree = PriceTree(
        points=points,
        lanes=np.full((leaves, 1 + points.shape[1], -(-len(points) // leaves)), np.inf),
        base=base,
        referred=np.empty(len(points)),
        owner=owner,
        price=price,
        first=np.zeros(nodes + 1, dtype=np.int64),
        nodes=np.zeros((nodes, 1 + 3 * points.shape[1] - (2 if curved else 0))),
    )
    _set_leaves(tree, leaves)
    _set_boxes(tree)
    return tree


@kernel
def _set_leaves(tree: PriceTree, leaves: int) -> None:
    count = len(tree.points)
    for leaf in range(leaves + 1):
        tree.first[leaves - 1 + leaf] = (count * leaf) // leaves
    for leaf in range(leaves):
        first, stop = tree.first[leaves - 1 + leaf], tree.first[leaves + leaf]
        for i in range(first, stop):
            tree.lanes[leaf, 0, i - first] = tree.base[i]
            for k in range(tree.points.shape[1]):
                tree.lanes[leaf, k + 1, i - first] = tree.points[i, k]


@kernel
def _set_boxes(tree: PriceTree) -> None:
    nodes = tree.nodes
    inner = len(nodes) >> 1
    for node in range(len(nodes) - 1, -1, -1):
        for k in range(_sides(nodes)):
            low, high = 3 * k + LOW, 3 * k + HIGH
            if node < inner:
                nodes[node, low] = min(nodes[2 * node + 1, low], nodes[2 * node + 2, low])
                nodes[node, high] = max(nodes[2 * node + 1, high], nodes[2 * node + 2, high])
                continue
            nodes[node, low], nodes[node, high] = np.inf, -np.inf
            for i in range(tree.first[node], tree.first[node + 1]):
                nodes[node, low] = min(nodes[node, low], tree.points[i, k])
                nodes[node, high] = max(nodes[node, high], tree.points[i, k])


@kernel
def set_references(tree: PriceTree, references: Floats) -> None:
    """Give every node the mean of its points' references, (points, dimensions), as its own."""
    nodes = tree.nodes
    inner = len(nodes) >> 1
    for node in range(len(nodes) - 1, -1, -1):
        for k in range(tree.points.shape[1]):
            at = 3 * k + REFERENCE
            if node < inner:
                nodes[node, at] = 0.5 * (nodes[2 * node + 1, at] + nodes[2 * node + 2, at])
                continue
            total = 0.0
            for i in range(tree.first[node], tree.first[node + 1]):
                total += references[i, k]
            nodes[node, at] = total / max(1, tree.first[node + 1] - tree.first[node])
    for leaf in range(inner, len(nodes)):
        for i in range(tree.first[leaf], tree.first[leaf + 1]):
            tree.referred[i] = _add_reference_cost(nodes, tree.points, leaf, i, tree.base[i])


@inner_kernel
def _add_reference_cost(
    nodes: Floats, points: Floats, node: int, point: int, value: float
) -> float:
    """Add <reference of a node, point> to a value."""
    for k in range(points.shape[1]):
        value += nodes[node, 3 * k + REFERENCE] * points[point, k]
    return value


@kernel
def refresh(tree: PriceTree) -> None:
    """Set every node's intercept from the prices of its points."""
    nodes, points, base = tree.nodes, tree.points, tree.base
    owner, price = tree.owner, tree.price
    inner = len(nodes) >> 1
    nodes[:, INTERCEPT] = np.inf
    for leaf in range(inner, len(nodes)):
        for i in range(tree.first[leaf], tree.first[leaf + 1]):
            value, node = tree.referred[i] + price[owner[i]], leaf
            nodes[node, INTERCEPT] = min(nodes[node, INTERCEPT], value)
            while node > 0:
                node = (node - 1) >> 1
                value = _add_reference_cost(nodes, points, node, i, base[i] + price[owner[i]])
                nodes[node, INTERCEPT] = min(nodes[node, INTERCEPT], value)


@inner_kernel
def _leaf_of(tree: PriceTree, point: int) -> int:
    leaves = (len(tree.nodes) >> 1) + 1
    leaf = leaves - 1 + (point * leaves) // len(tree.points)
    while tree.first[leaf + 1] <= point:
        leaf += 1
    while tree.first[leaf] > point:
        leaf -= 1
    return int(leaf)


@inner_kernel
def raise_leaf(tree: PriceTree, point: int) -> None:
    """Set the intercept of the leaf of one point afresh, after its owner's price rose."""
    leaf = _leaf_of(tree, point)
    lowest = np.inf
    single = len(tree.owner) == len(tree.price)
    for i in range(tree.first[leaf], tree.first[leaf + 1]):
        lowest = min(lowest, tree.referred[i] + tree.price[i if single else tree.owner[i]])
    tree.nodes[leaf, INTERCEPT] = lowest


@inner_kernel
def pair_cost(tree: PriceTree, query: Floats, point: int) -> float:
    """What a point costs a query before its price."""
    value = tree.base[point]
    for k in range(len(query)):
        value += query[k] * tree.points[point, k]
    return float(value)


@inlined_kernel
def set_costs(tree: PriceTree, leaf: int, query: Floats, costs: Floats) -> None:
    """Write what each point of a leaf costs a query, summed up as `pair_cost` does it.

    Point by point, most of the time would go into waiting for one sum after the other.
    """
    lanes = tree.lanes
    for at in range(len(costs)):
        costs[at] = lanes[leaf, 0, at]
    for k in range(len(query)):
        for at in range(len(costs)):
            costs[at] += query[k] * lanes[leaf, k + 1, at]


@inner_kernel
def _sides(nodes: Floats) -> int:
    """Give how many sides a tree's boxes have."""
    return int((nodes.shape[1] - 1) // 3)


@inner_kernel
def node_bound(nodes: Floats, node: int, query: Floats) -> float:
    """No point of the node has a lower value for the query."""
    sides = _sides(nodes)
    if sides < len(query):
        return _curved_bound(nodes, node, query)
    value = nodes[node, INTERCEPT]
    for k in range(sides):
        slope = query[k] - nodes[node, 3 * k + REFERENCE]
        if slope > 0.0:
            value += slope * nodes[node, 3 * k + LOW]
        else:
            value += slope * nodes[node, 3 * k + HIGH]
    return float(value)


@inner_kernel
def _curved_bound(nodes: Floats, node: int, query: Floats) -> float:
    value, sides = nodes[node, INTERCEPT], _sides(nodes)
    bend = query[sides] - nodes[node, 3 * sides + REFERENCE]
    for k in range(sides):
        slope = query[k] - nodes[node, 3 * k + REFERENCE]
        low, high = nodes[node, 3 * k + LOW], nodes[node, 3 * k + HIGH]
        if bend > 0.0 and slope + 2.0 * bend * low < 0.0 < slope + 2.0 * bend * high:
            value -= slope * slope / (4.0 * bend)
        else:
            value += min((slope + bend * low) * low, (slope + bend * high) * high)
    return float(value)


@allocating_kernel
def search(
    tree: PriceTree, query: Floats, wanted: int, ranking: Ranking, limit: float = np.inf
) -> int:
    """Find the owners of least value for a query, each by its best point; return how many.

    Finds min(wanted, owners of a value below the limit). Ties fall to the point that the search
    meets first, the same on every run.
    """
    nodes, owner, price = tree.nodes, tree.owner, tree.price
    shared = len(owner) > len(price)
    heaped = wanted > FEW and not shared
    inner = len(nodes) >> 1
    stack = np.empty(STACK_SIZE, dtype=np.int64)
    bounds = np.empty(STACK_SIZE)
    costs = np.empty(tree.lanes.shape[2])
    stack[0], bounds[0] = ROOT, node_bound(nodes, ROOT, query)
    depth, count = 1, 0
    worst = limit
    while depth > 0:
        depth -= 1
        node = stack[depth]
        if bounds[depth] >= worst:
            continue
        while node < inner:
            near, far = 2 * node + 1, 2 * node + 2
            near_bound = node_bound(nodes, near, query)
            far_bound = node_bound(nodes, far, query)
            if far_bound < near_bound:
                near, far = far, near
                near_bound, far_bound = far_bound, near_bound
            if far_bound < worst:
                stack[depth], bounds[depth] = far, far_bound
                depth += 1
            node = near
            if near_bound >= worst:
                break
        if node < inner:
            continue
        set_costs(tree, node - inner, query, costs)
        first = tree.first[node]
        for i in range(first, tree.first[node + 1]):
            value = costs[i - first] + price[owner[i]]
            if value >= worst:
                continue
            if shared:
                remaining = remove_dearer(ranking, count, owner[i], value)
                if remaining < 0:
                    continue
                count = remaining
            if heaped:
                count = push(ranking, count, wanted, owner[i], costs[i - first], value)
            else:
                count = insert(ranking, count, wanted, owner[i], costs[i - first], value)
            if count == wanted:
                worst = ranking.values[0 if heaped else wanted - 1]
    if heaped:
        sort_heap(ranking, count)
    return count
