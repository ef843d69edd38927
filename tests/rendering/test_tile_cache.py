"""Tiles kept until they are needed again: in memory, and beyond a limit in a file."""

import errno
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaicdb.errors import RenderingError
from mosaicdb.rendering import TileCache

TILE = 2 * 3 * 3  # bytes


def pixels(tile_id: int) -> np.ndarray:
    return np.random.default_rng(tile_id).integers(0, 256, (3, 2, 3), dtype=np.uint8)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=40), st.integers(0, 4))
def test_what_is_kept_comes_back_whatever_was_dropped_before(
    steps: list[tuple[bool, int]], in_memory: int
) -> None:
    kept: set[int] = set()
    with TileCache((2, 3), in_memory * TILE) as cache:
        for is_put, tile_id in steps:
            if is_put and tile_id not in kept:
                cache.put(tile_id, pixels(tile_id))
                kept.add(tile_id)
            elif not is_put:
                cache.drop(tile_id)
                kept.discard(tile_id)
            for other in range(10):
                assert (other in cache) == (other in kept)
            for other in kept:
                assert np.array_equal(cache.get(other), pixels(other))


def test_places_in_the_file_are_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    places = []
    pwrite = os.pwrite

    def recorded(descriptor: int, data: bytes, place: int) -> int:
        places.append(place)
        return pwrite(descriptor, data, place)

    monkeypatch.setattr(os, "pwrite", recorded)
    with TileCache((2, 3), 0) as cache:
        for tile_id in range(20):
            cache.put(tile_id, pixels(tile_id))
            cache.drop(tile_id - 1)
    assert max(places) == TILE


def test_a_full_disk_is_an_error_of_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with TileCache((2, 3), 0) as cache:
        with pytest.raises(RenderingError, match="No space left on device; .* with TMPDIR$"):
            cache.put(0, pixels(0))
