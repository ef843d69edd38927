import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaicdb.config import KEYS, Config, Flag, load_config, variable_name
from mosaicdb.errors import UsageError
from mosaicdb.options import Importance
from mosaicdb.print_size import PrintSize


def load(text: str, given: Mapping[str, Flag] = MappingProxyType({})) -> Config:
    Path("config.toml").write_text(text)
    return load_config(given, environment={})


def flags(key: str, text: str) -> dict[str, Flag]:
    return {key: Flag(f"--{key}", text)}


@pytest.mark.checkout
def test_the_keys_of_the_exercise_are_read(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[1] / "config.toml"
    config = load_config({}, file=shipped, environment={})
    assert config.target_id == 5019
    assert config.target_res == (100, 100)
    assert config.thumb_res == (50, 50)
    assert config.image_path == shipped.parent / "images"
    assert config.database == str(shipped.parent / "data" / "mosaic.db")


def test_flag_beats_variable_beats_file_beats_local_file_beats_default(tmp_path: Path) -> None:
    Path("config.toml").write_text("target_id = 1\ntarget_res = [2, 3]\n[ingest]\nworkers = 4")
    other = tmp_path / "other.toml"
    other.write_text("target_id = 2\n[render]\nquality = 50")
    environment = {"MOSAICDB_TARGET_ID": "3", "MOSAICDB_INGEST_WORKERS": "5"}
    config = load_config(flags("target_id", "4"), file=other, environment=environment)
    assert (config.target_id, config.workers, config.quality) == (4, 5, 50)
    assert (config.target_res, config.thumb_res) == ((2, 3), (50, 50))
    sources = {name: source for name, _, source in config.as_table()}
    assert sources["target_id"] == "--target_id"
    assert sources["ingest.workers"] == "MOSAICDB_INGEST_WORKERS"
    assert sources["render.quality"] == str(other)
    assert sources["target_res"] == "config.toml"
    assert sources["thumb_res"] == "default"


def test_relative_paths_are_relative_to_their_file(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    file = tmp_path / "deep" / "c.toml"
    file.write_text('data_path = "d"\nimage_path = "/abs"\n[database]\nurl = "x.db"')
    config = load_config({}, file=file, environment={})
    assert config.data_path == tmp_path / "deep" / "d"
    assert config.image_path == Path("/abs")
    assert config.database == os.fspath(tmp_path / "deep" / "x.db")
    file.write_text('[database]\nurl = "sqlite:///x.db"')
    assert load_config({}, file=file, environment={}).database == "sqlite:///x.db"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("target_idd = 1", ["config.toml", "target_idd", "did you mean target_id"]),
        ("[match]\nstrateggy = 'x'", ["match.strateggy", "did you mean match.strategy"]),
        ("[ingset]\nworkers = 1", ["ingset"]),
        ("target_id = -1", ["target_id", "-1", "the number of a photo, or a path"]),
        ("target_id = ''", ["target_id", "''", "the number of a photo, or a path"]),
        ("target_id = true", ["target_id", "True"]),
        ("target_res = [100]", ["target_res", "[100]", "two whole numbers"]),
        ("target_res = [0, 1]", ["target_res"]),
        ("target_res = [1, 2.5]", ["target_res", "[1, 2.5]"]),
        ("data_path = 3", ["data_path", "3", "a path"]),
        ("[match]\nstrategy = 'best'", ["match.strategy", "'best'", "nearest, unique, fair, all"]),
        ("[render]\nquality = 101", ["render.quality", "101", "from 1 to 100"]),
        ("ingest = 3", ["ingest"]),
        ("not toml", ["config.toml is not TOML"]),
        ("\0", ["config.toml is not TOML"]),
    ],
)
def test_a_mistake_is_told_with_file_key_value_and_what_is_allowed(
    text: str, words: list[str]
) -> None:
    with pytest.raises(UsageError) as caught:
        load(text)
    message = str(caught.value)
    assert "\n" not in message
    assert all(word in message for word in ["config.toml", *words]), message


def test_a_mask_or_a_focus_of_the_command_line_takes_the_place_of_the_other() -> None:
    config = load('[match]\nfocus = "edges"')
    assert config.mosaic_options("unique").importance.focus == "edges"
    masked = load_config(flags("match.mask", "m.png"), environment={})
    assert masked.mosaic_options("unique").importance == Importance(Path("m.png").absolute())


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        load_config({}, file=tmp_path / "none.toml", environment={})
    with pytest.raises(UsageError, match="Is a directory"):
        load_config({}, file=tmp_path, environment={})


@pytest.mark.parametrize("text", ["100x60", "[100, 60]", "100,60"])
def test_a_size_can_be_written_as_people_do(text: str) -> None:
    assert load_config(flags("target_res", text), environment={}).target_res == (100, 60)


@pytest.mark.parametrize("text", ["100", "100x", "x", "100x60x2", "0x5", "axb", "-1x2", "1e3x2"])
def test_a_size_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="^--target_res = "):
        load_config(flags("target_res", text), environment={})


@given(st.sampled_from(sorted(KEYS)), st.text(max_size=8))
def test_any_text_is_taken_or_refused_in_one_line(key: str, text: str) -> None:
    try:
        load_config(flags(key, text), environment={})
    except UsageError as error:
        assert key in str(error)
        assert str(error).isprintable()


def test_empty_and_unknown_variables_are_ignored() -> None:
    environment = {"MOSAICDB_TARGET_ID": "", "MOSAICDB_PHOTOS": "/somewhere"}
    assert load_config({}, environment=environment).target_id == 5019
    assert variable_name("ingest.max_pixels") == "MOSAICDB_INGEST_MAX_PIXELS"


def test_a_misspelt_variable_is_told() -> None:
    with pytest.raises(UsageError, match="MOSAICDB_MACH_GAP: did you mean MOSAICDB_MATCH_GAP?"):
        load_config({}, environment={"MOSAICDB_MACH_GAP": "0.1"})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[mach]\ngap = 0.1", "unknown table [mach]: did you mean match?"),
        ("[render]\nflip = true", "unknown key render.flip: did you mean match.flip?"),
        ("[match]\nfokus = 'edges'", "unknown key match.fokus: did you mean match.focus?"),
        ("gap = 0.1", "unknown key gap: did you mean match.gap?"),
    ],
)
def test_a_misspelt_key_is_told_with_the_one_that_was_meant(text: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(text)
    assert str(caught.value).endswith(words)


def test_an_empty_text_unsets_what_another_place_says(tmp_path: Path) -> None:
    configured = "[match]\nfocus = 'edges'\nwhere = 'tile_id > 3'"
    config = load(configured, {"match.focus": Flag("--focus", "")})
    assert (config.focus, config.where) == (None, "tile_id > 3")
    assert "match.focus" not in config.sources
    (tmp_path / "more.toml").write_text("[match]\nwhere = ''")
    assert load_config({}, file=tmp_path / "more.toml", environment={}).where is None
    with pytest.raises(UsageError, match="target_res = '' is not allowed"):
        load("target_res = ''")
    with pytest.raises(UsageError, match="--output = '' is not allowed: give a path"):
        load("", {"render.output": Flag("--output", "")})


def test_a_number_is_a_photo_however_it_is_written() -> None:
    assert load("target_id = '5'").target_id == load("target_id = 5").target_id == 5


def test_targets_of_the_workflow_are_numbers_and_paths(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text('[workflow]\ntargets = [5019, "17", "cat.jpg"]')
    config = load_config({}, file=tmp_path / "other.toml", environment={})
    assert config.targets == (5019, 17, tmp_path / "cat.jpg")
    assert dict(row[:2] for row in config.as_table())["workflow.targets"] == [
        5019,
        17,
        str(tmp_path / "cat.jpg"),
    ]
    by_variable = {"MOSAICDB_WORKFLOW_TARGETS": f"5019{os.pathsep}cat.jpg"}
    assert load_config({}, environment=by_variable).targets == (5019, Path("cat.jpg"))
    with pytest.raises(UsageError, match="workflow.targets = 5019 is not allowed"):
        load("[workflow]\ntargets = 5019")


def test_what_is_said_of_prints_in_general_waits_for_a_size() -> None:
    general = load('[print]\ndpi = 300\nbleed = "3mm"')
    assert general.print_size == PrintSize()
    sized = load('[print]\ndpi = 300\nbleed = "3mm"', {"print.width": Flag("--width", "90cm")})
    assert sized.print_size == PrintSize(width=900.0, dpi=300.0, bleed=3.0)
    with pytest.raises(UsageError, match="need the width or the height of the print"):
        _ = load("", {"print.dpi": Flag("--dpi", "300")}).print_size


def test_a_size_of_cells_or_of_the_print_takes_the_place_of_the_other() -> None:
    cell, width = Flag("--tile-size", "90x60"), Flag("--width", "90cm")
    configured = load('[print]\nwidth = "30cm"', {"render.tile_size": cell})
    assert configured.print_size == PrintSize()
    assert configured.mosaic_options("unique").draw.tile_size == (90, 60)
    sized = load('[render]\ntile_size = "90x60"', {"print.width": width})
    assert sized.print_size == PrintSize(width=900.0)
    assert sized.mosaic_options("unique").draw.tile_size is None
    with pytest.raises(UsageError, match="leave out the tile size"):
        _ = load("", {"render.tile_size": cell, "print.width": width}).print_size
    with pytest.raises(UsageError, match="leave out the tile size"):
        _ = load('[render]\ntile_size = "90x60"\n[print]\nheight = "1m"').print_size
