"""Measure what crops give and what they cost: `--zoom` on three pools of photos and four targets.

    MOSAICDB_PHOTOS=~/Photos python benchmarks/crops.py [--rows pictures,subject,matching,process]

Photos come from `--photos`, else from the folder that MOSAICDB_PHOTOS names: its `cats/` and
`clothing/`; it is only read. *Pictures* are mosaics in which each photo stands at most once, drawn
without a shift. *Subject* asks how much of what photos show is left in their crops, and what it
costs to offer only crops that leave most of it; what a photo shows is guessed by how its colours
differ from those of its border (Zhu, Liang, Wei and Sun, CVPR 2014, take that further). *Matching*
gives every cell one of as many photos, parts of others cut at random; *process* is the whole
command `mosaicdb render`, run in turns after a first time.
"""

import argparse
import contextlib
import io
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
from living import command
from measure import machine, ratio, seconds, table
from numpy.typing import NDArray
from PIL import Image

from mosaicdb import (
    Database,
    FeatureOptions,
    MatchOptions,
    Mosaic,
    MosaicOptions,
    ProcessExecutor,
    ingest_photos,
    render,
)
from mosaicdb.matching import warm_up
from mosaicdb.perception import lab
from mosaicdb.pipelines import selection
from mosaicdb.records import TileCrops
from mosaicdb.store import LoadedCrops, load_crops, load_overviews, load_tiles

Floats = NDArray[np.float64]

ZOOMS = (1.0, 1.01, 1.33, 1.82)
TARGETS = ("kublai27.jpg", "kublai40.jpg", "kublai66.jpg", "kublai94.jpg")
CLOTHES = ("dress", "hat", "shirt", "skirt")
LEAST_SUBJECT = 0.75
"""Part of the subject that a crop leaves, to be offered."""
SUBJECT = ("", "crops offered", "target", "ΔE/SSIM", "of the subject left", "of cells below half")
FACTOR = 4
"""Pixels of a part of a photo that is a photo of its own, in thumbnails of 50 pixels."""


def parts(source: Path, count: int, seed: int) -> Iterator[Image.Image]:
    """Cut parts in the shape of 3 : 4 out of photos, at random, in turns."""
    random = np.random.default_rng(seed)
    paths = sorted(source.rglob("*.jpg"))
    for number in range(count):
        with Image.open(paths[number % len(paths)]) as opened:
            photo = opened.convert("RGB")
        width = min(photo.width, photo.height * 3 // 4) * random.uniform(0.5, 1)
        size = width, width * 4 / 3
        left, top = (
            random.uniform(0, whole - own) for whole, own in zip(photo.size, size, strict=True)
        )
        box = left, top, left + size[0], top + size[1]
        yield photo.resize((FACTOR * 50, FACTOR * 200 // 3), Image.Resampling.LANCZOS, box)


def write_parts(source: Path, folder: Path, count: int) -> Path:
    """Write parts of photos into a new folder."""
    folder.mkdir()
    for number, part in enumerate(parts(source, count, seed=12)):
        part.save(folder / f"{number:05d}.jpg", quality=90)
    return folder


def made(database: Database, target: Path, grid: int, zoom: float) -> Mosaic:
    """Make a square mosaic in which each photo stands at most once."""
    options = MosaicOptions(
        (grid, grid), features=FeatureOptions(zoom=zoom), match=MatchOptions("unique", max_uses=1)
    )
    return render(database, target, options)


def pictures(photos: Path, folder: Path) -> Iterator[list[list[str]]]:
    """Score mosaics of three pools; yield the lines of each."""
    cats = [photos / "cats" / name for name in TARGETS]
    clothes = [min((photos / "clothing" / name).glob("*.jpg")) for name in CLOTHES]
    pools = (
        ("3,068 photos of clothes", photos / "clothing", 50, cats),
        ("795 t-shirts", photos / "clothing" / "t-shirt", 28, cats),
        ("3,000 parts of cats", write_parts(photos / "cats", folder / "cats", 3000), 50, clothes),
    )
    for title, pool, grid, targets in pools:
        with Database(folder / f"{grid}-{pool.name}.db", thumb_res=(50, 50)) as database:
            ingest_photos(database, [pool], executor=ProcessExecutor(2))
            names = [target.stem if target in cats else target.parent.name for target in targets]
            lines = [[f"**{title}**, {grid} × {grid} cells", *names]]
            for zoom in ZOOMS:
                mosaics = [made(database, target, grid, zoom) for target in targets]
                lines.append([f"`--zoom {zoom:g}`", *map(likeness, mosaics)])
                print(lines[-1], file=sys.stderr)
            yield lines


def likeness(mosaic: Mosaic) -> str:
    """Give ΔE and SSIM at 1, 2 and 4 samples a cell and from afar."""
    assert mosaic.score is not None
    score = mosaic.score
    every = (score.samples_1, score.samples_2, score.samples_4, score.afar)
    return " ".join(f"{one.delta_e:.1f}/{one.ssim:.3f}".replace("/0.", "/.") for one in every)


def subject(photos: Path, folder: Path) -> Iterator[list[str]]:
    """Score mosaics of all crops, and of those alone that leave most of the subject."""
    with Database(folder / "subject.db", thumb_res=(50, 50)) as database:
        ingest_photos(database, [photos / "clothing"], executor=ProcessExecutor(2))
        subjects = Subjects(database)
        for zoom in ZOOMS[2:]:
            for least in (0.0, LEAST_SUBJECT):
                with subjects.offering(least):
                    for name in TARGETS:
                        mosaic = made(database, photos / "cats" / name, 50, zoom)
                        left = subjects.left_in(mosaic)
                        which = f"at least {least:.0%}" if least else "all"
                        row = [f"`--zoom {zoom:g}`", which, name, likeness(mosaic)]
                        yield [*row, f"{left.mean():.0%}", f"{(left < 0.5).mean():.0%}"]


class Subjects:
    """How much of what its middle shows of a photo's subject its crops show.

    Args:
        database: with overviews.
    """

    def __init__(self, database: Database) -> None:
        self._tile = database.thumb_res
        tiles = load_tiles(database)
        self._pictures = {
            tile_id: subject_of(Image.open(io.BytesIO(jpeg)))
            for tile_id, jpeg in load_overviews(database, tiles.ids.tolist())
        }

    def left(self, tile_id: int, box: Sequence[float]) -> float:
        """Give the part of the middle's subject that a crop shows; more where it shows more."""
        picture = self._pictures.get(tile_id)
        if picture is None or not any(box):
            return 1.0
        height, width = picture.shape
        scale = min(width / self._tile[0], height / self._tile[1])
        across, down = self._tile[0] * scale / width, self._tile[1] * scale / height
        middle = inside(picture, ((1 - across) / 2, (1 - down) / 2, across, down))
        return inside(picture, box) / middle if middle > 0 else 1.0

    def left_in(self, mosaic: Mosaic) -> Floats:
        """Give for each cell how much of its photo's subject is left, 1 at most."""
        assert mosaic.crops is not None
        boxes = mosaic.crops.reshape(-1, 4).tolist()
        left = [
            self.left(*one) for one in zip(mosaic.tile_ids.ravel().tolist(), boxes, strict=True)
        ]
        return np.minimum(left, 1.0)

    @contextlib.contextmanager
    def offering(self, least: float) -> Iterator[None]:
        """Have only crops offered that show so much of the subject."""

        def load_some(database: Database, ids: NDArray[np.int64], zoom: float) -> LoadedCrops:
            loaded = load_crops(database, ids, zoom)
            crops = loaded.crops
            pairs = zip(ids[crops.rows].tolist(), crops.boxes.tolist(), strict=True)
            kept = np.array([self.left(*one) >= least for one in pairs])
            return replace(
                loaded,
                crops=TileCrops(*(getattr(crops, field.name)[kept] for field in fields(TileCrops))),
            )

        selection.load_crops = load_some
        try:
            yield
        finally:
            selection.load_crops = load_crops


def subject_of(photo: Image.Image) -> Floats:
    """Guess how much each pixel belongs to the subject: its distance in colour from the border."""
    colours = lab(np.asarray(photo.convert("RGB"), dtype=np.float64))
    border = np.concatenate([colours[0], colours[-1], colours[:, 0], colours[:, -1]])
    return np.linalg.norm(colours - np.median(border, axis=0), axis=2)


def inside(picture: Floats, box: Sequence[float]) -> float:
    """Sum up what lies in a box, left, top, width and height in parts of the picture."""
    height, width = picture.shape
    left, top, across, down = box
    rows = slice(round(top * height), round((top + down) * height))
    return float(picture[rows, round(left * width) : round((left + across) * width)].sum())


def matching(photos: Path, folder: Path, side: int, repeat: int) -> Iterator[list[str]]:
    """Match as many photos as there are cells, each once, with and without crops."""
    with Database(folder / "parts.db", thumb_res=(50, 50)) as database:
        ingest_photos(database, [folder / "photos"], executor=ProcessExecutor(2))
        for name in TARGETS:
            target = photos / "cats" / name
            warm_up()
            made(database, target, 20, 1.33)
            spent: dict[float, list[float]] = {1.0: [], 1.33: []}
            for zoom in [*spent] * repeat:
                spent[zoom].append(spent_on_match(database, target, side, zoom))
            one, eight = map(statistics.median, spent.values())
            what = f"matching {side * side:,} photos to as many cells, {name}: 8 crops"
            yield [what, seconds(one), seconds(eight), ratio(eight / one), "≤ 3"]


def spent_on_match(database: Database, target: Path, side: int, zoom: float) -> float:
    """Give the processor time of a match, in seconds."""
    before = time.process_time()
    mosaic = made(database, target, side, zoom)
    whole = time.process_time() - before
    clock = mosaic.seconds or {}
    return whole * clock["match"] / sum(clock.values())


def process(photos: Path, folder: Path, side: int, repeat: int) -> Iterator[list[str]]:
    """Run `mosaicdb render` with and without crops."""
    words: tuple[object, ...]
    for name in TARGETS:
        spent: dict[float, list[float]] = {1.0: [], 1.33: []}
        words = ("render", "--target", photos / "cats" / name, "--grid", f"{side}x{side}")
        words += ("--db", "parts.db", "--max-uses", 1, "--output", "mosaic.jpg")
        command(folder, *words)
        for zoom in [*spent] * repeat:
            spent[zoom].append(command(folder, *words, "--zoom", zoom).processor_seconds)
        one, eight = map(statistics.median, spent.values())
        what = f"`render` of {side} × {side} cells, {name}: 8 crops"
        yield [what, seconds(one), seconds(eight), ratio(eight / one), "≤ 1.5"]


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, default=os.environ.get("MOSAICDB_PHOTOS"))
    parser.add_argument("--rows", default="pictures,subject,matching,process")
    parser.add_argument("--side", type=int, default=100, help="cells across and down")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    if options.photos is None:
        parser.error("name a folder of photos with --photos or MOSAICDB_PHOTOS")
    rows = options.rows.split(",")
    photos, side = options.photos, options.side
    with tempfile.TemporaryDirectory(prefix="mosaicdb-benchmark-") as name:
        folder = Path(name)
        load = os.getloadavg()[0]
        if "pictures" in rows:
            for lines in pictures(photos, folder):
                print(table(lines[0], lines[1:]), end="\n\n")
        if "subject" in rows:
            print(table(SUBJECT, list(subject(photos, folder))), end="\n\n")
        if "matching" in rows or "process" in rows:
            write_parts(photos / "clothing", folder / "photos", side * side)
            times = []
            with contextlib.chdir(folder):
                times += list(matching(photos, folder, side, options.repeat))
                if "process" in rows:
                    times += list(process(photos, folder, side, options.repeat))
            header = ("processor time, s", "one crop", "8 crops", "ratio", "must")
            print(table(header, times))
        print(f"\n{machine()}; load {load:.1f} before, {os.getloadavg()[0]:.1f} after.")


if __name__ == "__main__":
    main()
