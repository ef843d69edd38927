"""Write a self-contained HTML page about a mosaic."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from numpy.typing import NDArray
from PIL import Image

from ..atomic import replacing
from ..errors import UsageError, printable
from ..perception import area_averages, delta_e
from ..photos import Framed
from ..records import EMPTY_CELL, Mosaic, Repeats, Score
from ..rendering import HEAT_COLOURS, InlineImage, inline_heat_map, inline_jpeg
from ..store import Database, files_of_tiles
from .drawing import ThumbnailStack
from .target import Cells
from .wording import counted, likenesses, optimality, ssim_text, times

_SUFFIXES: Final = (".html", ".htm")
_MOST_PIXELS: Final = 1600  # a side of the mosaic
_PIXELS_BESIDE: Final = 1000  # a side of the target, at most, and of the differences
_MOST_PIXELS_OF_A_PHOTO: Final = 128
_PHOTOS: Final = 100
_SINGLE_BINS: Final = 20  # up to so many uses, each number of uses has a bar of its own
_TICKS: Final = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """How many tiles are used so many times."""

    least: int
    """Uses."""
    most: int
    """Uses."""
    tiles: int
    """How many tiles are used so often."""

    @property
    def label(self) -> str:
        """Say how often in a few characters."""
        return f"{self.least:,} ×" if self.least == self.most else f"{self.least:,}–{self.most:,} ×"


@dataclass(frozen=True, slots=True)
class _Photo:
    tile_id: int
    uses: int
    picture: InlineImage
    path: str


def check_report(path: Path) -> None:
    """Check that a path can be that of a report.

    Raises:
        UsageError: the name is not that of a page.
    """
    if path.suffix.lower() not in _SUFFIXES:
        raise UsageError(f"{printable(path)}: give the report a name that ends in .html")


def write_report(
    database: Database,
    mosaic: Mosaic,
    cells: Cells,
    thumbnails: ThumbnailStack,
    path: Path,
    command: Sequence[str] = (),
) -> None:
    """Write a page about a mosaic; a page that is there is replaced only at the end.

    Args:
        database: knows the photos.
        mosaic: drawn and scored.
        cells: those of its target.
        thumbnails: what it shows of its tiles.
        path: where to.
        command: the words of a command line that makes it again, each quoted for a shell.

    Raises:
        UsageError: see `check_report`.
        MosaicdbError: the file cannot be written.
    """
    check_report(path)
    if mosaic.score is None or mosaic.repeats is None:
        raise ValueError("a report tells of a mosaic that was scored")
    columns, rows = mosaic.grid
    differences = _differences(mosaic.drawn, cells)
    most = _scale_of(differences[cells.covered])
    ids, uses = _uses(mosaic.tile_ids)
    page = _environment().get_template("report.html").render(
        title=f"Mosaic of {printable(Path(str(mosaic.target)).name)}",
        columns=columns,
        rows=rows,
        mosaic=inline_jpeg(mosaic.drawn, _MOST_PIXELS),
        target=inline_jpeg(_with_opacity(cells.framed), _PIXELS_BESIDE),
        heat_map=_heat_map(mosaic.drawn, cells, differences, most),
        heat_colours=HEAT_COLOURS,
        ticks=[f"{most * tick / _TICKS:g}" for tick in range(_TICKS + 1)],
        likenesses=list(_likenesses(mosaic.score)),
        facts=_facts(mosaic, mosaic.repeats),
        bars=bars_of(uses),
        photos=_most_used(database, thumbnails, ids, uses),
        tiles_used=len(ids),
        parameters=_parameters(database, mosaic),
        command=command,
    )  # fmt: skip
    with replacing(path) as temporary:
        temporary.write_text(page, "utf-8")


def bars_of(uses: NDArray[np.int64]) -> list[Bar]:
    """Count tiles by their uses.

    Args:
        uses: how often each tile is used, at least once, shape (tiles,).

    Returns:
        A bar for each number of uses or, where a tile is used very often, for 1, 2 to 3, 4 to 7,
        8 to 15, … uses.
    """
    most = int(uses.max())
    if most <= _SINGLE_BINS:
        edges = list(range(1, most + 2))
    else:
        edges = [2**power for power in range(most.bit_length() + 1)]
    counts = np.histogram(uses, np.array(edges) - 0.5)[0].tolist()
    return [
        Bar(low, high - 1, tiles)
        for (low, high), tiles in zip(pairwise(edges), counts, strict=True)
    ]


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("mosaicdb.rendering"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _differences(picture: Image.Image, cells: Cells) -> NDArray[np.float64]:
    """Give the Delta E of each cell's mean colour, shape (rows, columns)."""
    return delta_e(area_averages(picture.convert("RGB"), cells.grid), cells.mean_rgb)


def _scale_of(differences: NDArray[np.float64]) -> float:
    """Give the end of a scale on which all but a few outliers differ, in steps that read well."""
    return max(_TICKS, float(np.ceil(np.percentile(differences, 99) / _TICKS)) * _TICKS)


def _heat_map(
    picture: Image.Image, cells: Cells, differences: NDArray[np.float64], most: float
) -> InlineImage:
    width, height = picture.size
    scale = _PIXELS_BESIDE / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return inline_heat_map(differences, most, size, cells.covered)


def _with_opacity(framed: Framed) -> Image.Image:
    if framed.opacity is None:
        return framed.picture
    picture = framed.picture.copy()
    picture.putalpha(framed.opacity)
    return picture


def _uses(tile_ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the tiles of a mosaic and how often each is used, the most used first."""
    ids, uses = np.unique(tile_ids[tile_ids != EMPTY_CELL], return_counts=True)
    order = np.argsort(-uses, kind="stable")
    return ids[order], uses[order]


def _most_used(
    database: Database,
    thumbnails: ThumbnailStack,
    ids: NDArray[np.int64],
    uses: NDArray[np.int64],
) -> list[_Photo]:
    shown = ids[:_PHOTOS].tolist()
    views = {view.tile_id: view for view in reversed(thumbnails.views)}  # whole ones go first
    paths = {held.tile_id: held.paths[0] for held in files_of_tiles(database, shown)}
    return [
        _Photo(
            tile_id,
            count,
            inline_jpeg(Image.fromarray(thumbnails.of(views[tile_id])), _MOST_PIXELS_OF_A_PHOTO),
            printable(paths.get(tile_id, "no file holds it any more")),
        )
        for tile_id, count in zip(shown, uses.tolist(), strict=False)
    ]


def _likenesses(score: Score) -> Iterator[tuple[str, str, str, str]]:
    for scale, likeness in likenesses(score):
        colours = f"{likeness.delta_e:.2f}", f"{likeness.ciede2000:.2f}"
        yield scale.replace(" x ", " × "), *colours, ssim_text(likeness.ssim, "–")


def _facts(mosaic: Mosaic, repeats: Repeats) -> list[tuple[str, str]]:
    distance = repeats.smallest_distance
    repeated = "no tile repeats" if distance is None else f"{counted(distance, 'cell')} apart"
    shift = f"{mosaic.mean_shift:.1f} on average, at most {mosaic.most_shift:.1f} of 255"
    return [
        ("Tiles used", f"{repeats.tiles_used:,}"),
        ("Most used", times(repeats.most_used)),
        ("Nearest repeats", repeated),
        (
            "Cells that show another part of their photo than the middle",
            f"{mosaic.cropped_cells:,}",
        ),
        ("Colours shifted by", shift if mosaic.most_shift else "nothing"),
        ("Painted", f"{mosaic.paint or 0:.0%} of the way from tiles to the target"),
        ("Cost", _figure(mosaic.cost)),
        ("Bound", f"{_figure(mosaic.bound)}: no match within the same limits can cost less"),
        ("Gap", optimality(mosaic) or "unknown"),
    ]


def _figure(value: float | None) -> str:
    if value is None:
        return "unknown"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def _parameters(database: Database, mosaic: Mosaic) -> list[tuple[str, str]]:
    columns, rows = mosaic.grid
    width, height = database.thumb_res
    settled = {
        "target": mosaic.target,
        "output": None if mosaic.output is None else mosaic.output.absolute(),
        "grid": f"{columns} × {rows} cells",
        "thumbnails": f"{width} × {height} pixels",
    }
    return [(name, _value(value)) for name, value in (settled | dict(mosaic.parameters)).items()]


def _value(value: object) -> str:
    match value:
        case None:
            return "not set"
        case bool():
            return "yes" if value else "no"
        case tuple() | list():
            return ", ".join(map(_value, value))
        case float():
            return f"{value:g}"
    return printable(value)
