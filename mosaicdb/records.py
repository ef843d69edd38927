"""The data that travels between the rooms."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from .notebook import ShowsPicture

if TYPE_CHECKING:  # the command line must answer --help before numpy could be imported
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image


Size = tuple[int, int]
"""Width and height, or columns and rows."""

PROVEN_GAP: Final = 1e-9
"""A relative gap that rounding alone explains."""

MeanRgb = tuple[float, float, float]
"""Mean sRGB of a thumbnail, 0 to 255 each."""

GREY_SIDE: Final = 32
"""Pixels across and down of the small grey pictures by which near duplicates are found."""

NEAR_LIKENESS: Final = 0.87
"""How well the edges of near duplicates agree, up to 1: see `benchmarks/README.md`."""

SIGNATURE_SIDE: Final = 6
"""Parts of a thumbnail across and down whose colours are its signature."""


EMPTY_CELL: Final = -1
"""What stands in a match for the tile of a cell that has none."""

LIVE: Final = "live"
"""Stands for the strategy of a mosaic whose cells fill as photos arrive."""

COMPILING: Final = "compiling"
"""The phase that matching reports once, before its kernels are compiled on a machine."""


@dataclass(frozen=True, slots=True, eq=False)
class TileCrops:
    """The crops that tiles may show beside their thumbnails: arrays of one row a crop."""

    rows: NDArray[np.intp]
    """Which row of the tiles each belongs to, shape (crops,)."""
    boxes: NDArray[np.float64]
    """Left, top, width and height in parts of the photo, upright, shape (crops, 4)."""
    mean_rgb: NDArray[np.float64]
    """Mean sRGB 0 to 255, shape (crops, 3)."""
    greys: NDArray[np.uint8]
    """Greys of the luminance of 6 x 6 equal parts, shape (crops, 6, 6)."""

    def __len__(self) -> int:
        """Count the crops."""
        return len(self.rows)

    def only(self, kept: NDArray[np.bool_]) -> TileCrops:
        """Give those of the tiles that are kept, whose rows are counted anew."""
        own = kept[self.rows]
        rows = kept.cumsum()[self.rows[own]] - 1
        return TileCrops(rows, self.boxes[own], self.mean_rgb[own], self.greys[own])


@dataclass(frozen=True, slots=True, eq=False)
class TileSet:
    """The tiles that can be matched, as arrays of one row a tile, by ascending id."""

    ids: NDArray[np.int64]
    """Tile ids, shape (tiles,)."""
    mean_rgb: NDArray[np.float64]
    """Mean sRGB 0 to 255, shape (tiles, 3)."""
    signatures: NDArray[np.uint8] | None = None
    """Mean sRGB of 6 x 6 equal parts, shape (tiles, 6, 6, 3); None where they were not loaded."""
    owners: NDArray[np.intp] | None = None
    """Numbers, shape (tiles,): tiles of the same one count as one photo; None: each for itself."""
    crops: TileCrops | None = None
    """What tiles may show beside their thumbnails; None: nothing."""

    def __len__(self) -> int:
        """Count the tiles."""
        return len(self.ids)

    @property
    def photos(self) -> int:
        """Count the tiles, those that count as one photo once."""
        return len(self) if self.owners is None else len(set(self.owners.tolist()))

    def only(self, ids: NDArray[np.int64]) -> TileSet:
        """Give those of the tiles that have one of some ids."""
        import numpy as np

        kept = np.isin(self.ids, ids)
        signatures = None if self.signatures is None else self.signatures[kept]
        owners = None if self.owners is None else self.owners[kept]
        crops = None if self.crops is None else self.crops.only(kept)
        return TileSet(self.ids[kept], self.mean_rgb[kept], signatures, owners, crops)


@dataclass(frozen=True, slots=True, eq=False)
class TilePrices:
    """The dual prices of a mosaic's match: what it can be repaired from."""

    ids: NDArray[np.int64]
    """Ids of the tiles that could be chosen, shape (tiles,), ascending."""
    prices: NDArray[np.float64]
    """Their prices in units of cost, shape (tiles,): see `Match.prices`."""

    def of(self, tiles: NDArray[np.int64]) -> NDArray[np.float64]:
        """Give the prices of some tiles, in their order; NaN for one that has none."""
        import numpy as np

        if not len(self.ids):
            return np.full(len(tiles), np.nan)
        places = np.searchsorted(self.ids, tiles).clip(max=len(self.ids) - 1)
        return np.where(self.ids[places] == tiles, self.prices[places], np.nan)


Status = Literal["optimal", "gap reached", "time limit", "search ended"]
"""Why a search for a match stopped: see `Match.status`."""


def relative_gap(cost: float, bound: float) -> float:
    """Give (cost - bound) / cost, at least 0: how far above the least possible a cost may be."""
    return max(0.0, (cost - bound) / cost) if cost > 0 else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class WindowPrices:
    """What proves the bound of a match with a least distance of repeats: see `Match.windows`.

    A window is a square of cells, as wide as the distance, of which only one may use a tile.
    """

    prices: NDArray[np.float64]
    """Dual prices, one a row of the tile features, that take the place of `Match.prices`."""
    distance: int
    """Rows and columns of a window."""
    rows: NDArray[np.intp]
    """A row of the tile features, shape (windows,): the window is one for its tile."""
    corners: NDArray[np.int64]
    """First row and column of each window in the grid, shape (windows, 2)."""
    amounts: NDArray[np.float64]
    """What a cell in the window pays for the tile on top of its price, at least 0, in units of
    cost, shape (windows,)."""


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """Which tile goes into which cell, what it costs, and how good that provably is."""

    indices: NDArray[np.intp]
    """Row of the tile features that each cell gets, shape (cells,)."""
    cost: float
    """Sum over cells of the squared feature distance to their tiles, each times its weight."""
    bound: float
    """No assignment within the same limits, on uses and on distances of repeats, can cost less."""
    prices: NDArray[np.float64]
    """Dual prices, one a row of the tile features, in units of cost: what a cell that takes the
    tile pays on top of its distance. Rows of one owner have one price, and count once in the second
    sum. With tiles used lo to hi times, prices prove the bound

        sum_j min_i (c(i, j) + p_i) - sum_i (hi p_i if p_i > 0 else lo p_i)

    within 0 and the cost; less where the status is "time limit". A positive price says that more
    uses of the tile would make the match cheaper, a negative one that fewer would. Every strategy
    has prices: those of `nearest` without a limit are 0. With a least distance of repeats they are
    those of the problem without it, whose bound they prove; `windows` may prove a higher one. A
    tile and its mirror image have one price."""
    status: Status
    """Why the search stopped: "optimal", the gap is within rounding; "gap reached", it is within
    what was asked; "time limit"; or "search ended", everything was tried, and what is left of the
    gap is owed to rounding, or to a least distance of repeats, where neither the search nor the
    bound is exact."""
    mirrored: NDArray[np.bool_] | None = None
    """Whether each cell's tile is mirrored, shape (cells,); None if none may be."""
    windows: WindowPrices | None = None
    """With a least distance of repeats, what proves the bound in place of `prices`: in the first
    sum a cell also pays, for each tile, the amounts of all its windows around the cell, and all
    amounts are subtracted at the end. Fixed cells pay none. None: `prices` prove the bound."""

    @property
    def gap(self) -> float:
        """Give (cost - bound) / cost, at least 0: how far from optimal the match may be."""
        return relative_gap(self.cost, self.bound)

    @property
    def optimal(self) -> bool:
        """Say whether the gap is within the rounding of floating-point sums."""
        return self.gap <= PROVEN_GAP


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much a mosaic looks like its target at one scale."""

    delta_e: float
    """Mean distance in CIELAB (CIE 1976): 0 the same; about 2 can just be seen side by side."""
    ssim: float | None
    """Structural similarity of lightness, at most 1; None: too few cells for its windows."""
    ciede2000: float
    """Mean distance of CIEDE2000, which weighs differences of saturated colours less."""


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


@dataclass(frozen=True, slots=True, eq=False)
class Mosaic(ShowsPicture):
    """A mosaic on its way from the match to picture, score, record and report.

    Each step gives it back with more fields set (`dataclasses.replace`): what a step has not set
    yet, or what was left out, is None. What is read back from the database is the same class; it
    lacks what is not recorded: picture, repeats, score, status and times, and its prices, which
    `mosaicdb.store.load_prices` reads.
    """

    strategy: str
    """The strategy that chose the tiles, `given` for a match read from a file, or `live` for one
    that grows as photos arrive."""
    tile_ids: NDArray[np.int64]
    """Which tile is in which cell, shape (rows, columns); `EMPTY_CELL` where there is none."""
    flipped: NDArray[np.bool_] | None = None
    """Which cells show theirs mirrored left to right, shape (rows, columns); None: none does."""
    crops: NDArray[np.float64] | None = None
    """Which part of its photo each cell shows, shape (rows, columns, 4): left, top, width and
    height in parts of the photo, upright; all 0: the middle, as the thumbnail. None: so do all."""
    cell_costs: NDArray[np.float64] | None = None
    """Squared feature distance of each cell to its tile, shape (rows, columns)."""
    cost: float | None = None
    """Sum of the cells' costs, each times its weight."""
    bound: float | None = None
    """No match within the same limits on uses can cost less."""
    status: Status | None = None
    """Why the search for the match stopped; None where it was read, from a file or a database."""
    target: str | None = None
    """Path of what it rebuilds; None for a match read from a file."""
    target_tile_id: int | None = None
    """The target's tile, where it is one."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """What else was asked of it: see `mosaicdb.MosaicOptions` and `mosaicdb.Selection`."""
    picture: Image | None = None
    """In mode RGB or, with empty cells, RGBA."""
    mean_shift: float | None = None
    """How far mean colours were moved towards their cells': mean of all channels, 0 to 255."""
    most_shift: float | None = None
    """The largest such shift, in levels of 255."""
    paint: float | None = None
    """How much of the way from tiles as they are to the target was painted, by shift, adapt and
    blend: 0 nothing, 1 all; of the mean distances of pixels in sRGB."""
    repeats: Repeats | None = None
    """How it repeats its tiles."""
    score: Score | None = None
    """How much it looks like its target."""
    output: Path | None = None
    """Where its picture was written."""
    name: str | None = None
    """What people call it."""
    id: int | None = None
    """Its id in the database; None where it is not recorded."""
    version: int = 1
    """How often it has been written there: each edit counts."""
    prices: TilePrices | None = None
    """Those that its match ended with."""
    tiles_before: int | None = None
    """Tiles numbered from this on had not been looked at when it was matched; None: unknown."""
    matched_hash: str | None = None
    """SHA-256 of what its match chose from, and the best was found of; None: unknown, or not."""
    target_hash: str | None = None
    """SHA-256 of the target's file."""
    form: Mapping[str, Any] | None = None
    """In what form its picture was written: see `mosaicdb.pipelines.writing.Form`."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """How long each step took."""

    @property
    def grid(self) -> Size:
        """Give columns and rows."""
        rows, columns = self.tile_ids.shape
        return columns, rows

    @property
    def cells(self) -> int:
        """Count the cells that have a tile."""
        return int((self.tile_ids != EMPTY_CELL).sum())

    @property
    def has_target(self) -> bool:
        """Say whether its target is recorded."""
        return self.target is not None or self.target_tile_id is not None

    @property
    def is_live(self) -> bool:
        """Say whether its cells fill as photos arrive: see `mosaicdb live`."""
        return self.strategy == LIVE

    @property
    def placed(self) -> NDArray[np.int64]:
        """Give the ids of the tiles that stand in it, ascending."""
        import numpy as np

        return np.unique(self.tile_ids[self.tile_ids != EMPTY_CELL])

    def __repr__(self) -> str:
        """Say in a line what it is: its cells would be hundreds."""
        number = "" if self.id is None else f" {self.id}"
        output = "" if self.output is None else f", {str(self.output)!r}"
        return f"<Mosaic{number}: {self.grid[0]} x {self.grid[1]} cells, {self.strategy}{output}>"

    def changed_from(self, earlier: Mosaic) -> NDArray[np.bool_]:
        """Say which cells show something else than in an earlier version, shape (rows, columns)."""
        changed: NDArray[np.bool_] = self.tile_ids != earlier.tile_ids
        changed |= _differ(self.flipped, earlier.flipped) | _differ(self.crops, earlier.crops)
        return changed

    @property
    def cropped_cells(self) -> int:
        """Count the cells that show another part of their photo than the thumbnail."""
        return 0 if self.crops is None else int(self.crops.any(axis=2).sum())

    @property
    def drawn(self) -> Image:
        """Give the picture; raises ValueError where it has not been drawn."""
        if self.picture is None:
            raise ValueError("this mosaic has not been drawn")
        return self.picture

    @property
    def gap(self) -> float | None:
        """Give (cost - bound) / cost, at least 0; None where these are unknown."""
        if self.cost is None or self.bound is None:
            return None
        return relative_gap(self.cost, self.bound)


def _differ(now: NDArray[Any] | None, before: NDArray[Any] | None) -> NDArray[np.bool_]:
    """Say in which cells two grids differ, of which None holds nothing; shape (rows, columns)."""
    import numpy as np

    shown, shown_before = (np.atleast_3d(0 if of is None else of) for of in (now, before))
    differ: NDArray[np.bool_] = (shown != shown_before).any(axis=2)
    return differ
