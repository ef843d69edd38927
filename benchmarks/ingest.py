"""Measure ingests against the tutorial's full decode, and against what the decoder allows.

    python benchmarks/ingest.py [--photos DIR] [--rows small,large,…] [--repeat 5]

Photos come from `--photos`, else from the folder that MOSAICDB_PHOTOS names; it is only read.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from measure import Measurement, machine, median, ratio, run, seconds, table

HEADER = ("measured", "must", "by processor time", "by the clock", "met")
LARGE_PHOTOS = 24
LARGE_COPIES = 5
LARGE_SIZE = (4000, 3000)
HUGE_SIZE = (16_400, 12_200)
KNOWN_FILES = 100_000
MANY_TILES = 1_000_000
FEW_PHOTOS, MORE_PHOTOS = 1000, 10_000
SHORT_STEP_CALLS = 5
GROWTH_ALLOWED = 1.1
"""Of the parent's memory with ten times the photos: what SQLite keeps, and noise."""
EXTENSIONS = (".jpg", ".jpeg")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of the table."""

    what: str
    """What was measured."""
    must: str
    """What it must be."""
    met: bool | None
    """Whether it is, by processor time where that is known; None: nothing is asked."""
    by_processor: str = ""
    """By processor time, or independent of time."""
    by_clock: str = ""
    """By the clock."""

    def cells(self) -> list[str]:
        """Write the row of the table."""
        met = "" if self.met is None else "yes" if self.met else "no"
        return [self.what, self.must, self.by_processor, self.by_clock, met]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Where the photos are, and how often things are measured."""

    folder: Path
    """For everything that is made."""
    photos: list[Path]
    """Real photos."""
    count: int
    """Photos of the small kind that each turn reads."""
    repeat: int
    """How many turns."""

    def small(self) -> Iterator[Row]:
        """Measure photos as they are."""
        folder = _linked(self.photos[: self.count], self.folder / "small")
        yield from self.rates(folder, f"{_size(folder)} JPEG", 1.5, 0.5)

    def large(self) -> Iterator[Row]:
        """Measure photos as large as cameras make them."""
        folder = self.enlarged()
        yield from self.rates(folder, f"12 MP JPEG, {_size(folder)}", 4.0, 0.85)

    def rates(self, folder: Path, name: str, tutorial: float, limit: float) -> Iterator[Row]:
        """Measure one ingest against both yardsticks, which take turns with it."""
        steps: list[Callable[[], Measurement]] = [
            lambda: run("ingest_steps.limit", folder=folder),
            lambda: run("ingest_steps.ingest", folder=folder, workers=1),
            lambda: run(
                "tutorial_steps.ingest", folders=[folder], results=self.folder / "tutorial"
            ),
        ]
        least, ours, full = self.in_turns(steps)
        _check_all_were_taken(ours)
        for other, what, must in ((full, "the tutorial", tutorial), (least, "the limit", limit)):
            yield _ratio_row(f"{name}: times {what}", must, other, ours)
        per_photo = [_per_second(one) for one in (full, ours, least)]
        yield Row(
            f"{name}: tutorial, mosaicdb, limit; photos a second",
            "",
            None,
            *_side_by_side(per_photo),
        )

    def workers(self) -> Iterator[Row]:
        """Measure two workers against one, without what it takes to start them."""
        few = _linked(self.photos[:1], self.folder / "one")
        small = _linked(self.photos[: self.count * 2], self.folder / "small-twice")
        for folder, name in ((small, "500 px"), (self.enlarged(), "12 MP")):
            one, two, start = self.in_turns(
                [
                    partial(run, "ingest_steps.ingest", folder=folder, workers=1),
                    partial(run, "ingest_steps.ingest", folder=folder, workers=2),
                    partial(run, "ingest_steps.ingest", folder=few, workers=2),
                ]
            )
            yield _workers_row(name, one, two, start)

    def unchanged(self) -> Iterator[Row]:
        """Measure an ingest of known files against a walk."""
        folder, database = self.folder / "known", self.folder / "known.db"
        run("ingest_steps.known_files", folder=folder, database=database, count=KNOWN_FILES)
        walk, again = self.in_turns(
            [
                lambda: run("ingest_steps.walk", folder=folder),
                lambda: run("ingest_steps.ingest_again", folder=folder, database=database),
            ]
        )
        if again.result["photos"] != KNOWN_FILES:
            sys.exit(f"of {KNOWN_FILES:,} known files {again.result['photos']:,} were unchanged")
        processor = again.processor_seconds - walk.processor_seconds
        more = f"{seconds(processor)} ({seconds(again.processor_seconds)})"
        clock = f"{seconds(again.seconds - walk.seconds)} ({seconds(again.seconds)})"
        what = f"{KNOWN_FILES:,} unchanged files: seconds more than walk and stat (in all)"
        yield Row(what, "≤ 1", processor <= 1, more, clock)

    def tiles(self) -> Iterator[Row]:
        """Measure how features get into arrays."""
        database = self.folder / "tiles.db"
        run("ingest_steps.fill_tiles", database=database, count=MANY_TILES)
        loads = self.in_turns(
            [
                partial(run, "ingest_steps.load", database=database, signatures=signatures)
                for signatures in (False, True)
            ]
        )
        limits = (1.5, None)
        for load, what, limit in zip(loads, ("colours", "and signatures"), limits, strict=True):
            multiple = load.result["grown"] / load.result["arrays"]
            times = seconds(load.processor_seconds), seconds(load.seconds)
            name = f"{MANY_TILES:,} tiles into numpy, {what}"
            met = load.processor_seconds <= limit if limit else None
            yield Row(f"{name}: seconds", f"≤ {limit:g}" if limit else "", met, *times)
            yield Row(f"{name}: memory, times the arrays", "≤ 3", multiple <= 3, ratio(multiple))

    def memory(self) -> Iterator[Row]:
        """Measure the memory of a worker with a huge photo, and of the parent with many photos."""
        huge = self.folder / "huge"
        width, height = HUGE_SIZE
        run("make_photos.enlarged", photos=self.photos[:1], folder=huge, width=width, height=height)
        found = run("ingest_steps.ingest", folder=huge, workers=2)
        _check_all_were_taken(found)
        name = f"worker reading a JPEG of {width * height / 1e6:.0f} MP, {_size(huge)}: MB"
        yield Row(name, "≤ 150", found.worker_peak <= 150e6, _megabytes(found.worker_peak))
        parents = [self.parent(count) for count in (FEW_PHOTOS, MORE_PHOTOS)]
        grown = parents[1].peak / parents[0].peak
        name = f"parent with {FEW_PHOTOS:,} and {MORE_PHOTOS:,} photos: MB"
        sizes = " and ".join(_megabytes(parent.peak) for parent in parents)
        yield Row(name, "no growth", grown <= GROWTH_ALLOWED, sizes)

    def parent(self, count: int) -> Measurement:
        """Ingest many small photos in two workers."""
        folder = self.folder / f"noise-{count}"
        run("make_photos.noise", folder=folder, start=0, count=count)
        return run("ingest_steps.ingest", folder=folder, workers=2)

    def fidelity(self) -> Iterator[Row]:
        """Measure how true thumbnails and colours are."""
        folder = _linked(self.photos[:300], self.folder / "true")
        found = run("ingest_steps.fidelity", folder=folder).result
        for what, name in (("stored", "thumbnails"), ("cut", "the same before they are encoded")):
            most = found[f"tutorial {what}"] + 1
            value = found[f"project {what}"]
            text = f"{name}: mean difference to a full decode with LANCZOS"
            yield Row(text, f"≤ {most:.2f}, the tutorial + 1", value <= most, f"{value:.2f}")
        colour = found["project colour"]
        text = f"largest difference of a mean colour, {found['photos']:.0f} photos"
        yield Row(text, "< 1", colour < 1, f"{colour:.2f}")

    def enlarged(self) -> Path:
        """Make the large photos, once: so many that what comes once an ingest weighs little."""
        few, many = self.folder / "large-originals", self.folder / "large"
        if not many.exists():
            some = self.photos[:LARGE_PHOTOS]
            width, height = LARGE_SIZE
            run("make_photos.enlarged", photos=some, folder=few, width=width, height=height)
            run("make_photos.copies", folder=few, target=many, times=LARGE_COPIES)
        return many

    def in_turns(self, steps: list[Callable[[], Measurement]]) -> list[Measurement]:
        """Run some steps in turns, so that all meet the same noise; give medians."""
        turns = [[step() for step in steps] for _ in range(self.repeat)]
        return [median(step) for step in zip(*turns, strict=True)]


ROWS = ("small", "large", "workers", "unchanged", "tiles", "memory", "fidelity")


def main() -> None:
    """Measure what was asked for and print it."""
    options = _options()
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="mosaicdb-benchmark-") as name:
        folder = Path(name)
        photos = _photos(options.photos, folder, options.count)
        benchmark = Benchmark(folder, photos, options.count, options.repeat)
        rows = [row for what in options.rows for row in getattr(benchmark, what)()]
    load = f"load {load_before:.1f} before, {os.getloadavg()[0]:.1f} after"
    print(f"{machine()}; medians of {options.repeat} turns; {load}.\n")
    print(table(HEADER, [row.cells() for row in rows]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, default=os.environ.get("MOSAICDB_PHOTOS"))
    parser.add_argument("--count", type=int, default=1500, help="small photos (default: 1500)")
    parser.add_argument("--repeat", type=int, default=5, help="turns (default: 5)")
    parser.add_argument(
        "--rows", type=_rows, default=ROWS, metavar="NAME,…", help=f"some of {', '.join(ROWS)}"
    )
    return parser.parse_args()


def _rows(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(ROWS):
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: choose from {', '.join(ROWS)}")
    return names


def _photos(folder: Path | None, made: Path, count: int) -> list[Path]:
    """List real photos in a random order that is always the same."""
    if folder is None:
        print("MOSAICDB_PHOTOS is not set: crops of scikit-image's photographs", file=sys.stderr)
        folder = made / "samples"
        run("make_photos.crops", folder=folder, count=2 * count)
    files = sorted(folder.resolve().rglob("*"))
    photos = [path for path in files if path.suffix.lower() in EXTENSIONS]
    random.Random(0).shuffle(photos)
    return photos


def _linked(photos: list[Path], folder: Path) -> Path:
    folder.mkdir()
    for number, path in enumerate(photos):
        (folder / f"{number:06d}.jpg").symlink_to(path)
    return folder


def _ratio_row(what: str, must: float, yardstick: Measurement, ours: Measurement) -> Row:
    work = yardstick.processor_seconds / ours.processor_seconds
    clock = yardstick.seconds / ours.seconds
    return Row(what, f"≥ {must:g}", work >= must, f"{work:.2f}", f"{clock:.2f}")


def _workers_row(name: str, one: Measurement, two: Measurement, start: Measurement) -> Row:
    """Compare one worker with two; by processor time, as it would be were both cores free."""
    ready = start.result["start"]
    clock = one.seconds / (two.seconds - ready)
    work = 2 * one.processor_seconds / (two.processor_seconds - start.processor_seconds)
    what = f"two workers, {name}: times one (and {seconds(ready)} s to start them)"
    return Row(what, "≥ 1.8", clock >= 1.8, f"≤ {work:.2f}", f"{clock:.2f}")


def _per_second(measurement: Measurement) -> tuple[float, float]:
    photos = measurement.result.get("photos") or measurement.result["read"]
    return photos / measurement.processor_seconds, photos / measurement.seconds


def _side_by_side(pairs: list[tuple[float, float]]) -> list[str]:
    """Write figures that stand side by side: of each pair the first, then the second."""
    return [", ".join(f"{value:,.4g}" for value in values) for values in zip(*pairs, strict=True)]


def _check_all_were_taken(found: Measurement) -> None:
    if not 0.95 * found.result["photos"] <= found.result["tiles"]:
        sys.exit(f"of {found.result['photos']} photos {found.result['tiles']} became tiles")


def _size(folder: Path) -> str:
    return f"{statistics.median(path.stat().st_size for path in folder.iterdir()) / 1e3:,.0f} KB"


def _megabytes(size: float) -> str:
    return f"{size / 1e6:.0f}"


if __name__ == "__main__":
    main()
