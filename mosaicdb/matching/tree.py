"""A tree that finds the cheapest tiles of a cell at changing prices.

Everything here is linear: with a fixed ``base`` b_i and a ``price`` p_i, the value of point P_i
for a query q is b_i + <q, P_i> + p_i, and a search finds the k smallest. Squared distances take
this form because |x - y|^2 = |x|^2 - 2 <x, y> + |y|^2, where the last term is the same for all x.

A node keeps the box of its points, a reference query g and the intercept
a = min(b_i + p_i + <g, P_i>). For any query q its values are at least a + min over the box of
<q - g, P>: tight where g is the query of the cells that won the node's points. Prices that rise
leave a stale intercept a valid bound.
"""

from typing import NamedTuple

import numpy as np

from .arrays import Floats, Ints
from .compiled import inner_kernel, kernel

LEAF_SIZE = 12
STACK_SIZE = 128


class PriceTree(NamedTuple):
    """A median-split tree in heap layout: node k has the children 2k + 1 and 2k + 2."""

    points: Floats
    """(points, dimensions), in the tree's order: every node is a run of rows."""
    base: Floats
    """(points,) the part of a point's value that depends on neither query nor price."""
    first: Ints
    """(nodes + 1,) for leaves, the row where the leaf starts; unused for inner nodes."""
    nodes: Floats
    """(nodes, 1 + 3 * dimensions): the intercept, then low, high, reference by dimension."""


def build_order(points: Floats) -> Ints:
    """Sort the rows of points into the order of a median-split tree.

    Args:
        points: (points, dimensions) coordinates.
    """
    order = np.arange(len(points), dtype=np.int64)
    _split(points, order, _depth(len(points)))
    return order


def build_tree(points: Floats, base: Floats) -> PriceTree:
    """Build a tree over points that are in the order of `build_order` already.

    Args:
        points: (points, dimensions) coordinates.
        base: (points,) the part of each point's value that no query changes.
    """
    leaves = 1 << _depth(len(points))
    first = np.zeros(2 * leaves, dtype=np.int64)
    nodes = np.zeros((2 * leaves - 1, 1 + 3 * points.shape[1]))
    tree = PriceTree(points, base, first, nodes)
    _set_leaves(tree, leaves)
    _set_boxes(tree)
    return tree


def _depth(points: int) -> int:
    depth = 0
    while points > LEAF_SIZE << depth:
        depth += 1
    return depth


@inner_kernel
def select(keys: Floats, order: Ints, low: int, high: int, middle: int) -> None:
    """Quickselect: order[middle] gets its sorted place, smaller keys before it."""
    while low < high:
        pivot = keys[order[(low + high) >> 1]]
        i, j = low, high
        while i <= j:
            while keys[order[i]] < pivot:
                i += 1
            while keys[order[j]] > pivot:
                j -= 1
            if i <= j:
                order[i], order[j] = order[j], order[i]
                i += 1
                j -= 1
        if middle <= j:
            high = j
        elif middle >= i:
            low = i
        else:
            return


@kernel
def _split(points: Floats, order: Ints, depth: int) -> None:
    """Sort order so that every node of the tree is a run of it, split on its widest side."""
    count, dimensions = points.shape
    keys = np.empty(count)
    for level in range(depth):
        for node in range(1 << level):
            start = (count * node) >> level
            stop = (count * (node + 1)) >> level
            widest, width = 0, -1.0
            for k in range(dimensions):
                low, high = np.inf, -np.inf
                for r in range(start, stop):
                    value = points[order[r], k]
                    low, high = min(low, value), max(high, value)
                if high - low > width:
                    widest, width = k, high - low
            for r in range(start, stop):
                keys[order[r]] = points[order[r], widest]
            select(keys, order, start, stop - 1, (count * (2 * node + 1)) >> (level + 1))


@kernel
def _set_leaves(tree: PriceTree, leaves: int) -> None:
    count = len(tree.points)
    for leaf in range(leaves + 1):
        tree.first[leaves - 1 + leaf] = (count * leaf) // leaves


@kernel
def _set_boxes(tree: PriceTree) -> None:
    dimensions = tree.points.shape[1]
    nodes = tree.nodes
    inner = len(nodes) >> 1
    for node in range(len(nodes) - 1, -1, -1):
        for k in range(dimensions):
            at = 1 + 3 * k
            if node < inner:
                nodes[node, at] = min(nodes[2 * node + 1, at], nodes[2 * node + 2, at])
                nodes[node, at + 1] = max(nodes[2 * node + 1, at + 1], nodes[2 * node + 2, at + 1])
                continue
            nodes[node, at] = np.inf
            nodes[node, at + 1] = -np.inf
            for i in range(tree.first[node], tree.first[node + 1]):
                nodes[node, at] = min(nodes[node, at], tree.points[i, k])
                nodes[node, at + 1] = max(nodes[node, at + 1], tree.points[i, k])


@kernel
def set_references(tree: PriceTree, references: Floats) -> None:
    """Give every node the mean of its points' references, (points, dimensions), as its own."""
    nodes = tree.nodes
    dimensions = tree.points.shape[1]
    inner = len(nodes) >> 1
    for node in range(len(nodes) - 1, -1, -1):
        for k in range(dimensions):
            at = 3 + 3 * k
            if node < inner:
                nodes[node, at] = 0.5 * (nodes[2 * node + 1, at] + nodes[2 * node + 2, at])
                continue
            total = 0.0
            for i in range(tree.first[node], tree.first[node + 1]):
                total += references[i, k]
            nodes[node, at] = total / max(1, tree.first[node + 1] - tree.first[node])


@kernel
def refresh(tree: PriceTree, price: Floats) -> None:
    """Set every node's intercept from the prices of its points."""
    nodes = tree.nodes
    dimensions = tree.points.shape[1]
    inner = len(nodes) >> 1
    nodes[:, 0] = np.inf
    for leaf in range(inner, len(nodes)):
        for i in range(tree.first[leaf], tree.first[leaf + 1]):
            node = leaf
            while True:
                value = tree.base[i] + price[i]
                for k in range(dimensions):
                    value += nodes[node, 3 + 3 * k] * tree.points[i, k]
                nodes[node, 0] = min(nodes[node, 0], value)
                if node == 0:
                    break
                node = (node - 1) >> 1


@inner_kernel
def raise_leaf(tree: PriceTree, price: Floats, point: int) -> None:
    """Set the intercept of the leaf of one point afresh, after its price rose."""
    nodes = tree.nodes
    leaves = (len(nodes) >> 1) + 1
    leaf = leaves - 1 + (point * leaves) // len(price)
    while tree.first[leaf + 1] <= point:
        leaf += 1
    while tree.first[leaf] > point:
        leaf -= 1
    lowest = np.inf
    for i in range(tree.first[leaf], tree.first[leaf + 1]):
        value = tree.base[i] + price[i]
        for k in range(tree.points.shape[1]):
            value += nodes[leaf, 3 + 3 * k] * tree.points[i, k]
        lowest = min(lowest, value)
    nodes[leaf, 0] = lowest


@inner_kernel
def pair_cost(tree: PriceTree, query: Floats, point: int) -> float:
    """What a point costs a query before its price."""
    value = tree.base[point]
    for k in range(len(query)):
        value += query[k] * tree.points[point, k]
    return float(value)


@inner_kernel
def node_bound(nodes: Floats, node: int, query: Floats) -> float:
    """No point of the node has a lower value for the query."""
    value = nodes[node, 0]
    for k in range(len(query)):
        slope = query[k] - nodes[node, 3 + 3 * k]
        if slope > 0.0:
            value += slope * nodes[node, 1 + 3 * k]
        else:
            value += slope * nodes[node, 2 + 3 * k]
    return float(value)


@inner_kernel
def search(
    tree: PriceTree,
    price: Floats,
    query: Floats,
    wanted: int,
    found: Ints,
    costs: Floats,
    values: Floats,
) -> int:
    """Find the points of least value for a query; return how many were found.

    Writes to found, costs (before prices) and values, sorted by value. Finds min(wanted,
    points). Ties fall to the point that the search meets first, the same on every run.
    """
    nodes = tree.nodes
    inner = len(nodes) >> 1
    stack = np.empty(STACK_SIZE, dtype=np.int64)
    bounds = np.empty(STACK_SIZE)
    stack[0], bounds[0] = 0, node_bound(nodes, 0, query)
    depth, count = 1, 0
    worst = np.inf
    while depth > 0:
        depth -= 1
        node = stack[depth]
        if bounds[depth] >= worst:
            continue
        while node < inner:
            near, far = 2 * node + 1, 2 * node + 2
            near_bound, far_bound = node_bound(nodes, near, query), node_bound(nodes, far, query)
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
        for i in range(tree.first[node], tree.first[node + 1]):
            cost = pair_cost(tree, query, i)
            value = cost + price[i]
            if value >= worst:
                continue
            at = count if count < wanted else wanted - 1
            while at > 0 and values[at - 1] > value:
                found[at], costs[at], values[at] = found[at - 1], costs[at - 1], values[at - 1]
                at -= 1
            found[at], costs[at], values[at] = i, cost, value
            count = min(count + 1, wanted)
            if count == wanted:
                worst = values[wanted - 1]
    return count
