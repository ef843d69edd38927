"""Find photos, read them, and make tiles of them."""

from .derivatives import lies_among_derivatives
from .original import (
    CutPhoto,
    ShrunkPhoto,
    WantedPhoto,
    cut_original,
    enlarged_thumbnail,
    lost_original,
    lost_shrunk,
    shrink_original,
)
from .overview import adopt_overview
from .read import hash_file, holds, lost_reading, read_photo
from .remake import remake_thumbnail, reread
from .samples import make_sample_photos, sample_target
from .source_file import read_cut, read_first, read_size, read_whole
from .spelling import as_spelled_on_disk
from .target import Framed, read_framed, read_mask
from .thumbnail import adopt_thumbnail, measure_stored, stored_greys
from .walk import Visited, canonical_path, final_path, find_files, is_file, recorded_paths
from .watcher import Calm, check_can_watch, watch_photos

__all__ = [
    "Calm",
    "CutPhoto",
    "Framed",
    "ShrunkPhoto",
    "Visited",
    "WantedPhoto",
    "adopt_overview",
    "adopt_thumbnail",
    "as_spelled_on_disk",
    "canonical_path",
    "check_can_watch",
    "cut_original",
    "enlarged_thumbnail",
    "final_path",
    "find_files",
    "hash_file",
    "holds",
    "is_file",
    "lies_among_derivatives",
    "lost_original",
    "lost_reading",
    "lost_shrunk",
    "make_sample_photos",
    "measure_stored",
    "stored_greys",
    "read_cut",
    "read_first",
    "read_framed",
    "read_mask",
    "read_photo",
    "read_size",
    "read_whole",
    "recorded_paths",
    "remake_thumbnail",
    "reread",
    "sample_target",
    "shrink_original",
    "watch_photos",
]
