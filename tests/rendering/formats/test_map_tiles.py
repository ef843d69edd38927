"""PMTiles archives, read back by the reader of the PMTiles library."""

import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pmtiles.reader import MmapSource, Reader
from pmtiles.tile import Entry, serialize_directory, zxy_to_tileid
from pyramids import cells, coded, distance, halved, smooth, strips

from mosaicdb.rendering import write_picture
from mosaicdb.rendering.formats import map_tiles


@contextmanager
def opened(path: Path) -> Iterator[Reader]:
    with path.open("rb") as stream:
        yield Reader(MmapSource(stream))


def shown(archive: Reader, zoom: int, columns: int, rows: int) -> np.ndarray:
    """Put the tiles of a level together."""
    lines = []
    for row in range(rows):
        tiles = [Image.open(io.BytesIO(archive.get(zoom, x, row))) for x in range(columns)]
        lines.append(np.concatenate([np.asarray(tile) for tile in tiles], axis=1))
    return np.concatenate(lines)


@pytest.mark.parametrize("size", [(16, 24), (256, 256), (900, 300), (257, 1025)])
def test_every_level_shows_the_picture_and_white_beside_it(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    write_picture(strips(*size), tmp_path / "a.pmtiles")
    whole = np.asarray(smooth(*size))
    with opened(tmp_path / "a.pmtiles") as archive:
        last = archive.header()["max_zoom"]
        assert 256 << last >= max(size) > (256 << last) // 2 or last == 0
        for zoom in range(last + 1):
            expected = halved(whole, last - zoom)
            height, width, _ = expected.shape
            picture = shown(archive, zoom, -(-width // 256), -(-height // 256))
            assert distance(picture[:height, :width], expected) < 3
            beside = picture[:, width + 8 :]
            assert beside.size == 0 or beside.min() > 245
        if last:
            assert archive.get(last, 2**last - 1, 2**last - 1) is None
        assert (archive.header()["min_lon_e7"], archive.header()["min_zoom"]) == (-1800000000, 0)


@pytest.mark.parametrize(("side", "grid"), [(64, (9, 7)), (80, (5, 4)), (96, (8, 8)), (96, (3, 9))])
def test_plain_cells_are_tiles_and_levels_above_are_their_smaller_versions(
    tmp_path: Path, side: int, grid: tuple[int, int]
) -> None:
    picture, whole = cells(*grid, (side, side))
    write_picture(picture, tmp_path / "a.pmtiles")
    with opened(tmp_path / "a.pmtiles") as archive:
        last = archive.header()["max_zoom"]
        assert archive.header()["addressed_tiles_count"] > archive.header()["tile_contents_count"]
        for zoom in range(last + 1):
            expected = halved(whole, last - zoom)
            height, width, _ = expected.shape
            tiles = shown(archive, zoom, -(-width // side), -(-height // side))
            alone = coded(expected, (side, side), "white")
            assert zoom < last - 2 or np.array_equal(tiles[:height, :width], alone)
            assert distance(tiles[:height, :width], expected) < 5
            assert tiles[height + 8 :].size == 0 or tiles[height + 8 :].min() > 245


def test_many_tiles_are_found_through_leaf_directories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_tiles, "_LEAF_ENTRIES", 4)
    monkeypatch.setattr(map_tiles, "_ROOT_BYTES", 60)
    picture, whole = cells(8, 8, (64, 64))
    write_picture(picture, tmp_path / "a.pmtiles")
    with opened(tmp_path / "a.pmtiles") as archive:
        assert archive.header()["leaf_directory_length"] > 0
        assert distance(shown(archive, 3, 8, 8), whole) < 4


def test_the_parts_of_an_archive_make_up_its_file(tmp_path: Path) -> None:
    write_picture(strips(600, 600), tmp_path / "a.pmtiles")
    with opened(tmp_path / "a.pmtiles") as archive:
        header = archive.header()
    names = ("metadata_length", "leaf_directory_length", "tile_data_length")
    assert (tmp_path / "a.pmtiles").stat().st_size == 16384 + sum(header[name] for name in names)
    assert header["root_offset"] + header["root_length"] <= 16384


@given(st.integers(0, 20), st.data())
def test_ids_of_tiles_are_those_of_the_specification(zoom: int, data: st.DataObject) -> None:
    side = st.lists(st.integers(0, 2**zoom - 1), min_size=5, max_size=5)
    x, y = data.draw(side), data.draw(side)
    ids = map_tiles.tile_ids(zoom, np.array(x), np.array(y))
    assert ids.tolist() == [zxy_to_tileid(zoom, *place) for place in zip(x, y, strict=True)]


@given(st.lists(st.tuples(*[st.integers(1, 2**40)] * 3, st.booleans()), max_size=20))
def test_directories_are_those_of_the_specification(
    parts: list[tuple[int, int, int, bool]],
) -> None:
    entries: list[Entry] = []
    for step, offset, length, follows in parts:
        last = entries[-1] if entries else Entry(0, 0, 0, 0)
        place = last.offset + last.length if follows else offset
        entries.append(Entry(last.tile_id + step, place, length, step))
    columns = np.array(
        [(entry.tile_id, entry.offset, entry.length, entry.run_length) for entry in entries],
        np.int64,
    ).reshape(-1, 4)
    directory = map_tiles.directory(map_tiles.Entries(*columns.T))
    # the compressed bytes may differ in a time of day
    assert gzip.decompress(directory) == gzip.decompress(serialize_directory(entries))
