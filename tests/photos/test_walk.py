"""Which files a walk finds."""

import os
import random
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mosaicdb.photos import canonical_path, find_files, formats
from mosaicdb.photos.formats import EXTENSIONS, EXTENSIONS_OF_EXTRAS
from mosaicdb.readings import FileStat, Rejected, Skipped, Undecodable


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"data")
    return path


def walk(*roots: Path | str) -> list[FileStat | Rejected]:
    return list(find_files([canonical_path(root) for root in roots]))


def paths(*roots: Path | str) -> list[str]:
    """Give what a walk finds, sorted, but not freed of anything that came twice."""
    found = walk(*roots)
    assert not [item for item in found if isinstance(item, Rejected)]
    return sorted(item.path for item in found)


def rejections(*roots: Path | str) -> dict[str, str]:
    return {item.path: item.reason for item in walk(*roots) if isinstance(item, Rejected)}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "photos"
    for name in ("one.jpg", "a/two.png", "a/deep/er/three.webp", "b/four.JPEG"):
        touch(root / name)
    return root


EVERYTHING = ("a/deep/er/three.webp", "a/two.png", "b/four.JPEG", "one.jpg")


def below(root: Path, *names: str) -> list[str]:
    return sorted(str(root / name) for name in names)


def test_files_in_nested_folders_are_found(tree: Path) -> None:
    assert paths(tree) == below(tree, *EVERYTHING)


def test_a_file_is_found_with_its_size_and_time_of_change(tmp_path: Path) -> None:
    status = touch(tmp_path / "one.jpg").stat()
    (found,) = walk(tmp_path)
    assert found == FileStat(str(tmp_path / "one.jpg"), 4, status.st_mtime_ns)


class ShuffledScan:
    """A folder whose entries come in another order each time."""

    def __init__(self, folder: str, scandir: Callable[[str], Any], seed: int) -> None:
        with scandir(folder) as entries:
            self.entries = sorted(entries, key=lambda entry: entry.name)
        random.Random(f"{seed}{folder}").shuffle(self.entries)

    def __enter__(self) -> "Iterator[os.DirEntry[str]]":
        return iter(self.entries)

    def __exit__(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("seed", range(8))
def test_the_same_files_are_found_whatever_order_the_folders_are_listed_in(
    tmp_path: Path, tree: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    outside = tmp_path / "outside"
    touch(outside / "x.jpg")
    touch(outside / "inner" / "y.jpg")
    (tree / "z-link").symlink_to(outside)
    (tree / "a-link").symlink_to(outside / "inner")
    (tree / "a" / "m-link").symlink_to(outside)
    (outside / "back").symlink_to(tree)
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda folder: ShuffledScan(folder, scandir, seed))
    through_links = ("a-link/y.jpg", "a/m-link/x.jpg")
    assert paths(tree) == below(tree, *EVERYTHING, *through_links)


def test_a_folder_given_twice_is_walked_once(tree: Path) -> None:
    assert paths(tree, str(tree) + "/", tree / "a" / "..") == below(tree, *EVERYTHING)


@pytest.mark.parametrize("order", [1, -1])
def test_a_folder_within_a_given_folder_is_walked_once(tree: Path, order: int) -> None:
    assert paths(*[tree, tree / "a" / "deep"][::order]) == below(tree, *EVERYTHING)


def test_a_folder_given_through_a_link_is_the_folder(tmp_path: Path, tree: Path) -> None:
    (tmp_path / "link").symlink_to(tree)
    assert paths(tmp_path / "link", tree) == below(tree, *EVERYTHING)
    assert paths(tmp_path / "link" / "a") == below(tree, "a/two.png", "a/deep/er/three.webp")


def test_a_link_to_its_own_parent_is_entered_once(tree: Path) -> None:
    (tree / "a" / "again").symlink_to(tree / "a")
    (tree / "here").symlink_to(".")
    assert paths(tree) == below(tree, *EVERYTHING)


def test_a_link_to_a_folder_above_shows_what_else_is_there(tmp_path: Path, tree: Path) -> None:
    (tree / "up").symlink_to(tmp_path)
    touch(tmp_path / "else" / "five.jpg")
    assert paths(tree) == below(tree, *EVERYTHING, "up/else/five.jpg")


def test_a_link_to_a_folder_outside_is_followed(tmp_path: Path, tree: Path) -> None:
    touch(tmp_path / "outside" / "five.jpg")
    (tree / "link").symlink_to(tmp_path / "outside")
    assert paths(tree) == below(tree, *EVERYTHING, "link/five.jpg")


def test_a_folder_outside_that_two_links_lead_to_is_entered_by_the_first(tmp_path: Path) -> None:
    touch(tmp_path / "outside" / "five.jpg")
    for name in ("c", "a", "b"):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).symlink_to(tmp_path / "outside")
    assert paths(tmp_path / "in") == [str(tmp_path / "in" / "a" / "five.jpg")]


def test_a_folder_is_entered_by_its_own_path_even_if_a_link_to_it_comes_first(tree: Path) -> None:
    (tree / "0-link").symlink_to(tree / "b")
    assert paths(tree) == below(tree, *EVERYTHING)


def test_a_link_to_a_photo_is_a_file_of_its_own(tree: Path) -> None:
    (tree / "link.jpg").symlink_to(tree / "one.jpg")
    assert paths(tree) == below(tree, *EVERYTHING, "link.jpg")


@pytest.mark.parametrize("leads_to", ["nowhere", "broken.jpg"])
def test_a_broken_link_is_found_with_the_status_of_the_link(tree: Path, leads_to: str) -> None:
    (tree / "broken.jpg").symlink_to(leads_to)
    (tree / "broken").symlink_to(leads_to)  # nobody asked for this one
    found = {item.path: item for item in walk(tree) if isinstance(item, FileStat)}
    assert sorted(found) == below(tree, *EVERYTHING, "broken.jpg")
    link = (tree / "broken.jpg").lstat()
    assert found[str(tree / "broken.jpg")].mtime_ns == link.st_mtime_ns


def test_a_file_that_is_named_is_taken_whatever_its_name(tree: Path) -> None:
    named = touch(tree / "notes.txt")
    assert paths(named) == [str(named)]


@pytest.mark.parametrize("order", [1, -1])
def test_a_file_that_is_named_and_lies_in_a_given_folder_is_found_once(
    tree: Path, order: int
) -> None:
    named = touch(tree / "notes.txt")
    assert paths(*[named, tree, tree / "one.jpg", named][::order]) == below(
        tree, *EVERYTHING, "notes.txt"
    )


@pytest.mark.parametrize("extension", sorted(EXTENSIONS))
def test_a_file_with_a_pictures_extension_is_found(tmp_path: Path, extension: str) -> None:
    names = (f"a{extension}", f"b{extension.upper()}", f"c{extension.title()}", f"d.e{extension}")
    for name in names:
        touch(tmp_path / name)
    assert paths(tmp_path) == below(tmp_path, *names)


@pytest.mark.parametrize("name", ["jpg", "a.jpg.txt", "a.jpgx", "a.", "a", "a.mp4"])
def test_a_file_without_a_pictures_extension_is_passed_over(tmp_path: Path, name: str) -> None:
    touch(tmp_path / name)
    assert walk(tmp_path) == []


@pytest.mark.parametrize("extra", EXTENSIONS_OF_EXTRAS)
def test_a_file_that_needs_an_extra_is_found_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extra: str
) -> None:
    for extension in EXTENSIONS_OF_EXTRAS[extra]:
        touch(tmp_path / f"a{extension.upper()}")
    names = [f"a{extension.upper()}" for extension in EXTENSIONS_OF_EXTRAS[extra]]
    monkeypatch.setattr(formats, "is_installed", lambda name: name == extra)
    assert paths(tmp_path) == below(tmp_path, *names)
    monkeypatch.setattr(formats, "is_installed", lambda name: name != extra)
    found = sorted(walk(tmp_path), key=lambda visited: visited.path)
    assert found == [Undecodable(path, extra) for path in below(tmp_path, *names)]


def test_a_folder_with_a_pictures_extension_is_a_folder(tmp_path: Path) -> None:
    touch(tmp_path / "album.jpg" / "one.jpg")
    assert paths(tmp_path) == [str(tmp_path / "album.jpg" / "one.jpg")]


def test_what_is_no_regular_file_is_found_by_its_name(
    tmp_path: Path, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tree / "pipe.jpg")
    (tree / "device.png").symlink_to("/dev/null")
    monkeypatch.chdir(tree)  # the address of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.gif")
        assert rejections(tree) == {}
    assert paths(tree) == below(tree, *EVERYTHING, "device.png", "pipe.jpg", "socket.gif")
    assert paths(tree / "pipe.jpg") == [str(tree / "pipe.jpg")]


@pytest.mark.parametrize("closed", ["photos", "photos/a"])
def test_a_folder_without_permission_is_rejected_and_the_rest_is_found(
    tmp_path: Path, tree: Path, monkeypatch: pytest.MonkeyPatch, closed: str
) -> None:
    scandir = os.scandir

    def guarded(folder: str) -> Any:
        if folder == str(tmp_path / closed):
            raise PermissionError(13, "Permission denied", folder)
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", guarded)
    found = walk(tree)
    reason = "cannot look into this folder: Permission denied"
    assert Rejected(str(tmp_path / closed), reason) in found
    files = sorted(item.path for item in found if isinstance(item, FileStat))
    assert files == below(tree, *(EVERYTHING[2:] if closed == "photos/a" else ()))


@pytest.mark.parametrize(
    "name",
    [b"\xff\xfe.jpg", b"two\nlines.jpg", b" .jpg", b"-rf.jpg", b"\x1b[31m.jpg", b"e\xcc\x81.jpg"],
)
def test_any_name_that_a_file_system_allows_is_found(tmp_path: Path, name: bytes) -> None:
    path = os.path.join(os.fsencode(tmp_path), name[:-4], name)
    os.mkdir(os.path.dirname(path))
    with open(path, "wb") as stream:
        stream.write(b"data")
    assert paths(tmp_path) == [os.fsdecode(path)]
    assert paths(os.fsdecode(path)) == [os.fsdecode(path)]


def test_a_file_that_is_not_there_is_rejected(tmp_path: Path) -> None:
    gone = tmp_path / "gone.jpg"
    assert rejections(gone) == {str(gone): "No such file or directory"}


def test_paths_are_absolute_wherever_one_stands(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree / "a")
    assert paths("..") == below(tree, *EVERYTHING)
    assert paths("two.png") == below(tree, "a/two.png")
    assert canonical_path("../a/./none.jpg") == str(tree / "a" / "none.jpg")


def test_of_an_apple_photo_library_the_originals_are_found(tmp_path: Path) -> None:
    library = tmp_path / "Photos.photoslibrary"
    touch(library / "originals" / "0" / "one.heic")
    touch(library / "resources" / "derivatives" / "0" / "one_1_105_c.jpeg")
    touch(library / "resources" / "renders" / "0" / "one.jpeg")
    for root in (tmp_path, library):
        original, resources = sorted(walk(root), key=lambda visited: visited.path)
        assert original.path == str(library / "originals" / "0" / "one.heic")
        assert resources == Skipped(str(library / "resources"), holds_derivatives=True)


def test_a_folder_of_derivatives_that_is_named_is_walked(tmp_path: Path) -> None:
    touch(tmp_path / "@Recycle" / "one.jpg")
    assert paths(tmp_path / "@Recycle") == below(tmp_path, "@Recycle/one.jpg")
