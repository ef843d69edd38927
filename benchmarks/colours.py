"""Measure what it costs to convert colours to sRGB: reading photos with and without it.

    python benchmarks/colours.py [--photos DIR] [--count 600] [--repeat 5]

Photos come from `--photos`, else from the folder that MOSAICDB_PHOTOS names; it is only read.
Each photo is read four times in turn: as it is and with a profile of Display P3, each without the
conversion and with it. What is printed is the ratio of processor times of each of some runs.
"""

import argparse
import os
import random
import struct
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from measure import machine, table

from mosaicdb.options import ReadOptions
from mosaicdb.photos import picture, read_photo
from mosaicdb.photos.rgb_profile import Primaries, RgbSpace, rgb_profile
from mosaicdb.photos.transfer_functions import srgb
from mosaicdb.readings import PendingFile, Tile

DISPLAY_P3 = RgbSpace(Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)), srgb)
KINDS = ("without a profile", "with a profile of Display P3")


def main() -> None:
    """Measure, and print a table of ratios."""
    options = _options()
    files = sorted(options.photos.resolve().rglob("*.jpg"))
    random.Random(0).shuffle(files)
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="mosaicdb-benchmark-") as name:
        pairs = list(_pairs(files[: options.count], Path(name)))
        _measure(pairs[:20])  # builds the transform
        runs = [_measure(pairs) for _ in range(options.repeat)]
    load = f"load {load_before:.1f} before, {os.getloadavg()[0]:.1f} after"
    print(f"{machine()}; {len(pairs)} photos a run; {load}.\n")
    header = ("time with the conversion / without it", *(f"run {n + 1}" for n in range(len(runs))))
    rows = [
        [f"photos {kind}", *(f"{spent[kind, True] / spent[kind, False]:.3f}" for spent in runs)]
        for kind in KINDS
    ]
    print(table([*header, "worst"], [[*row, max(row[1:])] for row in rows]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, default=os.environ.get("MOSAICDB_PHOTOS"))
    parser.add_argument("--count", type=int, default=600, help="photos a run (default: 600)")
    parser.add_argument("--repeat", type=int, default=5, help="runs (default: 5)")
    options = parser.parse_args()
    if options.photos is None:
        parser.error("name a folder of photos with --photos")
    return options


def _pairs(photos: list[Path], folder: Path) -> Iterator[tuple[Path, Path]]:
    """Yield each JPEG without a profile, and a copy of it with one in an APP2 segment."""
    body = b"ICC_PROFILE\0\1\1" + rgb_profile(DISPLAY_P3)
    segment = b"\xff\xe2" + struct.pack(">H", len(body) + 2) + body
    for number, photo in enumerate(photos):
        data = photo.read_bytes()
        if not data.startswith(b"\xff\xd8") or b"ICC_PROFILE" in data:
            continue
        plain, profiled = (folder / f"{number}-{kind}.jpg" for kind in ("plain", "profiled"))
        plain.write_bytes(data)
        profiled.write_bytes(data[:2] + segment + data[2:])
        yield plain, profiled


def _measure(pairs: list[tuple[Path, Path]]) -> dict[tuple[str, bool], float]:
    """Give the processor seconds of each kind of photo, without the conversion and with it."""
    spent: defaultdict[tuple[str, bool], float] = defaultdict(float)
    for number, pair in enumerate(pairs):
        for kind, path in zip(KINDS, pair, strict=True):
            order = (False, True) if number % 2 else (True, False)
            for converts in order:
                spent[kind, converts] += _seconds(path, converts)
    return spent


def _seconds(path: Path, converts: bool) -> float:
    file, options = PendingFile(0, str(path)), ReadOptions((50, 50))
    with _conversion(converts):
        start = time.process_time()
        content = read_photo(file, options).content
        spent = time.process_time() - start
    assert isinstance(content, Tile)
    return spent


@contextmanager
def _conversion(converts: bool) -> Iterator[None]:
    if converts:
        yield
        return
    with (
        mock.patch.object(picture, "describing_profile", lambda *_: None),
        mock.patch.object(picture, "to_srgb", lambda image, _: image),
    ):
        yield


if __name__ == "__main__":
    main()
