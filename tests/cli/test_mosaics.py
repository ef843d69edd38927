import json
from pathlib import Path

import pytest
from support import Command


@pytest.fixture
def kitchen(photos: Path, mosaicdb: Command) -> None:
    mosaicdb("ingest", photos, "--workers", 1)
    mosaicdb("render", "--target", 1, "--grid", "3x2", "--output", "k.png", "--name", "kitchen")


def test_mosaics_are_listed_in_a_table_or_as_json(kitchen: None, mosaicdb: Command) -> None:
    heading, _, line = mosaicdb("mosaics").splitlines()
    assert heading.split()[:4] == ["id", "name", "target", "grid"]
    assert line.split()[:4] == ["1", "kitchen", "1", "3x2"]
    (listed,) = map(json.loads, mosaicdb("mosaics", "--json").splitlines())
    assert (listed["mosaic"], listed["name"], listed["tiles_gone"]) == (1, "kitchen", 0)


def test_a_match_file_is_named_after_its_mosaic(kitchen: None, mosaicdb: Command) -> None:
    mosaicdb("render", "--target", 1, "--grid", "3x2", "--output", "poster.png")
    mosaicdb("render", "--target", 1, "--grid", "3x2")
    names = {path.name for path in Path("data").glob("*.tab")}
    assert names == {"matches_kitchen.tab", "matches_poster.tab", "matches_unique.tab"}


def test_a_named_mosaic_is_drawn_and_forgotten_by_its_name(
    kitchen: None, mosaicdb: Command
) -> None:
    mosaicdb("draw", "kitchen", "--output", "again.png")
    assert Path("again.png").read_bytes() == Path("k.png").read_bytes()
    mosaicdb("forget", "kitchen")
    assert mosaicdb.err.startswith("mosaic 1 (kitchen) forgotten: ")
    mosaicdb("forget", "kitchen", expect=1)
    assert "holds no mosaics" in mosaicdb.error_line


@pytest.mark.parametrize("name", ["7", "a/b", "a\nb", "x" * 101])
def test_a_name_is_no_number_and_no_path(name: str, mosaicdb: Command) -> None:
    mosaicdb("render", "--target", 1, "--name", name, expect=2)
    assert "that is no number and has no slash" in mosaicdb.error_line


def test_two_mosaics_cannot_share_a_name(kitchen: None, mosaicdb: Command) -> None:
    mosaicdb("render", "--target", 1, "--strategy", "all", "--name", "both", expect=2)
    assert mosaicdb.error_line.endswith("two mosaics: leave out --name")
