"""The data that travels between the rooms."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:  # the command line must answer --help before numpy could be imported
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

Size = tuple[int, int]
"""Width and height, or columns and rows: the order in which people say sizes."""

STRATEGIES: Final = ("nearest", "unique", "fair")
"""How cells get tiles."""

SOLVERS: Final = ("auto", "emd")
"""What solves a matching: the quickest that fits, or the reference."""

FEATURES: Final = ("lab", "rgb")
"""What tiles and cells are compared by: colour and structure as people see them, or mean colour."""

MOST_DETAIL: Final = 100
"""The most that structure can count beside the mean colour."""

FITS: Final = ("fill", "letter")
"""How a target gets the mosaic's shape: what stands out is cut off, or what lacks stays empty."""

FOCUSES: Final = ("faces", "center", "edges")
"""Which parts of a target can be found to matter more than others."""

PROVEN_GAP: Final = 1e-9
"""A relative gap that rounding alone explains."""

MeanRgb = tuple[float, float, float]
"""Mean sRGB of a thumbnail, 0 to 255 each."""

HASH_BITS: Final = 64
"""Bits of a difference hash."""

NEAR_DISTANCE: Final = 5
"""How many bits of the hashes of the same picture at other sizes and qualities may differ.

Measured on 3,187 photos: copies of them differ more in 0.2 % of all cases; 2 in a million pairs of
different photos do not."""


SIGNATURE_SIDE: Final = 6
"""Parts of a thumbnail across and down whose colours are its signature."""

EMPTY_CELL: Final = -1
"""What stands in a match for the tile of a cell that has none."""


LATEST_NS: Final = 2**63 - 1
"""The latest time of change that a database can hold; later ones count as this."""


@dataclass(frozen=True, slots=True)
class FileStat:
    """What tells a changed file from an unchanged one without opening it."""

    path: str
    """Absolute path; bytes that are no UTF-8 are surrogate escapes."""
    size: int
    """Bytes."""
    mtime_ns: int | None
    """Time of the last change in nanoseconds; None where it proves nothing yet."""


@dataclass(frozen=True, slots=True)
class PendingFile:
    """A file whose content the database does not know yet."""

    id: int
    """The file's number."""
    path: str
    """Absolute path."""
    known_hashes: tuple[str, ...] = ()
    """Content hashes of known files of the same size: no need to decode these again."""


@dataclass(frozen=True, slots=True)
class Features:
    """What a tile is compared by: all of it can be computed again from its thumbnail."""

    mean_rgb: MeanRgb
    """Mean of the pixels that the JPEG decodes to."""
    dhash: int
    """Difference hash: 64 bits, read as a signed integer."""
    signature: bytes
    """Mean sRGB of 6 x 6 equal parts, row by row: 108 bytes."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A tile's small picture and its features."""

    jpeg: bytes
    """A plain RGB JFIF of `thumb_res` pixels."""
    features: Features
    """Measured on the pixels that the JPEG decodes to."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A photo made ready for matching."""

    content_hash: str
    """SHA-256 of the file's bytes, in hexadecimal."""
    width: int
    """Of the photo, upright, in pixels."""
    height: int
    """Of the photo, upright, in pixels."""
    format: str
    """Pillow's name of the format, such as JPEG."""
    taken_at: datetime | None
    """When the photo was taken, in the camera's local time."""
    thumbnail: Thumbnail
    """What the mosaic is made of."""


@dataclass(frozen=True, slots=True)
class Known:
    """A file whose bytes the database has met before; it was not decoded."""

    content_hash: str
    """SHA-256 of the file's bytes, in hexadecimal."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A file that gives no tile."""

    path: str
    """Absolute path."""
    reason: str
    """Why, in one line."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that is passed over on purpose: its photos are not missing."""

    path: str
    """Absolute path."""


@dataclass(frozen=True, slots=True)
class Remade:
    """What became of a thumbnail that was to be made anew."""

    tile_id: int
    thumbnail: Thumbnail | None
    """None where neither the photo nor the old thumbnail can be read."""
    from_photo: bool = False


DEFAULT_MAX_PIXELS: Final = 100_000_000


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How photos are read."""

    thumb_res: Size
    """Width and height of thumbnails in pixels."""
    max_pixels: int = DEFAULT_MAX_PIXELS
    """Photos that need more pixels in memory are rejected before they are decoded."""
    accept_truncated: bool = False
    """Whether photos whose end is missing are taken, grey where nothing is left."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading one pending file gave."""

    file: PendingFile
    """Which file."""
    stat: FileStat
    """The file as it was when its bytes were read."""
    content: Tile | Known | Rejected
    """What was in it."""


@dataclass(frozen=True, slots=True)
class StaleTile:
    """A tile whose thumbnail is to be made anew."""

    id: int
    """The tile's id."""
    content_hash: str
    """SHA-256 of the photo's bytes, in hexadecimal."""
    path: str | None
    """A file that holds the photo, where one is left."""
    jpeg: bytes
    """The thumbnail until now."""


@dataclass(frozen=True, slots=True, eq=False)
class TileSet:
    """The tiles that can be matched, as arrays of one row a tile, by ascending id."""

    ids: NDArray[np.int64]
    """Tile ids, shape (tiles,)."""
    mean_rgb: NDArray[np.float64]
    """Mean sRGB 0 to 255, shape (tiles, 3)."""
    signatures: NDArray[np.uint8] | None = None
    """Mean sRGB of 6 x 6 equal parts, shape (tiles, 6, 6, 3); None where they were not loaded."""

    def __len__(self) -> int:
        """Count the tiles."""
        return len(self.ids)

    def only(self, ids: NDArray[np.int64]) -> TileSet:
        """Give those of the tiles that have one of some ids."""
        import numpy as np

        some = np.isin(self.ids, ids)
        signatures = None if self.signatures is None else self.signatures[some]
        return TileSet(self.ids[some], self.mean_rgb[some], signatures)


Status = Literal["optimal", "gap reached", "time limit", "search ended"]
"""Why a search for a match stopped: see `Match.status`."""


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """Which tile goes into which cell, what it costs, and how good that provably is."""

    indices: NDArray[np.intp]
    """Row of the tile of each cell, shape (cells,)."""
    cost: float
    """Sum over cells of the squared feature distance to their tiles."""
    bound: float
    """No assignment within the same limits on uses can cost less."""
    prices: NDArray[np.float64]
    """Dual prices of the tiles, shape (tiles,), in units of cost: what a cell that takes the tile
    pays on top of its distance. With tiles used lo to hi times, they prove the bound

        sum_j min_i (c(i, j) + p_i) - sum_i (hi p_i if p_i > 0 else lo p_i)

    within 0 and the cost; less where the status is "time limit". A positive price says that more
    uses of the tile would make the match cheaper, a negative one that fewer would. Every strategy
    has prices: those of `nearest` without a limit are 0. With a least distance of repeats they are
    those of the problem without it, and a tile and its mirror image have one price."""
    status: Status
    """Why the search stopped: "optimal", the gap is within rounding; "gap reached", it is within
    what was asked; "time limit"; or "search ended", everything was tried, and what is left of the
    gap is owed to rounding, or to a least distance of repeats or mirror images, for which the
    search is not exact."""
    mirrored: NDArray[np.bool_] | None = None
    """Whether each cell's tile is mirrored, shape (cells,); None if none may be."""

    @staticmethod
    def relative_gap(cost: float, bound: float) -> float:
        """Give (cost - bound) / cost, at least 0; 0 for a cost of 0."""
        return max(0.0, (cost - bound) / cost) if cost > 0 else 0.0

    @property
    def gap(self) -> float:
        """Say how far from optimal the match may be, as a part of its cost."""
        return self.relative_gap(self.cost, self.bound)

    @property
    def optimal(self) -> bool:
        """Say whether the gap is within the rounding of floating-point sums."""
        return self.gap <= PROVEN_GAP


@dataclass(frozen=True, slots=True)
class MatchOptions:
    """What is asked of a match: see `mosaicdb.match`."""

    strategy: str = "unique"
    """One of `STRATEGIES`."""
    max_uses: int | None = None
    """How often a tile may be used; None: as the strategy says."""
    min_distance: int | None = None
    """Least Chebyshev distance, in cells, of two uses of a tile."""
    gap: float = 1e-6
    """Relative gap at which the search may stop."""
    solver: str = "auto"
    """One of `SOLVERS`."""
    time_limit: float | None = None
    """Seconds after which the best match so far is taken."""


@dataclass(frozen=True, slots=True)
class FeatureOptions:
    """What tiles and cells are compared by: see `mosaicdb.perception.describe`."""

    features: str = "lab"
    """One of `FEATURES`."""
    detail: float = 1.0
    """How much structure counts beside the mean colour; 0: not at all."""
    flip: bool = False
    """Whether a tile may be mirrored left to right where that fits better."""

    @property
    def structured(self) -> bool:
        """Say whether more than mean colours is compared."""
        return self.features == "lab" and self.detail > 0


@dataclass(frozen=True, slots=True)
class Framing:
    """How a target gets the shape of the mosaic."""

    fit: str = "fill"
    """One of `FITS`."""
    focus_point: tuple[float, float] = (0.5, 0.5)
    """What stays in view as far in the middle as can be: fractions of width and height."""


@dataclass(frozen=True, slots=True)
class Importance:
    """Which cells matter more than others."""

    mask: str | None = None
    """Path of a picture that is bright where the target matters."""
    focus: str | None = None
    """One of `FOCUSES`."""


@dataclass(frozen=True, slots=True)
class DrawOptions:
    """What is done to placed tiles beyond placing them."""

    shift: int = 0
    """Most by which a tile's mean colour is moved towards its cell's: levels of 255 a channel."""
    blend: float = 0.0
    """How much of the target is laid over the mosaic: 0 nothing, 1 it alone."""


@dataclass(frozen=True, slots=True)
class MosaicOptions:
    """All that is asked of a mosaic, but for its tiles and its target."""

    grid: Size = (100, 100)
    """Columns and rows."""
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

    def parameters(self) -> dict[str, object]:
        """Give what must be known, beside target, grid and tiles, to make the same again."""
        parts = (self.match, self.features, self.framing, self.importance, self.draw)
        return {name: value for part in parts for name, value in asdict(part).items()}


@dataclass(frozen=True, slots=True, eq=False)
class MosaicRecord:
    """A mosaic as the database remembers it."""

    strategy: str
    """The strategy that chose the tiles, or `given` for a match read from a file."""
    tile_ids: NDArray[np.int64]
    """The match: shape (rows, columns); below 0 where a cell is empty."""
    cell_costs: NDArray[np.float64] | None
    """Squared feature distance of each cell to its tile, shape (rows, columns)."""
    target: str | None
    """Path of the target."""
    target_tile_id: int | None
    """The target's tile, where it is one."""
    output: str
    """Path of the picture."""
    cost: float | None = None
    """Sum of the cells' costs."""
    bound: float | None = None
    """Proven lower bound on the cost."""
    parameters: dict[str, object] = field(default_factory=dict)
    """What else is needed to make it again."""
    flipped: NDArray[np.bool_] | None = None
    """Whether each cell's tile is mirrored left to right, shape (rows, columns); None: none is."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much a mosaic looks like its target at one scale."""

    delta_e: float
    """Mean distance in CIELAB (CIE 1976): 0 the same; about 2 can just be seen side by side."""
    ssim: float | None
    """Structural similarity of lightness, at most 1; None: too few cells for its windows."""


@dataclass(frozen=True, slots=True)
class Score:
    """How much a mosaic looks like its target."""

    samples_1: Likeness
    """At one sample a cell: mean colours alone."""
    samples_2: Likeness
    """At 2 x 2 samples a cell."""
    samples_4: Likeness
    """At 4 x 4 samples a cell: the edges within."""
    afar: Likeness
    """At 4 x 4 samples a cell after a Gaussian blur whose sigma is half a cell."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """How a mosaic repeats its tiles."""

    tiles_used: int
    """Different tiles."""
    most_used: int
    """Uses of the tile that is used most."""
    smallest_distance: int | None
    """Least Chebyshev distance, in cells, of two uses of a tile; None: no tile repeats."""
