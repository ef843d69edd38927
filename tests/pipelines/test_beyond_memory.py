"""Mosaics of more tiles than memory holds are those of tiles that fit."""

from pathlib import Path

import numpy as np
import pytest
from support import RecordedProgress

from mosaicdb import (
    Database,
    MatchOptions,
    MosaicOptions,
    Outputs,
    Selection,
    ingest_photos,
    render,
)
from mosaicdb.errors import MatchingError, UsageError
from mosaicdb.options import FeatureOptions, Importance
from mosaicdb.pipelines.ban import ban_photos
from mosaicdb.pipelines.memory import memory_needed
from mosaicdb.records import Mosaic

GRID = (4, 2)
OUTPUTS = Outputs(Path("m.png"))
MIDDLE = FeatureOptions(zoom=1)
ENOUGH = MosaicOptions(grid=GRID, features=MIDDLE)


def little_memory(tiles: int, options: MosaicOptions = ENOUGH, **more: object) -> MosaicOptions:
    """Ask for the same with memory for so many tiles."""
    parts = {
        name: getattr(options, name) for name in ("match", "features", "framing", "importance")
    }
    needed = memory_needed(tiles, options.grid[0] * options.grid[1], options)
    return MosaicOptions(grid=options.grid, memory=needed, **parts | more)  # type: ignore[arg-type]


def both(database: Database, options: MosaicOptions, selection: Selection) -> list[Mosaic]:
    """Make a mosaic with enough memory, and with too little."""
    return [
        render(database, 3, each, selection, record=False, score=False)
        for each in (options, little_memory(11, options))
    ]


@pytest.mark.parametrize(
    ("options", "selection"),
    [
        (ENOUGH, Selection()),
        (MosaicOptions(grid=GRID, features=MIDDLE, match=MatchOptions("nearest")), Selection()),
        (MosaicOptions(grid=GRID, features=MIDDLE, match=MatchOptions("fair")), Selection()),
        (MosaicOptions(grid=GRID, features=MIDDLE, match=MatchOptions(max_uses=2)), Selection()),
        (MosaicOptions(grid=GRID, features=FeatureOptions("rgb", zoom=1)), Selection()),
        (MosaicOptions(grid=GRID, features=FeatureOptions(flip=True, zoom=1)), Selection()),
        (
            MosaicOptions(grid=GRID, features=MIDDLE, importance=Importance(focus="center")),
            Selection(),
        ),
        (ENOUGH, Selection(where="tile_id <> 4")),
        (ENOUGH, Selection(without="tile_id = 4")),
    ],
)
def test_a_mosaic_costs_what_it_does_in_memory(
    filled: Database, options: MosaicOptions, selection: Selection
) -> None:
    in_memory, streamed = both(filled, options, selection)
    assert streamed.cost == pytest.approx(in_memory.cost)
    assert streamed.bound == pytest.approx(in_memory.bound)
    # tiles of equal cost may change places
    costs = [np.sort(mosaic.cell_costs, axis=None) for mosaic in (streamed, in_memory)]
    assert costs[0] == pytest.approx(costs[1])
    left = 11 if selection != Selection() else 12
    assert str(streamed.parameters["candidates"]).endswith(f"of {left} tiles, bound over all")
    assert "candidates" not in in_memory.parameters
    if selection != Selection():
        assert 4 not in streamed.tile_ids


def test_banned_and_missing_photos_are_left_out(filled: Database, photos: Path) -> None:
    ban_photos(filled, [1])
    sorted(photos.rglob("*.jpg"))[0].unlink()
    ingest_photos(filled, [photos])
    progress = RecordedProgress()
    mosaic = render(filled, 3, little_memory(11), record=False, score=False, progress=progress)
    assert not {0, 1} & set(mosaic.tile_ids.ravel().tolist())
    assert "more tiles than memory holds; candidates: 10 of 10 tiles, bound over all" in (
        progress.notices
    )
    assert any(notice.startswith("1 photo left out, missing") for notice in progress.notices)


def test_it_is_drawn_recorded_and_reported_like_any_other(filled: Database) -> None:
    outputs = Outputs(picture=Path("m.png"), report=Path("m.html"))
    mosaic = render(filled, 3, little_memory(11), outputs=outputs)
    assert mosaic.id is not None
    assert "of 12 tiles, bound over all" in Path("m.html").read_text()


def test_what_needs_all_tiles_at_once_is_refused(filled: Database) -> None:
    for selection, name in ((Selection(distinct=True), "distinct"), (Selection(must="1"), "must")):
        with pytest.raises(UsageError, match=f"{name} needs 12 tiles in memory at once, about"):
            render(filled, 3, little_memory(11), selection, record=False)


def test_crops_are_left_out_where_tiles_alone_fit(filled: Database) -> None:
    progress = RecordedProgress()
    options = little_memory(12, features=FeatureOptions(zoom=2))
    mosaic = render(filled, 3, options, score=False, outputs=OUTPUTS, progress=progress)
    assert any(
        notice.startswith("with the crops of 12 photos, a match would take about 3")
        and notice.endswith("photos show their middle alone")
        for notice in progress.notices
    )
    assert mosaic.crops is None
    assert mosaic.parameters["zoom"] == 1
    assert "candidates" not in mosaic.parameters
    fits = little_memory(2 * 12 * 18, features=FeatureOptions(zoom=2))
    assert render(filled, 3, fits, score=False, record=False).crops is not None


def test_too_little_memory_for_any_match_is_told(filled: Database) -> None:
    with pytest.raises(MatchingError, match="8 tiles are needed, and the memory allowed holds 3"):
        render(filled, 3, little_memory(3), record=False)
    little = little_memory(0)
    with pytest.raises(UsageError, match="a match of 8 cells takes at least 300 MB: allow that"):
        render(filled, 3, little, record=False)
    with pytest.raises(MatchingError, match="holds for none"):
        render(filled, 3, little_memory(11), Selection(where="tile_id < 0"), record=False)


def test_the_size_of_a_memory_is_read() -> None:
    assert MosaicOptions(memory="1.5GB").memory == 1_500_000_000  # type: ignore[arg-type]
    assert MosaicOptions(memory="500 mb").memory == 500_000_000  # type: ignore[arg-type]
    for wrong in ("4 gigabytes", "GB", "-1GB", 0, True, 1.5):
        with pytest.raises(UsageError, match="give bytes, or a size such as 500MB or 4GB"):
            MosaicOptions(memory=wrong)  # type: ignore[arg-type]
