"""Programs that are killed while they write pictures."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mosaicdb.rendering import Strips, write_picture

EXTENSIONS = (".jpg", ".png", ".tif", ".szi", ".pmtiles", ".dzi")
SIDE = 600

PROGRAM = """
import sys, time
import numpy as np
from pathlib import Path
from mosaicdb.rendering import Strips, write_picture

def rows(others):
    half = np.random.default_rng(0).integers(0, 256, (300, 600, 3), dtype=np.uint8)
    yield half
    if others:  # so that all are half written at the same time
        write_picture(Strips((600, 600), "RGB", rows(others[1:])), others[0])
    else:
        print("now", flush=True)
        time.sleep(60)
    yield half

paths = [Path(name) for name in sys.argv[1:]]
write_picture(Strips((600, 600), "RGB", rows(paths[1:])), paths[0])
"""


def picture() -> Strips:
    rows = np.full((SIDE, SIDE, 3), 99, np.uint8)
    return Strips((SIDE, SIDE), "RGB", iter([rows]))


def files(folder: Path) -> dict[Path, bytes]:
    paths = (Path(root, name) for root, _, names in os.walk(folder) for name in names)
    return {path.relative_to(folder): path.read_bytes() for path in paths}


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_earlier_pictures_stay_and_what_is_half_written_goes(
    tmp_path: Path, stop: signal.Signals
) -> None:
    paths = [tmp_path / f"{end[1:]}{end}" for end in EXTENSIONS]
    for path in paths[::2] + paths[-1:]:
        write_picture(picture(), path)
    before = files(tmp_path)
    command = [sys.executable, "-c", PROGRAM, *map(str, paths)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"now\n"
        assert len(files(tmp_path)) >= len(before) + len(EXTENSIONS)
        running.send_signal(stop)
    after = files(tmp_path)
    hidden = {path for path in after if path.parts[0].startswith(".")}
    assert {path: after[path] for path in after.keys() - hidden} == before
    assert bool(hidden) == (stop == signal.SIGKILL)
    write_picture(picture(), tmp_path / "next.png")
    assert sorted(files(tmp_path)) == sorted([*before, Path("next.png")])
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]
