"""What can be asked of each job."""

from dataclasses import asdict, dataclass
from typing import Final

from .records import Size

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
    """What tiles and cells are compared by: see `mosaicdb.perception.compute_features`."""

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
