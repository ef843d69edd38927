import io
import os
import random
import shutil
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from support import age, contents, draw_photo, write_photo

from mosaicdb import Database, IngestReport, ProcessExecutor, ingest_photos, load_tiles
from mosaicdb.errors import DatabaseError, UsageError
from mosaicdb.photos import formats, read_photo
from mosaicdb.pipelines import ingest as ingest_module
from mosaicdb.pipelines.exchange import export_tiles
from mosaicdb.pipelines.ingest import rebuild
from mosaicdb.pipelines.maintenance import check, prune
from mosaicdb.pipelines.progress import Silent
from mosaicdb.pipelines.target import open_target
from mosaicdb.readings import READER, NeededExtra
from mosaicdb.rendering import decode_thumbnails
from mosaicdb.store import (
    count_tiles,
    count_unmeasured,
    find_original,
    find_tile_of_path,
    load_thumbnails,
    run_sql,
)


def counts(report: IngestReport) -> dict[str, int]:
    names = ("seen", "new", "unchanged", "duplicate", "changed", "moved", "missing", "tiles")
    return {name: getattr(report, name) for name in names if getattr(report, name)}


def files(database: Database) -> list[tuple[object, ...]]:
    with run_sql(database.path, "SELECT path, id, tile_id, error, missing FROM file") as answer:
        return sorted(answer.rows)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the list of the files that are opened from now on."""
    opened: list[str] = []

    def noted(file, **options):  # type: ignore[no-untyped-def]
        opened.append(Path(file.path).name)
        return read_photo(file, **options)

    monkeypatch.setattr(ingest_module, "read_photo", noted)
    return opened


def test_a_first_ingest_numbers_the_files_in_sorted_path_order(
    photos: Path, database: Database
) -> None:
    report = ingest_photos(database, [photos])
    assert counts(report) == {"seen": 12, "new": 12, "tiles": 12}
    paths = sorted(str(path) for path in photos.rglob("*.jpg"))
    for number, path in enumerate(paths):
        original = find_original(database, number)
        assert (original.tile_id, original.paths) == (number, (path,))


@pytest.mark.parametrize("workers", [2, 3])
def test_any_number_of_workers_gives_the_same_database(
    workers: int, tmp_path: Path, database: Database
) -> None:
    folder = tmp_path / "many"
    for seed in range(70):
        write_photo(folder / f"{seed * 7919 % 101:03d}.png", seed % 50)
    (folder / "bad.jpg").write_bytes(b"no picture")
    age(folder / "bad.jpg")
    ingest_photos(database, [folder])
    with Database(tmp_path / "parallel.db", thumb_res=(8, 6)) as parallel:
        ingest_photos(parallel, [folder], executor=ProcessExecutor(workers))
    assert contents(tmp_path / "parallel.db") == contents(database.path)


def test_the_order_of_paths_is_that_of_sorted_for_strange_names(
    tmp_path: Path, database: Database
) -> None:
    folder = tmp_path / "strange"
    names = [
        "a/b.png",
        "a-b.png",
        "Z.png",
        "ä.png",
        "‛.png",
        "\udcff.png",
        "画.png",
        "🐈.png",
        "a.png",
    ]
    for seed, name in enumerate(names):
        write_photo(folder / name, seed)
    ingest_photos(database, [folder])
    paths = sorted(str(folder / name) for name in names)
    assert [find_original(database, number).paths[0] for number in range(len(names))] == paths


def test_a_second_ingest_opens_no_file(photos: Path, database: Database, reads: list[str]) -> None:
    ingest_photos(database, [photos])
    reads.clear()
    assert counts(ingest_photos(database, [photos])) == {"seen": 12, "unchanged": 12, "tiles": 12}
    assert reads == []


def test_only_new_files_are_opened_and_they_take_the_next_numbers(
    photos: Path, database: Database, reads: list[str]
) -> None:
    ingest_photos(database, [photos])
    reads.clear()
    write_photo(photos / "00-first-by-name.jpg", 100)
    write_photo(photos / "zz.jpg", 101)
    assert counts(ingest_photos(database, [photos])) == {
        "seen": 14,
        "new": 2,
        "unchanged": 12,
        "tiles": 14,
    }
    assert sorted(reads) == ["00-first-by-name.jpg", "zz.jpg"]
    assert find_original(database, 12).paths == (str(photos / "00-first-by-name.jpg"),)
    assert find_original(database, 13).paths == (str(photos / "zz.jpg"),)


def test_a_duplicate_is_another_file_of_the_same_tile_and_leaves_a_gap(
    tmp_path: Path, database: Database
) -> None:
    folder = tmp_path / "twins"
    for number, seed in enumerate([1, 2, 1, 3]):
        write_photo(folder / f"{number}.png", seed)
    assert counts(ingest_photos(database, [folder])) == {
        "seen": 4,
        "new": 3,
        "duplicate": 1,
        "tiles": 3,
    }
    assert load_tiles(database).ids.tolist() == [0, 1, 3]
    assert find_original(database, 2).tile_id == 0


def test_a_known_photo_is_not_decoded_again(
    photos: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest_photos(database, [photos])
    (photos / "copy.jpg").write_bytes((photos / "03.jpg").read_bytes())
    monkeypatch.setattr("mosaicdb.photos.read._make_tile", lambda *_: pytest.fail("decoded"))
    assert ingest_photos(database, [photos]).duplicate == 1


def test_a_changed_file_gets_a_new_tile_and_the_old_tile_stays(
    photos: Path, database: Database
) -> None:
    ingest_photos(database, [photos])
    write_photo(photos / "02.jpg", 200)
    assert counts(ingest_photos(database, [photos])) == {
        "seen": 12,
        "changed": 1,
        "unchanged": 11,
        "tiles": 13,
    }
    assert find_original(database, 2).paths == ()
    assert find_original(database, 12).paths == (str(photos / "02.jpg"),)


def test_a_file_that_was_only_touched_keeps_its_tile(photos: Path, database: Database) -> None:
    ingest_photos(database, [photos])
    age(photos / "02.jpg")
    assert counts(ingest_photos(database, [photos])) == {"seen": 12, "unchanged": 12, "tiles": 12}
    assert find_original(database, 2).paths == (str(photos / "02.jpg"),)


def test_a_moved_file_keeps_its_tile_and_its_number(photos: Path, database: Database) -> None:
    ingest_photos(database, [photos])
    (photos / "02.jpg").rename(photos / "renamed.jpg")
    assert counts(ingest_photos(database, [photos])) == {
        "seen": 12,
        "moved": 1,
        "unchanged": 11,
        "tiles": 12,
    }
    assert find_original(database, 2).paths == (str(photos / "renamed.jpg"),)
    assert counts(ingest_photos(database, [photos])) == {"seen": 12, "unchanged": 12, "tiles": 12}


def test_a_moved_folder_is_recognised_file_by_file(photos: Path, database: Database) -> None:
    ingest_photos(database, [photos])
    (photos / "a").rename(photos / "elsewhere")
    report = ingest_photos(database, [photos])
    assert (report.moved, report.new, report.missing) == (4, 0, 0)


def test_a_file_found_again_under_two_names_is_moved_once(photos: Path, database: Database) -> None:
    ingest_photos(database, [photos])
    data = (photos / "02.jpg").read_bytes()
    (photos / "02.jpg").unlink()
    (photos / "x.jpg").write_bytes(data)
    (photos / "y.jpg").write_bytes(data)
    report = ingest_photos(database, [photos])
    assert (report.moved, report.duplicate, report.missing) == (1, 1, 0)


def test_a_vanished_file_is_marked_and_its_tile_stays(photos: Path, database: Database) -> None:
    ingest_photos(database, [photos])
    (photos / "02.jpg").unlink()
    assert counts(ingest_photos(database, [photos])) == {
        "seen": 11,
        "unchanged": 11,
        "missing": 1,
        "tiles": 12,
    }
    write_photo(photos / "02.jpg", 2)
    assert counts(ingest_photos(database, [photos])) == {"seen": 12, "unchanged": 12, "tiles": 12}


def test_files_in_other_folders_are_not_missed(photos: Path, database: Database) -> None:
    ingest_photos(database, [photos])
    assert counts(ingest_photos(database, [photos / "a"])) == {
        "seen": 4,
        "unchanged": 4,
        "tiles": 12,
    }
    assert not any(missing for *_, missing in files(database))


def test_files_below_a_folder_that_cannot_be_looked_into_are_not_missed(
    photos: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest_photos(database, [photos])
    real = os.scandir

    def refusing(path: str):  # type: ignore[no-untyped-def]
        if str(path).endswith("/a"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", refusing)
    report = ingest_photos(database, [photos])
    assert (report.seen, report.missing) == (8, 0)
    assert [rejection.path for rejection in report.rejected] == [str(photos / "a")]


def test_a_rejected_file_is_recorded_and_left_alone_until_it_changes(
    photos: Path, database: Database, reads: list[str]
) -> None:
    bad = photos / "05.jpg"
    bad.write_bytes(b"garbage")
    age(bad)
    report = ingest_photos(database, [photos])
    assert [(Path(r.path), r.reason) for r in report.rejected] == [
        (bad, "not a picture of a known format")
    ]
    reads.clear()
    again = ingest_photos(database, [photos])
    assert (again.rejected, again.unchanged, reads) == ([], 13, [])
    named = ingest_photos(database, [bad, photos / "00.jpg"])
    assert (named.rejected, named.unchanged, reads) == (report.rejected, 1, [])
    write_photo(bad, 300)
    assert ingest_photos(database, [photos]).changed == 1
    assert find_original(database, 4).paths == (str(bad),)


def test_a_photo_that_turns_to_garbage_leaves_its_tile_and_takes_a_new_number(
    photos: Path, database: Database
) -> None:
    ingest_photos(database, [photos])
    (photos / "02.jpg").write_bytes(b"garbage")
    age(photos / "02.jpg")
    assert len(ingest_photos(database, [photos]).rejected) == 1
    write_photo(photos / "02.jpg", 400)
    ingest_photos(database, [photos])
    assert find_original(database, 12).paths == (str(photos / "02.jpg"),)
    assert find_original(database, 2).paths == ()


def test_a_photo_that_cannot_be_read_for_a_moment_keeps_its_tile(
    photos: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest_photos(database, [photos])
    age(photos / "02.jpg")

    def failing(path: str) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr("mosaicdb.photos.read._read_bytes", failing)
        report = ingest_photos(database, [photos])
    assert [rejection.reason for rejection in report.rejected] == ["Input/output error"]
    assert counts(ingest_photos(database, [photos])) == {"seen": 12, "unchanged": 12, "tiles": 12}
    assert find_original(database, 2).tile_id == 2


def test_a_file_as_new_as_the_look_at_it_is_looked_at_again(
    photos: Path, database: Database, reads: list[str]
) -> None:
    write_photo(photos / "fresh.jpg", 500, old=False)
    now = (time.time_ns() // 10**9 + 1) * 10**9  # a clock of whole seconds
    os.utime(photos / "fresh.jpg", ns=(now, now))
    ingest_photos(database, [photos])
    reads.clear()
    assert ingest_photos(database, [photos]).unchanged == 13
    assert reads == ["fresh.jpg"]


def test_a_number_never_stands_for_two_photos(photos: Path, database: Database) -> None:
    ingest_photos(database, [photos])
    (photos / "02.jpg").write_bytes((photos / "03.jpg").read_bytes())
    age(photos / "02.jpg")
    assert ingest_photos(database, [photos]).changed == 1
    assert find_original(database, 2).paths == ()
    assert find_original(database, 12).tile_id == 3
    prune(database)
    with pytest.raises(DatabaseError, match="no photo has the number 2: it was forgotten"):
        find_original(database, 2)


def test_a_file_from_the_far_future_goes_in(photos: Path, database: Database) -> None:
    far = 13_569_465_600 * 10**9  # in the year 2400
    os.utime(photos / "00.jpg", ns=(far, far))
    assert ingest_photos(database, [photos]).new == 12
    assert ingest_photos(database, [photos]).unchanged == 12


def test_an_ingest_beside_a_rebuild_makes_thumbnails_of_the_new_size(
    photos: Path, database: Database
) -> None:
    ingest_photos(database, [photos / "a"])
    with Database(database.path) as other:
        rebuild(other, (5, 9))
    ingest_photos(database, [photos])
    assert list(check(database)) == []


def test_every_file_seen_is_in_one_count(photos: Path, database: Database) -> None:
    ingest_photos(database, [photos])
    write_photo(photos / "new.png", 600)
    write_photo(photos / "00.jpg", 601)
    (photos / "01.jpg").rename(photos / "moved.jpg")
    (photos / "copy.jpg").write_bytes((photos / "02.jpg").read_bytes())
    (photos / "bad.png").write_bytes(b"")
    report = ingest_photos(database, [photos])
    parts = (report.new, report.unchanged, report.duplicate, report.changed, report.moved)
    assert parts == (1, 10, 1, 1, 1)
    assert report.seen == sum(parts) + len(report.rejected)


def test_a_dry_run_tells_the_same_and_changes_nothing(photos: Path, database: Database) -> None:
    ingest_photos(database, [photos / "a"])
    before = contents(database.path)
    tried = ingest_photos(database, [photos], dry_run=True)
    assert contents(database.path) == before
    assert counts(tried) == counts(ingest_photos(database, [photos]))


def test_an_ingest_fills_in_what_the_tiles_of_an_old_database_lack(
    tmp_path: Path, photos: Path
) -> None:
    path = shutil.copy(
        Path(__file__).parents[1] / "store" / "revision_0002.db", tmp_path / "old.db"
    )
    heard: list[tuple[str, int]] = []

    class Listening(Silent):
        def begin(self, phase: str, total: int) -> None:
            heard.append((phase, total))

        def advance(self, outcomes: Iterable[object]) -> None:
            pass

        def wait(self) -> None:
            pass

    with Database(path) as old:
        with old.write() as connection:  # else the photos are read again, and nothing lacks
            connection.exec_driver_sql("UPDATE tile SET reader = ?", (READER,))
        ingest_photos(old, [photos], dry_run=True)
        assert count_unmeasured(old) == 4
        for _ in range(2):
            ingest_photos(old, [photos], progress=Listening())
    assert heard == [("photos", 12), ("descriptors", 4)]


def test_an_interrupted_ingest_keeps_its_batches_and_goes_on_to_the_same_database(
    photos: Path, tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_module, "_READINGS_A_TRANSACTION", 3)

    class Stopping(Silent):
        def begin(self, phase: str, total: int) -> None:
            self.done = 0

        def advance(self, outcomes: Iterable[object]) -> None:
            self.done += 1
            if self.done == 2:
                raise KeyboardInterrupt

        def wait(self) -> None:
            pass

    with pytest.raises(KeyboardInterrupt):
        ingest_photos(database, [photos], progress=Stopping())
    assert count_tiles(database) == 6
    report = ingest_photos(database, [photos])
    assert (report.new, report.unchanged) == (6, 6)
    with Database(tmp_path / "undisturbed.db", thumb_res=(8, 6)) as undisturbed:
        ingest_photos(undisturbed, [photos])
    assert contents(tmp_path / "undisturbed.db") == contents(database.path)


def test_what_is_hidden_ignored_or_excluded_is_passed_over_and_not_missed(
    photos: Path, database: Database
) -> None:
    write_photo(photos / ".hidden.jpg", 50)
    write_photo(photos / ".thumbnails" / "x.jpg", 51)
    write_photo(photos / "@eaDir" / "x.jpg", 52)
    assert ingest_photos(database, [photos]).seen == 12
    (photos / "a" / ".nomedia").touch()
    report = ingest_photos(database, [photos], exclude=["b/*", "00.*"])
    assert (report.seen, report.missing) == (3, 0)
    assert ingest_photos(database, [photos / ".hidden.jpg", photos / "a"]).seen == 5


def test_rejected_files_are_read_again_if_that_is_wanted(photos: Path, database: Database) -> None:
    cut = photos / "cut.jpg"
    draw_photo(50, (400, 300)).save(cut)
    cut.write_bytes(cut.read_bytes()[:-500])
    age(cut)
    (rejection,) = ingest_photos(database, [photos]).rejected
    assert rejection.reason.startswith("its end is missing")
    assert ingest_photos(database, [photos], accept_truncated=True).unchanged == 13
    report = ingest_photos(database, [photos], accept_truncated=True, retry_rejected=True)
    assert (report.changed, report.unchanged, report.rejected) == (1, 12, [])


def test_a_second_ingest_waits_for_the_first(photos: Path, database: Database) -> None:
    events: list[str] = []

    class Telling(Silent):
        def begin(self, phase: str, total: int) -> None:
            events.append("begins")

        def advance(self, outcomes: Iterable[object]) -> None:
            pass

        def wait(self) -> None:
            events.append("waits")

    with database.alone(lambda: pytest.fail("nobody else is here")):
        second = threading.Thread(
            target=lambda: ingest_photos(Database(database.path), [photos], progress=Telling())
        )
        second.start()
        while "waits" not in events:
            time.sleep(0.01)
        assert count_tiles(database) == 0
    second.join()
    assert events == ["waits", "begins"]
    assert count_tiles(database) == 12


def test_any_number_of_files_and_folders_can_be_named(tmp_path: Path, database: Database) -> None:
    for number in range(1500):
        (tmp_path / "many" / str(number)).mkdir(parents=True)
        (tmp_path / "many" / f"{number}.txt").touch()
    report = ingest_photos(database, sorted((tmp_path / "many").iterdir()))
    assert (report.seen, len(report.rejected)) == (1500, 1500)


def test_a_path_that_does_not_exist_is_refused_and_nothing_is_missed(
    photos: Path, database: Database
) -> None:
    ingest_photos(database, [photos])
    photos.rename(photos.with_name("unmounted"))
    with pytest.raises(UsageError, match="no such file or folder"):
        ingest_photos(database, [photos])
    assert not any(missing for *_, missing in files(database))


def test_a_rebuild_makes_every_thumbnail_anew_and_keeps_the_ids(
    photos: Path, database: Database
) -> None:
    ingest_photos(database, [photos])
    (photos / "02.jpg").unlink()
    ingest_photos(database, [photos])
    ids = load_tiles(database).ids.tolist()
    assert rebuild(database, (12, 18)) == 1
    assert load_tiles(database).ids.tolist() == ids
    jpegs = [jpeg for _, jpeg in load_thumbnails(database, ids)]
    pictures = decode_thumbnails(jpegs, (12, 18))
    means = pictures.reshape(len(ids), -1, 3).mean(axis=1)
    tiles = load_tiles(database, signatures=True)
    assert abs(means - tiles.mean_rgb).max() < 1e-9
    assert tiles.signatures is not None
    parts = pictures.reshape(len(ids), 6, 3, 6, 2, 3).mean(axis=(2, 4))
    assert abs(tiles.signatures - parts).max() <= 1


def test_a_rebuild_that_was_stopped_is_finished_by_the_next_ingest(
    photos: Path, tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest_photos(database, [photos])
    monkeypatch.setattr(ingest_module, "_TILES_A_REBUILD_BATCH", 5)

    class Stopping(Silent):
        def begin(self, phase: str, total: int) -> None:
            pass

        def advance(self, outcomes: Iterable[object]) -> None:
            raise KeyboardInterrupt

        def wait(self) -> None:
            pass

    with pytest.raises(KeyboardInterrupt):
        rebuild(database, (5, 5), progress=Stopping())
    with pytest.raises(Exception, match="rebuild stopped half-way"):
        load_tiles(database)
    ingest_photos(database, [photos])
    with Database(tmp_path / "direct.db", thumb_res=(5, 5)) as direct:
        ingest_photos(direct, [photos])
    assert contents(tmp_path / "direct.db") == contents(database.path)


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 5))
def test_after_any_changes_the_database_knows_what_lies_in_the_folder(
    tmp_path_factory: pytest.TempPathFactory, dice: random.Random, rounds: int
) -> None:
    folder = tmp_path_factory.mktemp("any") / "photos"
    folder.mkdir()
    seen_ids: dict[int, str] = {}
    with Database(folder.with_name("tiles.db"), thumb_res=(4, 4)) as database:
        for _ in range(rounds):
            for _ in range(dice.randrange(6)):
                change_something(folder, dice)
            report = ingest_photos(database, [folder])
            on_disk = {str(path): path.read_bytes() for path in folder.iterdir()}
            assert report.seen == len(on_disk)
            present = {row[0]: row for row in files(database) if not row[4]}
            assert set(present) == set(on_disk)
            with run_sql(database.path, "SELECT id, content_hash FROM tile") as answer:
                hashes = dict(answer.rows)
            for tile_id, content_hash in hashes.items():
                assert seen_ids.setdefault(tile_id, content_hash) == content_hash
            assert len(set(hashes.values())) == len(hashes)
            for path, (_, _, tile_id, error, _) in present.items():
                if error is None:
                    assert hashes[tile_id] == sha256(on_disk[path]).hexdigest()
                else:
                    assert on_disk[path] == b"garbage"
            assert ingest_photos(database, [folder]).unchanged == len(on_disk)


def change_something(folder: Path, dice: random.Random) -> None:
    path = folder / f"{dice.randrange(5)}.png"
    choice = dice.randrange(5)
    if choice == 0:
        path.unlink(missing_ok=True)
    elif choice == 1 and path.exists():
        path.rename(folder / f"{dice.randrange(5)}.png")
    elif choice == 2:
        path.write_bytes(b"garbage")
        age(path, dice.randrange(1, 10_000))
    else:
        draw_photo(dice.randrange(4), (5, 4)).save(path)
        age(path, dice.randrange(1, 10_000))


def test_a_rebuild_reads_photos_without_their_end_if_that_is_wanted(
    tmp_path: Path, database: Database
) -> None:
    cut = tmp_path / "cut.jpg"
    draw_photo(50, (400, 300)).save(cut)
    cut.write_bytes(cut.read_bytes()[:-500])
    age(cut)
    assert ingest_photos(database, [cut], accept_truncated=True).new == 1
    assert rebuild(database, (30, 20), accept_truncated=True) == 0
    assert rebuild(database, (30, 20)) == 1


def test_an_empty_path_is_not_the_current_folder(photos: Path, database: Database) -> None:
    with pytest.raises(UsageError, match="an empty path is none"):
        ingest_photos(database, [photos, ""])


def size_of(database: Database) -> set[tuple[int, int]]:
    """Give the size that a database promises, and those that its thumbnails have."""
    thumbnails = load_thumbnails(database, range(count_tiles(database)))
    sizes = {Image.open(io.BytesIO(jpeg)).size for _, jpeg in thumbnails}
    with Database(database.path) as again:
        return sizes | {again.thumb_res}


@pytest.mark.parametrize("other", ["ingest", "import"])
def test_whatever_comes_beside_a_first_ingest_leaves_its_size_of_thumbnails(
    other: str, photos: Path, database: Database, tmp_path: Path
) -> None:
    command = ["ingest", str(photos / "a"), "--thumb-res", "12x9"]
    if other == "import":
        pytest.importorskip("h5py")
        with Database(tmp_path / "other.db", thumb_res=(12, 9)) as source:
            ingest_photos(source, [photos])
            export_tiles(source, tmp_path / "x.h5")
        command = ["import", str(tmp_path / "x.h5")]
    seconds: list[subprocess.Popen[str]] = []

    class Disturbed(Silent):
        def begin(self, phase: str, total: int) -> None:
            words = [sys.executable, "-m", "mosaicdb", *command, "--db", str(database.path)]
            seconds.append(subprocess.Popen(words, stderr=subprocess.PIPE, text=True))
            assert seconds[0].stderr
            seconds[0].stderr.readline()  # it waits, or is done

        def advance(self, outcomes: Iterable[object]) -> None:
            pass

        def wait(self) -> None:
            pass

    ingest_photos(database, [photos], progress=Disturbed())
    (second,) = seconds
    _, told = second.communicate()
    assert second.returncode in (1, 2), told
    assert "8x6" in told.splitlines()[-1]
    assert size_of(database) == {(8, 6)}


def test_photos_whose_extra_is_gone_are_not_missing(
    photos: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    (photos / "02.jpg").rename(photos / "02.jxl")
    ingest_photos(database, [photos])
    monkeypatch.setattr(formats, "is_installed", lambda _: False)
    report = ingest_photos(database, [photos])
    assert counts(report) == {"seen": 11, "unchanged": 11, "tiles": 12}
    assert report.needed_extras == [NeededExtra("jxl", ".jxl", 1)]


@pytest.mark.parametrize(("stored", "asked"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_a_target_is_found_whatever_the_unicode_form_of_its_name(
    photos: Path, database: Database, stored: str, asked: str
) -> None:
    path = write_photo(photos / unicodedata.normalize(stored, "zoë.jpg"), 90)
    ingest_photos(database, [photos])
    target = open_target(database, photos / unicodedata.normalize(asked, "zoë.jpg"))
    assert (target.path, target.tile_id) == (str(path), 12)
    recorded = unicodedata.normalize(
        asked, str(path)
    )  # as file systems without forms would give it
    assert find_tile_of_path(database, recorded) == 12


def test_rejected_files_are_retried_only_at_and_below_the_paths_that_are_named(
    tmp_path: Path, database: Database, reads: list[str]
) -> None:
    names = ("in/a.jpg", "in/deep/b.jpg", "in-between/c.jpg", "out/d.jpg", "out/e.jpg")
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"no picture: " + name.encode())
        age(tmp_path / name)
    ingest_photos(database, [tmp_path])
    reads.clear()
    roots = [tmp_path / "in", tmp_path / "out" / "d.jpg"]
    ingest_photos(database, roots, retry_rejected=True)
    assert sorted(reads) == ["a.jpg", "b.jpg", "d.jpg"]
    reads.clear()
    ingest_photos(database, [tmp_path])
    assert reads == []
