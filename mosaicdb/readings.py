"""What reading photos takes and gives: files, tiles, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .records import MeanRgb

if TYPE_CHECKING:  # the command line must answer --help before numpy could be imported
    from .capture import Capture

READER: Final = 3
"""The version of the code that makes a tile of a photo, raised when that gives another tile: photos
are read again then. 0 took all colours for sRGB, 1 converts them, 2 also reads place and camera, 3
also keeps an overview, of which crops are cut."""


SCALED: Final = -1
"""The reader of a tile that a rebuild only scaled: below all others, until its photo is found."""


LATEST_NS: Final = 2**63 - 1
"""The latest time of change that a database can hold; later ones count as this."""


@dataclass(frozen=True, slots=True)
class FileStat:
    """What tells a changed file from an unchanged one without opening it."""

    path: str
    """Absolute path; bytes that are no UTF-8 are surrogate escapes. Or the URL of an object."""
    size: int
    """Bytes."""
    mtime_ns: int | None
    """Time of the last change in nanoseconds; None if it is too recent to be relied on. Of an
    object: when it was read; None where it was only listed."""
    etag: str | None = None
    """Of an object: what is equal only while it holds the same bytes; None: nothing is known so."""


@dataclass(frozen=True, slots=True)
class PendingFile:
    """A file whose content the database does not know yet."""

    id: int
    """The file's number."""
    path: str
    """Absolute path, or the URL of an object."""
    known_hashes: tuple[str, ...] = ()
    """Content hashes of known files of the same size: no need to decode these again."""
    size: int = 0
    """Bytes, as far as is known before it is read."""
    etag: str | None = None
    """See `FileStat.etag`."""


@dataclass(frozen=True, slots=True)
class Descriptors:
    """What a tile is compared by: all of it can be computed again from its thumbnail."""

    mean_rgb: MeanRgb
    """Mean of the pixels that the JPEG decodes to."""
    signature: bytes
    """Mean sRGB of 6 x 6 equal parts, row by row: 108 bytes."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A tile's small picture and its descriptors."""

    jpeg: bytes
    """A plain RGB JFIF of `thumb_res` pixels."""
    descriptors: Descriptors
    """Measured on the pixels that the JPEG decodes to."""


@dataclass(frozen=True, slots=True)
class Overview:
    """A small picture of the whole photo, and what its crops are compared by."""

    jpeg: bytes
    """A plain RGB JFIF, upright, of `mosaicdb.crops.overview_size` or hardly larger."""
    crops: bytes
    """`CROP_BYTES` for each of `mosaicdb.crops.crops_of`."""


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
    capture: Capture
    """How the photo was taken."""
    thumbnail: Thumbnail
    """What the mosaic is made of."""
    overview: Overview | None = None
    """What crops are cut from; None: the photo has none."""
    reader: int = READER
    """Version of the reader that made it."""


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
    holds_derivatives: bool = False
    """Whether it is a folder in which programs keep thumbnails, previews, snapshots or trash."""


@dataclass(frozen=True, slots=True)
class Undecodable:
    """A file that is passed over because its format needs an extra that is not installed."""

    path: str
    """Absolute path."""
    extra: str
    """Name of the extra."""


@dataclass(frozen=True, slots=True)
class NeededExtra:
    """How many files of an extension need an extra that is not installed."""

    extra: str
    """Name of the extra."""
    extension: str
    """In lower case, with its dot."""
    files: int
    """How many there are."""


@dataclass(frozen=True, slots=True)
class Remade:
    """What became of a thumbnail that was to be made anew."""

    tile_id: int
    thumbnail: Thumbnail | None
    """None where neither the photo nor the old thumbnail can be read."""
    tile: Tile | None = None
    """All that was read of the photo; None: it could not be read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading one pending file gave."""

    file: PendingFile
    """Which file."""
    stat: FileStat
    """The file as it was when its bytes were read."""
    content: Tile | Known | Rejected
    """What was in it."""
    is_file: bool = True
    """False for a link to nothing, a pipe, a socket or a device."""


@dataclass(frozen=True, slots=True)
class OutdatedTile:
    """A tile that is to be made again of its photo."""

    id: int
    """The tile's id."""
    content_hash: str
    """SHA-256 of the photo's bytes, in hexadecimal."""
    paths: tuple[str, ...]
    """Files that hold, or held, the photo: first those that are not missing."""


@dataclass(frozen=True, slots=True)
class StaleTile(OutdatedTile):
    """A tile whose thumbnail is to be made anew, whether or not its photo is there."""

    jpeg: bytes
    """The thumbnail until now."""
