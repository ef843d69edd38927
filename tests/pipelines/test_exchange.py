import io
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from support import Command, age, draw_photo, rows

from mosaicdb import Database, MosaicOptions, ingest_photos, load_tiles, render
from mosaicdb.errors import DatabaseError, MissingExtraError, MosaicdbError, UsageError
from mosaicdb.pipelines.ban import ban_photos, bans
from mosaicdb.pipelines.exchange import export_tiles, import_tiles
from mosaicdb.pipelines.maintenance import check, prune
from mosaicdb.store import (
    count_tiles,
    load_thumbnails,
    start_rebuild,
    statistics,
    stored_tiles,
    tiles_without_file,
)

h5py = pytest.importorskip("h5py")
arrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


def write_as_the_exercise_does(path: Path, count: int, size: tuple[int, int] = (50, 50)) -> None:
    with h5py.File(path, "w") as target:
        for number in range(count):
            buffer = io.BytesIO()
            draw_photo(number).resize(size).save(buffer, "JPEG")
            target.create_dataset(
                f"{number:06d}", data=np.frombuffer(buffer.getvalue(), dtype="uint8")
            )


def everything(database: Database) -> tuple[object, ...]:
    tiles = load_tiles(database)
    thumbnails = list(load_thumbnails(database, tiles.ids.tolist()))
    return tiles.ids.tolist(), tiles.mean_rgb.tolist(), thumbnails


def test_an_export_has_one_dataset_of_jpeg_bytes_a_tile(photos: Path, database: Database) -> None:
    (photos / "011.jpg").write_bytes((photos / "01.jpg").read_bytes())
    age(photos / "011.jpg")
    ingest_photos(database, [photos])
    assert export_tiles(database, Path("out.h5")) == 12
    thumbnails = dict(load_thumbnails(database, range(13)))
    with h5py.File("out.h5") as source:
        assert list(source) == [f"{number:06d}" for number in thumbnails]
        for name, dataset in source.items():
            assert dataset.dtype == np.uint8
            assert dataset[()].tobytes() == thumbnails[int(name)]


@pytest.mark.parametrize("file", [Path("out.h5"), Path("out.parquet")])
def test_bans_go_along(file: Path, photos: Path, database: Database, tmp_path: Path) -> None:
    ingest_photos(database, [photos])
    ban_photos(database, [3, 7])
    export_tiles(database, file)
    with Database(tmp_path / "copy.db") as copy:
        import_tiles(copy, file)
        assert [ban.tile_id for ban in bans(copy)] == [3, 7]


@pytest.mark.parametrize("file", [Path("out.h5"), Path("out.parquet")])
def test_what_was_exported_comes_back_the_same(
    file: Path, photos: Path, database: Database, tmp_path: Path
) -> None:
    (photos / "00.jpg").write_bytes(b"gap")
    ingest_photos(database, [photos])
    assert export_tiles(database, file) == 11
    with Database(tmp_path / "copy.db") as copy:
        assert import_tiles(copy, file) == (11, 0)
        assert copy.thumb_res == database.thumb_res
        assert everything(copy) == everything(database)
        assert list(stored_tiles(copy)) == list(stored_tiles(database))
        assert import_tiles(copy, file) == (0, 11)
        assert ingest_photos(copy, [photos]).moved == 11
        assert list(check(copy)) == []
        assert prune(copy).tiles == ()


def test_a_file_of_the_exercise_is_imported_under_its_numbers(database: Database) -> None:
    write_as_the_exercise_does(Path("thumbnails.h5"), 5)
    assert import_tiles(database, Path("thumbnails.h5")) == (5, 0)
    assert load_tiles(database).ids.tolist() == [0, 1, 2, 3, 4]
    draw_photo(1).save("target.png")
    assert render(database, "target.png", MosaicOptions(grid=(2, 2))).drawn.size == (100, 100)
    with pytest.raises(MosaicdbError, match="cannot read the target 3"):
        render(database, 3)


def test_an_import_into_a_collection_takes_the_next_numbers(photos: Path, tmp_path: Path) -> None:
    write_as_the_exercise_does(Path("thumbnails.h5"), 3)
    with Database(tmp_path / "mixed.db") as mixed:
        ingest_photos(mixed, [photos])
        assert import_tiles(mixed, Path("thumbnails.h5")) == (3, 0)
        assert load_tiles(mixed).ids.tolist() == list(range(15))
        report = ingest_photos(mixed, [photos])
        assert (report.unchanged, report.missing) == (12, 0)
        assert statistics(mixed).files == 15


def test_an_imported_tile_gets_the_file_of_its_photo_once_that_is_found(
    photos: Path, database: Database, tmp_path: Path
) -> None:
    ingest_photos(database, [photos])
    export_tiles(database, Path("out.h5"))
    with Database(tmp_path / "copy.db") as copy:
        import_tiles(copy, Path("out.h5"))
        (photos / "zz.jpg").write_bytes((photos / "00.jpg").read_bytes())
        age(photos / "zz.jpg")
        report = ingest_photos(copy, [photos])
        assert (report.moved, report.duplicate) == (12, 1)
        statement = "SELECT id, path, tile_id FROM file ORDER BY id LIMIT 12"
        assert rows(copy, statement) == rows(database, statement)
        (photos / "01.jpg").unlink()
        ingest_photos(copy, [photos])
        assert tiles_without_file(copy) == [1]
        assert import_tiles(copy, Path("out.h5")) == (0, 12)


@pytest.mark.parametrize("known_before", [True, False])
def test_a_rebuild_after_an_import_makes_tiles_from_their_photos(
    known_before: bool, photos: Path, database: Database, mosaicdb: Command
) -> None:
    ingest_photos(database, [photos])
    export_tiles(database, Path("out.h5"))
    mosaicdb("import", "out.h5", "--db", "copy.db")
    if known_before:
        mosaicdb("ingest", photos, "--db", "copy.db")
    (photos / "00.jpg").unlink()
    mosaicdb("ingest", photos, "--db", "copy.db", "--rebuild", "--thumb-res", "12x9")
    assert "read again" not in mosaicdb.err
    assert "\n1 thumbnail scaled from what was there before: no photo could be read" in mosaicdb.err
    with Database("fresh.db", thumb_res=(12, 9)) as fresh, Database("copy.db") as copy:
        ingest_photos(fresh, [photos])
        thumbnails = "SELECT jpeg FROM thumbnail ORDER BY tile_id"
        assert rows(copy, thumbnails)[1:] == rows(fresh, thumbnails)


def test_opaque_bytes_are_imported_as_numbers_are(database: Database) -> None:
    write_as_the_exercise_does(Path("numbers.h5"), 3)
    with h5py.File("numbers.h5") as numbers, h5py.File("opaque.h5", "w") as opaque:
        for name, dataset in numbers.items():
            opaque[name] = np.void(dataset[()].tobytes())
    assert import_tiles(database, Path("opaque.h5")) == (3, 0)
    assert import_tiles(database, Path("numbers.h5")) == (0, 3)


def test_grey_thumbnails_become_rgb(database: Database) -> None:
    buffer = io.BytesIO()
    draw_photo(1).convert("L").save(buffer, "JPEG")
    with h5py.File("grey.h5", "w") as target:
        target["000000"] = np.frombuffer(buffer.getvalue(), dtype="uint8")
    assert import_tiles(database, Path("grey.h5")) == (1, 0)
    assert list(check(database)) == []


@pytest.mark.parametrize("kind", ["none", "text", "empty", "numbers", "group", "size", "link"])
def test_a_file_that_cannot_be_imported_is_told_in_one_line(
    kind: str, photos: Path, database: Database
) -> None:
    ingest_photos(database, [photos])
    path = Path("bad.h5")
    if kind == "text":
        path.write_text("text")
    elif kind == "size":
        write_as_the_exercise_does(path, 2)
    elif kind != "none":
        with h5py.File(path, "w") as target:
            if kind == "numbers":
                target["000000"] = np.arange(10.0)
            elif kind == "group":
                target.create_group("000000")
            elif kind == "link":
                target["000000"] = h5py.SoftLink("/nowhere")
    with pytest.raises(MosaicdbError, match=r"bad\.h5") as caught:
        import_tiles(database, path)
    assert "\n" not in str(caught.value)
    assert len(load_tiles(database)) == 12


@pytest.mark.parametrize(
    ("module", "extra", "file"), [("h5py", "hdf5", "x.h5"), ("pyarrow", "parquet", "x.parquet")]
)
def test_the_missing_extra_is_named(
    module: str, extra: str, file: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"pip install 'mosaicdb\[{extra}\]'"):
        export_tiles(database, Path(file))


def test_a_folder_that_is_not_there_is_no_usage_for_an_import(database: Database) -> None:
    with pytest.raises(UsageError, match="no such file"):
        import_tiles(database, Path("nowhere/x.h5"))


def test_a_half_rebuilt_database_is_not_exported(photos: Path, database: Database) -> None:
    ingest_photos(database, [photos])
    start_rebuild(database, (5, 5))
    with pytest.raises(DatabaseError, match="a rebuild stopped half-way"):
        export_tiles(database, Path("out.h5"))
    with (
        database.alone(lambda: None),
        pytest.raises(DatabaseError, match="a rebuild is at work here"),
    ):
        export_tiles(database, Path("out.h5"))
    assert not list(Path().glob("*.h5"))


@pytest.mark.parametrize("file", ["none.h5", "x.h5"])
def test_an_import_that_cannot_begin_makes_no_database(
    file: str, mosaicdb: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    if file == "x.h5":
        write_as_the_exercise_does(Path(file), 2)
        monkeypatch.setitem(sys.modules, "h5py", None)
    mosaicdb("import", file, "--db", "x.db", expect=1 if file == "x.h5" else 2)
    assert not list(Path().glob("x.db*"))


def jpeg(number: int) -> bytes:
    buffer = io.BytesIO()
    draw_photo(number).resize((50, 50)).save(buffer, "JPEG")
    return buffer.getvalue()


def write_rows(path: Path, **columns: object) -> None:
    parquet.write_table(arrow.table(columns), path)


def test_other_programs_read_an_export_as_a_table(photos: Path, database: Database) -> None:
    ingest_photos(database, [photos])
    export_tiles(database, Path("out.parquet"))
    table = parquet.read_table("out.parquet")
    wanted = rows(database, "SELECT id, content_hash, width, height, format FROM tile ORDER BY id")
    assert [tuple(row.values())[:5] for row in table.to_pylist()] == wanted
    assert table["jpeg"].to_pylist() == list(dict(load_thumbnails(database, range(12))).values())


def test_a_column_of_thumbnails_is_enough(mosaicdb: Command) -> None:
    write_rows(Path("a.parquet"), jpeg=[jpeg(0), jpeg(1)], url=["u", "v"])
    write_rows(Path("b.parquet"), jpeg=[jpeg(1), jpeg(2)])
    mosaicdb("import", "a.parquet", "b.parquet", "--db", "x.db")
    assert mosaicdb.err.endswith("3 new tiles, 1 known\n")
    with Database("x.db") as database:
        assert load_tiles(database).ids.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"picture": [b"x"]}, "has no column `jpeg`"),
        ({"jpeg": ["text"]}, "the column `jpeg` holds string, and not binary"),
        ({"jpeg": [jpeg(0)], "width": ["9"]}, "the column `width` holds string, and not int32"),
        ({"jpeg": [jpeg(0), None]}, "row 1: it has no thumbnail"),
        ({"jpeg": [jpeg(0), b"x"]}, "row 1: "),
        ({"jpeg": [jpeg(0)], "height": [0]}, "row 0: a photo of 50 x 0 pixels"),
        ({"jpeg": [jpeg(0)], "reader": [10**6]}, "row 0: it was made by version 1000000"),
        ({"jpeg": [jpeg(0)], "width": [2**31 - 1]}, "row 0: a photo of 2147483647 x 50 pixels"),
        ({"jpeg": [jpeg(0)], "content_hash": ["x"]}, "row 0: its content hash is not a SHA-256"),
        ({"jpeg": [jpeg(0)[:300]]}, "row 0: "),
        ({"jpeg": []}, "holds no rows"),
    ],
)
def test_a_table_that_cannot_be_imported_is_told_in_one_line(
    columns: dict[str, list[object]], reason: str, database: Database
) -> None:
    empty = {"jpeg": arrow.array([], arrow.binary())}
    write_rows(Path("bad.parquet"), **(columns if columns != {"jpeg": []} else empty))
    with pytest.raises(MosaicdbError, match=re.escape(reason)) as caught:
        import_tiles(database, Path("bad.parquet"))
    assert "\n" not in str(caught.value)
    assert count_tiles(database) == 0


@pytest.mark.parametrize("number", [-1, 10**9, 10**18])
def test_a_number_that_no_file_can_have_is_not_taken_over(number: int, database: Database) -> None:
    write_rows(Path("odd.parquet"), jpeg=[jpeg(0)], id=[number])
    assert import_tiles(database, Path("odd.parquet")) == (1, 0)
    assert load_tiles(database).ids.tolist() == [0]


def test_a_page_that_is_damaged_is_told_in_one_line(database: Database) -> None:
    path = Path("bad.parquet")
    write_rows(path, jpeg=[jpeg(number) for number in range(4)])
    damaged = bytearray(path.read_bytes())
    damaged[4:40] = b"\xff" * 36  # the header of the first page
    path.write_bytes(damaged)
    with pytest.raises(UsageError, match=r"bad\.parquet is damaged: ") as caught:
        import_tiles(database, path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["reader", "latitude", "banned"])
def test_an_attribute_of_another_kind_is_told_in_one_line(name: str, database: Database) -> None:
    write_as_the_exercise_does(Path("odd.h5"), 1)
    with h5py.File("odd.h5", "a") as target:
        target["000000"].attrs[name] = "text" if name != "banned" else np.arange(3)
    with pytest.raises(MosaicdbError, match=r"odd\.h5: dataset 000000: "):
        import_tiles(database, Path("odd.h5"))


@pytest.mark.parametrize("bytes_kept", [0, 100, -1])
def test_a_damaged_table_is_told_in_one_line(bytes_kept: int, database: Database) -> None:
    write_rows(Path("bad.parquet"), jpeg=[jpeg(0)])
    Path("bad.parquet").write_bytes(Path("bad.parquet").read_bytes()[:bytes_kept])
    with pytest.raises(UsageError, match="it is not a Parquet file"):
        import_tiles(database, Path("bad.parquet"))
