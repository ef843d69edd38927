"""Other tools that make photo mosaics, installed from registries and run like this one.

Each tool of PyPI gets an environment of its own, with pinned versions; metapixel comes as Debian's
package, unpacked and not installed.
"""

import json
import math
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

PINNED = {
    "mosaicraft": ("mosaicraft==0.4.2", "numpy==2.4.6", "opencv-python==5.0.0.93"),
    "phomo": ("phomo==1.2.0", "numpy==2.4.6", "pillow==10.4.0", "scipy==1.17.1"),
    "photomosaic": ("photomosaic==0.3.1", "numpy==2.4.6", "scikit-image==0.26.0"),
}
METAPIXEL = "metapixel"
STEPS = Path(__file__).with_name("peer_steps.py")


class NotInstalledError(Exception):
    """A tool cannot be had here; the message says why."""


@dataclass(frozen=True, slots=True)
class Task:
    """What every tool is given."""

    photos: Path
    """A folder of JPEGs, without folders in it."""
    target: Path
    """A square PNG of `cells` * `cell` pixels a side."""
    cells: int
    """Columns, and rows."""
    cell: int
    """Width and height of a cell in pixels."""
    output: Path
    """The PNG to write."""

    def smaller(self, cell: int) -> "Task":
        """Give the same task with smaller cells."""
        target = self.target.with_name(f"{self.target.stem}_{cell}.png")
        if not target.exists():
            with Image.open(self.target) as picture:
                side = (self.cells * cell,) * 2
                picture.resize(side, Image.Resampling.BOX).save(target)
        return Task(self.photos, target, self.cells, cell, self.output)


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a task."""

    distinct: int
    """Different photos that the mosaic shows."""
    seconds: float
    """By the clock, from photos to picture."""
    processor_seconds: float
    """Of all processes together, likewise."""
    paint: float = math.nan
    """How much of the way to the target was painted, which mosaicdb alone tells."""


class Tools:
    """Installs tools into a folder, each when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.mosaicraft = cache(lambda: self._environment("mosaicraft"))
        self.phomo = cache(lambda: self._environment("phomo"))
        self.photomosaic = cache(lambda: self._environment("photomosaic"))
        self.metapixel = cache(self._metapixel)
        self.used: list[str] = []
        """Names and versions of those that were installed."""

    def _environment(self, name: str) -> Path:
        folder = self._folder / name
        print(f"installing {', '.join(PINNED[name])}", file=sys.stderr)
        run([sys.executable, "-m", "venv", folder])
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet"]
        try:
            run([*pip, "--disable-pip-version-check", *PINNED[name]])
        except subprocess.CalledProcessError as error:
            raise NotInstalledError(f"pip: {error.stderr.strip().splitlines()[-1]}") from error
        self.used += PINNED[name]
        return folder / "bin"

    def _metapixel(self) -> Path:
        folder = self._unpacked_metapixel()
        self.used.append(run([folder / METAPIXEL, "--version"]).splitlines()[0].strip())
        return folder

    def _unpacked_metapixel(self) -> Path:
        if found := shutil.which(METAPIXEL):
            return Path(found).parent
        if not shutil.which("apt-get"):
            raise NotInstalledError("metapixel is a package of Debian's")
        folder = self._folder / METAPIXEL
        folder.mkdir()
        print("unpacking Debian's metapixel", file=sys.stderr)
        try:
            run(["apt-get", "download", METAPIXEL], cwd=folder)
            run(["dpkg-deb", "--extract", *folder.glob("*.deb"), folder])
            run([folder / "usr" / "bin" / METAPIXEL, "--version"])
        except subprocess.CalledProcessError as error:
            raise NotInstalledError(f"apt-get install {METAPIXEL} first") from error
        return folder / "usr" / "bin"


def run(command: Sequence[object], cwd: Path | None = None, path: Path | None = None) -> str:
    """Run a command; give what it printed."""
    environment: Mapping[str, str] = os.environ
    if path is not None:
        environment = os.environ | {"PATH": f"{path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [str(word) for word in command],
        check=True, capture_output=True, text=True, cwd=cwd, env=environment,
    )  # fmt: skip
    return done.stdout


class Stopwatch:
    """Measures the processes that were run since it was made."""

    def __init__(self) -> None:
        self._clock, self._processor = time.perf_counter(), _processor_seconds()

    def stop(self, distinct: int, paint: float = math.nan) -> Made:
        """Give what was made, with what it took."""
        seconds = time.perf_counter() - self._clock
        return Made(distinct, seconds, _processor_seconds() - self._processor, paint)


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def different_cells(task: Task) -> int:
    """Count the different pictures that the cells of a mosaic show."""
    with Image.open(task.output) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    lines = pixels.reshape(task.cells, task.cell, task.cells, task.cell, 3)
    cells = lines.swapaxes(1, 2).reshape(task.cells**2, -1)
    return len({cell.tobytes() for cell in cells})


def phomo(tools: Tools, task: Task, metric: str) -> Made:
    """Each photo once, compared pixel by pixel at 20 x 20."""
    task = task.smaller(20)
    program, side = tools.phomo() / "phomo", task.cells * task.cell
    watch = Stopwatch()
    words: list[object] = ["--output", task.output, "--metric", metric, "--workers", "2"]
    words += ["--tile-crop-ratio", "1", "--tile-size", task.cell, task.cell]
    run([program, task.target, task.photos, *words, "--master-size", side, side])
    return watch.stop(different_cells(task))


def metapixel(tools: Tools, task: Task, metric: str) -> Made:
    """Each photo once, by its global search."""
    programs, library = tools.metapixel(), task.output.with_suffix(".library")
    size = ["--width", str(task.cell), "--height", str(task.cell)]
    watch = Stopwatch()
    library.mkdir()
    words = [*size, task.photos, library]
    run([programs / "metapixel-prepare", *words], path=programs)
    search = [
        "--library",
        library,
        "--search=global",
        "--metric",
        metric,
        "--metapixel",
        task.target,
        task.output,
    ]
    run([programs / METAPIXEL, *size, *search])
    made = watch.stop(different_cells(task))
    shutil.rmtree(library)
    return made


def photomosaic(tools: Tools, task: Task) -> Made:
    """Each photo once, one cell after the other."""
    task = task.smaller(20)
    watch = Stopwatch()
    _step(tools.photomosaic(), "photomosaic", task)
    return watch.stop(different_cells(task))


def mosaicraft(tools: Tools, task: Task, preset: str = "", variants: int = 0) -> Made:
    """With one of its presets; without, each photo once and as it is."""
    programs = tools.mosaicraft()
    watch = Stopwatch()
    distinct = _step(programs, "mosaicraft", task, cell=task.cell, preset=preset, variants=variants)
    return watch.stop(distinct)


def _step(programs: Path, tool: str, task: Task, **options: object) -> int:
    given = {
        "photos": task.photos, "target": task.target, "output": task.output, "cells": task.cells
    }  # fmt: skip
    arguments = json.dumps(given | options, default=str)
    printed = run([programs / "python", STEPS, tool, arguments])
    found: int = json.loads(printed.splitlines()[-1])
    return found


def mosaicdb(task: Task, *options: str) -> Made:
    """Each photo once, unless options say otherwise; reading the photos counts, as for others."""
    folder = task.output.with_suffix(".data")
    folder.mkdir()
    command = [sys.executable, "-m", "mosaicdb", "--db", folder / "mosaic.db", "--quiet"]
    watch = Stopwatch()
    (folder / "config.toml").write_text(f"thumb_res = [{task.cell}, {task.cell}]\n")
    settings = ["--config", folder / "config.toml"]
    run([*command, *settings, "ingest", task.photos])
    grid = f"{task.cells}x{task.cells}"
    printed = run(
        [*command, *settings, "render", "--target", task.target, "--grid", grid, "--strategy",
         "unique", "--output", task.output, "--matches", folder / "matches.tab", "--json", *options]
    )  # fmt: skip
    found = json.loads(printed)
    made = watch.stop(found["tiles_used"], found["paint"])
    shutil.rmtree(folder)
    return made
