"""Measure live mosaics: what placing photos as they arrive costs, and how soon a page shows them.

    MOSAICDB_PHOTOS=~/Photos python benchmarks/live.py placing [--grid 30x30] [--orders 5]
    MOSAICDB_PHOTOS=~/Photos python benchmarks/live.py arriving [--there 2000] [--minutes 10]

Photos are squares cut at random out of those below two folders of `--photos` or MOSAICDB_PHOTOS.
A mosaic of each folder's squares rebuilds pictures of the other one: as many squares as cells
arrive in a random order, each is placed at once and for good. The cost is stated as a ratio to that
of the best placing of the same squares in hindsight, beside that of the nearest free cell (greedy).

In the second form, `mosaicdb live` runs with so many photos there, and others arrive, 50 a minute.
What is measured is the time from a photo's file being closed to its being drawn on the page, in a
Chromium that Playwright drives.
"""

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
from living import squares, write_photos
from measure import machine, table

from mosaicdb import Database, MosaicOptions, ingest_photos, match_online, place_best
from mosaicdb.perception import compute_features
from mosaicdb.pipelines.match import cell_features
from mosaicdb.pipelines.mosaic import prepare

HEADER = (
    *("pool → targets", "cells", "orders x targets", "learnt, median", "learnt, worst"),
    *("greedy, median", "greedy, worst", "s a photo"),
)
ARRIVING_HEADER = (
    *("photos", "arrived", "a minute", "to the page, median, s", "95 %, s", "longest, s"),
    "processor, s a photo",
)
TARGETS = 3
A_MINUTE = 50
NOTING = """() => {
  window.noted = [];
  const mosaic = document.querySelector("#mosaic");
  new MutationObserver(() => noted.push([mosaic.dataset.photos, Date.now()]))
    .observe(mosaic, {attributeFilter: ["data-photos"]});
}"""
"""Notes in the page when it has drawn how many photos."""


def measure_placing(
    photos: Path, pool: str, other: str, grid: tuple[int, int], orders: int, work: Path
) -> list[str]:
    """Place squares of one folder on pictures of the other in several orders; give a line."""
    cells = grid[0] * grid[1]
    paths = sorted((photos / other).rglob("*.jpg"))
    learnt, greedy, spent = [], [], 0.0
    with Database(work / f"{pool}-{cells}.db", thumb_res=(50, 50)) as database:
        write_photos(squares(photos / pool, 1), work / f"{pool}-{cells}", cells)
        ingest_photos(database, [work / f"{pool}-{cells}"])
        for target in paths[:: len(paths) // TARGETS][:TARGETS]:
            options = MosaicOptions(grid)
            prepared = prepare(database, target, options)
            wanted = cell_features(prepared.cells, options)
            tiles = prepared.tiles
            assert tiles is not None  # few enough for memory
            features = compute_features(tiles.mean_rgb, tiles.signatures, options.features)
            least = place_best(features, wanted).cost
            for seed in range(orders):
                order = np.random.default_rng(seed).permutation(features)
                begun = time.process_time()
                learnt.append(cost(order, wanted, match_online(order, wanted)) / least)
                spent += time.process_time() - begun
                near = match_online(order, wanted, learning=False)
                greedy.append(cost(order, wanted, near) / least)
            print(pool, target.name, learnt[-orders:], greedy[-orders:], file=sys.stderr)
    return [
        f"{pool} → {other}",
        f"{cells:,}",
        str(len(learnt)),
        *(f"{of(ratios):.3f}" for ratios in (learnt, greedy) for of in (statistics.median, max)),
        f"{spent / len(learnt) / cells:.4f}",
    ]


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came of photos that arrived."""

    waits: list[float]
    """Seconds from a file being closed to the page showing the photo."""
    minutes: float
    """How long it took altogether."""
    processor_seconds: float
    """That the program worked in this time."""


def measure_arriving(
    photos: Path, there: int, minutes: float, work: Path, *options: str
) -> Arrived:
    """Have photos arrive while a wall is live and a browser looks at it."""
    from playwright.sync_api import sync_playwright

    incoming = work / "incoming"
    write_photos(squares(photos, 2), incoming, there)
    arriving = cycle(sorted(photos.rglob("*.jpg")))
    target = next(squares(photos, 9)).resize((1000, 1000))
    target.save(work / "target.png")
    count = round(minutes * A_MINUTE)
    side = int(np.ceil(np.sqrt(there + count)))
    command = [sys.executable, "-m", "mosaicdb", "--db", "w.db", "live", "target.png", "incoming"]
    command += ["--grid", f"{side}x{side}", "--port", "0", "--no-browser", "--quiet", *options]
    with (
        subprocess.Popen(command, cwd=work, stdout=subprocess.PIPE, text=True) as process,
        closing_with(process),
        sync_playwright() as started,
    ):
        assert process.stdout is not None
        link = process.stdout.readline().strip()
        browser = started.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(link)
        page.wait_for_selector("#mosaic[aria-busy=false]")
        page.evaluate(NOTING)
        closed, begun, worked = [], time.perf_counter(), _worked(process.pid)
        for number in range(count):
            time.sleep(max(0, begun + number * 60 / A_MINUTE - time.perf_counter()))
            data = with_comment(next(arriving).read_bytes(), str(number))
            (incoming / f"arrived-{number:05d}.jpg").write_bytes(data)
            closed.append(time.time())
        page.wait_for_selector(f'#mosaic[data-photos="{there + count}"]')
        shown = {int(photos): at / 1000 for photos, at in page.evaluate("noted")}
        waits = [
            min(at for photos, at in shown.items() if photos > there + number) - closed[number]
            for number in range(count)
        ]
        spent = time.perf_counter() - begun
        arrived = Arrived(waits, spent / 60, _worked(process.pid) - worked)
        browser.close()
    return arrived


def with_comment(jpeg: bytes, text: str) -> bytes:
    """Give a JPEG a comment, which makes it another photo, should it come twice."""
    return jpeg[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2) + text.encode() + jpeg[2:]


@contextmanager
def closing_with(process: "subprocess.Popen[str]") -> Iterator[None]:
    """End a program, whatever happens to what measures it."""
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)


def _worked(pid: int) -> float:
    """Give the processor time of a process in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def arriving_line(name: str, arrived: Arrived) -> list[str]:
    """Give a line of the table."""
    waits = sorted(arrived.waits)
    return [
        name,
        str(len(waits)),
        f"{len(waits) / arrived.minutes:.1f}",
        *(f"{of:.2f}" for of in (statistics.median(waits), waits[len(waits) * 95 // 100])),
        f"{waits[-1]:.2f}",
        f"{arrived.processor_seconds / len(waits):.2f}",
    ]


def cost(tiles: np.ndarray, cells: np.ndarray, placed: np.ndarray) -> float:
    """Sum up squared distances."""
    return float(np.square(tiles - cells[placed]).sum())


def main() -> None:
    """Measure what was asked for, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["placing", "arriving"])
    parser.add_argument("--photos", type=Path, default=os.environ.get("MOSAICDB_PHOTOS"))
    parser.add_argument("--folders", nargs=2, default=["cats", "clothing"])
    parser.add_argument("--grid", action="append", help="columns x rows: repeatable")
    parser.add_argument("--orders", type=int, default=5)
    parser.add_argument("--there", type=int, default=2000)
    parser.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args()
    if options.photos is None:
        parser.error("name a folder of photos with --photos or MOSAICDB_PHOTOS")
    load = os.getloadavg()[0]
    measured = placing_table if options.what == "placing" else arriving_table
    with tempfile.TemporaryDirectory() as work:
        lines = measured(options, Path(work))
    print(f"{machine()}; load {load:.1f} before, {os.getloadavg()[0]:.1f} after.\n")
    print(lines)


def placing_table(options: argparse.Namespace, work: Path) -> str:
    """Measure what placing photos as they arrive costs."""
    lines = []
    for grid in options.grid or ["20x20", "30x30", "45x45"]:
        columns, rows = map(int, grid.split("x"))
        for pool, other in (options.folders, options.folders[::-1]):
            size = columns, rows
            lines.append(measure_placing(options.photos, pool, other, size, options.orders, work))
    return table(HEADER, lines)


def arriving_table(options: argparse.Namespace, work: Path) -> str:
    """Measure how soon photos are shown that arrive."""
    lines = []
    for name, flags in (("keep their places", ("--fixed",)), ("move", ())):
        place = work / name
        place.mkdir()
        arrived = measure_arriving(
            options.photos / options.folders[1], options.there, options.minutes, place, *flags
        )
        lines.append(arriving_line(name, arrived))
    return table(ARRIVING_HEADER, lines)


if __name__ == "__main__":
    main()
