"""The store: everything that speaks SQL."""

from .database import Database
from .mosaics import record_mosaic
from .query import Answer, Description, Statistics, describe_schema, query, statistics
from .readings import Outcome, record_readings
from .rebuild import (
    end_rebuild,
    rebuild_progress,
    record_rebuilt,
    stale_tiles,
    start_rebuild,
)
from .survey import Survey, count_missing, mark_rejected_for_reading, pending_files, survey
from .tiles import (
    Original,
    count_tiles,
    find_original,
    find_originals_from,
    find_tile_of_path,
    is_photo,
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
    "Original",
    "Outcome",
    "Survey",
    "count_missing",
    "count_tiles",
    "find_original",
    "find_originals_from",
    "find_tile_of_path",
    "is_photo",
    "load_thumbnails",
    "mark_rejected_for_reading",
    "load_tiles",
    "missing_ids",
    "pending_files",
    "rebuild_progress",
    "record_mosaic",
    "record_readings",
    "record_rebuilt",
    "stale_tiles",
    "start_rebuild",
    "survey",
]
