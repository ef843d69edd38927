"""Make the pictures of the README and of the docs, from the demo's photographs.

    python docs/pictures.py [FOLDER]

FOLDER is where `mosaicdb demo` was run, or will be (default: mosaicdb-demo). The one of the viewer
needs Playwright, and Chromium.
"""

import io
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from PIL import Image

from mosaicdb import Database, DrawOptions, FeatureOptions, MatchOptions, MosaicOptions, render
from mosaicdb.cli import main as mosaicdb
from mosaicdb.photos import sample_target

DOCS = Path(__file__).resolve().parent
UNIQUE = MosaicOptions(grid=(60, 40))
NEAREST = replace(UNIQUE, match=MatchOptions("nearest"))
RGB = FeatureOptions("rgb", zoom=1)
PANELS = (
    replace(UNIQUE, features=RGB),
    UNIQUE,
    replace(UNIQUE, draw=DrawOptions(shift=25)),
    replace(NEAREST, features=RGB),
    NEAREST,
    replace(NEAREST, features=replace(UNIQUE.features, flip=True)),
)
ACROSS = 3
PANEL = (480, 320)
WHOLE = (1200, 800)
QUALITY = 85
PLACE = (21, 24)
"""Row and column of the photo in the picture of the viewer."""


def make_pictures(folder: Path) -> None:
    """Write cat.jpg and detail.jpg."""
    if not (folder / "data" / "mosaic.db").exists():
        mosaicdb(["demo", "--folder", str(folder)])
    target = sample_target()
    strip = Image.new("RGB", (ACROSS * PANEL[0], len(PANELS) // ACROSS * PANEL[1]), "white")
    with Database(folder / "data" / "mosaic.db", create=False) as database:
        for place, options in enumerate(PANELS):
            picture = render(database, target, options).drawn
            row, column = divmod(place, ACROSS)
            small = picture.resize(PANEL, Image.Resampling.LANCZOS)
            strip.paste(small, (column * PANEL[0], row * PANEL[1]))
            if options is UNIQUE:
                whole = picture.resize(WHOLE, Image.Resampling.LANCZOS)
                whole.save(DOCS / "cat.jpg", quality=QUALITY)
    strip.save(DOCS / "detail.jpg", quality=QUALITY)


def show_viewer(folder: Path) -> None:
    """Write viewer.jpg: the mosaic in the viewer, with a photo of it."""
    from playwright.sync_api import sync_playwright

    command = [sys.executable, "-m", "mosaicdb", "view", "--db", str(folder / "data" / "mosaic.db")]
    with (
        subprocess.Popen(
            [*command, "--no-browser", "--port", "0"], stdout=subprocess.PIPE, text=True
        ) as program,
        sync_playwright() as started,
    ):
        assert program.stdout is not None
        link = program.stdout.readline().strip()
        browser = started.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1200, "height": 720}, reduced_motion="reduce")
        page.goto(f"{link}#cell={PLACE[0]},{PLACE[1]}&x=0.45&y=0.3&z=1.8")
        page.wait_for_selector("#photo-facts dd")
        page.wait_for_selector("#mosaic[aria-busy=false]")
        page.wait_for_timeout(1000)  # photos come in
        with Image.open(io.BytesIO(page.screenshot())) as shot:
            shot.convert("RGB").save(DOCS / "viewer.jpg", quality=80)
        browser.close()
        program.terminate()


if __name__ == "__main__":
    FOLDER = Path(sys.argv[1] if len(sys.argv) > 1 else "mosaicdb-demo")
    make_pictures(FOLDER)
    show_viewer(FOLDER)
