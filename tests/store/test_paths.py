import os

from hypothesis import given
from hypothesis import strategies as st

from mosaicdb.store.paths import folder_range, path_to_text, sort_key, text_to_path

any_bytes = st.binary(max_size=20).filter(lambda name: b"\0" not in name)
names = st.one_of(any_bytes.map(os.fsdecode), st.text("‛ab\udcff/FF0", max_size=8))


@given(names)
def test_any_path_comes_back_as_it_went_in(path: str) -> None:
    text = path_to_text(path)
    text.encode("utf-8")
    assert text_to_path(text) == path


@given(names, names)
def test_no_two_paths_have_the_same_text(one: str, other: str) -> None:
    assert (path_to_text(one) == path_to_text(other)) == (one == other)


def test_an_ordinary_path_is_its_own_text() -> None:
    assert path_to_text("/photos/Übung 1.jpg") == "/photos/Übung 1.jpg"
    assert path_to_text("/a/\udcffb‛") == "/a/‛FFb‛‛"


@given(st.lists(names))
def test_sort_keys_sort_as_the_paths_do(paths: list[str]) -> None:
    assert sorted(paths, key=sort_key) == sorted(paths)


@given(names, names)
def test_a_folder_s_range_holds_what_lies_below_it_and_nothing_else(
    folder: str, other: str
) -> None:
    low, high = map(path_to_text, folder_range("/" + folder.strip("/")))
    below = other.startswith(("/" + folder.strip("/")).rstrip("/") + "/")
    assert (low <= path_to_text(other) < high) == below
