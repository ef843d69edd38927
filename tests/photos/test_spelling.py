"""Names in another Unicode normal form than they have on disk."""

import unicodedata
from pathlib import Path

import pytest

from mosaicdb.photos import canonical_path, find_files
from mosaicdb.readings import Skipped

FORMS = ("NFC", "NFD")
NAME = "Zoë/Ångström/é.jpg"


def in_form(form: str, name: str = NAME) -> str:
    return unicodedata.normalize(form, name)


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"data")
    return path


@pytest.mark.parametrize("stored", FORMS)
@pytest.mark.parametrize("asked", FORMS)
def test_a_path_is_found_in_either_form(tmp_path: Path, stored: str, asked: str) -> None:
    path = touch(tmp_path / in_form(stored))
    assert canonical_path(tmp_path / in_form(asked)) == str(path)
    assert canonical_path(tmp_path / in_form(asked, "Zoë")) == str(path.parents[1])


def test_a_file_with_exactly_the_name_goes_before_another(tmp_path: Path) -> None:
    paths = [touch(tmp_path / in_form(form)) for form in FORMS]
    assert [canonical_path(path) for path in paths] == [str(path) for path in paths]


def test_a_path_that_is_nowhere_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / in_form("NFD", "Zoë")).mkdir()
    for path in (tmp_path / in_form("NFC", "Zoë/é.jpg"), tmp_path / "ö" / "x.jpg"):
        assert canonical_path(path) == str(path)


@pytest.mark.parametrize("stored", FORMS)
@pytest.mark.parametrize("asked", FORMS)
@pytest.mark.parametrize("pattern", ["é.*", "Zoë/*", "Ångström"])
def test_a_pattern_matches_names_in_either_form(
    tmp_path: Path, stored: str, asked: str, pattern: str
) -> None:
    touch(tmp_path / in_form(stored))
    (visited,) = find_files([str(tmp_path)], [in_form(asked, pattern)])
    assert isinstance(visited, Skipped)
