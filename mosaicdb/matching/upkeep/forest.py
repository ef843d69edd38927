"""The forest that a repair grows: what its searches have reached, and what they know of the rest.

Either cells without a tile seek one, or tiles that are used too little seek cells. So there are
seekers and what they find, each with a price in the tree over its kind: of groups of cells, it is
their value with the sign changed. The reduced cost of a pair, cost + both prices, is never negative
and 0 for pairs that hold each other. Every seeker that lacks something is the root of a tree; a
tree leads on from what it finds to who holds that.
"""

from typing import NamedTuple

import numpy as np

from ..arrays import Flags, Floats, Ints, new_record
from ..auction.heaps import IndexedHeap, new_indexed_heap
from ..price_tree import PriceTree
from ..ranking import Ranking, new_ranking
from .holdings import NOTHING, Holdings

SHORTLIST = 16
"""Neighbours that a seeker is told of at first; twice as many each time that they do not suffice. A
choice."""


FEW = 700
"""Things outside of the forest up to which a row is told all of them, once, in place of asking the
tree again and again. A choice: 300 and 2,000 took longer at 10,000 tiles."""


class ForestState:
    """What changes in a search as a whole."""

    radius: float
    """How far the search has gone; distances are measured on this scale."""
    roots: int
    """Trees in the forest."""
    waiting: int
    """Cells without a tile, where tiles seek these."""
    floor_falls: int
    """1 where tiles seek these, and the floor falls as they do; else 0."""
    seekers: int
    """Seekers in the forest."""
    found: int
    """What they found, in the forest."""
    used: int
    """Entries of the shortlists that are taken."""
    scans: int
    """Shortlists scanned, and questions to the tree, so far."""
    few: int
    """Things outside of the forest up to which rows are told all of them."""
    since_update: int
    """Trees that were dissolved since all prices were last brought up to date."""


class Shortlists(NamedTuple):
    """The nearest neighbours of each row of a seeker, at the time that it asked.

    During a search, what it looks for only gets dearer: bounds stay valid.
    """

    first: Ints
    """(rows,) where the row's list starts in `items`."""
    size: Ints
    """(rows,) neighbours listed; 0 before the first time."""
    room: Ints
    """(rows,) how many it can hold."""
    beyond: Floats
    """(rows,) nothing off the list has a lower cost + price."""
    items: Ints
    """(entries,) neighbours."""
    costs: Floats
    """(entries,) their costs, before the price."""


class Outside(NamedTuple):
    """What can be found and is not in the forest, in no order."""

    items: Ints
    """(found,) those outside come first."""
    places: Ints
    """(found,) inverse of items."""


class Members(NamedTuple):
    """Seekers, or what they find, as far as they are in the forest."""

    root: Ints
    """(nodes,) the seeker at the root of the tree, or NOTHING outside of the forest."""
    distance: Floats
    """(nodes,) the radius at which the forest reached it; since then its price has changed by what
    the radius has grown, which is written to the tree of prices later."""
    listed: Ints
    """(nodes,) those in the forest."""


class Forest(NamedTuple):
    """The state of a search.

    Nodes of the heap are: all that can be found, by the distance at which the forest reaches it;
    then the rows of all seekers, by that at which their shortlists do not suffice; then, as many as
    there are tiles, the ends of the search, by the distance of the end.
    """

    seeker_tree: PriceTree
    """Its prices fall during the search."""
    found_tree: PriceTree
    """Its prices rise during the search."""
    queries: Floats
    """(rows, dimensions) what each row of a seeker asks the tree over what is found."""
    extra: Floats
    """(rows,) the part of a row's costs that this tree leaves out."""
    own_first: Ints
    """(seekers + 1,) where a seeker's rows start in `own_rows`."""
    own_rows: Ints
    """(rows,) rows seeker by seeker."""
    found_first: Ints
    """(found + 1,) where the points in the tree of something found start in `found_rows`."""
    found_rows: Ints
    """(points,) points in the order of what they belong to."""
    lists: Shortlists
    heap: IndexedHeap
    seekers: Members
    found: Members
    outside: Outside
    complete: Flags
    """(rows,) whether all that is outside was told to the row, of a seeker in the forest."""
    link: Ints
    """(seekers,) the cell through which a tree came to the seeker, or NOTHING at a tile that is a
    root. It is the cell that would change its tile."""
    through: Ints
    """(found,) the seeker that reached it, or will."""
    orphaned: Flags
    """(found,) whether the seeker that would have reached it has left the forest."""
    freed: Ints
    """(seekers,) room for those that leave the forest."""
    orphans: Ints
    """(found,) room for what is orphaned."""
    ranking: Ranking
    """Room for answers of the tree."""
    state: ForestState


def open_forest(
    holdings: Holdings, seating: bool, waiting: int = 0, before: Forest | None = None
) -> Forest:
    """Set up a search.

    Args:
        holdings: who holds what, at which prices.
        seating: whether cells seek tiles; else tiles seek cells.
        waiting: cells without a tile that tiles seek while the floor falls with them; 0: tiles seek
            cells of other tiles.
        before: an earlier search of the same seekers, whose shortlists are kept: what they look for
            has only got dearer since.
    """
    tiles, cells = holdings.tiles, holdings.cells
    groups = np.arange(len(cells.queries) + 1)
    of_groups, of_tiles = (groups, groups[:-1]), (tiles.own_first, tiles.own_rows)
    if seating:
        seeker_tree, found_tree, queries = cells.tree, tiles.tree, cells.queries
        extra, own, found_own = np.zeros(len(queries)), of_groups, of_tiles
    else:
        seeker_tree, found_tree, queries = tiles.tree, cells.tree, tiles.queries
        extra, own, found_own = tiles.squares, of_tiles, of_groups
    seekers, found, rows = len(seeker_tree.price), len(found_tree.price), len(queries)
    return Forest(
        seeker_tree=seeker_tree,
        found_tree=found_tree,
        queries=queries,
        extra=extra,
        own_first=own[0],
        own_rows=own[1],
        found_first=found_own[0],
        found_rows=found_own[1],
        lists=_new_shortlists(rows) if before is None else before.lists,
        heap=new_indexed_heap(found + rows + len(tiles.uses)),
        seekers=_no_members(seekers),
        found=_no_members(found),
        outside=Outside(np.arange(found), np.arange(found)),
        complete=np.zeros(rows, dtype=np.bool_),
        link=np.full(seekers, NOTHING),
        through=np.full(found, NOTHING),
        orphaned=np.zeros(found, dtype=np.bool_),
        freed=np.zeros(seekers, dtype=np.int64),
        orphans=np.zeros(found, dtype=np.int64),
        ranking=new_ranking(found),
        state=new_record(
            ForestState,
            radius=0.0,
            roots=0,
            waiting=waiting,
            floor_falls=int(waiting > 0),
            seekers=0,
            found=0,
            used=0 if before is None else before.state.used,
            scans=0,
            few=FEW,
            since_update=0,
        ),
    )


def _no_members(nodes: int) -> Members:
    return Members(
        root=np.full(nodes, NOTHING),
        distance=np.zeros(nodes),
        listed=np.zeros(nodes, dtype=np.int64),
    )


def _new_shortlists(rows: int) -> Shortlists:
    return Shortlists(
        first=np.zeros(rows, dtype=np.int64),
        size=np.zeros(rows, dtype=np.int64),
        room=np.zeros(rows, dtype=np.int64),
        beyond=np.full(rows, -np.inf),
        items=np.zeros(SHORTLIST * rows, dtype=np.int64),
        costs=np.zeros(SHORTLIST * rows),
    )


def with_more_room(forest: Forest) -> Forest:
    """Give the same state with room for twice as many entries of shortlists, or for the longest."""
    lists = forest.lists
    more = max(len(lists.items), 2 * len(forest.found.root))
    items = np.concatenate((lists.items, np.zeros(more, dtype=np.int64)))
    costs = np.concatenate((lists.costs, np.zeros(more)))
    return forest._replace(lists=lists._replace(items=items, costs=costs))
