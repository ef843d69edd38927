from pathlib import Path
from threading import Event

import pytest

from mosaicdb.photos import watch_photos
from mosaicdb.photos.watcher import Calm, _concerns_photos, _Unsettled

DATABASE = "/data/mosaic.db"


class Clock:
    """A time that passes when a test says so."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("mosaicdb.photos.watcher.time", clock)
    return clock


def test_a_file_is_settled_when_it_has_stayed_as_it_is(clock: Clock, tmp_path: Path) -> None:
    unsettled = _Unsettled(Calm())
    assert not unsettled.are_settled()
    path = tmp_path / "a.jpg"
    path.write_bytes(b"1")
    unsettled.note([str(path)])
    clock.now = 0.9
    path.write_bytes(b"12")
    assert not unsettled.are_settled()
    clock.now = 1.8
    assert not unsettled.are_settled()
    clock.now = 2.0
    assert unsettled.are_settled()


def test_a_file_is_settled_sooner_where_that_is_asked(clock: Clock, tmp_path: Path) -> None:
    calm = Calm(quiet_s=0.25, patience_s=2)
    assert (calm.tick_ms, Calm().tick_ms) == (62, 250)
    unsettled = _Unsettled(calm)
    unsettled.note([str(tmp_path / "a.jpg")])
    clock.now = 0.2
    assert not unsettled.are_settled()
    clock.now = 0.3
    assert unsettled.are_settled()


@pytest.mark.parametrize(
    ("data", "is_settled"),
    [
        (b"\xff\xd8 a photo \xff\xd9", True),
        (b"\x89PNG\r\n IEND\xaeB`\x82", True),
        (b"\xff\xd8 the half of a photo", False),
        (b"\xff\xd9", False),
        (b"", False),
    ],
)
def test_a_file_that_ends_as_a_photo_does_is_settled_at_once_where_that_is_asked(
    clock: Clock, tmp_path: Path, data: bytes, is_settled: bool
) -> None:
    (tmp_path / "a.jpg").write_bytes(data)
    for calm, expected in [(Calm(), False), (Calm(knows_ends=True), is_settled)]:
        unsettled = _Unsettled(calm)
        unsettled.note([str(tmp_path / "a.jpg")])
        assert unsettled.are_settled() == expected


def test_a_file_that_is_written_for_ever_does_not_keep_the_others_out(
    clock: Clock, tmp_path: Path
) -> None:
    unsettled = _Unsettled(Calm())
    path = tmp_path / "a.jpg"
    unsettled.note([str(path)])
    for second in range(60):
        clock.now = second
        path.write_bytes(b"." * (second + 1))
        assert not unsettled.are_settled()
    clock.now = 61
    path.write_bytes(b"")
    assert unsettled.are_settled()


def test_only_what_concerns_photos_is_a_change(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("text")
    assert not _concerns_photos(str(text), [], [DATABASE], added=True)
    assert _concerns_photos(str(text), [str(text)], [DATABASE], added=False)
    assert _concerns_photos(str(tmp_path / "gone"), [], [DATABASE], added=False)
    assert _concerns_photos(str(tmp_path / "a.JPG"), [], [DATABASE], added=False)
    assert not _concerns_photos(DATABASE, [], [DATABASE], added=False)
    (tmp_path / ".nomedia").touch()
    assert _concerns_photos(str(tmp_path / ".nomedia"), [], [DATABASE], added=True)
    assert _concerns_photos(str(tmp_path), [], [DATABASE], added=True)
    assert not _concerns_photos(str(tmp_path), [], [DATABASE], added=False)


def test_a_path_that_is_not_there_is_left_to_the_caller(tmp_path: Path) -> None:
    pytest.importorskip("watchfiles")
    assert list(watch_photos([tmp_path / "none"], [tmp_path / "x.db"], Event())) == [None]
