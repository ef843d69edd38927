"""What `mosaicdb draw` does, and what `render` does for prints and given matches."""

import html
import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, features
from support import Command, draw_photo

RENDER = ("render", "--db", "x.db", "--target", "target.png")
DRAW = ("draw", "--db", "x.db")


@pytest.fixture(autouse=True)
def _collection(photos: Path, mosaicdb: Command) -> None:
    mosaicdb("ingest", photos, "--db", "x.db", "--thumb-res", "8x8", "--workers", 1)
    draw_photo(50, (64, 48)).save("target.png")


def pixels(path: str) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_draw_right_after_render_gives_the_same_pixels(mosaicdb: Command) -> None:
    mosaicdb(*RENDER, "--grid", "4x3", "--shift", 20, "--blend", 0.2, "--output", "m.png")
    found = json.loads(mosaicdb(*DRAW, "--output", "again.png", "--json"))
    assert np.array_equal(pixels("again.png"), pixels("m.png"))
    assert found == {
        "mosaic": 1, "output": "again.png", "columns": 4, "rows": 3, "tile_size": [8, 8],
        "width": 32, "height": 24, "dpi": None, "photos": 0, "smaller": 0, "from_thumbnails": 0,
        "mean_shift": found["mean_shift"], "most_shift": found["most_shift"],
    }  # fmt: skip
    assert 0 < found["mean_shift"] <= found["most_shift"] <= 20


def test_render_and_draw_write_the_same_file_in_every_format(mosaicdb: Command) -> None:
    for extension in (".jpg", ".png", ".webp", *([".avif"] if features.check("avif") else [])):
        mosaicdb(*RENDER, "--grid", "4x3", "--output", f"m{extension}", "--quality", 80)
        mosaicdb(*DRAW, f"m{extension}", "--output", f"new/m{extension}", "--quality", 80)
        assert Path("new", f"m{extension}").read_bytes() == Path(f"m{extension}").read_bytes()


def test_what_a_format_cannot_hold_is_told_before_the_work_begins(mosaicdb: Command) -> None:
    for name, size, code, message in (
        ("m.jpg", "10000x10000", 1, "more than a JPEG can hold (65,500 a side): write a .png"),
        ("m.webp", "5000x5000", 1, "more than a WebP can hold (16,383 a side): write a .jpg"),
        ("m.gif", "8x8", 2, "give a name that ends in .jpg"),
    ):
        options = ("--grid", "8x8", "--max-uses", 9, "--tile-size", size, "--output", name)
        mosaicdb(*RENDER, *options, expect=code)
        assert message in mosaicdb.err
        assert mosaicdb.err.count("\n") == 1


def test_a_print_is_drawn_again_with_the_same_pixels(mosaicdb: Command) -> None:
    size = ("--width", "80mm", "--dpi", 127)
    mosaicdb(*RENDER, "--grid", "4x3", *size, "--shift", 20, "--output", "m.png", "--max-uses", 3)
    assert "print: 8 cm x 6 cm at 127 dpi: 4 x 3 cells of 100 x 100 pixels, 2 cm" in mosaicdb.err
    assert "have fewer pixels than a cell of 100 x 100" in mosaicdb.err
    found = json.loads(mosaicdb(*DRAW, "m.png", *size, "--output", "again.png", "--json"))
    assert np.array_equal(pixels("again.png"), pixels("m.png"))
    assert found["photos"] == found["smaller"] > 1
    assert (found["width"], found["height"], found["dpi"]) == (400, 300, pytest.approx(127))
    mosaicdb(*DRAW, "--output", "default.png")
    assert np.array_equal(pixels("default.png"), pixels("m.png"))


def test_the_command_of_a_report_makes_the_same_print_again(mosaicdb: Command) -> None:
    size = ("--width", "6cm", "--dpi", 42.5, "--bleed", "2mm")
    mosaicdb(*RENDER, *size, "--strategy", "nearest", "--output", "m.png", "--report", "m.html")
    page = html.unescape(re.sub(r"<[^>]+>", "", Path("m.html").read_text("utf-8")))
    words = shlex.split(page[page.index("mosaicdb render") :].partition("m.html")[0] + "m.html")
    for given in (("--width", "60mm"), ("--bleed", "2mm"), ("--dpi", "42.5"), ("--grid", "60x45")):
        assert words[words.index(given[0]) + 1] == given[1]
    before = pixels("m.png")
    mosaicdb(*words[1:])
    assert np.array_equal(pixels("m.png"), before)


def test_a_print_chooses_a_grid_of_the_targets_shape(mosaicdb: Command) -> None:
    size = ("--width", "60mm", "--dpi", 127)
    found = json.loads(
        mosaicdb(*RENDER, *size, "--strategy", "nearest", "--output", "m.png", "--json")
    )
    assert (found["columns"], found["rows"]) == (60, 45)
    assert pixels("m.png").shape == (225, 300, 3)


def test_a_picture_that_is_written_strip_by_strip_has_the_score_of_the_whole(
    mosaicdb: Command,
) -> None:
    mosaicdb(*RENDER, "--grid", "4x3", "--output", "m.png", "--json")
    rendered = json.loads(mosaicdb.out)
    scored = json.loads(mosaicdb("score", "m.png", "--db", "x.db", "--json"))
    assert rendered["score"] == scored["score"]


def test_sheets_have_a_name_of_their_own(mosaicdb: Command) -> None:
    mosaicdb(*RENDER, "--grid", "4x3", "--output", "m.png")
    mosaicdb(*DRAW, "--width", "300mm", "--dpi", 40, "--sheets", "A4", "--bleed", "3mm")
    assert "3 mm of bleed on each side; 2 sheets of A4, 2 x 1" in mosaicdb.err
    assert "482 x 364 pixels" in mosaicdb.err
    assert Path("mosaic_1.pdf").read_bytes().startswith(b"%PDF")


def test_a_print_is_scored_without_its_bleed_and_not_by_a_sheet(mosaicdb: Command) -> None:
    size = ("--width", "300mm", "--dpi", 40, "--bleed", "3mm")
    scores = []
    for name, given in (("plain.png", size[:4]), ("m.png", size)):
        mosaicdb(*RENDER, "--grid", "4x3", *given, "--output", name)
        scored = json.loads(mosaicdb("score", name, "--db", "x.db", "--json"))
        scores.append(scored["score"])
    assert scores[0] == scores[1]
    mosaicdb(*RENDER, "--grid", "4x3", *size, "--sheets", "A4", "--output", "s.png")
    assert "s-1-of-2.png: 4 x 3 cells" in mosaicdb.err
    mosaicdb("score", "s-1-of-2.png", "--db", "x.db", expect=2)
    assert "s-1-of-2.png is a sheet of mosaic 3, and not all of it" in mosaicdb.err
    mosaicdb(*DRAW, "s-1-of-2.png", *size[:4], "--output", "again.png")
    assert np.array_equal(pixels("again.png"), pixels("m.png")[5:-5, 5:-5])


def test_given_matches_are_printed_at_a_size(mosaicdb: Command) -> None:
    size = ("--width", "80mm", "--dpi", 127, "--bleed", "1mm")
    mosaicdb(*RENDER, "--grid", "4x3", *size, "--output", "m.png", "--matches", "m.tab")
    again = ("render", "--db", "x.db", "--from-matches", "m.tab", *size)
    mosaicdb(*again, "--output", "again.png")
    assert "print: 8 cm x 6 cm at 127 dpi: 4 x 3 cells of 100 x 100 pixels" in mosaicdb.err
    assert np.array_equal(pixels("again.png"), pixels("m.png"))
    Path("config.toml").write_text('[print]\nwidth = "30cm"\nsheets = "A5"\n')
    mosaicdb("render", "--db", "x.db", "--from-matches", "m.tab")
    assert Path("mosaic_given.pdf").exists()


MISTAKES = [
    (("--tile-size", "9x0"), 2, "--tile-size = '9x0' is not allowed"),
    (("--tile-size", "9x9", "--width", "9cm"), 2, "leave out the tile size"),
    (("--dpi", "300"), 2, "need the width or the height of the print"),
    (("--width", "9cm", "--height", "9cm"), 2, "is 9 cm wide is 6.75 cm high, not 9 cm"),
    (("--width", "0.1mm"), 2, "would have 0 x 0 pixels"),
    (("--output", "m.xyz"), 2, "m.xyz"),
    (("--output", ""), 2, "--output = '' is not allowed: give a path"),
    (("7",), 1, "no mosaic has the id 7: `mosaicdb mosaics`"),
    (("nowhere.jpg",), 1, "nowhere.jpg is no mosaic that this database recorded"),
]


def test_what_cannot_be_drawn_is_one_line(mosaicdb: Command) -> None:
    mosaicdb(*RENDER, "--grid", "4x3", "--output", "m.png")
    for arguments, code, message in MISTAKES:
        mosaicdb(*DRAW, *arguments, expect=code)
        assert message in mosaicdb.error_line


def test_whose_picture_is_replaced_is_said(mosaicdb: Command) -> None:
    mosaicdb(*RENDER, "--grid", "4x3", "--output", "m.png")
    mosaicdb(*RENDER, "--grid", "3x3", "--output", "other.png")
    mosaicdb(*DRAW, 1, "--output", "new.png")
    assert "takes its place" not in mosaicdb.err
    mosaicdb(*DRAW, 1, "--output", "other.png")
    assert (
        "other.png was the picture of mosaic 2: this one takes its place, and `mosaicdb draw 2` "
        "draws that one again\n"
    ) in mosaicdb.err


def test_an_interrupted_drawing_does_not_claim_to_keep_a_part(
    mosaicdb: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    mosaicdb(*RENDER, "--grid", "4x3", "--output", "m.png")
    monkeypatch.setattr("mosaicdb.pipelines.draw.write_form", interrupt)
    mosaicdb(*DRAW, "--output", "a.png", expect=130)
    assert mosaicdb.error_line == "mosaicdb: interrupted; nothing is half done"


def test_without_mosaics_one_line_says_how_to_make_one(mosaicdb: Command) -> None:
    mosaicdb(*DRAW, expect=1)
    assert "holds no mosaics: make one with `mosaicdb render`" in mosaicdb.error_line


def test_matches_keep_what_is_mirrored(mosaicdb: Command) -> None:
    mosaicdb(*RENDER, "--grid", "4x3", "--flip", "--output", "m.png", "--matches", "m.tab")
    assert "# mirrored in row" in Path("m.tab").read_text()
    mosaicdb("render", "--db", "x.db", "--from-matches", "m.tab", "--output", "again.png")
    assert np.array_equal(pixels("again.png"), pixels("m.png"))


def test_matches_are_shifted_and_scored_against_a_target_and_drawn_again(mosaicdb: Command) -> None:
    given = ("--grid", "4x3", "--shift", 30, "--blend", 0.3)
    first = json.loads(
        mosaicdb(*RENDER, *given, "--output", "m.png", "--matches", "m.tab", "--json")
    )
    again = json.loads(
        mosaicdb(*RENDER, "--from-matches", "m.tab", *given[2:], "--output", "again.png", "--json")
    )
    assert np.array_equal(pixels("again.png"), pixels("m.png"))
    assert (again["score"], again["mean_shift"]) == (first["score"], first["mean_shift"])
    mosaicdb(*DRAW, "again.png", "--output", "third.png")
    assert np.array_equal(pixels("third.png"), pixels("m.png"))


def test_matches_without_a_target_cannot_be_shifted(mosaicdb: Command) -> None:
    Path("m.tab").write_text("0 1\n2 3\n")
    for option in (("--shift", 9), ("--blend", 0.5), ("--fit", "letter")):
        mosaicdb("render", "--db", "x.db", "--from-matches", "m.tab", *option, expect=2)
        assert "needs the target for" in mosaicdb.error_line


def test_a_tiff_gets_a_pyramid_where_a_flag_or_the_configuration_asks_for_it(
    mosaicdb: Command,
) -> None:
    mosaicdb(*RENDER, "--grid", "40x40", "--max-uses", 900, "--pyramid", "--output", "m.tif")
    mosaicdb(*DRAW, "--share-tiles", "--output", "plain.tif")
    Path("config.toml").write_text("[render]\npyramid = true\n")
    mosaicdb(*DRAW, "--output", "again.tif")
    mosaicdb(*RENDER, "--from-matches", "data/matches_m.tab", "--output", "given.tif")
    pages = {}
    for name in ("m.tif", "plain.tif", "again.tif", "given.tif"):
        with tifffile.TiffFile(name) as tiff:
            pages[name] = len(tiff.pages)
    assert pages == {"m.tif": 2, "plain.tif": 1, "again.tif": 2, "given.tif": 2}


@pytest.mark.parametrize(
    ("name", "kind", "options"),
    [
        ("a.jpg", "a JPEG", "pyramid"),
        ("a.png", "a PNG", "share-tiles"),
        ("a.webp", "a WebP", "pyramid"),
        ("a.dzi", "a Deep Zoom picture", "share-tiles"),
    ],
)
def test_a_pyramid_is_refused_where_a_format_has_none_unless_a_configuration_asks_for_it(
    mosaicdb: Command, name: str, kind: str, options: str
) -> None:
    mosaicdb(*RENDER, "--grid", "4x3", "--output", "m.png")
    what = {"pyramid": "pyramid", "share-tiles": "tiles to share"}[options]
    for command in (RENDER, DRAW):
        mosaicdb(*command, f"--{options}", "--output", name, expect=2)
        assert f"{name}: {kind} has no {what}: give a name that ends in .tif" in mosaicdb.error_line
    assert not Path(name).exists()
    Path("config.toml").write_text(f"[render]\n{options.replace('-', '_')} = true\n")
    mosaicdb(*DRAW, "--output", name)
    assert Path(name).exists()


def test_sheets_have_no_pyramid(mosaicdb: Command) -> None:
    mosaicdb(*RENDER, "--grid", "4x3", "--output", "m.png")
    mosaicdb(*DRAW, "--width", "9cm", "--sheets", "A5", "--pyramid", expect=2)
    assert "sheets have no pyramid" in mosaicdb.error_line


def test_a_render_of_plain_cells_encodes_each_photo_once_and_has_the_same_score(
    photos: Path, mosaicdb: Command
) -> None:
    words = (*RENDER, "--grid", "5x4", "--max-uses", 9, "--tile-size", "32x16", "--json")
    drawn, spliced = (
        json.loads(mosaicdb(*words, "--flip", "--output", name))["score"]
        for name in ("m.png", "m.tif")
    )
    for scale, likeness in spliced.items():
        assert likeness == pytest.approx(drawn[scale], rel=1e-5)
    with tifffile.TiffFile("m.tif") as tiff:
        assert tiff.pages[0].tile == (16, 32)


@pytest.mark.parametrize("name", ["m.webp", "m.avif", "m.tif"])
def test_a_mosaic_is_scored_in_its_format(mosaicdb: Command, name: str) -> None:
    if name == "m.avif" and not features.check("avif"):
        pytest.skip("this Pillow writes no AVIF")
    mosaicdb(*RENDER, "--grid", "4x3", "--output", "m.png")
    expected = json.loads(mosaicdb("score", "m.png", "--db", "x.db", "--json"))
    mosaicdb(*DRAW, "--quality", 100, "--output", name)
    words = ("--target", "target.png", "--grid", "4x3")
    found = json.loads(mosaicdb("score", name, *words, "--db", "x.db", "--json"))
    for scale, likeness in found["score"].items():
        assert likeness == pytest.approx(expected["score"][scale], rel=0.05, abs=0.005)


@pytest.mark.parametrize("name", ["m.dzi", "m.szi", "m.pmtiles"])
def test_a_mosaic_can_be_a_pyramid_and_is_found_by_it(mosaicdb: Command, name: str) -> None:
    mosaicdb(*RENDER, "--grid", "4x3", "--output", name)
    mosaicdb(*RENDER, "--grid", "4x3", "--shift", 9, "--output", "other" + name)
    assert json.loads(mosaicdb(*DRAW, name, "--output", "again.png", "--json"))["mosaic"] == 1
