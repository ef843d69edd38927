"""Mosaics that are kept up to date, and changed by hand meanwhile."""

import io
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from support import RecordedProgress, draw_photo, draw_target, write_photo

from mosaicdb import Database, draw, ingest_photos, render
from mosaicdb.capture import Capture
from mosaicdb.errors import DatabaseError
from mosaicdb.kinds import Pin, Swap
from mosaicdb.options import (
    Changes,
    DrawOptions,
    FeatureOptions,
    MatchOptions,
    MosaicOptions,
    Outputs,
    Selection,
)
from mosaicdb.photos import adopt_thumbnail
from mosaicdb.pipelines.ban import ban_photos
from mosaicdb.pipelines.edit import edit_mosaic, undo_edit
from mosaicdb.pipelines.mosaics import find_named, forget_mosaics
from mosaicdb.pipelines.redraw import Edit
from mosaicdb.pipelines.update import update_mosaic
from mosaicdb.readings import Tile
from mosaicdb.records import Mosaic
from mosaicdb.store import ImportedTile, files_of_tiles, record_imported

OPTIONS = MosaicOptions(grid=(4, 2), match=MatchOptions(gap=0))
OUTPUTS = Outputs(Path("m.png"))


@pytest.fixture
def mosaic(filled: Database) -> Mosaic:
    draw_target(40).save("target.png")
    return render(filled, "target.png", OPTIONS, outputs=OUTPUTS)


def save_first_cell(path: Path) -> None:
    """Save what the first cell is to show: the target is cut to the shape of the mosaic."""
    Image.open("target.png").crop((0, 12, 16, 24)).save(path)


def anew(database: Database, **wishes: Any) -> Mosaic:
    return render(database, "target.png", OPTIONS, Selection(**wishes), record=False)


def test_photos_that_fit_better_move_in_and_those_that_are_gone_move_out(
    filled: Database, mosaic: Mosaic, photos: Path
) -> None:
    save_first_cell(photos / "fits.png")
    gone = int(mosaic.tile_ids[1, 1])
    Path(next(files_of_tiles(filled, [gone])).paths[0]).unlink()
    ingest_photos(filled, [photos])
    edit = update_mosaic(filled, None)
    found = find_named(filled, None)
    assert found.tile_ids[0, 0] == 12
    assert gone not in found.tile_ids
    assert found.cost == pytest.approx(anew(filled).cost)
    assert edit.changed_cells == (found.tile_ids != mosaic.tile_ids).sum() > 1
    assert np.array_equal(Image.open("m.png"), draw(filled, found).picture())
    assert np.array_equal(undo_edit(filled, None).mosaic.tile_ids, mosaic.tile_ids)


def test_where_nothing_has_changed_nothing_is_drawn_and_there_is_nothing_to_undo(
    filled: Database, mosaic: Mosaic
) -> None:
    Path("m.png").unlink()
    edit = update_mosaic(filled, mosaic.id)
    assert (edit.changed_cells, edit.mosaic.version) == (0, 1)
    assert not Path("m.png").exists()
    with pytest.raises(DatabaseError, match="has no edits to undo"):
        undo_edit(filled, None)


def test_where_nothing_has_changed_nothing_is_matched(
    filled: Database, mosaic: Mosaic, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_first_cell(photos / "fits.png")
    ingest_photos(filled, [photos])
    update_mosaic(filled, None)
    edit_mosaic(filled, None, Changes(swap=(Swap(1, 1, 3),)))
    asked = []
    monkeypatch.setattr("mosaicdb.pipelines.update.solve", lambda *_: asked.append(1) or mosaic)
    assert update_mosaic(filled, None).changed_cells == 0
    assert not asked
    for _ in range(2):
        undo_edit(filled, None)
    update_mosaic(filled, None)  # which has a photo to take in again
    assert asked


@pytest.mark.parametrize(
    "statement",
    ["UPDATE tile SET mean_r = 1 WHERE id = 5", "UPDATE tile SET signature = zeroblob(108)"],
)
def test_where_photos_look_otherwise_all_is_matched_again(
    filled: Database, mosaic: Mosaic, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    asked = []
    monkeypatch.setattr("mosaicdb.pipelines.update.solve", lambda *_: asked.append(1) or mosaic)
    with filled.write() as connection:
        connection.exec_driver_sql(statement)
    update_mosaic(filled, None)
    assert asked


def test_where_nothing_has_changed_what_was_painted_stays_recorded(filled: Database) -> None:
    draw_photo(40).save("target.png")
    options = replace(OPTIONS, draw=DrawOptions(shift=30, blend=0.2))
    rendered = render(filled, "target.png", options, outputs=OUTPUTS)
    update_mosaic(filled, None)
    found = find_named(filled, None)
    painted = (found.mean_shift, found.most_shift, found.paint)
    assert painted == (rendered.mean_shift, rendered.most_shift, rendered.paint)
    assert None not in painted


def test_what_was_done_by_hand_holds_in_an_update(
    filled: Database, mosaic: Mosaic, photos: Path
) -> None:
    other = int(np.setdiff1d(np.arange(12), mosaic.tile_ids)[0])
    edit_mosaic(filled, None, Changes(swap=(Swap(0, 0, other),)))
    write_photo(photos / "later.jpg", 77)
    ingest_photos(filled, [photos])
    assert update_mosaic(filled, None).mosaic.tile_ids[0, 0] == other
    progress = RecordedProgress()
    ban_photos(filled, [other])
    updated = update_mosaic(filled, None, progress=progress).mosaic
    assert updated.cost == pytest.approx(anew(filled).cost)
    assert "pin" not in updated.parameters
    assert progress.notices == [
        f"pin 0,0={other} is given up: tile {other} may not be used any more"
    ]


@pytest.mark.parametrize("selection", [
    Selection(where="tile_id <> 4", must="tile_id IN (3, 12)"),
    Selection(distinct=True), Selection(alike=True, pin=(Pin(1, 1, 3),)),
], ids=str)  # fmt: skip
def test_what_was_wished_holds_in_an_update(
    filled: Database, photos: Path, selection: Selection
) -> None:
    draw_photo(40).save("target.png")
    (photos / "twin.jpg").write_bytes((photos / "03.jpg").read_bytes() + b"the same picture")
    ingest_photos(filled, [photos])
    options = replace(OPTIONS, match=MatchOptions(max_uses=2, gap=0))
    render(filled, "target.png", options, selection, OUTPUTS)
    for seed in range(60, 66):
        write_photo(photos / f"{seed}.jpg", seed)
    ingest_photos(filled, [photos])
    for mosaic in (
        update_mosaic(filled, None).mosaic,
        edit_mosaic(filled, None, Changes(swap=(Swap(0, 3, 9),))).mosaic,
    ):
        pins = tuple(mosaic.parameters.get("pin", ()))
        wished = render(filled, "target.png", options, replace(selection, pin=pins), record=False)
        assert mosaic.cost == pytest.approx(wished.cost)


def test_a_mosaic_with_a_mask_and_a_shift_is_kept_up_to_date(
    filled: Database, photos: Path
) -> None:
    draw_photo(40).save("target.png")
    Image.linear_gradient("L").resize((64, 48)).save("mask.png")
    asked = {"mask": Path("mask.png").absolute()}
    options = replace(
        OPTIONS,
        importance=replace(OPTIONS.importance, **asked),
        draw=replace(OPTIONS.draw, shift=40, blend=0.2),
    )
    render(filled, "target.png", options, outputs=OUTPUTS)
    write_photo(photos / "later.jpg", 40)
    ingest_photos(filled, [photos])
    mosaic = update_mosaic(filled, None).mosaic
    wished = render(filled, "target.png", options, record=False)
    assert mosaic.cost == pytest.approx(wished.cost)
    assert np.array_equal(Image.open("m.png"), wished.drawn)
    assert mosaic.most_shift == wished.most_shift
    undo_edit(filled, None)


def test_a_match_that_a_file_gave_cannot_be_repaired(filled: Database, mosaic: Mosaic) -> None:
    with filled.write() as connection:
        connection.exec_driver_sql("UPDATE mosaic SET strategy = 'given'")
    with pytest.raises(DatabaseError, match="mosaic 1 cannot be repaired: its match was given by"):
        update_mosaic(filled, None)


def test_edits_at_once_wait_for_each_other_and_none_is_lost(
    filled: Database, mosaic: Mosaic
) -> None:
    tiles = np.setdiff1d(np.arange(12), mosaic.tile_ids).tolist()[:3]
    threads = [
        threading.Thread(
            target=edit_mosaic, args=(filled, mosaic.id, Changes(swap=(Swap(1, column, tile),)))
        )
        for column, tile in enumerate(tiles)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = find_named(filled, None)
    assert found.tile_ids[1, :3].tolist() == tiles
    assert found.version == 4
    assert np.array_equal(Image.open("m.png"), draw(filled, found).picture())


def test_what_happens_to_a_mosaic_while_it_is_edited_is_not_overwritten(
    filled: Database, mosaic: Mosaic
) -> None:
    class Meddling(RecordedProgress):
        def end(self) -> None:  # called when the match is found
            if find_named(filled, None).id == 1:
                render(filled, "target.png", OPTIONS, outputs=Outputs(Path("other.png")))
                forget_mosaics(filled, [1])

    with pytest.raises(DatabaseError, match="mosaic 1 .* forgotten meanwhile: nothing is recorded"):
        edit_mosaic(filled, 1, Changes(swap=(Swap(0, 0),)), progress=Meddling())


def test_an_update_while_an_ingest_runs_takes_what_is_written(
    filled: Database, mosaic: Mosaic, photos: Path
) -> None:
    updates: list[Edit] = []

    class Updating(RecordedProgress):
        def advance(self, outcomes: Any) -> None:  # called within the ingest, after a transaction
            updates.append(update_mosaic(filled, None))

    save_first_cell(photos / "fits.png")
    ingest_photos(filled, [photos], progress=Updating())
    updated = updates[0].mosaic
    assert updated.tile_ids[0, 0] == 12
    assert updated.cost == pytest.approx(anew(filled).cost)


class Chain:
    """A mosaic to which things happen, and what it must be by a simple model of it."""

    def __init__(self, database: Database, seed: int, options: MosaicOptions, must: str | None):
        self.database, self.options, self.must = database, options, must
        self.random = np.random.default_rng(seed)
        self.arrived = 0
        for _ in range(30):
            self.arrive()
        draw_photo(40).save("target.png")
        self.mosaic = render(database, "target.png", options, Selection(must=must), OUTPUTS)
        self.banned: set[int] = set()
        self.without: set[int] = set()
        self.pins: dict[tuple[int, int], int] = {}
        self.before = self.arrived
        self.history: list[tuple[Any, ...]] = []

    def arrive(self) -> None:
        buffer = io.BytesIO()
        size = self.database.thumb_res
        draw_photo(int(self.random.integers(0, 2**32)), size).save(buffer, "JPEG")
        thumbnail, _ = adopt_thumbnail(buffer.getvalue())
        tile = Tile(
            content_hash=f"{self.arrived:064x}",
            width=size[0],
            height=size[1],
            format="JPEG",
            capture=Capture(),
            thumbnail=thumbnail,
            reader=0,
        )
        record_imported(self.database, [ImportedTile(f"x{self.arrived}", self.arrived, tile)])
        self.arrived += 1

    def any_tile(self) -> int:
        usable = set(range(self.arrived)) - self.banned - self.without - {3}
        return int(self.random.choice(sorted(usable)))

    def step(self) -> None:
        steps = (self.arrive, self.ban, self.swap, self.swap_for_next, self.leave_out)
        weights = [0.3, 0.08, 0.2, 0.1, 0.05, 0.12, 0.15]
        steps: tuple[Callable[[], object], ...] = (*steps, self.undo, self.update)
        version = self.mosaic.version
        steps[self.random.choice(len(steps), p=weights)]()
        if self.mosaic.version != version:
            self.check()

    def ban(self) -> None:
        if len(self.banned | self.without) + 24 < self.before:
            tile = self.any_tile()
            self.banned.add(tile)
            ban_photos(self.database, [tile])

    def asked(self, change: Callable[[], Edit]) -> None:
        kept = (self.mosaic, set(self.without), dict(self.pins), self.before)
        self.give_up()
        edit = change()
        if edit.mosaic.version > self.mosaic.version:
            self.history.append(kept)
        self.mosaic = edit.mosaic

    def give_up(self) -> None:
        lost = self.banned | self.without
        self.pins = {place: tile for place, tile in self.pins.items() if tile not in lost}

    def pin(self, place: tuple[int, int], tile: int) -> None:
        others = {other: held for other, held in self.pins.items() if held != tile}
        self.pins = others | {place: tile}

    def place(self) -> tuple[int, int]:
        row, column = np.unravel_index(self.random.integers(0, 20), (4, 5))
        return int(row), int(column)

    def swap(self) -> None:
        place, tile = self.place(), self.any_tile()

        def change() -> Edit:
            self.pin(place, tile)
            return edit_mosaic(self.database, 1, Changes(swap=(Swap(*place, tile),)))

        self.asked(change)

    def swap_for_next(self) -> None:
        place = self.place()

        def change() -> Edit:
            edit = edit_mosaic(self.database, 1, Changes(swap=(Swap(*place),)))
            assert edit.mosaic.tile_ids[place] != edit.before.tile_ids[place]
            self.pin(place, int(edit.mosaic.tile_ids[place]))
            return edit

        self.asked(change)

    def leave_out(self) -> None:
        if len(self.banned | self.without) + 24 < self.before:
            tile = self.any_tile()

            def change() -> Edit:
                self.without.add(tile)
                self.give_up()
                return edit_mosaic(self.database, 1, Changes(without=(tile,)))

            self.asked(change)

    def update(self) -> None:
        def change() -> Edit:
            self.before = self.arrived
            return update_mosaic(self.database, 1)

        self.asked(change)

    def undo(self) -> None:
        if self.history:
            before, self.without, self.pins, self.before = self.history.pop()
            self.mosaic = undo_edit(self.database, 1).mosaic
            assert np.array_equal(self.mosaic.tile_ids, before.tile_ids)
            assert self.mosaic.cost == before.cost

    def check(self) -> None:
        """Compare with solving anew under the same wishes, if nothing was undone or banned."""
        found = find_named(self.database, 1)
        assert found.cost == self.mosaic.cost
        if self.banned & set(found.tile_ids.ravel().tolist()):
            return  # until the next edit
        known = [tile for tile in range(self.before) if tile not in self.without]
        used = ", ".join(map(str, [*known, *self.pins.values()]))
        pins = tuple(Pin(*place, tile) for place, tile in self.pins.items())
        wished = Selection(where=f"tile_id IN ({used})", must=self.must, pin=pins)
        anew = render(self.database, "target.png", self.options, wished, score=False, record=False)
        assert found.cost == pytest.approx(anew.cost, rel=1e-9)


def test_a_hundred_arrivals_bans_swaps_and_undos_leave_what_solving_anew_gives(
    database: Database,
) -> None:
    options = MosaicOptions(
        grid=(5, 4), match=MatchOptions(max_uses=1, gap=0), features=FeatureOptions(flip=True)
    )
    chain = Chain(database, 5019, options, "tile_id = 3")
    for _ in range(100):
        chain.step()
    chain.update()
    chain.check()
