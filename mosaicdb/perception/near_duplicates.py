"""Find pictures that look the same: smaller, brighter, grey, mirrored or slightly cropped."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..records import NEAR_LIKENESS
from .alignment import SIDE, Floats, cosines, edge_agreement, edges

_PARTS: Final = 6
_COARSE_PARTS: Final = 12
_MARGINS: Final = (0.05, 0.1)  # parts of a side that a crop may lack
_ROUGHLY: Final = 0.8  # correlation of 6 x 6 parts of a picture and a crop of it, at least
_PLACED: Final = 0.97  # the same with the crop laid where it belongs, give or take 1/40 of a side
_COARSELY: Final = 0.8  # agreement of edges there, in 12 x 12 parts
_TOP_HEAVY: Final = 0.3  # how far apart these may be: see `_top_heaviness`
_FLAT: Final = 3.0  # levels: pictures whose lightness varies less have nothing to compare
_COLOUR_SHIFT: Final = 4.0  # largest change of a channel's mean by encoding a photo again
_NUMBERS_AT_ONCE: Final = 1 << 23
_PAIRS_AT_ONCE: Final = 1 << 11

Greys = NDArray[np.uint8]
Pairs = NDArray[np.intp]


def group_near(
    greys: Greys, mean_rgb: NDArray[np.float64], likeness: float = NEAR_LIKENESS
) -> NDArray[np.intp]:
    """Group pictures that show the same: each group is a picture and those that look like it.

    Being alike is not handed on, so that a chain of pictures, each a little different from the
    last, does not become one group: of the pictures that are left, again and again, the one that
    most others look like makes a group with these; the first of equals.

    Args:
        greys: lightness, 0 to 255, shape (pictures, SIDE, SIDE).
        mean_rgb: 0 to 255, shape (pictures, 3).
        likeness: see `near_pairs`.

    Returns:
        The group number of each picture, shape (pictures,).
    """
    from scipy.sparse import coo_array

    first, second = near_pairs(greys, mean_rgb, likeness).T
    count = len(greys)
    ends = np.concatenate([first, second]), np.concatenate([second, first])
    near = coo_array((np.ones(2 * len(first), bool), ends), shape=(count, count)).tocsr()
    labels = np.full(count, -1)
    for picture in np.argsort(-np.diff(near.indptr), kind="stable"):
        if labels[picture] == -1:
            others = near.indices[near.indptr[picture] : near.indptr[picture + 1]]
            labels[others[labels[others] == -1]] = labels[picture] = picture
    return np.unique(labels, return_inverse=True)[1].astype(np.intp)


def near_pairs(
    greys: Greys, mean_rgb: NDArray[np.float64], likeness: float = NEAR_LIKENESS
) -> Pairs:
    """Find the pairs of pictures that look the same.

    Two do if one, or its mirror image, is the other or a crop of it that lacks up to a tenth of
    its sides, with any gain and offset of lightness, in colour or grey. Pictures of one colour
    have no edges; they look the same if their colours agree.

    Every picture is correlated with all others in 6 x 6 parts; what correlates roughly is
    correlated again with crops of it, and what agrees then is laid over it: see `edge_agreement`.

    Args:
        greys: lightness, 0 to 255, shape (pictures, SIDE, SIDE).
        mean_rgb: 0 to 255, shape (pictures, 3).
        likeness: the least agreement of edges, up to 1.

    Returns:
        Positions, the smaller one first, each pair once: shape (pairs, 2). Of pictures of one
        colour, only the first of those that agree is paired with the others.
    """
    flat = np.array([grey.std() < _FLAT for grey in greys], bool)
    structured = np.flatnonzero(~flat)
    found = [_of_one_colour(np.flatnonzero(flat), mean_rgb[flat])]
    found += [structured[pairs] for pairs in _near_structured(greys[structured], likeness)]
    return np.unique(np.sort(np.concatenate(found), axis=1), axis=0)


def _of_one_colour(pictures: Pairs, colours: NDArray[np.float64]) -> Pairs:
    """Pair the first picture of each colour with the others."""
    from scipy.spatial import KDTree

    pairs: list[tuple[int, int]] = []
    if len(pictures):
        tree, is_left = KDTree(colours), np.ones(len(pictures), bool)
        for first in range(len(pictures)):
            if is_left[first]:
                near = np.array(tree.query_ball_point(colours[first], _COLOUR_SHIFT, p=np.inf))
                pairs += [(pictures[first], pictures[other]) for other in near[is_left[near]]]
                is_left[near] = False
    pairs = [pair for pair in pairs if pair[0] != pair[1]]
    return np.array(pairs, np.intp).reshape(-1, 2)


def _near_structured(greys: Greys, likeness: float) -> Iterator[Pairs]:
    """Yield pairs of pictures that are not flat."""
    waiting: list[NDArray[np.intp]] = []
    for candidates in _candidates(greys):
        waiting.append(candidates)
        if sum(map(len, waiting)) >= _PAIRS_AT_ONCE:
            yield from _verified(greys, np.concatenate(waiting), likeness)
            waiting = []
    if waiting:
        yield from _verified(greys, np.concatenate(waiting), likeness)


def _verified(greys: Greys, candidates: NDArray[np.intp], likeness: float) -> Iterator[Pairs]:
    """Yield the pairs among candidates whose edges agree."""
    for start in range(0, len(candidates), _PAIRS_AT_ONCE):
        pictures, others, places, mirrored = candidates[start : start + _PAIRS_AT_ONCE].T
        crops = greys[others].astype(np.float32)
        crops[mirrored == 1] = crops[mirrored == 1, :, ::-1]
        whole = greys[pictures].astype(np.float32)
        left = _coarse_agreement(whole, crops, places) > _COARSELY
        if left.any():
            agreement = edge_agreement(whole[left], crops[left], _PLACEMENTS[places[left]])
            near = np.flatnonzero(left)[agreement >= likeness]
            yield np.stack([pictures[near], others[near]], axis=1)


def _coarse_agreement(pictures: Floats, crops: Floats, places: NDArray[np.intp]) -> Floats:
    """Say how well the edges of pictures agree with those of their crops, in 12 x 12 parts."""
    across = _COARSE_ACROSS[places].transpose(0, 2, 1)
    under: Floats = np.matmul(np.matmul(_COARSE_DOWN[places], pictures), across)
    coarse: Floats = _COARSE_DOWN[0] @ crops @ _COARSE_ACROSS[0].T
    return cosines(edges(under), edges(coarse))


def _candidates(greys: Greys) -> Iterator[NDArray[np.intp]]:
    """Yield what may be near: rows of picture, other, place of the crop, whether mirrored."""
    wholes = np.concatenate(
        [
            _parts(greys[start : start + 1024], slice(1))[:, 0]
            for start in range(0, len(greys), 1024)
        ]
        or [np.empty((0, _PARTS**2), np.float32)]
    )
    heaviness = _top_heaviness(wholes)
    order = np.argsort(heaviness, kind="stable")
    wholes, heaviness = wholes[order], heaviness[order]
    rows = max(1, _NUMBERS_AT_ONCE // max(len(greys), 1))
    for start in range(0, len(order), rows):
        block = slice(start, start + rows)
        first, last = heaviness[block][[0, -1]] + (-_TOP_HEAVY, _TOP_HEAVY)
        window = slice(*np.searchsorted(heaviness, (first, last)))
        crops = _parts(greys[order[block]])
        for mirrored, turned in enumerate((crops, _mirrored(crops))):
            rough = turned[:, 0] @ wholes[window].T > _ROUGHLY
            for row, (near, places) in enumerate(zip(rough, turned, strict=True)):
                picture, others = order[start + row], np.flatnonzero(near)
                agreement = wholes[window][others] @ places.T
                best = agreement.argmax(axis=1)
                others = order[window][others]
                kept = (agreement.max(axis=1) > _PLACED) & (others != picture)
                kept &= (best > 0) | (others > picture)
                if kept.any():
                    columns = np.broadcast_arrays(picture, others[kept], best[kept], mirrored)
                    yield np.stack(columns, axis=1)


def _parts(greys: Greys, places: slice = slice(None)) -> Floats:
    """Average 6 x 6 equal parts of the crops of pictures: unit vectors without their mean.

    Returns:
        Shape (pictures, places, 36).
    """
    across, down = _ACROSS[places], _DOWN[places]
    means = down @ greys[:, None].astype(np.float32) @ across.transpose(0, 2, 1)
    parts = means.reshape(len(greys), len(across), -1)
    parts -= parts.mean(axis=2, keepdims=True)
    parts /= np.maximum(np.linalg.norm(parts, axis=2, keepdims=True), np.float32(1e-3))
    return parts


def _mirrored(parts: Floats) -> Floats:
    return parts.reshape(*parts.shape[:-1], _PARTS, _PARTS)[..., ::-1].reshape(parts.shape)


def _top_heaviness(parts: Floats) -> Floats:
    """Say how much brighter pictures are above than below, -1 to 1: the same when mirrored."""
    ramp = np.repeat(np.linspace(1, -1, _PARTS, dtype=np.float32), _PARTS)
    heaviness: Floats = parts @ (ramp / np.linalg.norm(ramp))
    return heaviness


def _crops() -> Iterator[tuple[float, float, float]]:
    """Yield left edge, upper edge and side of crops, as parts of a picture's side."""
    yield 0, 0, 1
    for margin in _MARGINS:
        for upper in (0, margin / 2, margin):
            for left in (0, margin / 2, margin):
                yield left, upper, 1 - margin


_CROPS: Final = list(_crops())


def _averaging(start: float, side: float, parts: int) -> Floats:
    """Give the matrix that averages equal parts of an interval of SIDE pixels."""
    borders = (start + side * np.linspace(0, 1, parts + 1)) * SIDE
    pixels = np.arange(SIDE)
    lower = np.maximum(borders[:-1, None], pixels)
    upper = np.minimum(borders[1:, None], pixels + 1)
    widths = (upper - lower).clip(0)
    averaging: Floats = (widths / widths.sum(axis=1, keepdims=True)).astype(np.float32)
    return averaging


def _averagings(axis: int, parts: int) -> Floats:
    """Stack the matrices of all crops along an axis: 0 across, 1 down."""
    return np.stack([_averaging(crop[axis], crop[2], parts) for crop in _CROPS])


_ACROSS: Final = _averagings(0, _PARTS)
_DOWN: Final = _averagings(1, _PARTS)
_COARSE_ACROSS: Final = _averagings(0, _COARSE_PARTS)
_COARSE_DOWN: Final = _averagings(1, _COARSE_PARTS)
_PLACEMENTS: Final = np.array(
    [
        ((left + side / 2 - 0.5) * SIDE, (upper + side / 2 - 0.5) * SIDE, side)
        for left, upper, side in _CROPS
    ],
    np.float32,
)
