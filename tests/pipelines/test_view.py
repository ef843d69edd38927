from collections.abc import Callable
from pathlib import Path

import pytest

from mosaicdb import Database, MatchOptions, MosaicOptions, render
from mosaicdb.errors import DatabaseError, MosaicdbError, UsageError
from mosaicdb.kinds import Swap
from mosaicdb.options import Changes, Outputs
from mosaicdb.pipelines.ban import bans
from mosaicdb.pipelines.edit import edit_mosaic
from mosaicdb.pipelines.mosaics import find_named
from mosaicdb.pipelines.view import EditedView, view
from mosaicdb.viewer_options import ViewOptions
from mosaicdb.viewing import listen


@pytest.fixture
def edited(filled: Database) -> EditedView:
    options = MosaicOptions(grid=(4, 2), match=MatchOptions("unique", max_uses=1))
    render(filled, 1, options, outputs=Outputs(Path("m.png")))
    return EditedView(filled, find_named(filled, None))


def version(edited: EditedView) -> str:
    return edited.contents.summary.version


def tile(edited: EditedView, row: int = 0, column: int = 0) -> int:
    block = edited.contents.block(0, 0)
    assert block is not None
    return int(block.tile_ids[row, column])


def test_a_swap_is_shown_recorded_and_undone(filled: Database, edited: EditedView) -> None:
    before, first = version(edited), tile(edited)
    assert not edited.can_undo
    assert edited.swap(before, 0, 0, None).endswith("of 8 cells changed")
    assert tile(edited) == find_named(filled, None).tile_ids[0, 0] != first
    assert edited.can_undo
    edited.undo(version(edited))
    assert (version(edited), tile(edited)) == (before, first)


def test_a_ban_takes_the_photo_out_here_and_everywhere_until_it_is_undone(
    filled: Database, edited: EditedView
) -> None:
    banned = tile(edited)
    edited.ban(version(edited), banned)
    block = edited.contents.block(0, 0)
    assert block is not None and banned not in block.tile_ids
    assert [ban.tile_id for ban in bans(filled)] == [banned]
    edited.undo(version(edited))
    assert tile(edited) == banned
    assert bans(filled) == []


def test_changes_are_undone_in_turn_each_with_its_own_ban(
    filled: Database, edited: EditedView
) -> None:
    before, banned = version(edited), tile(edited)
    edited.ban(version(edited), banned)
    edited.swap(version(edited), 1, 1, None)
    edited.undo(version(edited))
    assert [ban.tile_id for ban in bans(filled)] == [banned]
    edited.undo(version(edited))
    assert bans(filled) == []
    assert version(edited) == before


def test_a_search_finds_only_what_is_shown(filled: Database, edited: EditedView) -> None:
    other = next(number for number in range(12) if number not in find_named(filled, None).tile_ids)
    edit_mosaic(filled, None, Changes(swap=(Swap(0, 0, other),)))
    found = {found.tile_id for found in edited.contents.search(".jpg")}
    assert other not in found
    assert len(found) == 7


@pytest.mark.parametrize(
    "change",
    [
        lambda edited: edited.swap("old", 0, 0, None),
        lambda edited: edited.ban("old", tile(edited)),
        lambda edited: edited.undo("old"),
        lambda edited: edited.swap(version(edited), 2, 0, None),
        lambda edited: edited.swap(version(edited), 0, 0, 99),
        lambda edited: edited.ban(version(edited), 99),
        lambda edited: edited.undo(version(edited)),
    ],
)
def test_a_change_that_cannot_be_changes_nothing(
    filled: Database, edited: EditedView, change: Callable[[EditedView], str]
) -> None:
    before = version(edited), find_named(filled, None).version
    with pytest.raises(MosaicdbError):
        change(edited)
    assert (version(edited), find_named(filled, None).version) == before
    assert bans(filled) == []


def test_a_ban_that_leaves_too_few_photos_bans_nothing(
    filled: Database, edited: EditedView
) -> None:
    for _ in range(4):
        edited.ban(version(edited), tile(edited))
    with pytest.raises(MosaicdbError):
        edited.ban(version(edited), tile(edited))
    assert len(bans(filled)) == 4


def test_a_mosaic_that_was_changed_elsewhere_is_shown_anew(
    filled: Database, edited: EditedView
) -> None:
    before = version(edited)
    edit_mosaic(filled, None, Changes(swap=(Swap(1, 1),)))
    with pytest.raises(DatabaseError, match="changed meanwhile"):
        edited.swap(before, 0, 0, None)
    assert version(edited) != before
    edited.swap(version(edited), 0, 0, None)


def test_a_port_that_is_taken_is_told_before_anything_is_read(filled: Database) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} is taken"):
            view(filled, "no mosaic", ViewOptions(port=port), print)
