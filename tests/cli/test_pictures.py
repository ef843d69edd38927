"""What `mosaicdb render` and `mosaicdb plan` do with target, tiles and picture."""

import json
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support import Command, draw_photo, draw_target

from mosaicdb import Database, ingest_photos

RENDER = ("render", "--db", "x.db", "--target", "target.png", "--grid", "4x4")


@pytest.fixture(autouse=True)
def _collection(photos: Path) -> None:
    with Database("x.db", thumb_res=(8, 8)) as database:
        ingest_photos(database, [photos])
    draw_photo(50, (64, 32)).save("target.png")


def rows(path: str) -> list[list[int]]:
    return np.loadtxt(path, dtype=int).tolist()


def test_a_whole_target_leaves_cells_empty_and_says_so(mosaicdb: Command) -> None:
    found = json.loads(mosaicdb(*RENDER, "--fit", "letter", "--output", "m.png", "--json"))
    assert found["cells"] == found["tiles_used"] == 8
    assert "8 of 16 cells stay empty" in mosaicdb.err
    assert (np.array(rows("data/matches_m.tab"))[[0, 3]] == -1).all()
    with Image.open("m.png") as image:
        assert image.mode == "RGBA"
        assert not np.asarray(image)[:8, :, 3].any()
    mosaicdb("sql", "SELECT count(*) FROM placement", "--db", "x.db", "--format", "csv")
    assert mosaicdb.out.split()[1] == "8"


def test_repeats_are_kept_apart_around_empty_cells(mosaicdb: Command) -> None:
    options = ("--grid", "6x6", "--fit", "letter", "--strategy", "nearest", "--min-distance", 2)
    found = json.loads(mosaicdb(*RENDER, *options, "--output", "m.png", "--json"))
    assert found["cells"] == 24  # half a row counts
    assert found["smallest_distance"] >= 2


def test_a_jpeg_is_white_where_cells_are_empty(mosaicdb: Command) -> None:
    mosaicdb(*RENDER, "--fit", "letter", "--output", "m.jpg")
    with Image.open("m.jpg") as image:
        assert np.asarray(image)[:7].min() > 240


def test_a_mosaic_with_empty_cells_can_be_drawn_again_from_its_matches(mosaicdb: Command) -> None:
    mosaicdb(*RENDER, "--fit", "letter", "--output", "m.png", "--matches", "m.tab")
    mosaicdb("render", "--db", "x.db", "--from-matches", "m.tab", "--output", "again.png")
    assert Path("again.png").read_bytes() == Path("m.png").read_bytes()


def test_the_focus_point_decides_what_is_cut(mosaicdb: Command) -> None:
    image = Image.new("RGB", (64, 32), "black")
    image.paste("white", (32, 0, 64, 32))
    image.save("target.png")
    kept = []
    for point in ("0,0.5", "1,0.5"):
        mosaicdb(*RENDER, "--focus-point", point, "--blend", 1, "--output", "m.png")
        with Image.open("m.png") as mosaic:
            kept.append(round(np.asarray(mosaic).mean()))
    assert kept == [0, 255]


def test_a_shift_is_told_and_bounded(mosaicdb: Command) -> None:
    found = json.loads(mosaicdb(*RENDER, "--shift", 10, "--json"))
    assert 0 < found["mean_shift"] <= found["most_shift"] <= 10
    assert "colours shifted by" in mosaicdb.err
    plain = json.loads(mosaicdb(*RENDER, "--json"))
    assert plain["score"]["samples_1"]["delta_e"] > found["score"]["samples_1"]["delta_e"]
    assert (plain["mean_shift"], "shifted" in mosaicdb.err) == (0, False)


@pytest.mark.parametrize(
    ("option", "value", "allowed"),
    [
        ("--shift", "256", "from 0 to 255"),
        ("--shift", "-1", "from 0 to 255"),
        ("--shift", "2.5", "a whole number"),
        ("--blend", "1.5", "a number from 0 to 1"),
        ("--blend", "nan", "a number from 0 to 1"),
        ("--detail", "101", "a number from 0 to 100"),
        ("--detail", "-1", "a number from 0 to 100"),
        ("--features", "hsv", "lab, rgb"),
        ("--fit", "stretch", "fill, letter"),
        ("--focus-point", "2,0", "two numbers from 0 to 1"),
        ("--focus-point", "nan,0", "two numbers from 0 to 1"),
        ("--focus-point", "left", "two numbers from 0 to 1"),
        ("--focus", "dogs", "faces"),
    ],
)
def test_what_is_not_allowed_is_told_with_what_is(
    option: str, value: str, allowed: str, mosaicdb: Command
) -> None:
    mosaicdb(*RENDER, f"{option}={value}", expect=2)
    assert option.strip("-").split("-")[0] in mosaicdb.error_line
    assert allowed in mosaicdb.error_line


def test_a_mask_and_a_small_target_are_said_to_be_scaled(mosaicdb: Command) -> None:
    Image.new("L", (9, 9), 200).save("mask.png")
    mosaicdb(*RENDER, "--mask", "mask.png")
    assert "the mask has another size than the target: it was scaled" in mosaicdb.err
    draw_photo(1, (3, 3)).save("target.png")
    mosaicdb(*RENDER)
    assert "the target has 3 x 3 pixels for 4 x 4 cells: it was scaled up" in mosaicdb.err


def test_a_mask_is_never_overwritten(mosaicdb: Command) -> None:
    Image.new("L", (64, 32), 200).save("mask.png")
    before = Path("mask.png").read_bytes()
    mosaicdb(*RENDER, "--mask", "mask.png", "--output", "mask.png", expect=2)
    assert Path("mask.png").read_bytes() == before


def test_a_masked_mosaic_spends_its_tiles_where_the_mask_is_bright(mosaicdb: Command) -> None:
    mask = Image.new("L", (32, 32), 0)
    mask.paste(255, (0, 0, 32, 16))
    mask.save("mask.png")
    draw_photo(50, (32, 32)).save("target.png")

    def cost_above(*options: object) -> float:
        mosaicdb(*RENDER, "--grid", "4x3", "--features", "rgb", *options)
        query = """
            SELECT sum(cost) FROM placement
            WHERE mosaic_id = (SELECT max(id) FROM mosaic) AND "row" = 0
        """
        return float(mosaicdb("sql", query, "--db", "x.db", "--format", "csv").split()[1])

    assert cost_above("--mask", "mask.png") < cost_above()


def test_a_mirrored_tile_is_recorded_and_drawn_mirrored(mosaicdb: Command) -> None:
    ramp = np.linspace(0, 255, 8).astype(np.uint8)[None, :, None].repeat(8, 0).repeat(3, 2)
    Image.fromarray(ramp).save("ramp.png")
    Image.fromarray(ramp[:, ::-1]).save("target.png")
    mosaicdb("ingest", "ramp.png", "--db", "ramp.db", "--thumb-res", "8x8", "--workers", 1)
    one = ("render", "--db", "ramp.db", "--target", "target.png", "--grid", "1x1", "--json")
    plain, flipped = (
        json.loads(mosaicdb(*one, "--output", name, *more))
        for name, more in (("plain.png", ()), ("m.png", ("--flip",)))
    )
    assert flipped["cost"] < 10 < plain["cost"]
    query = "SELECT flipped FROM placement ORDER BY mosaic_id"
    assert mosaicdb("sql", query, "--db", "ramp.db", "--format", "csv").split()[1:] == ["0", "1"]
    with Image.open("m.png") as image:
        drawn = np.asarray(image)[4, :, 0].astype(int)
    assert (np.diff(drawn) <= 0).all()
    assert drawn[0] > 200 > 50 > drawn[-1]


def test_mean_colours_have_no_mirror_image(mosaicdb: Command) -> None:
    for flat in (("--features", "rgb"), ("--detail", 0)):
        mosaicdb(*RENDER, "--flip", *flat, expect=2)
        assert "mean colours are the same mirrored" in mosaicdb.error_line


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_a_transparent_target_is_told(mode: str, mosaicdb: Command) -> None:
    Image.new(mode, (20, 20)).save("target.png")
    mosaicdb(*RENDER, expect=2)
    assert "covers no cell by half: it is transparent" in mosaicdb.error_line


def test_the_mean_colour_is_still_to_be_had(mosaicdb: Command) -> None:
    found = json.loads(mosaicdb(*RENDER, "--features", "rgb", "--strategy", "nearest", "--json"))
    ids = np.array(rows(found["matches"]))
    query = "SELECT tile_id, mean_r, mean_g, mean_b FROM tile_stats ORDER BY tile_id"
    table = json.loads(mosaicdb("sql", query, "--db", "x.db", "--format", "json"))
    means = np.array([[row[f"mean_{channel}"] for channel in "rgb"] for row in table])
    with Image.open("target.png") as image:
        square = np.asarray(image.crop((16, 0, 48, 32)), float)
    cells = square.reshape(4, 8, 4, 8, 3).mean(axis=(1, 3))
    distances = np.square(cells[:, :, None] - means).sum(axis=3)
    assert np.array_equal(ids, distances.argmin(axis=2))


def test_an_old_database_gets_its_signatures_when_they_are_needed(mosaicdb: Command) -> None:
    import sqlite3

    with sqlite3.connect("x.db") as connection:
        connection.execute("UPDATE tile SET signature = NULL")
    connection.close()
    mosaicdb(*RENDER, "--features", "rgb")
    count = ("sql", "SELECT count(signature) FROM tile", "--db", "x.db", "--format", "csv")
    assert mosaicdb(*count).split()[1] == "0"
    mosaicdb(*RENDER)
    assert mosaicdb(*count).split()[1] == "12"


def test_a_plan_tells_of_every_grid_what_limits_on_uses_would_give(mosaicdb: Command) -> None:
    plan = ("plan", "--db", "x.db", "--target", "target.png", "--grids", "3x2,6x6")
    lines = mosaicdb(*plan).splitlines()
    assert len(lines) == 9
    assert [line.split()[0] for line in lines[1:]] == ["3x2"] * 4 + ["6x6"] * 4
    assert "at most once" in lines[1]
    assert "at most 3 times" in lines[5]
    assert "any number" in lines[8]
    found = json.loads(mosaicdb(*plan, "--json"))
    assert [one["max_uses"] for one in found] == [1, 2, 4, None, 3, 6, 12, None]
    assert list(found[0]) == ["columns", "rows", "cells", "tiles", "max_uses", "score", "seconds"]


def test_a_plan_of_a_small_grid_is_what_comes_true(mosaicdb: Command) -> None:
    draw_target(50, (64, 64)).save("target.png")
    arguments = ("--db", "x.db", "--target", "target.png", "--shift", 5)
    planned = json.loads(mosaicdb("plan", *arguments, "--grids", "4x3", "--json"))[0]
    made = json.loads(mosaicdb("render", *arguments, "--grid", "4x3", "--json"))
    for scale, likeness in planned["score"].items():
        assert likeness["delta_e"] == pytest.approx(made["score"][scale]["delta_e"], abs=0.3)


@pytest.mark.parametrize("grids", ["", "4", "4x", "0x4", "4x3,", "99999x1", "4x3x2"])
def test_a_plan_needs_sizes(grids: str, mosaicdb: Command) -> None:
    mosaicdb("plan", "--db", "x.db", "--target", "target.png", "--grids", grids, expect=2)
    assert "give sizes of 1 to 10,000 a side, such as 40x30,80x60" in mosaicdb.error_line


def test_few_tiles_for_many_cells_are_told_before_the_match(mosaicdb: Command) -> None:
    mosaicdb(*RENDER, "--grid", "50x50")
    expected = (
        "12 tiles for 2,500 cells: each once is impossible; each at most 209 times gives about"
    )
    assert expected in mosaicdb.err
    pasted = " would come of: mosaicdb " + shlex.join(map(str, [*RENDER, "--grid", "50x50"]))
    assert f"{pasted} --max-uses 836 --min-distance 2 --shift 25\n" in mosaicdb.err
    mosaicdb(*RENDER, "--grid", "50x50", "--min-distance", 1, "--shift=10")
    assert f"{pasted} --max-uses 836 --min-distance 1 --shift 25\n" in mosaicdb.err
    target = ("render", "--db", "x.db", "--target", "target.png", "--grid", "50x50")
    mosaicdb(*target, "--strategy", "all")
    assert f"{shlex.join(target)} --strategy unique --max-uses" in mosaicdb.err
    mosaicdb(*RENDER, "--grid", "50x50", "--quiet")
    assert mosaicdb.err == ""


def test_what_the_hint_says_can_be_pasted_and_is_closer_to_the_target(
    mosaicdb: Command,
) -> None:
    Path("target.png").rename("the target.png")
    target = ("--target", "the target.png", "--db", "x.db", "--output", "m.png")
    before = json.loads(mosaicdb("render", *target, "--grid", "9x9", "--json"))
    (line,) = (line for line in mosaicdb.err.splitlines() if "more like the target" in line)
    words = shlex.split(line.partition(" target: ")[2])
    after = json.loads(mosaicdb(*words[1:]))
    for scale, score in before["score"].items():
        assert after["score"][scale]["delta_e"] < score["delta_e"]


def test_a_target_that_is_cut_by_much_is_told_with_a_grid_that_keeps_it(mosaicdb: Command) -> None:
    mosaicdb(*RENDER[:-1], "3x4", "--output", "m.png")
    assert "62 % of the target is cut away: --grid 5x2 keeps it" in mosaicdb.err
    mosaicdb(*RENDER[:-1], "5x2", "--output", "m.png")
    assert "cut away" not in mosaicdb.err
    mosaicdb(*RENDER[:-1], "3x4", "--output", "m.png", "--fit", "letter")
    assert "cut away" not in mosaicdb.err


def test_every_option_can_be_configured_and_turned_off_again(mosaicdb: Command) -> None:
    Path("sub").mkdir()
    Path("target.png").rename("sub/target.png")
    Path("sub/c.toml").write_text(
        'target_id = "target.png"\ntarget_res = [4, 2]\n'
        '[match]\nflip = true\nwhere = "tile_id < 9"\n'
        '[render]\noutput = "m.png"\nmatches = "m.tab"\n'
    )
    config = ("--config", "sub/c.toml", "--db", "x.db")
    mosaicdb("render", *config)
    assert Path("sub/m.png").exists()
    assert np.array(rows("sub/m.tab")).max() < 9
    newest = "SELECT json_extract(parameters, '$.flip') AS flip FROM mosaic ORDER BY id DESC"
    mosaicdb("sql", newest, "--db", "x.db", "--format", "csv")
    assert mosaicdb.out.split() == ["flip", "1"]
    mosaicdb("render", *config, "--no-flip", "--output", "n.png")
    mosaicdb("sql", newest, "--db", "x.db", "--format", "csv")
    assert mosaicdb.out.split() == ["flip", "0", "1"]


def test_a_size_of_thumbnails_that_is_configured_and_not_there_is_told(
    mosaicdb: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOSAICDB_THUMB_RES", "9x9")
    told = "thumb_res is 9x9 by MOSAICDB_THUMB_RES, but the thumbnails in x.db are 8x8"
    for command in (RENDER, ("plan", *RENDER[1:5]), ("stats", "--db", "x.db")):
        mosaicdb(*command)
        assert told in mosaicdb.err
    mosaicdb("export", "x.h5", "--db", "x.db")
    assert told in mosaicdb.err
    mosaicdb("import", "x.h5", "--db", "new.db")
    assert told.replace("x.db", "new.db") in mosaicdb.err
    mosaicdb("config", "--db", "x.db")
    (line,) = (line for line in mosaicdb.out.splitlines() if line.startswith("thumb_res"))
    assert line.endswith("# MOSAICDB_THUMB_RES; the database has [8, 8]")
    monkeypatch.setenv("MOSAICDB_THUMB_RES", "8x8")
    mosaicdb("stats", "--db", "x.db")
    assert mosaicdb.err == ""


def test_a_hint_never_ends_a_render(mosaicdb: Command) -> None:
    for grid in ("50x50", "45x60", "2100x1", "1x3100"):
        mosaicdb(*RENDER, "--grid", grid, "--gap", 0.01, "--output", "m.png")
        assert "gives about ΔE" in mosaicdb.err


def test_what_cannot_be_written_is_told_before_the_match(mosaicdb: Command, tmp_path: Path) -> None:
    Path("file").write_text("words")
    Path("matches.tab").write_text("1 2\n")
    for output in ("file/m.png", "."):
        name = output if output != "." else str(tmp_path / "folder.png")
        Path(tmp_path / "folder.png").mkdir(exist_ok=True)
        mosaicdb(*RENDER, "--output", name, "--matches", "matches.tab", expect=1)
        assert f"cannot write {name}" in mosaicdb.error_line
    assert Path("matches.tab").read_text() == "1 2\n"


def test_matches_replace_only_matches(mosaicdb: Command) -> None:
    Path("notes.txt").write_text("to be kept")
    mosaicdb(*RENDER, "--matches", "notes.txt", expect=2)
    assert "notes.txt holds no tile ids: name another file" in mosaicdb.error_line
    assert Path("notes.txt").read_text() == "to be kept"
    Path("matches.tab").write_text("1 2\n")
    mosaicdb(*RENDER, "--matches", "matches.tab")
    assert len(rows("matches.tab")) == 4


def test_a_score_goes_by_the_fit_that_is_configured(
    mosaicdb: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    mosaicdb(*RENDER, "--fit", "letter", "--output", "m.png")
    recorded = mosaicdb("score", "m.png", "--db", "x.db")
    with Image.open("m.png") as image:
        image.convert("RGB").save("copy.png")
    foreign = ("score", "copy.png", "--target", "target.png", "--grid", "4x4")
    filled = mosaicdb(*foreign)
    monkeypatch.setenv("MOSAICDB_RENDER_FIT", "letter")
    assert mosaicdb(*foreign).splitlines()[1:5] == recorded.splitlines()[1:5]
    assert mosaicdb(*foreign) != filled
