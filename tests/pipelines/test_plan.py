"""Plans: what a part of the work tells of the whole."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from support import draw_photo

from mosaicdb import Database, Framing, Importance, MatchOptions, MosaicOptions, load_tiles
from mosaicdb.photos import Framed
from mosaicdb.pipelines import plan
from mosaicdb.pipelines.drawing import draw_mosaic, load_thumbnail_stack
from mosaicdb.pipelines.match import match_tiles
from mosaicdb.pipelines.plan import (
    SAMPLE_CELLS,
    _windows,
    expect,
    limits_worth_a_try,
    plan_mosaics,
    with_limit,
)
from mosaicdb.pipelines.score import score_picture
from mosaicdb.pipelines.target import Cells, cut_cells, open_target
from mosaicdb.records import Score

SIDES = st.one_of(st.integers(1, 12), st.integers(1, 3000))


def cells_of(columns: int, rows: int) -> Cells:
    framed = Framed(Image.new("RGB", (1, 1)), None, (1, 1))
    covered = np.ones((rows, columns), np.bool_)
    colours = np.zeros((rows, columns, 3), np.float32)
    return Cells((columns, rows), framed, colours, covered, samples=colours, signatures=None)


@settings(max_examples=200, deadline=None)
@given(SIDES, SIDES)
def test_windows_are_spread_over_the_grid_and_do_not_overlap(columns: int, rows: int) -> None:
    seen = np.zeros((rows, columns), int)
    for left, top, width, height in _windows(cells_of(columns, rows)):
        assert width >= 1 <= height
        assert 0 <= left <= columns - width
        assert 0 <= top <= rows - height
        seen[top : top + height, left : left + width] += 1
    assert seen.max() == 1
    assert seen.sum() <= SAMPLE_CELLS
    if columns * rows > 4 * SAMPLE_CELLS:
        assert seen.sum() >= SAMPLE_CELLS / 3
    for half in (seen[: (rows + 1) // 2], seen[rows // 2 :]):
        assert half.sum() >= seen.sum() / 3


def true_score(database: Database, cells: Cells, options: MosaicOptions) -> Score:
    mosaic = match_tiles(load_tiles(database, signatures=True), cells, options)
    thumbnails = load_thumbnail_stack(database, mosaic.tile_ids)
    return score_picture(draw_mosaic(mosaic, thumbnails).drawn, cells)


@pytest.fixture
def small_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a quarter of the usual sample drawn, of grids with a quarter of the cells."""
    monkeypatch.setattr(plan, "SAMPLE_CELLS", SAMPLE_CELLS // 4)


@pytest.mark.parametrize("grid", [(25, 25), (30, 23), (150, 5), (1, 525), (50, 50)])
def test_every_limit_that_is_worth_a_try_can_be_tried(
    filled: Database, grid: tuple[int, int], small_sample: None
) -> None:
    draw_photo(99, (400, 300)).save("target.png")
    target = open_target(filled, "target.png")
    cells = cut_cells(target, grid, filled.thumb_res, Framing())
    tiles = load_tiles(filled, signatures=True)
    for limit in limits_worth_a_try(len(tiles), grid[0] * grid[1]):
        wanted = with_limit(MosaicOptions(grid=grid), limit)
        expected = expect(filled, tiles, cells, wanted)
        assert (expected.cells, expected.tiles) == (grid[0] * grid[1], 12)
        assert expected.score.samples_1.delta_e > 0


@pytest.mark.parametrize("limit", [None, 100])
def test_what_is_expected_is_near_what_comes_true(
    filled: Database, limit: int | None, small_sample: None
) -> None:
    random = np.random.default_rng(5)
    coarse = Image.fromarray(random.integers(0, 256, (9, 9, 3), dtype=np.uint8))
    coarse.resize((300, 300), Image.Resampling.BICUBIC).save("target.png")
    target = open_target(filled, "target.png")
    cells = cut_cells(target, (30, 30), filled.thumb_res, Framing())
    tiles = load_tiles(filled, signatures=True)
    wanted = with_limit(MosaicOptions(grid=(30, 30), match=MatchOptions(gap=1e-3)), limit)
    true = true_score(filled, cells, wanted)
    expected = expect(filled, tiles, cells, wanted).score
    assert expected.samples_1.delta_e == pytest.approx(true.samples_1.delta_e, rel=0.15)


def test_windows_without_a_cell_count_for_nothing(filled: Database) -> None:
    image = Image.new("RGBA", (600, 600))
    image.paste(draw_photo(3, (150, 150)), (0, 0))
    image.save("target.png")
    target = open_target(filled, "target.png")
    cells = cut_cells(target, (60, 60), filled.thumb_res, Framing())
    tiles = load_tiles(filled, signatures=True)
    expected = expect(filled, tiles, cells, with_limit(MosaicOptions(grid=(60, 60)), None))
    true = true_score(filled, cells, expected.options)
    assert expected.score.samples_1.delta_e == pytest.approx(true.samples_1.delta_e, rel=0.4)


def test_a_part_of_a_target_that_is_all_there_is_is_found(filled: Database) -> None:
    image = Image.new("RGBA", (900, 900))
    image.paste(draw_photo(3, (30, 30)), (150, 450))
    image.save("target.png")
    target = open_target(filled, "target.png")
    cells = cut_cells(target, (90, 90), filled.thumb_res, Framing())
    assert _windows(cells) == [(15, 45, 3, 4)]
    tiles = load_tiles(filled, signatures=True)
    assert expect(filled, tiles, cells, MosaicOptions(grid=(90, 90))).cells == 12


def test_without_grids_the_usual_one_is_planned_with_half_and_twice_as_many_cells(
    filled: Database,
) -> None:
    options = MosaicOptions(grid=(5, 1), importance=Importance(focus="center"))
    expectations = list(plan_mosaics(filled, 3, options))
    grids = [expectation.options.grid for expectation in expectations]
    assert list(dict.fromkeys(grids)) == [(2, 1), (5, 1), (10, 2)]
    limits = [expectation.options.match.max_uses for expectation in expectations[-4:]]
    assert limits == [2, 4, 8, None]
