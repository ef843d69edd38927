"""The options of each job: allowed values, defaults and help are defined here.

Every class checks itself when it is made; the configuration and the command line take defaults,
help and checks from its fields.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from .crops import DEFAULT_ZOOM, MOST_ZOOM
from .errors import UsageError
from .kinds import (
    CONDITION,
    FILE,
    FLAG,
    MEMORY,
    NAME,
    PHOTOS,
    PINS,
    POINT,
    SWAPS,
    Checked,
    Pin,
    Swap,
    choice,
    integer,
    number,
    option,
    same_option,
    size,
)
from .records import NEAR_LIKENESS, Size

Strategy = Literal["nearest", "unique", "fair"]
STRATEGIES: Final[tuple[Strategy, ...]] = get_args(Strategy)
"""How cells get tiles."""

Solver = Literal["auto", "emd"]
SOLVERS: Final[tuple[Solver, ...]] = get_args(Solver)
"""What solves a matching: the quickest that fits, or the reference."""

FeatureName = Literal["lab", "rgb"]
FEATURES: Final[tuple[FeatureName, ...]] = get_args(FeatureName)
"""What tiles and cells are compared by: colour and structure as people see them, or mean colour."""

Fit = Literal["fill", "letter"]
FITS: Final[tuple[Fit, ...]] = get_args(Fit)
"""How a target gets the mosaic's shape: it is cropped to fill it, or shown whole with empty cells
beside it."""

Focus = Literal["faces", "center", "edges"]
FOCUSES: Final[tuple[Focus, ...]] = get_args(Focus)
"""Which parts of a target can be found to matter more than others."""


DEFAULT_MAX_PIXELS: Final = 100_000_000


@dataclass(frozen=True, slots=True)
class ReadOptions(Checked):
    """How photos are read."""

    thumb_res: Size = option((50, 50), size(2_000), "width and height of a thumbnail in pixels")
    max_pixels: int = option(
        DEFAULT_MAX_PIXELS, integer(1), "photos that need more pixels in memory are rejected"
    )
    accept_truncated: bool = option(
        False, FLAG, "take photos whose end is missing, grey where nothing is left"
    )


@dataclass(frozen=True, slots=True)
class MatchOptions(Checked):
    """What is asked of a match: see `mosaicdb.match`."""

    strategy: Strategy = option("unique", choice(*STRATEGIES), "how cells get tiles")
    max_uses: int | None = option(None, integer(1), "how often one tile may be used")
    min_distance: int | None = option(
        None, integer(1), "least distance of two uses of a tile, in cells"
    )
    gap: float = option(1e-6, number(), "how far from optimal is good enough; 0: not at all")
    solver: Solver = option("auto", choice(*SOLVERS), "what solves a matching")
    time_limit: float | None = option(
        None, number(), "seconds until the best match so far is taken"
    )


@dataclass(frozen=True, slots=True)
class FeatureOptions(Checked):
    """What tiles and cells are compared by: see `mosaicdb.perception`."""

    features: FeatureName = option(
        "lab",
        choice(*FEATURES),
        "what tiles and cells are compared by: colour and structure as people see them (lab), or "
        "mean colour (rgb)",
    )
    detail: float = option(
        1.0,
        number(100),
        "how much structure counts beside the mean colour: 0 not at all; more gives truer edges "
        "and less true colours",
    )
    flip: bool = option(False, FLAG, "let a tile be mirrored left to right where that fits better")
    zoom: float = option(
        DEFAULT_ZOOM,
        number(MOST_ZOOM, low=1),
        "let a tile show another part of its photo where that fits better: one whose side is at "
        "least 1/zoom of that of the largest square, or what shape tiles have; 1: the middle alone",
    )

    def __post_init__(self) -> None:
        Checked.__post_init__(self)
        if self.flip and not self.structured:
            raise UsageError("flip needs detail to compare: mean colours are the same mirrored")

    @property
    def structured(self) -> bool:
        """Say whether more than mean colours is compared."""
        return self.features == "lab" and self.detail > 0


@dataclass(frozen=True, slots=True)
class Framing(Checked):
    """How a target gets the shape of the mosaic."""

    fit: Fit = option(
        "fill",
        choice(*FITS),
        "how the target gets the mosaic's shape: cut to fill it, or whole with empty cells beside "
        "it (letter)",
    )
    focus_point: tuple[float, float] = option(
        (0.5, 0.5),
        POINT,
        "what stays in view where the target is cut, as parts of its width and height: "
        "0.5,0.2 is above the middle",
    )


@dataclass(frozen=True, slots=True)
class Importance(Checked):
    """Which cells matter more than others."""

    mask: Path | None = option(
        None, FILE, "a picture as large as the target: where it is bright, the target matters more"
    )
    focus: Focus | None = option(
        None, choice(*FOCUSES), "let faces, the center or edges of the target matter more"
    )

    def __post_init__(self) -> None:
        Checked.__post_init__(self)
        if self.mask is not None and self.focus is not None:
            raise UsageError("mask and focus both say what matters: leave out one")


@dataclass(frozen=True, slots=True)
class DrawOptions(Checked):
    """What is done to placed tiles beyond placing them."""

    shift: int = option(
        0,
        integer(0, 255),
        "most by which the mean colour of a placed tile is moved towards its cell's, of 255",
    )
    blend: float = option(0.0, number(1), "how much of the target is laid over the mosaic: 0 to 1")
    tile_size: Size | None = option(
        None,
        size(10_000),
        "width and height of a cell in pixels: photos are read again for it; not set: thumbnails",
    )
    adapt: float = option(
        0.0,
        number(1),
        "how much of the way to its cell's the mean colour of a placed tile goes, and its contrast "
        "where that is higher: 0 to 1",
    )
    faint: float = option(
        0.0,
        number(1),
        "how much of the target shows in cells that no photo has come to yet: 0 to 1",
    )

    @property
    def paints(self) -> bool:
        """Say whether cells are drawn otherwise than their tiles are: that needs the target."""
        return bool(self.shift or self.blend or self.adapt or self.faint)


@dataclass(frozen=True, slots=True)
class MosaicOptions(Checked):
    """All that is asked of a mosaic, but for its tiles and its target."""

    grid: Size = option((100, 100), size(100_000), "columns and rows of the mosaic")
    match: MatchOptions = MatchOptions()
    """How cells get tiles."""
    features: FeatureOptions = FeatureOptions()
    """What they are compared by."""
    framing: Framing = Framing()
    """How the target gets the mosaic's shape."""
    importance: Importance = Importance()
    """Which cells matter more than others."""
    draw: DrawOptions = DrawOptions()
    """What is done to placed tiles."""
    memory: int = option(
        4_000_000_000,
        MEMORY,
        "how much memory a match may take: where all tiles would need more, candidates are chosen "
        "among them",
    )

    def parameters(self) -> dict[str, object]:
        """Give what must be known, beside target, grid and tiles, to make the same again."""
        parts = (self.match, self.features, self.framing, self.importance, self.draw)
        values = {name: value for part in parts for name, value in asdict(part).items()}
        return values | {"mask": None if values["mask"] is None else str(values["mask"])}


@dataclass(frozen=True, slots=True)
class Selection(Checked):
    """Which tiles may be used, and which must."""

    where: str | None = option(
        None,
        CONDITION,
        "use only the tiles for which this SQL condition on tile_stats holds, such as "
        "\"taken_at >= '2019-06-01'\"",
    )
    distinct: bool = option(
        False,
        FLAG,
        "use one tile of each group that `mosaicdb duplicates` lists: the largest photo",
    )
    with_missing: bool = option(
        False, FLAG, "use tiles too whose photo is missing: no file is left that holds it"
    )
    alike: bool = option(
        False,
        FLAG,
        "let the tiles of each group that `mosaicdb duplicates` lists count as one photo for "
        "limits on uses and for distances",
    )
    without: str | None = option(
        None,
        CONDITION,
        "use no tile for which this SQL condition on tile_stats holds",
    )
    must: str | None = option(
        None,
        CONDITION,
        "let every tile for which this SQL condition on tile_stats holds appear at least once",
    )
    pin: tuple[Pin, ...] = option(
        (), PINS, "put a tile into a cell, whose row and column are counted from 0: repeatable"
    )

    def __post_init__(self) -> None:
        Checked.__post_init__(self)
        tiles: dict[tuple[int, int], int] = {}
        for row, column, tile in self.pin:
            if tiles.setdefault((row, column), tile) != tile:
                raise UsageError(
                    f"two pins on row {row}, column {column}: "
                    f"tile {tiles[row, column]} and tile {tile}"
                )

    def parameters(self) -> dict[str, object]:
        """Give what must be known to select the same tiles again."""
        parameters: dict[str, object] = {}
        if self.where is not None:
            parameters["where"] = self.where
        if self.without is not None:
            parameters["without"] = self.without
        if self.must is not None:
            parameters["must"] = self.must
        if self.pin:
            parameters["pin"] = list(map(str, self.pin))
        if self.distinct:
            parameters["distinct"] = NEAR_LIKENESS
        if self.alike:
            parameters["alike"] = NEAR_LIKENESS
        if self.with_missing:
            parameters["with_missing"] = True
        return parameters


EVERY_TILE: Final = Selection()


@dataclass(frozen=True, slots=True)
class Changes(Checked):
    """What is to be changed of a recorded mosaic by hand."""

    swap: tuple[Swap, ...] = option(
        (),
        SWAPS,
        "put another tile into a cell, or the next best one, which has not stood there: repeatable",
    )
    pin: tuple[Pin, ...] = same_option(Selection, "pin")
    without: tuple[int | str, ...] = option(
        (), PHOTOS, "use a photo no more, given by its tile or a path: repeatable"
    )

    def __post_init__(self) -> None:
        Checked.__post_init__(self)
        if not self.swap and not self.pin and not self.without:
            raise UsageError("nothing to change: give a swap, a pin or a photo to leave out")
        named: set[tuple[int, int]] = set()
        for row, column, _ in (*self.swap, *self.pin):
            if (row, column) in named:
                raise UsageError(f"row {row}, column {column} is to be changed twice")
            named.add((row, column))

    def __str__(self) -> str:
        """Give it in a line, as flags of the command line."""
        parts = [f"--swap {swap}" for swap in self.swap]
        parts += [f"--pin {pin}" for pin in self.pin]
        return " ".join([*parts, *(f"--without {photo}" for photo in self.without)])


PICTURE_EXTENSIONS: Final = (
    *(".jpg", ".jpeg", ".png", ".webp", ".avif", ".tif", ".tiff"),
    *(".dzi", ".szi", ".pmtiles"),
)
"""Of the pictures that can be written; the extension chooses the format."""
PYRAMID_EXTENSIONS: Final = (".tif", ".tiff", ".dzi", ".szi", ".pmtiles")
"""Of those that can hold smaller versions of the picture: all but the first two always do."""
SHARING_EXTENSIONS: Final = (".tif", ".tiff", ".pmtiles")
"""Of those in which equal tiles can have one place: in the last one they always have."""

SHEET_EXTENSIONS: Final = (".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff")
"""Of the sheets of a print: one PDF, or a picture for each sheet."""


def alternatives(names: Sequence[str]) -> str:
    """Join names by commas and 'or'."""
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


MOST_DPI: Final = 65_535
"""Pixels an inch that every format can state."""

PICTURE_HELP: Final = "a " + alternatives(PICTURE_EXTENSIONS)


@dataclass(frozen=True, slots=True)
class FileOptions(Checked):
    """How the file of a picture is written."""

    quality: int = option(90, integer(1, 100), "quality of JPEGs (also as tiles), WebP or AVIF")
    dpi: float | None = option(
        None, number(MOST_DPI), "pixels an inch, which the file states; 0: none"
    )
    pyramid: bool = option(
        False, FLAG, "put smaller versions of the picture into a .tif too, for viewers that zoom"
    )
    share_tiles: bool = option(
        False,
        FLAG,
        "let equal tiles of a .tif have one place in the file: much smaller where photos repeat, "
        "but not every program reads it",
    )


@dataclass(frozen=True, slots=True)
class Outputs(Checked):
    """Which files a mosaic is written to, and its name; None: that file is not written."""

    picture: Path | None = option(None, FILE, PICTURE_HELP)
    matches: Path | None = option(None, FILE, "where the tile ids go")
    report: Path | None = option(
        None,
        FILE,
        "write a page too, with all its pictures in it, that shows what came of it: an .html",
    )
    name: str | None = option(
        None, NAME, "what the mosaic is called: `draw`, `forget` and others find it by that"
    )
    quality: int = same_option(FileOptions, "quality")
    pyramid: bool = same_option(FileOptions, "pyramid")
    share_tiles: bool = same_option(FileOptions, "share_tiles")

    @property
    def file(self) -> FileOptions:
        """How the picture's file is written."""
        return FileOptions(quality=self.quality, pyramid=self.pyramid, share_tiles=self.share_tiles)
