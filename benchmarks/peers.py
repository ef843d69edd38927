"""Compare mosaics with those of other tools, on the same photos and targets.

    MOSAICDB_PHOTOS=~/Pictures python benchmarks/peers.py [--tables plain,painted,once]

Photos come from `--photos`, else from the folder that MOSAICDB_PHOTOS names: tiles from its
`clothing/`, targets from its `cats/`; it is only read. The other tools are installed from PyPI
and Debian into a temporary folder.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import isnan
from pathlib import Path
from statistics import mean

import numpy as np
import peer_tools
from measure import machine, table
from peer_tools import Made, NotInstalledError, Task, Tools
from PIL import Image, ImageOps

Figures = dict[str, float]
Make = Callable[[Task], Made]
Rows = dict[str, dict[str, Figures]]
"""By what a row says, and by target."""

SCORED = 20
"""Pixels of a cell to which every picture is reduced before it is scored."""
TARGETS = ("kublai27.jpg", "kublai40.jpg", "kublai94.jpg")
OURS = "mosaicdb"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Tools on a task, and what they are compared by."""

    title: str
    """In words."""
    photos: int | None
    """How many, evenly spread; None: all."""
    cells: int
    """Columns, and rows."""
    cell: int
    """Width and height of a cell in pixels."""
    measured: Callable[[Path, Path, int], Figures]
    """Figures of a mosaic and a target, both PNGs."""
    makers: dict[str, Make]
    """How each mosaic is made, by what its row says."""
    digits: dict[str, int]
    """Of each figure."""


def scored(mosaic: Path, target: Path, cells: int) -> Figures:
    """Score as `mosaicdb score` does."""
    from mosaicdb.pipelines.score import score_file

    with Image.open(mosaic) as picture:
        reduced = picture.convert("RGB").resize((cells * SCORED,) * 2, Image.Resampling.BOX)
    path = mosaic.with_suffix(".scored.png")
    reduced.save(path)
    score = score_file(None, path, target=target, grid=(cells, cells)).score
    one, two, four, afar = score.samples_1, score.samples_2, score.samples_4, score.afar
    colours = {"ΔE@1": one.delta_e, "ΔE@2": two.delta_e, "ΔE@4": four.delta_e,
               "ΔE afar": afar.delta_e, "ΔE00@1": one.ciede2000}  # fmt: skip
    similar = {"SSIM@1": one.ssim, "SSIM@2": two.ssim, "SSIM@4": four.ssim, "SSIM afar": afar.ssim}
    return colours | {name: ssim or 0.0 for name, ssim in similar.items()}


def compared(mosaic: Path, target: Path, cells: int) -> Figures:  # noqa: ARG001
    """Measure as mosaicraft's own benchmark does: pixels of 1,024 x 1,024, colours of 256 x 256."""
    from skimage.color import deltaE_ciede2000, rgb2lab
    from skimage.metrics import structural_similarity

    def pixels(path: Path, side: int) -> np.ndarray:
        with Image.open(path) as picture:
            return np.asarray(picture.convert("RGB").resize((side,) * 2, Image.Resampling.BOX))

    similarity = structural_similarity(
        pixels(target, 1024), pixels(mosaic, 1024), channel_axis=-1, data_range=255,
        gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
    )  # fmt: skip
    colours = deltaE_ciede2000(rgb2lab(pixels(target, 256)), rgb2lab(pixels(mosaic, 256)))
    return {"CIEDE2000": float(colours.mean()), "SSIM": float(similarity)}


def ours(*options: str) -> tuple[str, Make]:
    """Give a row of this program with some options."""
    name = " ".join(options)
    label = f"**{OURS}**, `{name}`" if name else f"**{OURS}**"
    return label, lambda task: peer_tools.mosaicdb(task, *options)


def comparisons(tools: Tools) -> dict[str, Comparison]:
    """Give what can be compared."""
    craft = {
        f"mosaicraft, {preset}": partial(peer_tools.mosaicraft, tools, preset=preset)
        for preset in ("fast", "natural", "tile", "ultra", "vivid")
    }
    craft["mosaicraft, vivid, 4 more hues"] = partial(
        peer_tools.mosaicraft, tools, preset="vivid", variants=4
    )
    plain: Make = partial(peer_tools.mosaicraft, tools)
    four, two = (("--zoom", "1", "--flip", "--max-uses", uses) for uses in "42")
    painted = [
        (*four, "--adapt", "0.5"), (*four, "--adapt", "1"), (*two, "--shift", "60"),
        (*two, "--blend", "0.3"), (*two, "--adapt", "0.5"), (*two, "--adapt", "1"),
        ("--flip", "--max-uses", "2", "--zoom", "1.82", "--adapt", "0.5"),
    ]  # fmt: skip
    unpainted = dict(
        ours(*words)
        for words in ((), ("--zoom", "1.82"), ("--zoom", "1"), ("--zoom", "1", "--detail", "4"))
    )
    digits = dict.fromkeys(("ΔE@1", "ΔE@2", "ΔE@4", "ΔE afar", "ΔE00@1"), 2)
    digits |= dict.fromkeys(("SSIM@1", "SSIM@2", "SSIM@4", "SSIM afar"), 3)
    published = {"CIEDE2000": 2, "SSIM": 3}
    return {
        "plain": Comparison(
            "Each photo at most once, as it is", None, 50, 50, scored,
            {
                "phomo": partial(peer_tools.phomo, tools, metric="norm"),
                "phomo, luv_approx": partial(peer_tools.phomo, tools, metric="luv_approx"),
                "metapixel, wavelets": partial(peer_tools.metapixel, tools, metric="wavelet"),
                "metapixel, subpixels": partial(peer_tools.metapixel, tools, metric="subpixel"),
                "photomosaic": partial(peer_tools.photomosaic, tools),
                "mosaicraft": plain,
                **unpainted,
            },
            digits,
        ),
        "painted": Comparison(
            "Each photo at most four times, any change of colours", 1024, 40, 64, compared,
            craft | dict(ours(*words) for words in painted),
            published,
        ),
        "once": Comparison(
            "Each photo at most once, as it is", 1024, 30, 64, compared,
            {"mosaicraft": plain, **unpainted},
            published,
        ),
    }  # fmt: skip


def prepare(photos: Path, comparison: Comparison, folder: Path) -> Path:
    """Link the photos into one folder, under numbers."""
    found = sorted(
        path for path in (photos / "clothing").rglob("*") if path.suffix in (".jpg", ".jpeg")
    )
    count = comparison.photos or len(found)
    chosen = [found[number * len(found) // count] for number in range(count)]
    folder.mkdir(exist_ok=True)
    for number, path in enumerate(chosen):
        (folder / f"{number:05}.jpg").symlink_to(path.resolve())
    return folder


def cut(photo: Path, side: int, path: Path) -> Path:
    """Write the middle square of a photo as a PNG."""
    with Image.open(photo) as picture:
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    ImageOps.fit(upright, (side, side), Image.Resampling.LANCZOS).save(path)
    return path


def measured(
    comparison: Comparison, photos: Path, targets: Sequence[str], only: str, folder: Path
) -> Rows:
    """Make every mosaic, and measure it."""
    tiles = prepare(photos, comparison, folder / "photos")
    rows: Rows = {}
    for name in targets:
        stem = Path(name).stem
        side = comparison.cells * comparison.cell
        target = cut(photos / "cats" / name, side, folder / f"{stem}.png")
        for number, (label, make) in enumerate(comparison.makers.items()):
            if only not in label:
                continue
            output = folder / f"{stem}-{number}.png"
            task = Task(tiles, target, comparison.cells, comparison.cell, output)
            print(f"{name}: {label}", file=sys.stderr)
            try:
                made = make(task)
            except NotInstalledError as error:
                print(f"left out: {error}", file=sys.stderr)
                continue
            except subprocess.CalledProcessError as error:
                print(f"failed: {error.stderr.strip()[-400:]}", file=sys.stderr)
                continue
            figures = comparison.measured(output, target, comparison.cells)
            rows.setdefault(label, {})[name] = figures | _of_making(made)
    return rows


def _of_making(made: Made) -> Figures:
    return {
        "paint, %": 100 * made.paint,
        "photos": made.distinct,
        "s": made.seconds,
        "processor, s": made.processor_seconds,
    }


def means(comparison: Comparison, rows: Rows) -> str:
    """Write a table of means over targets."""
    digits = comparison.digits | {"photos": 0, "s": 1, "processor, s": 1}
    if comparison.measured is compared:
        digits |= {"paint, %": 0}
    written = []
    for label, by_target in rows.items():
        averages = {name: mean(one[name] for one in by_target.values()) for name in digits}
        figures = [
            "" if isnan(value) else f"{value:,.{digits[name]}f}" for name, value in averages.items()
        ]
        written.append([label, *figures])
    return table(["mean over targets", *digits], written)


def margins(comparison: Comparison, rows: Rows) -> str:
    """Write how far ahead this program is of the best of the others, on its worst target."""
    theirs = [by_target for label, by_target in rows.items() if OURS not in label]
    written = []
    for label, by_target in rows.items():
        if OURS in label:
            line = [
                f"{_ahead(name, by_target, theirs):+,.{digits}f}"
                for name, digits in (comparison.digits | {"photos": 0}).items()
            ]
            written.append([label, *line])
    return table(["ahead by, worst target", *comparison.digits, "photos"], written)


def _ahead(name: str, by_target: dict[str, Figures], theirs: list[dict[str, Figures]]) -> float:
    """Give by how much a figure is better than that of any other tool, on the worst target."""
    sign = 1 if name.startswith("SSIM") or name == "photos" else -1
    return min(
        sign * figures[name]
        - max(sign * other[target][name] for other in theirs if target in other)
        for target, figures in by_target.items()
    )


def main() -> None:
    """Make the comparisons that were asked for, and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, default=os.environ.get("MOSAICDB_PHOTOS"))
    parser.add_argument("--tables", default="plain,painted,once", metavar="NAME,…")
    parser.add_argument("--targets", default=",".join(TARGETS), metavar="FILE,…")
    parser.add_argument("--only", default="", metavar="TEXT", help="rows whose name has it")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="a new folder for tools and pictures"
    )
    options = parser.parse_args()
    if options.photos is None:
        parser.error("name a folder with cats/ and clothing/: --photos or MOSAICDB_PHOTOS")
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=options.keep is None)
        tools = Tools(folder)
        known = comparisons(tools)
        if unknown := set(options.tables.split(",")) - known.keys():
            parser.error(f"{', '.join(unknown)}: choose from {', '.join(known)}")
        print(f"{machine()}; load {os.getloadavg()[0]:.1f}.")
        for name in options.tables.split(","):
            comparison, targets = known[name], options.targets.split(",")
            (folder / name).mkdir(exist_ok=True)
            rows = measured(comparison, options.photos, targets, options.only, folder / name)
            print(f"\n**{comparison.title}**, {comparison.cells} × {comparison.cells} cells, "
                  f"targets: {', '.join(targets)}\n")  # fmt: skip
            print(means(comparison, rows) + "\n")
            if any(OURS not in label for label in rows):
                print(margins(comparison, rows), flush=True)
        if tools.used:
            print(f"\nThe others: {', '.join(dict.fromkeys(tools.used))}.")


if __name__ == "__main__":
    main()
