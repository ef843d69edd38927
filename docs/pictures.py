"""Make the pictures of the README and of docs/detail.md, from the demo's photographs.

    python docs/pictures.py [FOLDER]

FOLDER is where `mosaicdb demo` was run, or will be (default: mosaicdb-demo).
"""

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
RGB = FeatureOptions("rgb")
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


def make_pictures(folder: Path) -> None:
    """Write cat.jpg and detail.jpg."""
    if not (folder / "data" / "mosaic.db").exists():
        mosaicdb(["demo", "--folder", str(folder)])
    target = sample_target()
    strip = Image.new("RGB", (ACROSS * PANEL[0], len(PANELS) // ACROSS * PANEL[1]), "white")
    with Database(folder / "data" / "mosaic.db", create=False) as database:
        for place, options in enumerate(PANELS):
            picture = render(database, target, options)
            row, column = divmod(place, ACROSS)
            small = picture.resize(PANEL, Image.Resampling.LANCZOS)
            strip.paste(small, (column * PANEL[0], row * PANEL[1]))
            if options is UNIQUE:
                whole = picture.resize(WHOLE, Image.Resampling.LANCZOS)
                whole.save(DOCS / "cat.jpg", quality=QUALITY)
    strip.save(DOCS / "detail.jpg", quality=QUALITY)


if __name__ == "__main__":
    make_pictures(Path(sys.argv[1] if len(sys.argv) > 1 else "mosaicdb-demo"))
