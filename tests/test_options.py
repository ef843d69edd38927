"""Options refuse what is not allowed, wherever it was asked for."""

from collections.abc import Callable
from dataclasses import MISSING, fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import Command

from mosaicdb import (
    DrawOptions,
    FeatureOptions,
    Framing,
    Importance,
    MatchOptions,
    MosaicOptions,
    Outputs,
    Selection,
)
from mosaicdb.config import KEYS, load_config
from mosaicdb.errors import UsageError
from mosaicdb.kinds import Checked, declared_option
from mosaicdb.options import FileOptions, ReadOptions

REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: FeatureOptions("hsv"), "features = 'hsv' is not allowed: give one of lab, rgb"),
    (lambda: FeatureOptions(detail=-1), "detail = -1 is not allowed: give a number from 0 to 100"),
    (lambda: FeatureOptions(detail=float("nan")), "detail = nan is not allowed: give a number"),
    (lambda: FeatureOptions(flip=1), "flip = 1 is not allowed: give true or false"),
    (lambda: Framing("stretch"), "fit = 'stretch' is not allowed: give one of fill, letter"),
    (lambda: Framing(focus_point=(0.5, 2)), "focus_point = (0.5, 2) is not allowed: give two"),
    (lambda: DrawOptions(shift=-5), "shift = -5 is not allowed: give a whole number from 0 to 255"),
    (lambda: DrawOptions(shift=2.5), "shift = 2.5 is not allowed: give a whole number"),
    (lambda: DrawOptions(blend=3), "blend = 3 is not allowed: give a number from 0 to 1"),
    (lambda: Importance(focus="dogs"), "focus = 'dogs' is not allowed: give one of faces, center"),
    (lambda: Importance(mask=""), "mask = '' is not allowed: give a path"),
    (lambda: MatchOptions("best"), "strategy = 'best' is not allowed: give one of nearest, unique"),
    (lambda: MatchOptions(max_uses=0), "max_uses = 0 is not allowed: give a whole number of at"),
    (lambda: MatchOptions(max_uses=True), "max_uses = True is not allowed"),
    (lambda: MatchOptions(min_distance=2**63), "min_distance = 9223372036854775808 is not allowed"),
    (lambda: MatchOptions(gap=None), "gap = None is not allowed: give a number of at least 0"),
    (
        lambda: MatchOptions(solver="magic"),
        "solver = 'magic' is not allowed: give one of auto, emd",
    ),
    (lambda: MatchOptions(time_limit=-1), "time_limit = -1 is not allowed"),
    (lambda: MosaicOptions(grid=(0, 5)), "grid = (0, 5) is not allowed: give two whole numbers"),
    (lambda: MosaicOptions(grid=5), "grid = 5 is not allowed: give two whole numbers from 1 to"),
    (lambda: ReadOptions((50, 5000)), "thumb_res = (50, 5000) is not allowed: give two whole"),
    (lambda: Outputs(quality=101), "quality = 101 is not allowed: give a whole number from 1 to"),
    (lambda: Outputs(picture=3), "picture = 3 is not allowed: give a path"),
    (lambda: FileOptions(dpi=70_000), "dpi = 70000 is not allowed: give a number from 0 to 65535"),
    (lambda: Selection(where=""), "where = '' is not allowed: give an SQL condition"),
]


@pytest.mark.parametrize(("make", "sentence"), REFUSED, ids=[sentence for _, sentence in REFUSED])
def test_an_option_that_is_wrong_is_refused_in_one_sentence(
    make: Callable[[], object], sentence: str
) -> None:
    with pytest.raises(UsageError) as refused:
        make()
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)


def test_options_that_exclude_each_other_are_refused() -> None:
    for bare in (FeatureOptions("rgb"), FeatureOptions(detail=0)):
        with pytest.raises(UsageError, match="flip needs detail to compare"):
            FeatureOptions(bare.features, bare.detail, flip=True)
    with pytest.raises(UsageError, match="mask and focus both say what matters: leave out one"):
        Importance("mask.png", "faces")


@pytest.mark.parametrize(
    ("flag", "key", "text", "make"),
    [
        ("--features", "match.features", "hsv", lambda: FeatureOptions("hsv")),
        ("--detail", "match.detail", "101", lambda: FeatureOptions(detail=101)),
        ("--fit", "render.fit", "stretch", lambda: Framing("stretch")),
        ("--shift", "render.shift", "-5", lambda: DrawOptions(shift=-5)),
        ("--blend", "render.blend", "3", lambda: DrawOptions(blend=3)),
        ("--adapt", "render.adapt", "1.5", lambda: DrawOptions(adapt=1.5)),
        ("--solver", "match.solver", "magic", lambda: MatchOptions(solver="magic")),
        ("--focus", "match.focus", "dogs", lambda: Importance(focus="dogs")),
    ],
)
def test_command_line_and_configuration_refuse_with_the_same_sentence(
    flag: str, key: str, text: str, make: Callable[[], object], mosaicdb: Command
) -> None:
    with pytest.raises(UsageError) as refused:
        make()
    allowed = str(refused.value).partition("is not allowed: ")[2]
    mosaicdb("render", f"{flag}={text}", expect=2)
    assert mosaicdb.error_line == f"mosaicdb: {flag} = '{text}' is not allowed: {allowed}"
    table, name = key.split(".")
    Path("config.toml").write_text(f"[{table}]\n{name} = {text!r}\n")
    mosaicdb("stats", expect=2)
    assert mosaicdb.error_line.endswith(f"{key} = '{text}' is not allowed: {allowed}")


def test_a_key_that_sets_an_option_has_the_option_s_default() -> None:
    config = load_config({}, environment={}, local=False)
    assert config.mosaic_options("unique") == MosaicOptions()
    assert config.selection == Selection()
    assert (config.output, config.quality) == (Outputs().picture, Outputs().quality)
    assert (config.thumb_res, config.max_pixels) == (
        ReadOptions().thumb_res,
        ReadOptions().max_pixels,
    )
    declared = declared_option(FeatureOptions, "detail")
    assert KEYS["match.detail"].metadata["help"] == declared.metadata["help"]


def test_every_field_of_every_class_of_options_is_checked_or_is_options_itself() -> None:
    for options in Checked.__subclasses__():
        for field in fields(options):
            assert field.default is not MISSING, field
            assert "kind" in field.metadata or isinstance(field.default, Checked), field


def test_the_home_is_found_where_a_shell_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, photos: Path, mosaicdb: Command
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert Outputs("~/m.png").picture == tmp_path / "home" / "m.png"
    (tmp_path / "home").mkdir()
    photos.rename(tmp_path / "home" / "photos")
    mosaicdb("ingest", tmp_path / "home", "--db=~/x.db", "--thumb-res", "8x6")
    mosaicdb("collage", "--db=~/x.db", "--count=1", "--size=9", "--output=~/c.jpg")
    grid = ("--db=~/x.db", "--grid=2x2", "--target=~/photos/00.jpg")
    mosaicdb("render", *grid, "--output=~/m.png", "--matches=~/m.tab", "--report=~/m.html")
    mosaicdb("render", "--db=~/x.db", "--from-matches=~/m.tab", "--output=~/g.png")
    for name in ("c.jpg", "m.png", "m.tab", "m.html", "g.png"):
        assert (tmp_path / "home" / name).exists()
    assert not Path("~").exists()


def test_numbers_of_numpy_and_paths_are_taken() -> None:
    options = MatchOptions(max_uses=np.int64(3), gap=np.float32(0.5), time_limit=2)
    assert [type(value) for value in (options.max_uses, options.gap, options.time_limit)] == [
        int,
        float,
        float,
    ]
    assert MosaicOptions(grid=[4, np.int32(3)]).grid == (4, 3)
    assert Importance(mask=Path("mask.png")).mask == Path("mask.png")
    assert Outputs("m.png").picture == Path("m.png")


@given(st.integers() | st.floats() | st.text() | st.none() | st.booleans())
def test_a_shift_is_a_whole_number_of_levels_or_refused(value: object) -> None:
    try:
        shift = DrawOptions(shift=value).shift
    except UsageError as error:
        assert "\n" not in str(error)
        assert type(value) is not int or not 0 <= value <= 255
    else:
        assert type(shift) is int and shift == value and 0 <= shift <= 255
