"""The store: everything that speaks SQL."""

from .backend import Answer
from .copying import copy_rows, count_rows, start_copy
from .database import Database
from .descriptors import count_unmeasured, record_descriptors, unmeasured_thumbnails
from .engine import database_exists
from .maintenance import Forgotten, all_thumbnails, database_faults, forget, missing_files
from .mosaics import (
    check_name,
    delete_mosaics,
    find_mosaic,
    find_recorded,
    list_mosaics,
    record_mosaic,
)
from .paths import IMPORT_SOURCE
from .query import (
    Description,
    Statistics,
    describe_schema,
    run_sql,
    statistics,
    stored_thumb_res,
    tiles_where,
)
from .readings import Outcome, record_readings
from .rebuild import (
    end_rebuild,
    rebuild_progress,
    record_rebuilt,
    set_thumb_res,
    stale_tiles,
    start_rebuild,
)
from .rehearsal import rehearsal
from .rereading import count_outdated, count_scaled, outdated_tiles, record_reread
from .survey import (
    Survey,
    count_missing,
    mark_rejected_for_reading,
    pending_files,
    rejected_before,
    survey_files,
)
from .tiles import (
    Original,
    TileFiles,
    TilePhotos,
    count_tiles,
    files_of_tiles,
    find_original,
    find_originals,
    find_originals_from,
    find_tile_of_path,
    is_photo,
    largest_photos,
    load_thumbnails,
    load_tile_photos,
    load_tiles,
    missing_ids,
    tiles_without_file,
)
from .transfer import ImportedTile, StoredTile, record_imported, stored_tiles

__all__ = [
    "IMPORT_SOURCE",
    "Answer",
    "Database",
    "Description",
    "Forgotten",
    "ImportedTile",
    "Original",
    "Outcome",
    "Statistics",
    "StoredTile",
    "Survey",
    "TileFiles",
    "TilePhotos",
    "all_thumbnails",
    "copy_rows",
    "count_missing",
    "count_outdated",
    "count_rows",
    "count_scaled",
    "count_tiles",
    "count_unmeasured",
    "database_exists",
    "database_faults",
    "describe_schema",
    "end_rebuild",
    "files_of_tiles",
    "find_mosaic",
    "find_original",
    "find_originals",
    "find_originals_from",
    "largest_photos",
    "find_recorded",
    "find_tile_of_path",
    "forget",
    "is_photo",
    "load_tile_photos",
    "load_thumbnails",
    "load_tiles",
    "mark_rejected_for_reading",
    "missing_files",
    "missing_ids",
    "outdated_tiles",
    "pending_files",
    "rejected_before",
    "run_sql",
    "rebuild_progress",
    "record_descriptors",
    "record_imported",
    "check_name",
    "delete_mosaics",
    "list_mosaics",
    "record_mosaic",
    "record_readings",
    "record_rebuilt",
    "record_reread",
    "rehearsal",
    "set_thumb_res",
    "stale_tiles",
    "start_copy",
    "start_rebuild",
    "statistics",
    "stored_thumb_res",
    "stored_tiles",
    "survey_files",
    "tiles_where",
    "tiles_without_file",
    "unmeasured_thumbnails",
]
