"""Add the margin that a print shop cuts off."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .strips import Strips


def with_bleed(strips: Strips, margin: int) -> Strips:
    """Add a margin in which a picture is mirrored at its edges.

    Args:
        strips: of a picture that is wider and higher than the margin.
        margin: pixels on each side.
    """
    width, height = strips.size
    rows = _bled(strips.rows, margin, height) if margin else strips.rows
    return Strips((width + 2 * margin, height + 2 * margin), strips.mode, rows)


def _bled(
    rows: Iterator[NDArray[np.uint8]], margin: int, height: int
) -> Iterator[NDArray[np.uint8]]:
    """Keep as many rows as the margin has, at the top and at the bottom, to mirror them."""
    first: list[NDArray[np.uint8]] = []
    last: list[NDArray[np.uint8]] = []
    top = 0
    for strip in rows:
        wide = np.pad(strip, ((0, 0), (margin, margin), (0, 0)), mode="symmetric")
        if top < margin:
            first.append(wide[: margin - top])
            if top + len(wide) >= margin:
                mirrored = np.concatenate(first)
                yield mirrored[::-1]
                yield np.concatenate([mirrored, wide[margin - top :]])
        else:
            yield wide
        top += len(strip)
        if top > height - margin:
            last.append(wide[-(top - height + margin) :])
    yield np.concatenate(last)[::-1]
