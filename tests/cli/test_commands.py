import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support import Command, age, write_photo

import mosaicdb as library
from mosaicdb.cli.parser import build_parser
from mosaicdb.options import STRATEGIES


@pytest.fixture
def collection(photos: Path, empty_database: Path, tmp_path: Path) -> Path:
    """Ingest the photos into ./data, which a configuration in ./config.toml names."""
    (tmp_path / "config.toml").write_text(
        'data_path = "data"\nimage_path = "photos"\ntarget_id = 3\n'
        "target_res = [4, 3]\nthumb_res = [8, 6]\n[ingest]\nworkers = 1\n"
    )
    (tmp_path / "data").mkdir()
    shutil.copy(empty_database, "data/mosaic.db")
    with library.Database("data/mosaic.db") as database:
        library.ingest_photos(database, [photos])
    return photos


def subcommands() -> dict[str, argparse.ArgumentParser]:
    (action,) = (
        action
        for action in build_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    return dict(action.choices)


@pytest.mark.parametrize("name", sorted(subcommands()))
def test_every_command_has_help_with_an_example(name: str, mosaicdb: Command) -> None:
    assert f"mosaicdb {name}" in mosaicdb(name, "--help")
    assert "example" in mosaicdb.out
    for action in subcommands()[name]._actions:
        assert action.help, action.dest


def test_two_commands_make_a_mosaic(collection: Path, mosaicdb: Command, tmp_path: Path) -> None:
    out = mosaicdb("render", "--target", 3)
    assert out == "Unique images used in the optimal transport approach: 12\n"
    with Image.open("mosaic_unique.jpg") as image:
        assert image.size == (32, 18)
    matches = np.loadtxt("data/matches_unique.tab", dtype=int)
    assert matches.shape == (3, 4)
    assert sorted(matches.ravel()) == list(range(12))


def test_both_strategies_are_made_at_once(collection: Path, mosaicdb: Command) -> None:
    out = mosaicdb("render", "--strategy", "all")
    assert out.splitlines() == [
        f"Unique images used in the nearest neighbour approach: "
        f"{len(np.unique(np.loadtxt('data/matches_nearest.tab')))}",
        "Unique images used in the optimal transport approach: 12",
    ]
    assert Path("mosaic_nearest.jpg").exists()
    assert Path("mosaic_unique.jpg").exists()


def test_render_prints_one_json_object_a_mosaic(collection: Path, mosaicdb: Command) -> None:
    lines = mosaicdb("render", "--strategy", "all", "--json", "--grid", "5x2").splitlines()
    first, second = map(json.loads, lines)
    keys = (
        "mosaic output matches report strategy columns rows cells cropped_cells tiles_used "
        "most_used smallest_distance cost bound gap score mean_shift most_shift paint seconds"
    )
    assert list(first) == keys.split()
    assert (first["strategy"], second["strategy"]) == STRATEGIES[:2]
    assert (first["columns"], first["rows"], first["mosaic"], second["mosaic"]) == (5, 2, 1, 2)
    assert set(first["seconds"]) == {"load", "match", "render", "score"}
    assert second["cost"] >= second["bound"] > 0
    assert second["gap"] < 1e-9


def test_too_few_tiles_are_told_and_used_as_rarely_as_possible(
    collection: Path, mosaicdb: Command
) -> None:
    mosaicdb("render", "--grid", "5x5", "--json")
    expected = "12 tiles for 25 cells: each once is impossible; each at most 3 times"
    assert expected in mosaicdb.err
    assert json.loads(mosaicdb.out)["most_used"] == 3
    mosaicdb("render", "--grid", "5x5", "--max-uses", 1, expect=1)
    assert "12 tiles used at most 1 times cannot fill 25 cells" in mosaicdb.error_line
    for way_out in ("13 tiles more", "a limit of 3", "at most 12 cells"):
        assert way_out in mosaicdb.error_line


def test_a_match_file_draws_the_same_mosaic(collection: Path, mosaicdb: Command) -> None:
    mosaicdb("render", "--output", "one.png")
    mosaicdb("render", "--from-matches", "data/matches_one.tab", "--output", "two.png")
    assert Path("one.png").read_bytes() == Path("two.png").read_bytes()
    Path("other.tab").write_text("0 1\n2 77\n")
    mosaicdb("render", "--from-matches", "other.tab", expect=2)
    assert "names 1 tile that the database does not have, such as 77" in mosaicdb.error_line


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["render", "--target", "77"], 1, "no photo has the number 77"),
        (["render", "--target", "none.jpg"], 1, "No such file"),
        (["render", "--grid", "5"], 2, "mosaicdb: --grid = '5' is not allowed"),
        (["render", "--max-uses", "0"], 2, "mosaicdb: --max-uses = '0' is not allowed"),
        (["render", "--strategy", "best"], 2, "one of nearest, unique, fair, all"),
        (["render", "--output", "x.gif"], 2, "give a name that ends in .jpg"),
        (["render", "--output", "photos/00.jpg/x.jpg"], 1, "cannot write"),
        (["render", "--grid", "9000x1"], 1, "more than a JPEG can hold"),
        (["render", "--strategy", "all", "--output", "x.jpg"], 2, "makes two mosaics"),
        (["render", "--from-matches", "photos/00.jpg"], 2, "no grid of integers"),
        (["render", "--from-matches", "x.tab", "--grid", "2x2"], 2, "leave out --grid"),
        (["ingest", "nowhere"], 2, "nowhere: no such file or folder"),
        (["ingest", "--workers", "none"], 2, "mosaicdb: --workers = 'none'"),
        (["ingest", "--thumb-res", "9x9"], 1, "make them all anew with --rebuild"),
        (["ingest", "--rebuild", "--dry-run"], 2, "cannot be tried"),
        (["ingest", ""], 2, "an empty path is none"),
        (["sql", "DELETE FROM tile"], 2, "only reading"),
        (["collage", "--count", "0"], 2, "give 1 to 10,000"),
        (["collage", "--start", "50"], 1, "there are 0 photos"),
        (["stats", "--db", "none.db"], 1, "run `mosaicdb ingest` first"),
        (["stats", "--db", "photos/00.jpg"], 1, "not an SQLite database"),
        (["stats", "--config", "photos/00.jpg"], 2, "is not TOML"),
        (["stats", "--confg", "x"], 2, "unknown option --confg: did you mean --config?"),
        (["render", "--girid=3x3"], 2, "unknown option --girid: did you mean --grid?"),
        (["stats", "--xyz"], 2, "unknown option --xyz; see mosaicdb stats --help"),
        (["--confg", "x.toml", "render"], 2, "unknown option --confg: did you mean --config?"),
        (["rendr"], 2, "unknown command rendr: did you mean render?"),
        (["sculpture"], 2, "unknown command sculpture; see mosaicdb --help"),
        ([], 2, "required"),
        (["import", "none.h5"], 2, "no such file"),
    ],
)
def test_a_mistake_ends_in_one_line_and_its_exit_code(
    arguments: list[str], code: int, words: str, collection: Path, mosaicdb: Command
) -> None:
    mosaicdb(*arguments, expect=code)
    assert mosaicdb.error_line.startswith("mosaicdb: ")
    assert words in mosaicdb.error_line
    assert mosaicdb.out == ""


def test_debug_shows_where_an_error_came_from(collection: Path, mosaicdb: Command) -> None:
    with pytest.raises(library.MosaicdbError):
        mosaicdb("--debug", "render", "--target", 77)


def test_general_options_stand_before_or_after_the_command(
    collection: Path, mosaicdb: Command
) -> None:
    mosaicdb("--db", "one.db", "--quiet", "ingest")
    mosaicdb("ingest", "--db", "two.db", "--quiet")
    assert mosaicdb.err == ""
    assert mosaicdb("--db", "one.db", "stats") == mosaicdb("stats", "--db", "two.db")


def test_rejected_photos_end_in_exit_code_3_and_the_others_go_in(
    collection: Path, mosaicdb: Command
) -> None:
    (collection / "bad\nname.jpg").write_bytes(b"garbage")
    age(collection / "bad\nname.jpg")
    write_photo(collection / "good.jpg", 50)
    report = json.loads(mosaicdb("ingest", "--json", expect=3))
    assert report.pop("seconds") > 0
    assert report == {
        "seen": 14,
        "new": 1,
        "unchanged": 12,
        "duplicate": 0,
        "changed": 0,
        "moved": 0,
        "missing": 0,
        "rejected": [
            {"path": str(collection / "bad\nname.jpg"), "reason": "not a picture of a known format"}
        ],
        "needed_extras": [],
        "skipped_folders": 0,
        "read_again": 0,
        "scaled": 0,
        "tiles": 13,
    }
    assert r"bad\nname.jpg: not a picture of a known format" in mosaicdb.err
    mosaicdb("ingest")


def test_a_dry_run_writes_nothing(collection: Path, mosaicdb: Command) -> None:
    write_photo(collection / "new.jpg", 51)
    before = mosaicdb("sql", "SELECT * FROM file", "--format", "csv")
    assert json.loads(mosaicdb("ingest", "--dry-run", "--json"))["new"] == 1
    assert mosaicdb("sql", "SELECT * FROM file", "--format", "csv") == before


def test_a_rebuild_changes_the_size_of_thumbnails(collection: Path, mosaicdb: Command) -> None:
    mosaicdb("ingest", "--rebuild", "--thumb-res", "5x7")
    mosaicdb("check")
    mosaicdb("render", "--grid", "3x3", "--output", "m.png")
    with Image.open("m.png") as image:
        assert image.size == (15, 21)


def test_sql_prints_a_table_csv_or_json(collection: Path, mosaicdb: Command) -> None:
    statement = (
        "SELECT id, NULL AS none, 'a' AS letter, x'0102' AS blob FROM tile ORDER BY id LIMIT 2"
    )
    assert mosaicdb("sql", statement).splitlines() == [
        "id  none  letter  blob",
        "--  ----  ------  ---------",
        " 0        a       <2 bytes>",
        " 1        a       <2 bytes>",
    ]
    assert mosaicdb("sql", statement, "--format", "csv").splitlines() == [
        "id,none,letter,blob",
        "0,,a,<2 bytes>",
        "1,,a,<2 bytes>",
    ]
    assert json.loads(mosaicdb("sql", statement, "--format", "json"))[1] == {
        "id": 1,
        "none": None,
        "letter": "a",
        "blob": "<2 bytes>",
    }
    assert json.loads(mosaicdb("sql", "SELECT 1 WHERE 0", "--format", "json")) == []
    assert mosaicdb("sql", "SELECT 1 AS one WHERE 0").splitlines() == ["one", "---"]


def test_schema_and_stats_and_config_print_what_they_promise(
    collection: Path, mosaicdb: Command, tmp_path: Path
) -> None:
    assert "view tile_uses: tiles by number of uses over the mosaics that are" in mosaicdb("schema")
    assert json.loads(mosaicdb("stats", "--json"))["photos"] == 12
    assert "photos        12" in mosaicdb("stats")
    assert "target_id = 3  # config.toml" in mosaicdb("config")
    (tmp_path / "printed.toml").write_text(mosaicdb.out)
    assert "target_id = 3  # " in mosaicdb("config", "--config", "printed.toml")


def test_check_finds_a_broken_thumbnail(collection: Path, mosaicdb: Command) -> None:
    mosaicdb("check")
    with closing(sqlite3.connect("data/mosaic.db")) as connection:
        connection.execute("UPDATE thumbnail SET jpeg = x'00' WHERE tile_id = 2")
        connection.commit()
    assert mosaicdb("check", expect=1).startswith("tile 2: ")


def test_prune_says_first_and_then_forgets(collection: Path, mosaicdb: Command) -> None:
    (collection / "02.jpg").unlink()
    mosaicdb("ingest")
    assert mosaicdb("prune", "--dry-run").splitlines() == [f"file {collection}/02.jpg", "tile 2"]
    assert json.loads(mosaicdb("prune", "--json")) == {
        "files": [f"{collection}/02.jpg"],
        "tiles": [2],
        "mosaics": [],
    }
    assert json.loads(mosaicdb("stats", "--json"))["photos"] == 11


def test_prune_says_which_mosaics_stand_in_the_way(collection: Path, mosaicdb: Command) -> None:
    mosaicdb("render", "--grid", "12x1", "--output", "m\n.png")
    (collection / "02.jpg").unlink()
    mosaicdb("ingest")
    mosaicdb("prune")
    assert mosaicdb.err.splitlines() == [
        "1 file and 0 tiles forgotten",
        "1 tile without a file kept for 1 mosaic: --mosaics forgets these too",
    ]
    output = str(Path("m\\n.png").absolute())
    tried = mosaicdb("prune", "--mosaics", "--dry-run").splitlines()
    assert tried == ["tile 2", f"mosaic 1 {output}"]
    assert mosaicdb.err == "0 files, 1 tile and 1 mosaic would be forgotten\n"
    (forgotten,) = json.loads(mosaicdb("prune", "--mosaics", "--json"))["mosaics"]
    assert forgotten == {"mosaic": 1, "output": str(Path("m\n.png").absolute())}
    assert Path("m\n.png").exists()
    assert json.loads(mosaicdb("stats", "--json"))["mosaics"] == 0


def test_collage_and_transfer_from_the_command_line(collection: Path, mosaicdb: Command) -> None:
    mosaicdb("collage", "--start", 2, "--count", 3, "--size", 20)
    with Image.open("collage.jpg") as image:
        assert image.size == (60, 20)
    mosaicdb("export", "tiles.h5")
    mosaicdb("import", "tiles.h5", "--db", "fresh.db")
    assert "12 new tiles, 0 known" in mosaicdb.err
    statement = "SELECT * FROM tile"
    assert mosaicdb("sql", statement) == mosaicdb("sql", statement, "--db", "fresh.db")


def test_a_newer_schema_ends_in_exit_code_4(collection: Path, mosaicdb: Command) -> None:
    with closing(sqlite3.connect("data/mosaic.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    mosaicdb("stats", expect=4)
    assert "install a newer mosaicdb" in mosaicdb.error_line


def test_a_photo_is_never_written_to(collection: Path, mosaicdb: Command) -> None:
    def state() -> list[tuple[str, bytes, int]]:
        return [
            (str(p), p.read_bytes(), p.stat().st_mtime_ns)
            for p in sorted(collection.rglob("*.jpg"))
        ]

    before = state()
    mosaicdb("ingest", "--rebuild", "--thumb-res", "9x9")
    mosaicdb("render", "--strategy", "all")
    mosaicdb("collage")
    mosaicdb("prune")
    assert state() == before


def test_no_output_takes_the_place_of_a_photo(collection: Path, mosaicdb: Command) -> None:
    before = {path: path.read_bytes() for path in collection.rglob("*.jpg")}
    Path("link.jpg").symlink_to(collection / "03.jpg")
    os.link(collection / "02.jpg", "hard.jpg")
    for output in (collection / "02.jpg", collection / "03.jpg", "link.jpg", "hard.jpg"):
        for command in (["render", "--output"], ["collage", "--output"], ["export"]):
            mosaicdb(*command, output, expect=2)
            assert "is one of your photos" in mosaicdb.err or "is in use" in mosaicdb.err
        mosaicdb("render", "--matches", output, expect=2)
    assert {path: path.read_bytes() for path in collection.rglob("*.jpg")} == before


def test_a_mosaic_can_be_made_again_though_an_ingest_took_it_for_a_photo(
    collection: Path, mosaicdb: Command
) -> None:
    output = collection / "mosaic.jpg"
    for _ in range(3):
        mosaicdb("render", "--output", output)
        mosaicdb("ingest")
    write_photo(output, 321)
    mosaicdb("render", "--output", output, "--with-missing", expect=2)
    assert "is one of your photos" in mosaicdb.error_line


def test_no_output_takes_the_place_of_the_database_or_the_configuration(
    collection: Path, mosaicdb: Command
) -> None:
    for output in ("data/mosaic.db", "data/mosaic.db-wal", "config.toml"):
        mosaicdb("render", "--matches", output, expect=2)
        assert "is in use" in mosaicdb.error_line
    mosaicdb("export", "data/mosaic.db", expect=2)
    mosaicdb("render", "--output", "same.jpg", "--matches", "same.jpg", expect=2)
    assert "named twice" in mosaicdb.error_line
    mosaicdb("check")


def test_fair_uses_every_photo_and_limits_keep_repeats_apart(
    collection: Path, mosaicdb: Command
) -> None:
    mosaicdb("render", "--strategy", "fair", "--grid", "8x6")
    assert mosaicdb.out == "Unique images used in the fair transport approach: 12\n"
    matches = np.loadtxt("data/matches_fair.tab", dtype=int)
    assert set(np.unique(matches, return_counts=True)[1]) == {4}
    options = ["--strategy", "nearest", "--min-distance", 3, "--max-uses", 6]
    report = json.loads(mosaicdb("render", *options, "--grid", "8x6", "--json"))
    assert 0 <= report["gap"] < 1
    matches = np.loadtxt("data/matches_nearest.tab", dtype=int)
    for tile in np.unique(matches):
        places = np.argwhere(matches == tile)
        for one in places:
            apart = np.abs(places - one).max(axis=1)
            assert sorted(apart)[1:2] >= [3] or len(places) == 1
    mosaicdb("render", "--min-distance", 99, "--grid", "8x6", expect=1)
    assert "largest distance that may fit" in mosaicdb.err.splitlines()[-1]


def test_the_configuration_is_printed_as_toml_whatever_is_in_it(
    mosaicdb: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOSAICDB_DATA_PATH", 'a\x1b"\\xb\n')
    printed = tomllib.loads(mosaicdb("config"))
    assert printed["data_path"] == 'a\x1b"\\xb\n'


def test_a_dry_run_and_a_mistyped_path_make_no_database(photos: Path, mosaicdb: Command) -> None:
    mosaicdb("ingest", "nowhere", expect=2)
    mosaicdb("ingest", photos, "--dry-run")
    assert not Path("data").exists()


def test_a_dry_run_does_not_even_upgrade_a_database(
    photos: Path, mosaicdb: Command, tmp_path: Path
) -> None:
    frozen = Path(__file__).parents[1] / "store" / "revision_0001.db"
    old = tmp_path / "alone" / "old.db"
    old.parent.mkdir()
    shutil.copy(frozen, old)
    mosaicdb("ingest", photos, "--db", old, "--dry-run")
    assert old.read_bytes() == frozen.read_bytes()
    assert list(old.parent.iterdir()) == [old]


def test_a_dry_run_leaves_the_size_of_thumbnails(photos: Path, mosaicdb: Command) -> None:
    Path("empty").mkdir()
    mosaicdb("ingest", "empty", "--db", "x.db", "--thumb-res", "9x9")
    mosaicdb("ingest", "empty", "--db", "x.db", "--thumb-res", "20x30", "--dry-run")
    with library.Database("x.db") as database:
        assert database.thumb_res == (9, 9)
    mosaicdb("ingest", photos, "--db", "x.db")
    mosaicdb("ingest", "--db", "x.db", "empty", "--thumb-res", "8x8", "--dry-run", expect=1)
    assert "x.db has thumbnails of 9x9" in mosaicdb.error_line
    assert "copy.db" not in mosaicdb.error_line


def test_a_database_without_tiles_takes_any_size(photos: Path, mosaicdb: Command) -> None:
    Path("empty").mkdir()
    mosaicdb("ingest", "empty")
    mosaicdb("ingest", photos, "--thumb-res", "9x9")
    mosaicdb("check")


def test_a_rebuild_in_the_same_size_mends_a_thumbnail(collection: Path, mosaicdb: Command) -> None:
    with closing(sqlite3.connect("data/mosaic.db")) as connection:
        connection.execute("UPDATE thumbnail SET jpeg = x'00' WHERE tile_id = 2")
        connection.commit()
    mosaicdb("check", expect=1)
    mosaicdb("ingest", "--rebuild")
    mosaicdb("check")


def test_a_tile_without_thumbnail_is_named(collection: Path, mosaicdb: Command) -> None:
    with closing(sqlite3.connect("data/mosaic.db")) as connection:
        connection.execute("DELETE FROM thumbnail WHERE tile_id = 2")
        connection.commit()
    mosaicdb("render", "--zoom", 1, "--quiet", expect=1)
    assert "tile 2 has no thumbnail" in mosaicdb.error_line


def test_a_read_only_database_can_be_looked_at(
    collection: Path, mosaicdb: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # as on a medium that is read-only
    for command in (["stats"], ["check"], ["export", "x.h5"], ["prune", "--dry-run"]):
        mosaicdb(*command)
    out = mosaicdb("render", "--json")
    assert json.loads(out)["mosaic"] is None
    assert "not recorded" in mosaicdb.err
    assert Path("mosaic_unique.jpg").exists()
    mosaicdb("ingest", expect=1)
    assert "read-only" in mosaicdb.error_line


def test_json_of_sql_is_json_whatever_is_asked(collection: Path, mosaicdb: Command) -> None:
    statement = "SELECT 1 AS a, 2 AS a, 9e999 AS big"
    assert json.loads(mosaicdb("sql", statement, "--format", "json")) == [
        {"a": 1, "a:1": 2, "big": "inf"}
    ]
    mosaicdb("sql", "SELECT '\udcff'", expect=2)


def test_a_bug_is_told_in_one_line_too(mosaicdb: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mosaicdb.pipelines.database.describe_schema", lambda: 1 / 0)
    mosaicdb("schema", expect=1)
    assert "ZeroDivisionError: division by zero; this is a bug" in mosaicdb.error_line


def test_a_stop_that_an_import_turns_into_its_own_error_is_a_stop(
    mosaicdb: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped() -> None:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise ImportError("half of it is missing") from None

    monkeypatch.setattr("mosaicdb.pipelines.database.describe_schema", stopped)
    mosaicdb("schema", expect=130)
    assert mosaicdb.error_line == "mosaicdb: interrupted; what was finished is kept"


def test_a_stop_while_a_string_is_executed_is_a_stop_too(tmp_path: Path) -> None:
    (tmp_path / "stopped.py").write_text(
        "import sys\n"
        "from mosaicdb.cli import main\n"
        "from mosaicdb.pipelines import database\n"
        "database.describe_schema = lambda: exec('raise KeyboardInterrupt')\n"
        "sys.exit(main(['schema']))\n"
    )
    run = subprocess.run([sys.executable, "-m", "stopped"], cwd=tmp_path, check=False)
    assert run.returncode == 130  # and not the signal, which Python leaves by on its own


def test_closed_streams_are_no_error(collection: Path) -> None:
    command = f"'{sys.executable}' -m mosaicdb"
    for ending in ("stats >&-", "stats 2>&-", "sql 'SELECT 1' --format csv >&-"):
        subprocess.run(["bash", "-c", f"{command} {ending}"], check=True, capture_output=True)


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; from mosaicdb.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'scipy', 'PIL', 'sqlalchemy', 'alembic', 'ot', 'tqdm', 'h5py', 'toml'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


def test_the_module_runs_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mosaicdb", "--version"], check=True, capture_output=True, text=True
    )
    assert done.stdout.startswith("mosaicdb ")


def test_a_reader_that_has_enough_is_no_error(collection: Path) -> None:
    statement = "SELECT * FROM file, tile, thumbnail"
    command = '"$0" -m mosaicdb sql "$1" --format csv | head -1'
    done = subprocess.run(
        ["bash", "-c", command, sys.executable, statement],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""


ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c"


@pytest.mark.parametrize(
    "command",
    [
        ["sql", ENDLESS],
        ["render", "--where", f"tile_id IN ({ENDLESS})"],
    ],
)
def test_ctrl_c_in_a_long_query_is_an_interruption(
    command: list[str], collection: Path, mosaicdb: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt() -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("mosaicdb.store.sqlite_query._go_on", interrupt)
    mosaicdb(*command, expect=130)
    assert "interrupted" in mosaicdb.error_line


def test_a_rebuild_says_which_thumbnails_were_only_scaled(
    collection: Path, mosaicdb: Command
) -> None:
    (collection / "02.jpg").unlink()
    mosaicdb("ingest", "--rebuild", "--thumb-res", "9x9")
    scaled = "1 thumbnail scaled from what was there before: no photo could be read"
    assert scaled in mosaicdb.err.splitlines()
