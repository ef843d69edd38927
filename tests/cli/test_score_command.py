"""`mosaicdb score`."""

import json
import re
from pathlib import Path

import pytest
from support import Command, draw_photo

KEYS = [
    "mosaic",
    "output",
    "target",
    "columns",
    "rows",
    "score",
    "tiles_used",
    "most_used",
    "smallest_distance",
    "mean_shift",
    "most_shift",
    "paint",
]
SCALES = ["samples_1", "samples_2", "samples_4", "afar"]


@pytest.fixture
def rendered(photos: Path, mosaicdb: Command) -> Path:
    mosaicdb("ingest", photos, "--db", "x.db", "--thumb-res", "8x6")
    options = ["--target", 3, "--grid", "5x4", "--output", "m.png", "--matches", "m.tab"]
    mosaicdb("render", "--db", "x.db", *options)
    return Path("m.png")


def test_a_recorded_mosaic_is_scored_by_its_name_alone(rendered: Path, mosaicdb: Command) -> None:
    lines = mosaicdb("score", rendered, "--db", "x.db").splitlines()
    assert lines[0].split() == ["ΔE", "ΔE00", "SSIM"]
    names = ["1 sample a cell", "2 x 2 samples", "4 x 4 samples", "from afar"]
    for line, name in zip(lines[1:5], names, strict=True):
        assert re.fullmatch(rf"{name}( +\d+\.\d\d){{2}} +-?\d\.\d\d\d", line)
    assert len({len(line) for line in lines[:5]}) == 1
    assert re.fullmatch(r"tiles used: 1\d, the most used 2 times", lines[5])
    assert re.fullmatch(r"smallest distance of repeats: \d", lines[6])
    assert re.search(r"5 x 4 cells, compared with .*03\.jpg", mosaicdb.err)


def test_a_mosaic_that_was_moved_is_known_by_its_content(rendered: Path, mosaicdb: Command) -> None:
    Path("album").mkdir()
    moved = rendered.rename("album/best" + rendered.suffix)
    assert json.loads(mosaicdb("score", "--db", "x.db", moved, "--json"))["mosaic"] == 1


@pytest.mark.checkout
def test_the_json_of_a_score_has_the_keys_that_are_documented(
    rendered: Path, mosaicdb: Command
) -> None:
    found = json.loads(mosaicdb("score", rendered, "--db", "x.db", "--json"))
    page = (Path(__file__).parents[2] / "docs" / "json.md").read_text("utf-8")
    (line,) = (line for line in page.splitlines() if line.startswith("| `score` |"))
    assert list(found) == KEYS
    assert list(found["score"]) == SCALES
    for name in [*KEYS, *SCALES, *found["score"]["afar"]]:
        assert f"`{name}`" in line
    assert (found["mosaic"], found["columns"], found["rows"]) == (1, 5, 4)
    assert found["score"]["samples_1"]["delta_e"] > 0


def test_a_mosaic_by_another_tool_makes_no_database(mosaicdb: Command) -> None:
    draw_photo(1, (60, 40)).save("other.png")
    out = mosaicdb("score", "other.png", "--target", "other.png", "--grid", "12x8")
    assert re.search(r"1 sample a cell +0\.00 +0\.00 +1\.000", out)
    assert "tiles used" not in out
    Path("config.toml").write_text("target_res = [2, 2]")
    found = json.loads(mosaicdb("score", "other.png", "--target", "other.png", "--json"))
    assert (found["columns"], found["mosaic"], found["most_used"]) == (2, None, None)
    assert found["score"]["samples_1"] == {"delta_e": 0, "ssim": None, "ciede2000": 0}
    assert re.search(
        r"1 sample a cell +0\.00 +0\.00\n", mosaicdb("score", "other.png", "--target", "other.png")
    )
    assert not Path("data").exists()


def test_what_is_not_known_is_asked_for(mosaicdb: Command) -> None:
    draw_photo(1, (60, 40)).save("other.png")
    mosaicdb("score", "other.png", expect=2)
    assert "no target of other.png is recorded: name it with --target" in mosaicdb.error_line
    mosaicdb("score", "other.png", "--target", "other.png", expect=2)
    assert "60 x 40 pixels, which is no multiple of 100 x 100 cells" in mosaicdb.error_line
    mosaicdb("score", "other.png", "--target", 7, expect=1)
    assert "no database knows photo 7" in mosaicdb.error_line
    mosaicdb("score", "none.png", "--target", "other.png", expect=1)
    assert (
        mosaicdb.error_line
        == "mosaicdb: cannot read the mosaic none.png: No such file or directory"
    )
