import json
import shlex
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support import Command, age, write_photo

from mosaicdb import Database, ingest_photos


@pytest.fixture
def collection(photos: Path, tmp_path: Path) -> Path:
    """Ingest 12 photos, and a small copy of one, into ./tiles.db."""
    for number, path in enumerate(sorted(photos.rglob("*.jpg"))):
        # clouds: ramps of colour all look alike
        clouds = np.random.default_rng(number).integers(0, 256, (6, 8, 3)).astype(np.uint8)
        Image.fromarray(clouds).resize((64, 48), Image.Resampling.BICUBIC).save(path)
        age(path)
    with Image.open(photos / "02.jpg") as image:
        image.resize((48, 36)).save(photos / "copy\n.png")
    age(photos / "copy\n.png")
    with Database(tmp_path / "tiles.db", thumb_res=(24, 18)) as database:
        ingest_photos(database, [photos])
    return photos


def test_duplicates_are_listed_with_their_sizes_and_paths(
    collection: Path, mosaicdb: Command
) -> None:
    size = (collection / "02.jpg").stat().st_size
    lines = mosaicdb("duplicates", "--db", "tiles.db").splitlines()
    assert lines[:2] == [
        "group 1: 2 photos",
        f"    tile 2  64 x 48 JPEG, {size:,} bytes  {collection}/02.jpg",
    ]
    assert lines[2].endswith(rf"{collection}/copy\n.png")
    assert mosaicdb.err == "1 group; 1 photo beyond the first of a group\n"


def test_duplicates_are_printed_as_json(collection: Path, mosaicdb: Command) -> None:
    (line,) = mosaicdb("duplicates", "--db", "tiles.db", "--json", "--quiet").splitlines()
    group = json.loads(line)
    assert (group["group"], [each["tile_id"] for each in group["tiles"]]) == (1, [2, 12])
    assert group["tiles"][1] == {
        "tile_id": 12,
        "width": 48,
        "height": 36,
        "format": "PNG",
        "size": (collection / "copy\n.png").stat().st_size,
        "paths": [f"{collection}/copy\n.png"],
    }
    assert mosaicdb.err == ""


@pytest.mark.parametrize("likeness", ["-1", "0", "1.1", "x", "", "nan"])
def test_a_likeness_that_cannot_be_is_told(likeness: str, mosaicdb: Command) -> None:
    mosaicdb("duplicates", f"--likeness={likeness}", expect=2)
    assert "a number above 0, up to 1" in mosaicdb.error_line


def placed(mosaic: int) -> tuple[set[int], dict[str, object]]:
    """Give the tiles of a mosaic, and its parameters."""
    with closing(sqlite3.connect("tiles.db")) as connection:
        tiles = connection.execute("SELECT tile_id FROM placement WHERE mosaic_id = ?", (mosaic,))
        (text,) = connection.execute(
            "SELECT parameters FROM mosaic WHERE id = ?", (mosaic,)
        ).fetchone()
        return {tile_id for (tile_id,) in tiles}, json.loads(text)


def test_distinct_uses_the_largest_photo_of_each_picture(
    collection: Path, mosaicdb: Command
) -> None:
    general = ("--db", "tiles.db", "--target", 0, "--json")
    first = json.loads(mosaicdb("render", *general, "--grid", "13x1"))
    assert (first["tiles_used"], first["most_used"]) == (13, 1)
    assert "distinct" not in placed(1)[1]
    second = json.loads(mosaicdb("render", *general, "--grid", "12x1", "--distinct"))
    assert (second["tiles_used"], second["most_used"]) == (12, 1)
    tiles, parameters = placed(2)
    assert tiles == set(range(12))
    assert parameters["distinct"] == 0.87


def test_a_condition_leaves_only_some_tiles_and_is_recorded(
    collection: Path, mosaicdb: Command
) -> None:
    condition = "path LIKE '%/a/%' OR format = 'PNG'"
    general = ("--db", "tiles.db", "--target", 0, "--grid", "5x1", "--strategy", "all")
    lines = mosaicdb("render", *general, "--where", condition, "--max-uses", 2, "--json")
    assert [json.loads(line)["strategy"] for line in lines.splitlines()] == ["nearest", "unique"]
    for mosaic in (1, 2):
        tiles, parameters = placed(mosaic)
        assert tiles <= {4, 5, 6, 7, 12}
        assert parameters["where"] == condition
    mosaicdb(
        "render", *general, "--where", condition, "--grid", "11x1", "--max-uses", 2, "-q", expect=1
    )
    assert "5 tiles used at most 2 times cannot fill 11 cells" in mosaicdb.error_line


def test_distinct_chooses_among_the_tiles_for_which_the_condition_holds(
    collection: Path, mosaicdb: Command
) -> None:
    general = ("--db", "tiles.db", "--target", 0, "--grid", "2x1", "--distinct", "--json")
    mosaicdb("render", *general, "--where", "tile_id IN (2, 3, 12)")
    assert placed(1)[0] == {2, 3}
    mosaicdb("render", *general, "--where", "tile_id IN (3, 12)")
    assert placed(2)[0] == {3, 12}


def test_a_condition_that_holds_for_no_tile_is_told(collection: Path, mosaicdb: Command) -> None:
    mosaicdb("render", "--db", "tiles.db", "--target", 0, "--where", "width > 9999", expect=1)
    assert "no tile is left: the condition 'width > 9999' holds for none" in mosaicdb.error_line


@pytest.mark.parametrize(
    "condition",
    [
        "nothing = 1",
        "1) OR (1",
        "1) UNION SELECT id FROM tile WHERE (1",
        "1 UNION SELECT id FROM tile",
        "1 ORDER BY 1",
        "1 LIMIT 1",
        "1, 2",
        "SELECT 1",
        "1; DELETE FROM tile",
        "1; SELECT 1",
        "1 /* and so on",
        "?",
        "count(*) > 0",
        "load_extension('x')",
        "EXISTS (DELETE FROM tile)",
        "\udcff",
        "1)--",
    ],
)
def test_what_is_no_condition_is_refused_in_one_line(
    condition: str, collection: Path, mosaicdb: Command
) -> None:
    mosaicdb("render", "--db", "tiles.db", "--target", 0, "--where", condition, expect=2)
    assert "condition" in mosaicdb.error_line
    assert "on the view tile_stats" in mosaicdb.error_line
    assert len(json.loads(mosaicdb("stats", "--db", "tiles.db", "--json"))) > 0
    assert not Path("mosaic_unique.jpg").exists()


@pytest.mark.parametrize(
    "condition",
    [
        "TRUE",
        "1 -- all of them",
        "(1) OR (0)",
        "tile_id IN (SELECT tile_id FROM tile_uses)",
        "path NOT LIKE '%)%'",
        "taken_at IS NULL",
        "mean_r + mean_g + mean_b >= 0\nAND 1",
    ],
)
def test_any_expression_on_the_view_is_a_condition(
    condition: str, collection: Path, mosaicdb: Command
) -> None:
    general = ("--db", "tiles.db", "--target", 0, "--grid", "13x1", "--json", "--where", condition)
    assert json.loads(mosaicdb("render", *general))["tiles_used"] == 13


def test_a_match_that_is_given_leaves_nothing_to_choose(mosaicdb: Command) -> None:
    for option in (["--where", "1"], ["--distinct"], ["--no-flip"], ["--gap", "0"]):
        mosaicdb("render", "--from-matches", "x.tab", *option, expect=2)
        assert mosaicdb.error_line.endswith(f"as it is: leave out {option[0]}")


def test_a_deleted_photo_stays_out_of_new_mosaics(collection: Path, mosaicdb: Command) -> None:
    (collection / "02.jpg").unlink()
    mosaicdb("ingest", collection, "--db", "tiles.db")
    general = ("render", "--db", "tiles.db", "--target", 0, "--strategy", "nearest")
    first, second = (
        (*general, "--grid", "6x6", "--output", f"{name}.png", "--matches", f"{name}.tab")
        for name in ("first", "second")
    )
    mosaicdb(*first)
    left_out = "1 photo left out, missing when last looked for: --with-missing uses them"
    assert left_out in mosaicdb.err.splitlines()
    assert 2 not in placed(1)[0]
    assert "with_missing" not in placed(1)[1]
    mosaicdb(*second, "--with-missing")
    assert "left out" not in mosaicdb.err
    assert placed(2)[1]["with_missing"] is True
    mosaicdb("plan", "--db", "tiles.db", "--target", 0, "--grids", "3x3")
    assert mosaicdb.err.splitlines()[:2] == [left_out, "12 tiles"]
    Path("given.tab").write_text("2 0\n")
    mosaicdb("render", "--db", "tiles.db", "--from-matches", "given.tab", "--output", "given.png")
    assert "left out" not in mosaicdb.err
    assert placed(3)[0] == {0, 2}


def test_where_all_photos_are_missing_one_line_names_the_way_out(
    collection: Path, mosaicdb: Command
) -> None:
    Image.new("RGB", (40, 30)).save("target.png")
    collection.rename("unplugged")
    collection.mkdir()
    mosaicdb("ingest", collection, "--db", "tiles.db")
    general = ("render", "--db", "tiles.db", "--target", "target.png", "--grid", "2x2")
    mosaicdb(*general, expect=1)
    assert "no tile is left: 13 photos missing when last looked for" in mosaicdb.error_line
    assert mosaicdb.error_line.endswith("or add --with-missing")
    mosaicdb(*general, "--with-missing")


def test_the_advice_after_an_ingest_works_as_it_is_printed(
    photos: Path, mosaicdb: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "my cut photos"
    for seed in range(12):
        half = write_photo(folder / f"{seed}.jpg", seed, quality=99)
        data = half.read_bytes()
        half.write_bytes(data[: len(data) * 2 // 3])
        age(half)
    mosaicdb("ingest", "--workers", "1", "--db", "my.db", "my cut photos", expect=3)
    *_, more, advice = mosaicdb.err.splitlines()
    assert more == "… and 2 more: mosaicdb sql --db my.db 'SELECT * FROM rejected_file'"
    command = "mosaicdb ingest --db my.db 'my cut photos' --retry-rejected --accept-truncated"
    assert advice == f"to take photos whose end is missing: {command}"
    mosaicdb(*shlex.split(command)[1:])
    (folder / "0.jpg").write_bytes(b"")
    mosaicdb(*shlex.split(command)[1:], expect=3)
    assert "--accept-truncated" not in mosaicdb.err
