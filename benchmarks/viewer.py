"""Measure how soon the first tiles of a mosaic are on the screen in `mosaicdb view`.

    python benchmarks/viewer.py [--cells 10000,1000000] [--repeat 5]

Needs Playwright, and Chromium (`--chromium`). Mosaics are made up: 10,000 tiles, each cell shows
one of them. Each run starts `mosaicdb view` and opens a new window of 1280 x 800 in a browser that
runs already. Measured are the time from the start of the program to its link, from the navigation
to the first paint of the picture, and to that of all tiles that the window shows; then the time of
a search and the jump to what it found, where thumbnails are drawn. As a yardstick, a page with one
picture of the same size is opened from `http.server`.
"""

import argparse
import http.server
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from measure import machine, table
from PIL import Image

from mosaicdb import Database
from mosaicdb.records import Mosaic
from mosaicdb.store import record_mosaic

DISTINCT = 10_000
HEADER = (
    "cells",
    "program, s",
    "first tiles, s",
    "must",
    "all tiles, s",
    "jump, s",
    "yardstick, s",
)
MUST = {10_000: "≤ 1 s", 1_000_000: "≤ 3 s"}
FIRST_PAINT = """
() => new Promise(resolve => {
  const wait = () => {
    const canvas = document.querySelector('#mosaic canvas');
    const pixel = canvas?.width && canvas.getContext('2d').getImageData(
      canvas.width / 2, canvas.height / 2, 1, 1).data[3];
    pixel ? resolve(performance.now() / 1000) : requestAnimationFrame(wait);
  };
  wait();
})
"""


def make_photos(folder: Path) -> None:
    """Write small pictures, each another one."""
    folder.mkdir()
    dice = np.random.default_rng(0)
    for number in range(DISTINCT):
        colours = dice.integers(0, 256, (5, 5, 3)).astype(np.uint8)
        picture = Image.fromarray(colours).resize((50, 50), Image.Resampling.BICUBIC)
        picture.save(folder / f"{number:05d}.jpg", quality=85)


def make_mosaic(database: Database, cells: int) -> int:
    """Record a mosaic of a number of cells."""
    side = round(cells**0.5)
    tile_ids = np.random.default_rng(cells).integers(0, DISTINCT, (side, side))
    tile_ids.flat[: min(cells, DISTINCT)] = np.arange(min(cells, DISTINCT))
    costs = np.ones(tile_ids.shape)
    record = Mosaic(strategy="given", tile_ids=tile_ids, cell_costs=costs, output=Path(f"/{cells}"))
    return record_mosaic(database, record) or 0


def run(database: Path, mosaic: int, browser: Any) -> tuple[float, ...]:
    """Open a viewer once; give the seconds that its steps took."""
    command = [sys.executable, "-m", "mosaicdb", "--db", str(database), "view", str(mosaic)]
    started = time.perf_counter()
    with subprocess.Popen(
        [*command, "--port", "0", "--no-browser", "--quiet"], stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        link = program.stdout.readline().strip()
        ready = time.perf_counter() - started
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(link, wait_until="commit")
        first = page.evaluate(FIRST_PAINT)
        page.wait_for_selector("#mosaic[aria-busy=false]")
        whole = page.evaluate("performance.now() / 1000")
        before = time.perf_counter()
        page.get_by_role("searchbox").fill("05000.jpg")
        page.locator("#found-list button").first.click()
        page.wait_for_selector("#mosaic[aria-busy=true]")
        page.wait_for_selector("#mosaic[aria-busy=false]")
        jump = time.perf_counter() - before
        page.close()
        program.terminate()
    return ready, first, whole, jump


def yardstick(folder: Path, browser: Any) -> float:
    """Open a page with a picture of the window's size."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    handler = partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        page.goto(f"http://127.0.0.1:{server.server_address[1]}/page.html")
        seconds = float(page.evaluate("performance.now() / 1000"))
        server.shutdown()
        thread.join()
    page.close()
    return seconds


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    """Print a table."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", default="10000,1000000")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as started:
        folder = Path(name)
        make_photos(folder / "photos")
        Image.open(folder / "photos" / "00000.jpg").resize((1280, 800)).save(folder / "one.jpg")
        (folder / "page.html").write_text("<!doctype html><img src=one.jpg>")
        path = folder / "tiles.db"
        ingest = ["ingest", str(folder / "photos"), "--db", str(path), "--quiet"]
        subprocess.run([sys.executable, "-m", "mosaicdb", *ingest], check=True)
        browser = started.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
        rows = []
        for cells in map(int, options.cells.split(",")):
            with Database(path) as database:
                mosaic = make_mosaic(database, cells)
            run(path, mosaic, browser)
            runs = [run(path, mosaic, browser) for _ in range(options.repeat)]
            ready, first, whole, jump = map(statistics.median, zip(*runs, strict=True))
            same = statistics.median(yardstick(folder, browser) for _ in range(options.repeat))
            rows.append(
                [f"{cells:,}", f"{ready:.2f}", f"{first:.2f}", MUST.get(cells, "")]
                + [f"{seconds:.2f}" for seconds in (whole, jump, same)]
            )
        browser.close()
    print(f"{machine()}; load {os.getloadavg()[0]:.1f}; medians of {options.repeat}.\n")
    print(table(HEADER, rows))


if __name__ == "__main__":
    main()
