"""Disks that fill while a picture is written."""

import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import features

from mosaicdb.errors import MosaicdbError
from mosaicdb.options import PICTURE_EXTENSIONS
from mosaicdb.rendering import Strips, write_picture, write_sheets
from mosaicdb.rendering.formats.output import FORMATS

SIDE = 300  # its noise does not fit into 20 KB in any format
EXTENSIONS = [end for end in PICTURE_EXTENSIONS if end != ".avif" or features.check("avif")]


def noise() -> Strips:
    random = np.random.default_rng(0)
    rows = (random.integers(0, 256, (50, SIDE, 3), dtype=np.uint8) for _ in range(SIDE // 50))
    return Strips((SIDE, SIDE), "RGB", rows)


@pytest.fixture
def short_files() -> Iterator[None]:
    """Let no file grow beyond 20 KB."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give the folder of a file system of 20 KB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=20k", "mosaicdb-test", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_what_does_not_fit_leaves_the_old_picture_and_nothing_beside_it(
    tmp_path: Path, extension: str, short_files: None
) -> None:
    (tmp_path / f"a{extension}").write_bytes(b"old")
    with pytest.raises(MosaicdbError, match=rf"cannot write .*a({extension}|_files): "):
        write_picture(noise(), tmp_path / f"a{extension}")
    assert os.listdir(tmp_path) == [f"a{extension}"]
    assert (tmp_path / f"a{extension}").read_bytes() == b"old"


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_full_disk_keeps_nothing_of_the_picture(small_disk: Path, extension: str) -> None:
    with pytest.raises(MosaicdbError, match=rf"a({extension}|_files): No space left on device"):
        write_picture(noise(), small_disk / f"a{extension}")
    assert os.listdir(small_disk) == []


def test_a_full_disk_keeps_nothing_of_sheets(small_disk: Path) -> None:
    with pytest.raises(MosaicdbError, match=r"a.pdf: No space left on device"):
        write_sheets(noise(), small_disk / "a.pdf", "A5", 20)
    assert os.listdir(small_disk) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize("extension", [end for end in EXTENSIONS if FORMATS[end].streams])
def test_a_device_that_takes_nothing_is_an_error(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"a{extension}"
    path.symlink_to("/dev/full")
    with pytest.raises(MosaicdbError, match=r"cannot write .*: No space left on device"):
        write_picture(noise(), path)


def test_a_drawing_ends_when_its_file_cannot_be_written(tmp_path: Path, short_files: None) -> None:
    has_ended = []

    def rows() -> Iterator[np.ndarray]:
        try:
            for _ in range(100):
                yield from noise().rows
        finally:
            has_ended.append(True)

    try:
        write_picture(Strips((SIDE, 100 * SIDE), "RGB", rows()), tmp_path / "a.jpg")
    except MosaicdbError:
        assert has_ended  # while the error still holds its frames
    else:
        pytest.fail("the picture was written")
