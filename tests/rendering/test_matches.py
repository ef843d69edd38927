"""Matches written to text files, and read from them."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from mosaicdb.errors import MosaicdbError, UsageError
from mosaicdb.rendering import read_matches, write_matches


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrays(np.int64, array_shapes(min_dims=2, max_dims=2, max_side=12)))
def test_what_is_written_is_read_again(tmp_path: Path, tile_ids: np.ndarray) -> None:
    flipped = tile_ids % 3 == 0
    crops = np.where((tile_ids % 2 == 0)[..., None], (0.0, 0.12345, 1.0, 0.75), 0.0)
    write_matches(tmp_path / "m.tab", tile_ids, flipped, crops)
    found, mirrored, cropped = read_matches(tmp_path / "m.tab")
    assert np.array_equal(cropped, crops) if crops.any() else cropped is None
    assert np.array_equal(mirrored, flipped) if flipped.any() else mirrored is None
    assert np.array_equal(np.loadtxt(tmp_path / "m.tab", dtype=np.int64, ndmin=2), tile_ids)
    assert (found.dtype, found.shape) == (np.int64, tile_ids.shape)
    assert np.array_equal(found, tile_ids)


def test_a_match_file_is_a_line_a_row_with_tabs_between(tmp_path: Path) -> None:
    write_matches(tmp_path / "m.tab", np.array([[1, 20], [5019, 0]]))
    assert (tmp_path / "m.tab").read_bytes() == b"1\t20\n5019\t0\n"


def test_mirrored_cells_stand_in_comments(tmp_path: Path) -> None:
    flipped = np.array([[False, False], [True, True]])
    write_matches(tmp_path / "m.tab", np.array([[1, 20], [5019, 0]]), flipped)
    assert (tmp_path / "m.tab").read_bytes() == (b"1\t20\n5019\t0\n# mirrored in row 1: 0 1\n")


def test_crops_stand_in_comments(tmp_path: Path) -> None:
    crops = np.zeros((2, 2, 4))
    crops[1, 0] = 0, 0.25, 1, 0.75
    write_matches(tmp_path / "m.tab", np.array([[1, 20], [5019, 0]]), crops=crops)
    assert (tmp_path / "m.tab").read_bytes() == (
        b"1\t20\n5019\t0\n# crops in row 1: 0=0,0.25,1,0.75\n"
    )


@pytest.mark.parametrize("crop", ["0=0,0,1", "0=0,0,0,1", "9=0,0,1,1", "0=-1,0,1,1", "0=nan,0,1,1"])
def test_crops_that_are_none_are_refused(crop: str, tmp_path: Path) -> None:
    (tmp_path / "m.tab").write_text(f"1 2\n# crops in row 0: {crop}\n")
    with pytest.raises(UsageError, match="is no grid of integers"):
        read_matches(tmp_path / "m.tab")


@pytest.mark.parametrize(
    "text",
    ["1 2\n3 4", "1\t2\r\n3\t4\r\n", "\n 1  2 \n\n3 4\n\n", "01 +2\n3 4"],
)
def test_any_blanks_may_stand_between_numbers(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.tab").write_bytes(text.encode())
    assert read_matches(tmp_path / "m.tab")[0].tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n \n",
        b"1 2\n3\n",
        b"1\n2 3\n",
        b"1 x\n",
        b"1.0 2.0\n",
        b"1e3\n",
        b"1,2\n",
        b"nan\n",
        b"9223372036854775808\n",
        b"-9223372036854775809\n",
        b"1" * 5000,
        "\u0661 \u0662\n".encode(),
        b"\xff\xfe1\0",
        b"\0",
        b"1 2\n# mirrored in row 1: 0\n",
        b"1 2\n# mirrored in row 0: 2\n",
        b"1 2\n# mirrored in row 0\n",
    ],
)
def test_what_is_no_grid_of_integers_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.tab"
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        read_matches(path)
    assert str(caught.value) == (f"{path} is no grid of integers, one line a row of equal length")


def test_a_grid_that_an_editor_on_windows_has_saved_is_read(tmp_path: Path) -> None:
    (tmp_path / "m.tab").write_bytes(b"\xef\xbb\xbf1\t-1\r\n0\t2\r\n")
    assert read_matches(tmp_path / "m.tab")[0].tolist() == [[1, -1], [0, 2]]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=60), st.text("0123 -\t\n", max_size=40).map(str.encode)))
def test_no_bytes_upset_the_reader_of_matches(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.tab").write_bytes(content)
    with suppress(UsageError):
        assert read_matches(tmp_path / "m.tab")[0].size > 0


@pytest.mark.parametrize(
    ("name", "reason"), [("gone.tab", "No such file or directory"), (".", "Is a directory")]
)
def test_a_match_file_that_cannot_be_read_is_an_error(
    tmp_path: Path, name: str, reason: str
) -> None:
    with pytest.raises(UsageError, match=reason):
        read_matches(tmp_path / name)


def test_a_match_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MosaicdbError, match="cannot write"):
        write_matches(tmp_path, np.zeros((2, 2), np.int64))
    assert list(tmp_path.iterdir()) == []
