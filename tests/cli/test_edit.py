"""Mosaics are changed by hand and kept up to date, and photos banned, from the command line."""

import json
from pathlib import Path

import pytest
from support import Command, write_photo


@pytest.fixture
def kitchen(photos: Path, filled: object, mosaicdb: Command) -> None:
    """Give a mosaic of twelve photos in ./tiles.db, named kitchen."""
    Path("config.toml").write_text('[database]\nurl = "tiles.db"\n', "utf-8")
    mosaicdb("render", "--target", 1, "--grid", "4x2", "--output", "k.png", "--name", "kitchen")


def test_an_edit_says_what_it_changed_and_can_be_undone(kitchen: None, mosaicdb: Command) -> None:
    before = Path("k.png").read_bytes()
    edit = json.loads(mosaicdb("edit", "kitchen", "--swap", "1,2", "--without", 1, "--json"))
    assert (edit["mosaic"], edit["version"], edit["cells"]) == (1, 2, 8)
    assert edit["edit"] == "--swap 1,2 --without 1"
    assert 1 <= edit["changed"] <= 8
    assert mosaicdb.error_line == (
        f"mosaic 1 (kitchen): {edit['changed']} of 8 cells changed, optimal; "
        f"{Path('k.png').resolve()} drawn again"
    )
    assert Path("k.png").read_bytes() != before
    mosaicdb("edit", "k.png", "--undo")
    assert Path("k.png").read_bytes() == before
    mosaicdb("edit", "kitchen", "--undo", expect=1)
    assert mosaicdb.error_line == "mosaicdb: mosaic 1 has no edits to undo"


def test_a_render_that_replaces_a_mosaic_says_how_many_edits_are_lost(
    kitchen: None, mosaicdb: Command
) -> None:
    again = ("render", "--target", 1, "--grid", "4x2", "--output", "k.png")
    mosaicdb("edit", "kitchen", "--swap", "1,2")
    mosaicdb(*again)
    assert (
        "the mosaic that was in k.png is replaced, and its 1 edit with it: they cannot be undone "
        "any more\n"
    ) in mosaicdb.err
    mosaicdb(*again)
    assert "is replaced" not in mosaicdb.err


def test_an_update_takes_in_what_an_ingest_brought(
    kitchen: None, photos: Path, mosaicdb: Command
) -> None:
    mosaicdb("update", "kitchen")
    assert mosaicdb.error_line.startswith("mosaic 1 (kitchen): 0 of 8 cells changed, optimal; ")
    assert mosaicdb.error_line.endswith("k.png as it was")
    for seed in range(30, 36):
        write_photo(photos / f"{seed}.jpg", seed)
    out = mosaicdb("ingest", "photos", "--update", "kitchen", "--json")
    ingest, update = map(json.loads, out.splitlines())
    assert ingest["new"] == 6
    assert update["changed"] > 0
    assert update["cost"] < update["cost_before"]


def test_photos_are_banned_listed_and_let_in_again(kitchen: None, mosaicdb: Command) -> None:
    mosaicdb("ban", 3, "photos/00.jpg", "tile_id = 3")
    assert mosaicdb.error_line == "2 photos banned"
    mosaicdb("ban", 3)
    assert mosaicdb.error_line == "0 photos banned: all of them were before"
    assert [line.split()[0] for line in mosaicdb("ban").splitlines()[2:]] == ["0", "3"]
    listed = [json.loads(line) for line in mosaicdb("ban", "--json").splitlines()]
    assert listed[0]["path"] == str(Path("photos/00.jpg").resolve())
    assert "banned        2\n" in mosaicdb("stats")
    mosaicdb("unban", listed[1]["content_hash"], 0)
    assert mosaicdb.error_line == "2 photos may be used again"


BAD = [
    (["edit", "hall", "--swap", "0,0"], 1, "hall is no mosaic that this database recorded"),
    (["edit", 7, "--swap", "0,0"], 1, "no mosaic has the id 7"),
    (["edit", "kitchen"], 2, "nothing to change: give a swap, a pin or a photo to leave out"),
    (["edit", "kitchen", "--undo", "--swap", "0,0"], 2, "takes an edit back: leave out --swap"),
    (["edit", "kitchen", "--swap", "0"], 2, "--swap = '0' is not allowed: give a row, a column"),
    (["edit", "kitchen", "--swap", "0,0=1=2"], 2, "such as 12,40=5019 or 12,40"),
    (["edit", "kitchen", "--pin", "0,0"], 2, "--pin = '0,0' is not allowed: give a row, a column"),
    (["edit", "kitchen", "--without", ""], 2, "--without = '' is not allowed: give tiles or paths"),
    (["edit", "kitchen", "--pin", "9,0=1"], 1, "pin 9,0=1: the grid has rows 0 to 1"),
    (["edit", "kitchen", "--swap", "0,0=99"], 1, "pin 0,0=99: there is no tile 99"),
    (["edit", "kitchen", "--without", "<script>"], 1, "<script> is no photo that this database"),
    (["edit", "kitchen", "--without", "a\n'\udcff"], 1, r"a\n'\udcff is no photo that this"),
    (["update", "hall"], 1, "hall is no mosaic that this database recorded"),
    (["ingest", "photos", "--update", "hall"], 1, "hall is no mosaic that this database recorded"),
    (["ingest", "photos", "--update", "kitchen", "--dry-run"], 2, "in a --dry-run: leave out one"),
    (["ban", "no such column"], 2, "no photo is named no such column, and the condition"),
    (["ban", "a\n'\udcff"], 2, r"no photo is named a\n'\udcff, and"),
    (["unban", 5], 1, "5 is not banned: `mosaicdb ban` lists what is"),
]


@pytest.mark.parametrize(("words", "code", "message"), BAD, ids=lambda value: str(value)[:40])
def test_what_cannot_be_is_told_in_one_line(
    words: list[object], code: int, message: str, kitchen: None, mosaicdb: Command
) -> None:
    mosaicdb("-q", *words, expect=code)
    assert message in mosaicdb.error_line


def test_a_ban_that_leaves_too_few_photos_is_told_by_render_and_by_update(
    kitchen: None, mosaicdb: Command
) -> None:
    mosaicdb("ban", "1=1")
    for words in (
        ["update", "kitchen"],
        ["edit", "kitchen", "--swap", "0,0"],
        ["render", "--target", 1],
    ):
        mosaicdb("-q", *words, expect=1)
        assert "no tile is left: 12 photos banned" in mosaicdb.error_line
