"""Photos that must appear, that stand where they were put, and that are left out."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support import Command, age

from mosaicdb import Database, ingest_photos

GENERAL = ("--db", "tiles.db", "--target", 0, "--json")


@pytest.fixture
def collection(filled: Database, tmp_path: Path) -> Path:
    """Give twelve photos, ingested into ./tiles.db."""
    return tmp_path / "photos"


def placed(mosaic: int) -> tuple[dict[tuple[int, int], int], dict[str, object]]:
    """Give the tile of each cell of a mosaic, and its parameters."""
    with closing(sqlite3.connect("tiles.db")) as connection:
        cells = connection.execute(
            'SELECT "row", "column", tile_id FROM placement WHERE mosaic_id = ?', (mosaic,)
        )
        tiles = {(row, column): tile for row, column, tile in cells}
        query = "SELECT parameters FROM mosaic WHERE id = ?"
        (text,) = connection.execute(query, (mosaic,)).fetchone()
    return tiles, json.loads(text)


@pytest.mark.parametrize("strategy", ["nearest", "unique", "fair"])
def test_wishes_hold_and_are_recorded(collection: Path, strategy: str, mosaicdb: Command) -> None:
    mosaicdb(
        "render", *GENERAL, "--grid", "4x2", "--strategy", strategy, "--must", "tile_id IN (3, 9)",
        "--pin", "1,2=5", "--pin", "0,3=7", "--without", "tile_id IN (1, 2)",
    )  # fmt: skip
    tiles, parameters = placed(1)
    assert (tiles[1, 2], tiles[0, 3]) == (5, 7)
    assert {3, 9} <= set(tiles.values())
    assert not {1, 2} & set(tiles.values())
    assert parameters["must"] == "tile_id IN (3, 9)"
    assert parameters["pin"] == ["1,2=5", "0,3=7"]
    assert parameters["without"] == "tile_id IN (1, 2)"


def test_wishes_hold_with_distances_and_mirror_images(collection: Path, mosaicdb: Command) -> None:
    mosaicdb(
        "render", *GENERAL, "--grid", "6x5", "--max-uses", 6, "--min-distance", 2, "--flip",
        "--must", "tile_id < 6", "--pin", "0,0=5", "--pin", "2,2=5",
    )  # fmt: skip
    tiles, _ = placed(1)
    assert (tiles[0, 0], tiles[2, 2]) == (5, 5)
    assert set(range(6)) <= set(tiles.values())


def test_wishes_can_be_configured_and_a_report_gives_them_again(
    collection: Path, mosaicdb: Command
) -> None:
    Path("config.toml").write_text('[match]\npin = ["0,1=4"]\nmust = "tile_id = 8"\n', "utf-8")
    mosaicdb("render", *GENERAL, "--grid", "2x1", "--report", "page.html")
    assert set(placed(1)[0].values()) == {4, 8}
    page = Path("page.html").read_text("utf-8")
    assert "0,1=4" in page.partition("--pin")[2][:20]
    assert "--must" in page


def test_distinct_keeps_a_photo_that_is_wished(collection: Path, mosaicdb: Command) -> None:
    twin = collection / "twin.jpg"
    twin.write_bytes((collection / "02.jpg").read_bytes() + b"another file, the same picture")
    age(twin)
    with Database("tiles.db") as database:
        ingest_photos(database, [collection])
    mosaicdb(
        "render",
        *GENERAL,
        "--grid",
        "2x1",
        "--distinct",
        "--pin",
        "0,0=12",
        "--must",
        "tile_id = 2",
    )
    assert set(placed(1)[0].values()) == {2, 12}


IMPOSSIBLE = [
    (["--must", "tile_id > 99"], "must: the condition 'tile_id > 99' holds for no tile"),
    (["--must", "1"], "12 cells needed for all that must appear or is pinned, but there are 8"),
    (
        ["--must", "tile_id = 3", "--where", "tile_id > 3"],
        "must: 1 tile left out, such as 3: by where",
    ),
    (["--pin", "0,0=99"], "pin 0,0=99: there is no tile 99"),
    (["--pin", "2,0=1"], "pin 2,0=1: the grid has rows 0 to 1 and columns 0 to 3"),
    (["--pin", "0,0=1", "--without", "tile_id = 1"], "pin 0,0=1: tile 1 is left out: by without"),
    (["--pin", "0,0=1", "--pin", "0,1=1"], "tile 1 is pinned to 2 cells, but may be used once"),
    (
        ["--pin", "0,0=1", "--pin", "0,1=1", "--min-distance", "3", "--max-uses", "4"],
        "row 0, column 0 and row 0, column 1 are fixed to the same tile, 1 apart, "
        "but the least distance is 3",
    ),
    (["--without", "1"], "no tile is left: the condition '1' leaves out all of them"),
]


@pytest.mark.parametrize(("wishes", "message"), IMPOSSIBLE)
def test_impossible_wishes_are_told(
    wishes: list[str], message: str, collection: Path, mosaicdb: Command
) -> None:
    mosaicdb("render", *GENERAL, "-q", "--grid", "4x2", *wishes, expect=1)
    assert message in mosaicdb.error_line


@pytest.mark.parametrize(
    ("pins", "message"),
    [
        (["--pin", "0,0"], "give a row, a column and a tile, such as 12,40=5019"),
        (["--pin", "0,0=1", "--pin", "0,0=2"], "two pins on row 0, column 0: tile 1 and tile 2"),
    ],
)
def test_pins_that_are_none_are_told(
    pins: list[str], message: str, collection: Path, mosaicdb: Command
) -> None:
    mosaicdb("render", *GENERAL, *pins, expect=2)
    assert message in mosaicdb.error_line


def test_a_match_from_a_file_takes_no_wishes(collection: Path, mosaicdb: Command) -> None:
    Path("given.tab").write_text("0\t1\n", "utf-8")
    mosaicdb(
        "render", "--db", "tiles.db", "--from-matches", "given.tab", "--pin", "0,0=1", expect=2
    )
    assert "--pin" in mosaicdb.error_line
