"""Deep Zoom pictures: a file and a folder, or one archive."""

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from pyramids import distance, halved, smooth, strips

from mosaicdb.errors import MosaicdbError, UsageError
from mosaicdb.rendering import check_output, strips_of, write_picture

SPACE = "{http://schemas.microsoft.com/deepzoom/2008}"


def shown(description: bytes, read: Callable[[str], bytes], level: int) -> np.ndarray:
    """Put a level together from its tiles, as a viewer does."""
    root = ElementTree.fromstring(description)
    side, size = int(root.attrib["TileSize"]), root.find(f"{SPACE}Size")
    assert size is not None
    sides = int(size.attrib["Width"]), int(size.attrib["Height"])
    last = (max(sides) - 1).bit_length()
    width, height = (-(-length // 2 ** (last - level)) for length in sides)
    picture = Image.new("RGB", (width, height))
    for column in range(-(-width // side)):
        for row in range(-(-height // side)):
            name = f"{level}/{column}_{row}.{root.attrib['Format']}"
            with Image.open(io.BytesIO(read(name))) as tile:
                place = column * side, row * side
                assert tile.size == tuple(
                    min(side, length - start)
                    for length, start in zip((width, height), place, strict=True)
                )
                picture.paste(tile, place)
    return np.asarray(picture)


@pytest.mark.parametrize("size", [(1, 1), (257, 150), (513, 512), (3, 300)])
def test_every_level_shows_the_picture(tmp_path: Path, size: tuple[int, int]) -> None:
    write_picture(strips(*size), tmp_path / "a.dzi")
    write_picture(strips(*size), tmp_path / "a.szi")
    last, whole = (max(size) - 1).bit_length(), np.asarray(smooth(*size))
    with zipfile.ZipFile(tmp_path / "a.szi") as archive:
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        for level in range(last + 1):
            description = (tmp_path / "a.dzi").read_bytes()
            picture = shown(
                description, lambda name: (tmp_path / "a_files" / name).read_bytes(), level
            )
            close = 2 if min(picture.shape[:2]) > 16 else 8  # colours are halved once more
            assert distance(picture, halved(whole, last - level)) < close
            assert archive.read("mosaic/mosaic.dzi") == description
            other = shown(
                description, lambda name: archive.read(f"mosaic/mosaic_files/{name}"), level
            )
            assert np.array_equal(picture, other)
    assert sorted(os.listdir(tmp_path)) == ["a.dzi", "a.szi", "a_files"]


def test_a_smaller_picture_leaves_no_tiles_of_the_one_before(tmp_path: Path) -> None:
    write_picture(strips(600, 300), tmp_path / "a.dzi")
    write_picture(strips(40, 30), tmp_path / "a.dzi")
    levels = sorted(os.listdir(tmp_path / "a_files"), key=int)
    assert levels == [str(level) for level in range(7)]
    assert os.listdir(tmp_path / "a_files" / "6") == ["0_0.jpeg"]


def test_pictures_of_one_size_have_files_that_differ(tmp_path: Path) -> None:
    first = write_picture(strips(40, 30), tmp_path / "a.dzi")
    write_picture(strips(40, 30), tmp_path / "b.dzi")
    assert (tmp_path / "a.dzi").read_bytes() == (tmp_path / "b.dzi").read_bytes()
    other = smooth(40, 30).rotate(180)
    assert write_picture(strips_of(other), tmp_path / "b.dzi") != first


def test_a_folder_that_holds_something_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "a_files").mkdir()
    (tmp_path / "a_files" / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match=r"a_files, which holds something else"):
        check_output(tmp_path / "a.dzi", (40, 30))
    with pytest.raises(UsageError, match=r"a_files, which holds something else"):
        write_picture(strips(40, 30), tmp_path / "a.dzi")
    assert (tmp_path / "a_files" / "letter.txt").read_text() == "dear"
    assert os.listdir(tmp_path) == ["a_files"]


@pytest.mark.parametrize("is_beside", [False, True], ids=["alone", "beside a .dzi"])
@pytest.mark.parametrize(
    "name", ["2023/holiday.jpg", "0/holiday.jpeg", "1/0_0.jpeg", "0/0_0.jpeg/a", "0"]
)
def test_no_folder_is_replaced_that_only_looks_like_one_of_tiles(
    tmp_path: Path, name: str, is_beside: bool
) -> None:
    kept = tmp_path / "album_files" / name
    kept.parent.mkdir(parents=True)
    kept.write_text("holiday")
    if is_beside:
        (tmp_path / "album.dzi").write_text("from before")
    with pytest.raises(UsageError, match="album_files, which holds something else"):
        write_picture(strips(40, 30), tmp_path / "album.dzi")
    assert kept.read_text() == "holiday"


def test_tiles_without_their_file_are_not_replaced_and_an_empty_folder_is(tmp_path: Path) -> None:
    (tmp_path / "a_files").mkdir()
    write_picture(strips(40, 30), tmp_path / "a.dzi")
    (tmp_path / "a.dzi").rename(tmp_path / "elsewhere.dzi")
    with pytest.raises(UsageError, match="a_files, which holds something else"):
        write_picture(strips(40, 30), tmp_path / "a.dzi")
    assert (tmp_path / "a_files" / "0" / "0_0.jpeg").exists()


def test_through_a_link_the_tiles_beside_its_file_are_replaced_if_they_are_tiles(
    tmp_path: Path,
) -> None:
    other, link = tmp_path / "other", tmp_path / "link.dzi"
    write_picture(strips(600, 300), other / "b.dzi")
    link.symlink_to(other / "b.dzi")
    write_picture(strips(40, 30), link)
    assert link.is_symlink()
    assert len(os.listdir(other / "b_files")) == 7
    (other / "b_files" / "keep").mkdir()
    (other / "b_files" / "keep" / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="b_files, which holds something else"):
        check_output(link, (40, 30))
    with pytest.raises(UsageError, match="b_files, which holds something else"):
        write_picture(strips(40, 30), link)
    assert (other / "b_files" / "keep" / "letter.txt").read_text() == "dear"
    assert sorted(os.listdir(tmp_path)) == ["link.dzi", "other"]


def test_a_disk_that_fills_leaves_the_old_picture_and_no_tiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def contents() -> dict[str, bytes]:
        return {
            str(path.relative_to(tmp_path)): path.read_bytes()
            for path in tmp_path.rglob("*")
            if path.is_file()
        }

    write_picture(strips(40, 30), tmp_path / "a.dzi")
    before = contents()
    write, written = Path.write_bytes, []

    def full(self: Path, data: bytes) -> int:
        written.append(self)
        if len(written) > 3:
            raise OSError(28, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(MosaicdbError, match="No space left on device"):
        write_picture(strips(60, 50), tmp_path / "a.dzi")
    monkeypatch.undo()
    assert contents() == before
    assert sorted(os.listdir(tmp_path)) == ["a.dzi", "a_files"]
