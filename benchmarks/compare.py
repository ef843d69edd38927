"""Compare the project with the yardstick: same photos, same run, a Markdown table of ratios.

    python benchmarks/compare.py [--photos DIR] [--count N] [--grid 50x50] [--repeat 3]

Photos come from `--photos`, else from the folder that MOSAICDB_PHOTOS names; it is only read.
"""

import argparse
import hashlib
import math
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from measure import Measurement, machine, median, ratio, run, seconds, table

NEW_PHOTOS = 100
SAMPLE_PHOTOS = 3000
SHORT_STEP_CALLS = 5
UNIQUE = "unique, all tiles"
UNIQUE_SQUARE = "unique, as many tiles as cells"
EXTENSIONS = (".jpg", ".jpeg", ".png", ".webp")
HEADER = (
    "step",
    "yardstick, s",
    "mosaicdb, s",
    "times as fast",
    "times less work",
    "yardstick, MB",
    "mosaicdb, MB",
    "memory, ratio",
)
COST_HEADER = ("match", "yardstick, cost", "mosaicdb, cost", "tiles used")


@dataclass(frozen=True, slots=True)
class Row:
    """One step in both ways."""

    step: str
    """What is done."""
    yardstick: Measurement
    """The tutorial's way."""
    project: Measurement
    """This project."""
    workers: int = 1
    """Processes that decode."""

    def cells(self) -> list[str]:
        """Write the row of the table."""
        workers = self.workers if self.workers > 1 else 0
        total = self.project.peak + workers * self.project.worker_peak
        memory = _megabytes(self.project.peak)
        if workers:
            memory += f" + {workers} × {_megabytes(self.project.worker_peak)}"
        return [
            self.step,
            seconds(self.yardstick.seconds),
            seconds(self.project.seconds),
            ratio(self.yardstick.seconds / self.project.seconds),
            ratio(self.yardstick.processor_seconds / self.project.processor_seconds),
            _megabytes(self.yardstick.peak),
            memory,
            ratio(total / self.yardstick.peak),
        ]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared, and where the results go."""

    folder: Path
    """Holds `known` and `new`, and everything that is made."""
    grid: tuple[int, int]
    """Columns and rows."""
    repeat: int
    """How often each ingest is run."""

    def rows(self) -> Iterator[Row]:
        """Measure everything."""
        yield from self.ingest_rows()
        yield from self.match_rows()
        yield self.render_row("nearest")
        yield self.render_row("unique")

    def ingest_rows(self) -> Iterator[Row]:
        """Measure ingests; the two ways take turns, so that both meet the same noise."""
        turns = [self.ingest_turn(turn) for turn in range(self.repeat)]
        found = {name: median([turn[name] for turn in turns]) for name in turns[0]}
        photos = int(found["yardstick"].result["read"])
        _check_all_were_taken(photos, found)
        yardstick, yardstick_more = found["yardstick"], found["yardstick, more"]
        yield Row(f"ingest {photos:,} photos, 1 worker", yardstick, found["cold"])
        yield Row(f"ingest {photos:,} photos, 2 workers", yardstick, found["cold, 2"], workers=2)
        yield Row("ingest again, nothing changed", yardstick, found["again"])
        yield Row(f"ingest with {NEW_PHOTOS} new photos", yardstick_more, found["more"])

    def ingest_turn(self, turn: int) -> dict[str, Measurement]:
        """Run every ingest once, into files of this turn."""
        known, more = [self.folder / "known"], [self.folder / "known", self.folder / "new"]
        results = self.folder / f"tutorial-{turn}"

        def project(folders: list[Path], workers: int = 1, calls: int = 1) -> Measurement:
            database = self.folder / f"{turn}-{workers}.db"
            arguments = {"folders": folders, "database": database, "workers": workers}
            return run("project_steps.ingest", calls=calls, **arguments)

        return {
            "yardstick": run("tutorial_steps.ingest", folders=known, results=results),
            "cold": project(known),
            "cold, 2": project(known, workers=2),
            "again": project(known, calls=SHORT_STEP_CALLS),
            "yardstick, more": run(
                "tutorial_steps.ingest", folders=more, results=self.folder / "tutorial-more"
            ),
            "more": project(more),
        }

    def match_rows(self) -> Iterator[Row]:
        """Measure matching."""
        target = min((self.folder / "known").iterdir())
        cells = self.folder / "cells.npy"
        run("tutorial_steps.cells", target=target, grid=self.grid, cells=cells)
        yield self.match_row("nearest", "nearest", None)
        yield self.match_row(UNIQUE_SQUARE, "unique", math.prod(self.grid))
        yield self.match_row(UNIQUE, "unique", None)

    def match_row(self, step: str, strategy: str, tiles: int | None) -> Row:
        """Measure matching on the same colours."""
        calls = SHORT_STEP_CALLS if strategy == "nearest" else self.repeat
        problem: dict[str, object] = {
            "strategy": strategy,
            "colours": self.folder / "tutorial-0" / "colours.npy",
            "cells": self.folder / "cells.npy",
            "tiles": tiles,
        }
        matches = self.matches(strategy)
        yardstick = run("tutorial_steps.match", calls=calls, **problem)
        problem |= {"grid": self.grid, "matches": matches}
        project = run("project_steps.match", calls=calls, **problem)
        return Row(step, yardstick, project)

    def render_row(self, strategy: str) -> Row:
        """Measure drawing and saving the same match."""
        calls, matches = SHORT_STEP_CALLS, self.matches(strategy)
        drawing = {"matches": matches, "output": self.folder / "mosaic.jpg"}
        yardstick = run(
            "tutorial_steps.render", calls=calls, results=self.folder / "tutorial-0", **drawing
        )
        project = run(
            "project_steps.render", calls=calls, database=self.folder / "0-1.db", **drawing
        )
        tiles = int(project.result["tiles_used"])
        return Row(f"render {strategy}, {tiles:,} different tiles", yardstick, project)

    def matches(self, strategy: str) -> Path:
        """Say where the match of a strategy is kept."""
        return self.folder / f"matches_{strategy}.npy"


def main() -> None:
    """Run the comparison and print it."""
    options = _options()
    columns, rows = options.grid
    with tempfile.TemporaryDirectory(prefix="mosaicdb-benchmark-") as name:
        folder = Path(name)
        known = _stage(_photos(options, folder), folder, options.count)
        if known < columns * rows:
            sys.exit(
                f"{known} photos for {columns * rows} cells: unique needs as many photos as cells, "
                "give a smaller --grid"
            )
        found = list(Comparison(folder, options.grid, options.repeat).rows())
    print(f"{machine()}; {known:,} photos and {NEW_PHOTOS} new ones, {columns} × {rows} cells.\n")
    print(table(HEADER, [row.cells() for row in found]))
    print("\n" + table(COST_HEADER, _costs(found)))
    _check_costs(found)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, default=os.environ.get("MOSAICDB_PHOTOS"))
    parser.add_argument("--count", type=int, help="known photos (default: all but the new ones)")
    parser.add_argument("--grid", type=_grid, default=(50, 50), metavar="COLSxROWS")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each long step (default: 3)")
    return parser.parse_args()


def _grid(text: str) -> tuple[int, int]:
    columns, rows = text.split("x")
    return int(columns), int(rows)


def _photos(options: argparse.Namespace, folder: Path) -> list[Path]:
    """List the photos to use; where there are none, make some."""
    if options.photos is None:
        count = (options.count or SAMPLE_PHOTOS) + NEW_PHOTOS
        print(
            f"MOSAICDB_PHOTOS is not set: {count:,} small crops of scikit-image's photographs "
            "instead; larger photos gain more",
            file=sys.stderr,
        )
        run("make_photos.crops", folder=folder / "samples", count=count)
        options.photos = folder / "samples"
    files = sorted(options.photos.resolve().rglob("*"))
    return [path for path in files if path.suffix.lower() in EXTENSIONS]


def _stage(photos: list[Path], folder: Path, count: int | None) -> int:
    """Make the folders `known` and `new` of links to different photos; count the known ones.

    Every photo is read here, so that all that is measured finds it in the system's cache.
    """
    wanted = min(len(photos), (count or len(photos)) + NEW_PHOTOS)
    spread = (photos[number * len(photos) // wanted] for number in range(wanted))
    different = list({_digest(path): path for path in spread}.values())
    known = len(different) - NEW_PHOTOS
    if known < 1:
        sys.exit(f"{len(different)} different photos: give a folder of more than {NEW_PHOTOS}")
    for number, path in enumerate(different):
        place = folder / ("known" if number < known else "new")
        place.mkdir(exist_ok=True)
        (place / f"{number:06d}{path.suffix}").symlink_to(path)
    return known


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _costs(rows: list[Row]) -> list[list[str]]:
    return [
        [
            row.step,
            f"{row.yardstick.result['cost']:,.3f}",
            f"{row.project.result['cost']:,.3f}",
            f"{row.yardstick.result['tiles_used']:,} / {row.project.result['tiles_used']:,}",
        ]
        for row in rows
        if "cost" in row.project.result
    ]


def _check_all_were_taken(photos: int, found: dict[str, Measurement]) -> None:
    """Stop where the two ways did not do the same work: a ratio would mean nothing."""
    reads = [found[name].result["read"] for name in ("cold", "again", "more")]
    if reads != [photos, 0, NEW_PHOTOS] or found["cold"].result["tiles"] != photos:
        sys.exit(f"of {photos} photos mosaicdb read {reads}: some were rejected or changed")


def _check_costs(rows: list[Row]) -> None:
    """Stop where the project's match costs more, or where it should cost the same and does not.

    Only with as many tiles as cells do uniform weights ask for each tile once: with more tiles
    the yardstick's match is not the cheapest.
    """
    for row in rows:
        if "cost" in row.project.result:
            costs = row.yardstick.result["cost"], row.project.result["cost"]
            equal = math.isclose(*costs, rel_tol=1e-9)
            if not equal and (row.step != UNIQUE or costs[1] > costs[0]):
                sys.exit(f"{row.step}: the costs differ: {costs[0]} and {costs[1]}")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f}"


if __name__ == "__main__":
    main()
