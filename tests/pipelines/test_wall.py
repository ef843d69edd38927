"""Walls: recorded mosaics whose cells fill as photos arrive."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support import draw_photo, write_photo

from mosaicdb import (
    Database,
    FeatureOptions,
    Framing,
    MosaicOptions,
    Selection,
    draw,
    ingest_photos,
    render,
)
from mosaicdb.errors import DatabaseError, MosaicdbError, UsageError
from mosaicdb.live_options import LiveOptions
from mosaicdb.options import Outputs
from mosaicdb.pipelines.ban import ban_photos
from mosaicdb.pipelines.mosaics import find_named, mosaics
from mosaicdb.pipelines.update import update_mosaic
from mosaicdb.pipelines.wall import Wall, open_wall
from mosaicdb.records import EMPTY_CELL

GRID = (5, 4)
FIXED = LiveOptions(fixed=True)
MOVING = LiveOptions()
Arrive = Callable[..., None]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return write_photo(tmp_path / "target.png", 99)


@pytest.fixture
def arrive(database: Database, tmp_path: Path) -> Arrive:
    """Let photos arrive, of some seeds."""

    def arrive(*seeds: int) -> None:
        for seed in seeds:
            write_photo(tmp_path / "arriving" / f"{seed:03d}.jpg", seed)
        ingest_photos(database, [tmp_path / "arriving"])

    return arrive


def opened(database: Database, target: Path, live: LiveOptions = MOVING, **options: object) -> Wall:
    selection = options.pop("selection", Selection())
    asked = MosaicOptions(**{"grid": GRID} | options)  # type: ignore[arg-type]
    assert isinstance(selection, Selection)
    return open_wall(database, target, asked, selection, live, Path("wall.png"))


def recorded(database: Database) -> np.ndarray:
    return find_named(database, "live").tile_ids


def test_a_wall_is_recorded_before_a_photo_comes(database: Database, target: Path) -> None:
    wall = opened(database, target)
    assert not wall.take_in()
    (listed,) = mosaics(database)
    assert (listed.name, listed.strategy, listed.grid, listed.cells) == ("live", "live", GRID, 0)


@pytest.mark.parametrize("live", [FIXED, MOVING], ids=["fixed", "moving"])
def test_each_photo_gets_a_place_at_once_until_there_is_none(
    database: Database, target: Path, arrive: Arrive, live: LiveOptions
) -> None:
    wall = opened(database, target, live)
    for first in range(0, 24, 3):
        arrive(*range(first, first + 3))
        wall.take_in()
        placed = recorded(database)
        ids = placed[placed != EMPTY_CELL]
        assert len(ids) == len(np.unique(ids)) == min(first + 3, 20)
        assert wall.unplaced == max(0, first + 3 - 20)
        mosaic = find_named(database, "live")
        assert mosaic.cell_costs is not None
        assert mosaic.cost == pytest.approx(mosaic.cell_costs.sum())


def test_a_fixed_photo_keeps_its_place_also_over_a_new_start_and_a_lost_file(
    database: Database, target: Path, arrive: Arrive, tmp_path: Path
) -> None:
    wall = opened(database, target, FIXED)
    arrive(*range(8))
    wall.take_in()
    before = recorded(database)
    (tmp_path / "arriving" / "003.jpg").unlink()
    arrive(20, 21)
    wall = opened(database, target, FIXED)
    wall.take_in()
    after = recorded(database)
    assert (after != EMPTY_CELL).sum() == 10
    stood = before != EMPTY_CELL
    assert (after[stood] == before[stood]).all()


def test_photos_that_move_stand_as_well_as_they_can(
    database: Database, target: Path, arrive: Arrive
) -> None:
    wall = opened(database, target)
    for seed in range(23):
        arrive(seed)
        wall.take_in()
    anew = opened(database, target)
    assert not anew.take_in()  # nobody moves for nothing
    assert wall.mosaic.gap == pytest.approx(0, abs=1e-6)
    assert wall.hindsight().ratio == pytest.approx(1)


def test_what_a_fixed_wall_cost_beside_the_best_is_recorded(
    database: Database, target: Path, arrive: Arrive
) -> None:
    wall = opened(database, target, FIXED)
    for seed in range(20):
        arrive(seed)
        wall.take_in()
    assert find_named(database, "live").gap is None
    hindsight = wall.hindsight()
    assert hindsight.ratio is not None
    assert 1 <= hindsight.ratio < 2
    gap = find_named(database, "live").gap
    assert gap == pytest.approx(1 - hindsight.least / hindsight.cost)


@pytest.mark.parametrize("live", [FIXED, MOVING], ids=["fixed", "moving"])
def test_a_banned_photo_leaves_and_another_takes_its_place(
    database: Database, target: Path, arrive: Arrive, live: LiveOptions
) -> None:
    wall = opened(database, target, live)
    arrive(*range(21))
    wall.take_in()
    banned = int(recorded(database)[0, 0])
    ban_photos(database, [banned])
    assert wall.take_in()
    after = recorded(database)
    assert banned not in after
    assert (after != EMPTY_CELL).all()


def test_only_approved_photos_are_shown_and_approvals_are_kept(
    database: Database, target: Path, arrive: Arrive
) -> None:
    live = LiveOptions(approve=True)
    wall = opened(database, target, live)
    arrive(*range(4))
    assert not wall.take_in()
    assert wall.waiting == [0, 1, 2, 3]
    wall.approve([1, 3])
    assert wall.take_in()
    assert wall.waiting == [0, 2]
    again = opened(database, target, live)
    again.take_in()
    assert again.waiting == [0, 2]
    assert sorted(recorded(database)[recorded(database) != EMPTY_CELL]) == [1, 3]


def test_a_wall_is_drawn_with_the_target_faint_where_no_photo_is(
    database: Database, target: Path, arrive: Arrive
) -> None:
    wall = opened(database, target, LiveOptions(fixed=True, faint=0.5))
    empty = np.asarray(draw(database, "live").picture())
    whole = np.asarray(Image.open(target).convert("RGB").resize((1, 1), Image.Resampling.BOX))
    assert empty.shape == (24, 40, 3)
    assert empty.mean((0, 1)) == pytest.approx(255 - (255 - whole[0, 0].astype(float)) / 2, abs=3)
    arrive(1)
    wall.take_in()
    changed = np.asarray(draw(database, "live").picture()) != empty
    row, column = np.argwhere(recorded(database) != EMPTY_CELL)[0]
    assert changed[6 * row : 6 * row + 6, 8 * column : 8 * column + 8].any()
    changed[6 * row : 6 * row + 6, 8 * column : 8 * column + 8] = False
    assert not changed.any()
    assert wall.draw_picture().name == "wall.png"
    assert find_named(database, Path("wall.png")).id == wall.mosaic.id


def test_cells_that_the_target_does_not_reach_stay_empty(
    database: Database, tmp_path: Path, arrive: Arrive
) -> None:
    narrow = tmp_path / "narrow.png"
    draw_photo(98).resize((20, 60)).save(narrow)
    wall = opened(database, narrow, framing=Framing("letter"))
    arrive(*range(20))
    wall.take_in()
    covered = wall.cells.covered
    assert 0 < covered.sum() < 20
    assert ((recorded(database) != EMPTY_CELL) == covered).all()


def test_conditions_and_features_are_heeded(
    database: Database, target: Path, arrive: Arrive
) -> None:
    selection = Selection(where="tile_id < 3")
    wall = opened(database, target, selection=selection, features=FeatureOptions("rgb"))
    arrive(*range(6))
    wall.take_in()
    assert sorted(recorded(database)[recorded(database) != EMPTY_CELL]) == [0, 1, 2]


def test_another_wall_than_the_one_of_that_name_is_refused(
    database: Database, target: Path, arrive: Arrive, tmp_path: Path
) -> None:
    arrive(*range(3))
    opened(database, target)
    for change, told in [
        ({"live": FIXED}, "has photos that move"),
        ({"grid": (2, 2)}, "has 5 x 4 cells"),
    ]:
        with pytest.raises(UsageError, match=told):
            opened(database, target, **change)  # type: ignore[arg-type]
    other = write_photo(tmp_path / "other.png", 97)
    with pytest.raises(UsageError, match=r"rebuilds .*target\.png as it was"):
        opened(database, other)
    with pytest.raises(UsageError, match=r"wall\.png is there already: name another"):
        opened(database, target, LiveOptions(name="second"))
    render(database, 1, MosaicOptions(grid=(2, 1)), outputs=Outputs(Path("m.png"), name="m"))
    with pytest.raises(UsageError, match="mosaic 2, m, is not live"):
        opened(database, target, LiveOptions(name="m"))


def test_a_target_that_is_not_there_makes_no_wall(database: Database) -> None:
    with pytest.raises(MosaicdbError, match="cannot read the target nowhere"):
        opened(database, Path("nowhere.jpg"))
    assert mosaics(database) == []


def test_two_programs_do_not_write_one_wall(
    database: Database, target: Path, arrive: Arrive
) -> None:
    one, other = opened(database, target, FIXED), opened(database, target, FIXED)
    arrive(1)
    assert one.take_in()
    arrive(2)
    with pytest.raises(DatabaseError, match="was changed"):
        other.take_in()


def test_only_live_changes_a_wall(database: Database, target: Path, arrive: Arrive) -> None:
    wall = opened(database, target)
    arrive(1)
    wall.take_in()
    with pytest.raises(DatabaseError, match="is live: `mosaicdb live` alone changes it"):
        update_mosaic(database, "live")
