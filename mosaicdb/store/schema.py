"""Tables, each with a comment on its meaning."""

from dataclasses import fields
from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
)

from ..capture import Capture
from .paths import FilePath

REVISION: Final = "0011"
"""The newest revision in `migrations/`; opening a database compares it without Alembic."""

OUTPUT_HASH: Final = "output_hash"
"""The key in a mosaic's parameters that holds the SHA-256 of its picture's bytes."""

EMPTY_CELLS: Final = "empty_cells"
"""The key in a mosaic's parameters that holds how many cells have no tile, if any."""

PAINT: Final = "paint"
"""The key in a mosaic's parameters that holds how much of the way to its target was painted."""

MEAN_SHIFT: Final = "mean_shift"
MOST_SHIFT: Final = "most_shift"
"""The keys in a mosaic's parameters that hold how far mean colours were moved, in levels of 255."""

MATCHED_HASH: Final = "matched_hash"
"""The key in a mosaic's parameters that holds the SHA-256 of what its match chose from."""

CAPTURE_COLUMNS: Final = tuple(field.name for field in fields(Capture))
"""The columns of a tile that say how its photo was taken."""

CROP_COLUMNS: Final = ("crop_left", "crop_top", "crop_width", "crop_height")
"""The columns of a placement that say which part of the photo is shown."""
_CROP_MEANINGS: Final = (
    "from the left, in parts of the photo's width",
    "from the top, in parts of the photo's height",
    "its width, likewise",
    "its height, likewise",
)

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

tile: Final = Table(
    "tile",
    metadata,
    Column(
        "id",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="number of the first file that held the photo; never changes, never reused",
    ),
    Column("content_hash", String(64), unique=True, nullable=False, comment="SHA-256 of the file"),
    Column("width", Integer, nullable=False, comment="of the photo, upright, in pixels"),
    Column("height", Integer, nullable=False, comment="of the photo, upright, in pixels"),
    Column("format", String(16), nullable=False, comment="JPEG, PNG, …"),
    Column("taken_at", DateTime, comment="when the photo was taken, in the camera's local time"),
    Column("latitude", Float, comment="where it was taken, in degrees, north positive"),
    Column("longitude", Float, comment="where it was taken, in degrees, east positive"),
    Column("camera_make", Text, comment="who made the camera"),
    Column("camera_model", Text, comment="which camera it is"),
    Column("mean_r", Float, nullable=False, comment="mean red of the thumbnail, 0 to 255"),
    Column("mean_g", Float, nullable=False, comment="mean green of the thumbnail, 0 to 255"),
    Column("mean_b", Float, nullable=False, comment="mean blue of the thumbnail, 0 to 255"),
    Column(
        "signature",
        LargeBinary,
        comment="sRGB of 6 x 6 parts, row by row, a byte each; NULL: filled in when needed",
    ),
    Column(
        "reader",
        Integer,
        nullable=False,
        server_default="0",
        index=True,
        comment="version of the reader that made it; 0 took all colours for sRGB, 1 converts them, "
        "2 also reads position and camera, 3 keeps an overview; -1: scaled from an earlier "
        "thumbnail, since no file of the photo could be read",
    ),
    comment="a photo made ready for matching; two files with the same bytes are one photo",
)
is_unmeasured: Final = tile.c.signature.is_(None)
Index(
    "ix_tile_unmeasured",
    tile.c.id,
    sqlite_where=is_unmeasured,
    postgresql_where=is_unmeasured,
)

thumbnail: Final = Table(
    "thumbnail",
    metadata,
    Column("tile_id", Integer, ForeignKey("tile.id"), primary_key=True, autoincrement=False),
    Column("jpeg", LargeBinary, nullable=False, comment="thumb_res pixels, plain RGB JFIF"),
    comment="the tile's small picture, apart so that a scan of colours drags none along",
)

overview: Final = Table(
    "overview",
    metadata,
    Column("tile_id", Integer, ForeignKey("tile.id"), primary_key=True, autoincrement=False),
    Column("jpeg", LargeBinary, nullable=False, comment="the whole photo, upright, small"),
    comment="what crops are cut from; a tile without one shows its photo's middle alone",
)

crop_descriptor: Final = Table(
    "crop_descriptor",
    metadata,
    Column("tile_id", Integer, ForeignKey("tile.id"), primary_key=True, autoincrement=False),
    Column(
        "crops",
        LargeBinary,
        nullable=False,
        comment="39 bytes for each crop of the photo: mean sRGB, and as greys the luminance of "
        "6 x 6 parts, row by row",
    ),
    comment="what the crops of a tile's photo are compared by",
)

file: Final = Table(
    "file",
    metadata,
    Column(
        "id",
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="counted from 0 in sorted path order of the ingest that met the file first",
    ),
    Column(
        "path",
        FilePath,
        unique=True,
        nullable=False,
        comment="absolute, or the URL of an object; ‛FF stands for a byte that is no UTF-8, ‛‛ for "
        "‛ itself",
    ),
    Column("size", BigInteger, nullable=False, index=True, comment="bytes"),
    Column(
        "mtime_ns",
        BigInteger,
        comment="time of change when last read, of an object the time of reading; NULL: the next "
        "ingest reads it again",
    ),
    Column(
        "etag",
        Text,
        comment="of an object in object storage: its ETag, or time of change and size where it has "
        "none",
    ),
    Column("tile_id", Integer, ForeignKey("tile.id"), index=True, comment="the photo it holds"),
    Column("error", Text, comment="why it was rejected"),
    Column("missing", Boolean, nullable=False, comment="true: it was not there any more"),
    Column("seen_at", DateTime, nullable=False, comment="when an ingest last found it (UTC)"),
    CheckConstraint("tile_id IS NULL OR error IS NULL", name="tile_or_error"),
    comment="a path that holds, or held, a photo",
)
Index(
    "ix_file_pending",
    file.c.seen_at,
    sqlite_where=file.c.mtime_ns.is_(None),
    postgresql_where=file.c.mtime_ns.is_(None),
)

mosaic: Final = Table(
    "mosaic",
    metadata,
    Column("id", Integer, primary_key=True, comment="counted from 1"),
    Column(
        "name", String(100), index=True, unique=True, comment="what people call it; NULL: no name"
    ),
    Column("created_at", DateTime, nullable=False, comment="when it was rendered (UTC)"),
    Column("target", FilePath, comment="path of the picture that it rebuilds"),
    Column("target_tile_id", Integer, ForeignKey("tile.id"), index=True),
    Column("columns", Integer, nullable=False, comment="cells across"),
    Column("rows", Integer, nullable=False, comment="cells down"),
    Column(
        "strategy", String(16), nullable=False, comment="nearest, unique, fair; given: from a file"
    ),
    Column("parameters", JSON, nullable=False, comment="what else is needed to make it again"),
    Column("cost", Float, comment="sum of squared feature distances over cells"),
    Column("bound", Float, comment="proven lower bound on the cost"),
    Column("output", FilePath, nullable=False, comment="path of the picture"),
    Column("target_hash", String(64), comment="SHA-256 of the target's file"),
    Column("form", JSON, comment="in what form the picture was written"),
    Column(
        "tiles_before",
        Integer,
        comment="tiles numbered from this on had not been looked at when it was matched",
    ),
    Column(
        "version",
        Integer,
        nullable=False,
        server_default="1",
        comment="counted from 1; each edit, update and undo adds 1",
    ),
    comment="a mosaic that was rendered to a file, until another one is written there",
)

placement: Final = Table(
    "placement",
    metadata,
    Column("mosaic_id", Integer, ForeignKey("mosaic.id", ondelete="CASCADE"), primary_key=True),
    Column("row", Integer, primary_key=True, comment="from the top, counted from 0"),
    Column("column", Integer, primary_key=True, comment="from the left, counted from 0"),
    Column("tile_id", Integer, ForeignKey("tile.id"), nullable=False, index=True),
    Column("cost", Float, comment="squared feature distance of the tile to the cell"),
    Column(
        "flipped",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="whether the tile is mirrored left to right",
    ),
    *(
        Column(name, Float, comment=f"the crop that is shown: {meaning}; NULL: the thumbnail")
        for name, meaning in zip(CROP_COLUMNS, _CROP_MEANINGS, strict=True)
    ),
    comment="one cell of one mosaic that has a tile",
    sqlite_with_rowid=False,
)

dual_price: Final = Table(
    "dual_price",
    metadata,
    Column(
        "mosaic_id",
        Integer,
        ForeignKey("mosaic.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("tile_ids", LargeBinary, nullable=False, comment="int64, little-endian, ascending"),
    Column("prices", LargeBinary, nullable=False, comment="float64, little-endian, one a tile"),
    comment="the prices of tiles that prove a mosaic's bound, from which its match is repaired",
)

mosaic_edit: Final = Table(
    "mosaic_edit",
    metadata,
    Column("mosaic_id", Integer, ForeignKey("mosaic.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True, comment="the version of the mosaic before"),
    Column("edit", Text, nullable=False, comment="what was asked for"),
    Column("edited_at", DateTime, nullable=False, comment="when (UTC)"),
    Column("parameters", JSON, nullable=False, comment="those of the mosaic before"),
    Column("cost", Float, comment="that of the mosaic before"),
    Column("bound", Float, comment="that of the mosaic before"),
    Column("tiles_before", Integer, comment="that of the mosaic before"),
    Column(
        "cells",
        JSON,
        nullable=False,
        comment="the placements that were changed, as they were: names of columns, and rows",
    ),
    comment="a change of a mosaic that can be undone, the newest first",
)

ban: Final = Table(
    "ban",
    metadata,
    Column("content_hash", String(64), primary_key=True, comment="SHA-256 of the photo's file"),
    Column("banned_at", DateTime, nullable=False, comment="when (UTC)"),
    comment="a photo that no mosaic may show from then on, wherever its file is",
)

map_row: Final = Table(
    "map_row",
    metadata,
    Column("mosaic_id", Integer, ForeignKey("mosaic.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "tile_row",
        Integer,
        primary_key=True,
        comment="from the bottom of a square of 2^zoom_level cells a side, counted from 0",
    ),
    Column("row", Integer, nullable=False, comment="of its placements"),
    Column("zoom_level", Integer, nullable=False, comment="least one whose square holds the grid"),
    comment="a row of cells of a mosaic as a row of a map: see the view tiles",
    sqlite_with_rowid=False,
)

setting: Final = Table(
    "setting",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", JSON, nullable=False),
    comment="thumb_res and what else makes two databases incompatible",
)
