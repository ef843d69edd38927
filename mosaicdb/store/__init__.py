"""The store: everything that speaks SQL."""

from .database import Database
from .features import count_unmeasured, record_features, unmeasured_thumbnails
from .mosaics import record_mosaic
from .query import (
    Answer,
    Description,
    Statistics,
    describe_schema,
    query,
    statistics,
    tiles_where,
)
from .readings import Outcome, record_readings
from .rebuild import (
    end_rebuild,
    rebuild_progress,
    record_rebuilt,
    stale_tiles,
    start_rebuild,
)
from .survey import Survey, count_missing, pending_files, survey
from .tiles import (
    Looks,
    Original,
    TileFiles,
    count_tiles,
    files_of_tiles,
    find_original,
    find_originals_from,
    find_tile_of_path,
    is_photo,
    load_looks,
    load_thumbnails,
    load_tiles,
    missing_ids,
)
from .transfer import ImportedTile, StoredTile, record_imported, set_thumb_res, stored_tiles
from .upkeep import (
    all_thumbnails,
    database_faults,
    forget,
    forgettable_tiles,
    missing_files,
)

__all__ = [
    "ImportedTile",
    "StoredTile",
    "record_imported",
    "set_thumb_res",
    "stored_tiles",
    "Answer",
    "Database",
    "Description",
    "Statistics",
    "all_thumbnails",
    "database_faults",
    "describe_schema",
    "end_rebuild",
    "forget",
    "forgettable_tiles",
    "missing_files",
    "query",
    "statistics",
    "Looks",
    "Original",
    "Outcome",
    "Survey",
    "TileFiles",
    "count_missing",
    "count_tiles",
    "count_unmeasured",
    "files_of_tiles",
    "find_original",
    "find_originals_from",
    "find_tile_of_path",
    "is_photo",
    "load_looks",
    "load_thumbnails",
    "load_tiles",
    "missing_ids",
    "pending_files",
    "rebuild_progress",
    "record_features",
    "record_mosaic",
    "record_readings",
    "record_rebuilt",
    "stale_tiles",
    "start_rebuild",
    "survey",
    "tiles_where",
    "unmeasured_thumbnails",
]
