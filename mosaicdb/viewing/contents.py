"""What a viewer shows, whoever gives it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..records import Size

BLOCK_SIDE: Final = 64
"""Cells across and down of which a page learns at once what stands in them."""
PHOTOS_A_PIECE: Final = 256
"""How many following tile ids the photos have of which a page learns the facts at once."""
PLACES_A_PHOTO: Final = 100
"""How many of the cells that show a photo a page is told of."""
MOST_FOUND: Final = 50
"""How many photos a search gives."""

Place = tuple[int, int]
"""Row and column of a cell, from 0."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a page has to know of a mosaic first."""

    title: str
    """What people call it."""
    size: Size
    """Width and height of its picture in pixels."""
    grid: Size
    """Columns and rows."""
    photos: int
    """Different photos in it."""
    photo_side: int
    """Pixels of the longer side that a photo is shown with at most."""
    has_target: bool
    """Whether its target can be shown."""
    version: str
    """Is another one for another picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some rows and columns of cells; the arrays have the shape (rows, columns)."""

    tile_ids: NDArray[np.int64]
    """Which tile each cell shows; -1: none."""
    flipped: NDArray[np.bool_]
    """Whether mirrored."""
    crops: NDArray[np.float64] | None
    """Which parts of their photos they show, shape (rows, columns, 4): left, top, width and height
    as parts of the photo's; zeros: the middle. None: all show the middle."""
    costs: NDArray[np.float64] | None
    """Squared feature distances; None: unknown."""
    names: dict[int, str]
    """Names of the photos by tile id."""


@dataclass(frozen=True, slots=True)
class Photo:
    """What a page tells of a photo; texts are data, in which anything can stand."""

    tile_id: int
    """Its tile."""
    name: str
    """Of its file."""
    path: str
    """Of its file."""
    is_gone: bool
    """Whether no file holds it any more."""
    size: Size
    """Width and height, upright, in pixels."""
    taken_at: str
    """When it was taken; empty: unknown."""
    camera: str
    """Which camera took it; empty: unknown."""
    mean_rgb: tuple[int, int, int]
    """Mean sRGB."""
    uses: int
    """How many cells show it."""
    places: Sequence[Place]
    """The first of these cells, at most `PLACES_A_PHOTO`."""


@dataclass(frozen=True, slots=True)
class Found:
    """A photo that a search found."""

    tile_id: int
    """Its tile."""
    path: str
    """Of its file."""
    place: Place
    """The first cell that shows it."""


@runtime_checkable
class Contents(Protocol):
    """Gives what a viewer shows; is called from several threads at once."""

    @property
    def summary(self) -> Summary:
        """Give what a page has to know first."""

    def block(self, row: int, column: int) -> Block | None:
        """Give a block of cells by its row and column among the blocks; None: there is none."""

    def photos(self, piece: int) -> list[Photo]:
        """Tell of the photos of a piece of `PHOTOS_A_PIECE` tile ids, as far as it shows them."""

    def photo_jpeg(self, tile_id: int) -> bytes | None:
        """Give a photo that it shows, or where that cannot be read its thumbnail; None: no such."""

    def tile_jpeg(self, level: int, column: int, row: int) -> bytes | None:
        """Give a tile of the mosaic's Deep Zoom pyramid; None: there is none."""

    def target_jpeg(self) -> bytes | None:
        """Give the target in the shape of the mosaic; None: it cannot be read."""

    def search(self, text: str) -> Iterable[Found]:
        """Find photos by their number or a part of their paths: at most `MOST_FOUND`."""


class Editor(Protocol):
    """Changes a mosaic that is shown, one change at a time.

    Each change gives in a line what came of it, and raises MosaicdbError where it cannot be: then
    nothing has changed.
    """

    @property
    def contents(self) -> Contents:
        """Give what is shown now."""

    @property
    def can_undo(self) -> bool:
        """Say whether there is a change to undo."""

    def swap(self, version: str, row: int, column: int, tile_id: int | None) -> str:
        """Put another tile into a cell; None: the next best.

        Args:
            version: of what the page shows: another one is not changed.
            row: of the cell.
            column: of the cell.
            tile_id: the tile.
        """

    def ban(self, version: str, tile_id: int) -> str:
        """Take a photo out of this mosaic, and keep it out of every other from now on."""

    def undo(self, version: str) -> str:
        """Take the last change back."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A photo that got its place."""

    name: str
    """Of its file."""
    place: Place
    """Its cell."""


@dataclass(frozen=True, slots=True)
class Growth:
    """How far a live mosaic has grown."""

    version: str
    """That of what is shown."""
    photos: int
    """Photos that have a place."""
    cells: int
    """Cells that may have one."""
    newest: Sequence[Arrival]
    """The photos that got their places last."""
    changed: Sequence[Place] | None
    """Cells that show something else than in a version before; None: that is too long ago."""


@runtime_checkable
class Live(Protocol):
    """A mosaic that grows while it is shown, for which somebody may have to say yes to photos."""

    @property
    def contents(self) -> Contents:
        """Give what is shown now."""

    def growth(self, since: str) -> Growth:
        """Say how far it has grown since a version."""

    def waiting(self) -> Sequence[Found]:
        """Give the photos that wait for a yes or no; their place says nothing."""

    def waiting_jpeg(self, tile_id: int) -> bytes | None:
        """Give one of these, small; None: it does not wait."""

    def answer(self, shown: Sequence[int], refused: Sequence[int]) -> str:
        """Let some of these be shown, and others never; say in a line what came of it."""
